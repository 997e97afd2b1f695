"""The effect ledger: what nodes really did, told by nobody but themselves.

Nodes append a line before and after their work, each with one write to a file opened with O_APPEND,
so that no process can tear or overwrite another's. Times are CLOCK_MONOTONIC, which all processes
of a machine share.
"""

import json
import os
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from runwire import Context, SyncContext

LATE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Entry:
    """A node began (`phase` is begin) or finished (end) its work."""

    run_id: str
    node: str
    visit: int
    effect_key: str
    attempt: int
    phase: str
    pid: int
    at: float


def note(path: str, context: Context | SyncContext, phase: str) -> None:
    """Append a line."""
    entry = Entry(
        run_id=context.run_id,
        node=context.node,
        visit=context.visit,
        effect_key=context.effect_key,
        attempt=context.attempt,
        phase=phase,
        pid=os.getpid(),
        at=time.monotonic(),
    )
    ledger = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(ledger, json.dumps(asdict(entry)).encode() + b"\n")
    finally:
        os.close(ledger)


def read(path: Path) -> list[Entry]:
    """Return all entries in the order of their times."""
    if not path.exists():
        return []
    lines = path.read_text().splitlines()
    return sorted((Entry(**json.loads(line)) for line in lines), key=lambda entry: entry.at)


@dataclass(frozen=True, slots=True)
class Fault:
    """What was done to a process, or to all of them (`pid` None), and between which times."""

    at: float
    until: float
    pid: int | None = None


@dataclass
class Repeats:
    """Effects that happened more than once.

    `duplicates` counts them. Of these, `late_begins` are nodes that a paused process had claimed
    before and began when it went on, unaware; `unexplained` those without a fault between the two,
    so more than one for each node in hand at a fault; `after_commit` those of a step whose result
    was accepted already, since the step after it had begun.
    """

    duplicates: int = 0
    late_begins: int = 0
    unexplained: int = 0
    after_commit: int = 0


def repeats(entries: Iterable[Entry], faults: Sequence[Fault]) -> Repeats:
    """Judge the ledger of runs whose nodes come one after the other."""
    runs: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.phase == "begin":
            runs[entry.run_id].append(entry)
    found = Repeats()
    for begun in runs.values():
        last: dict[str, Entry] = {}
        newest = ""
        for entry in begun:
            before = last.get(entry.effect_key)
            if before is None:
                newest = entry.effect_key
            else:
                found.duplicates += 1
                if _late(entry, faults):
                    found.late_begins += 1
                    continue
                found.unexplained += not any(_between(before, each, entry) for each in faults)
                found.after_commit += newest != entry.effect_key
            last[entry.effect_key] = entry
    return found


def _between(before: Entry, fault: Fault, entry: Entry) -> bool:
    return before.at < fault.until and fault.at < entry.at and fault.pid in (None, before.pid)


def _late(entry: Entry, faults: Sequence[Fault]) -> bool:
    """Whether this is the first that a paused process did when it went on."""
    return any(
        fault.pid == entry.pid and fault.until <= entry.at < fault.until + LATE_SECONDS
        for fault in faults
    )


def in_hand(entries: Sequence[Entry], fault: Fault) -> dict[str, Entry]:
    """Return, by run, the nodes that had begun and not ended when a fault came."""
    found: dict[str, Entry] = {}
    for entry in entries:
        if entry.at >= fault.at:
            break
        if entry.phase == "begin":
            found[entry.run_id] = entry
        else:
            found.pop(entry.run_id, None)
    return {run: entry for run, entry in found.items() if fault.pid in (None, entry.pid)}


def recoveries(entries: Sequence[Entry], fault: Fault) -> list[float]:
    """Return, for each run whose node was in hand at a fault, the seconds until another took it."""
    waiting = in_hand(entries, fault)
    seconds = []
    for entry in entries:
        if entry.at > fault.at and entry.run_id in waiting and entry.pid != fault.pid:
            del waiting[entry.run_id]
            seconds.append(entry.at - fault.at)
    return seconds


def late_ends(entries: Sequence[Entry], fault: Fault) -> int:
    """Count nodes that a paused process ended after another had begun them again."""
    held = in_hand(entries, fault)
    again = {
        entry.effect_key
        for entry in entries
        if fault.at < entry.at and entry.phase == "begin" and entry.pid != fault.pid
    }
    return sum(
        entry.phase == "end"
        and entry.pid == fault.pid
        and entry.at >= fault.until
        and entry.effect_key in again
        and entry.attempt == held[entry.run_id].attempt
        for entry in entries
        if entry.run_id in held
    )
