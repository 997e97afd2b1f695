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

from runwire import Context


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


def note(path: str, context: Context, phase: str) -> None:
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


@dataclass(frozen=True, slots=True)
class Repeats:
    """Effects that happened more than once.

    `duplicates` counts them; `unexplained` those without a fault between the two, so more than one
    for each node in hand at a fault; `after_commit` those of a step whose result was accepted
    already, since the step after it had begun.
    """

    duplicates: int
    unexplained: int
    after_commit: int


def repeats(entries: Iterable[Entry], faults: Sequence[Fault]) -> Repeats:
    """Judge the ledger of runs whose nodes come one after the other."""
    runs: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.phase == "begin":
            runs[entry.run_id].append(entry)
    duplicates = unexplained = after_commit = 0
    for begun in runs.values():
        last: dict[str, Entry] = {}
        order: list[str] = []
        for entry in begun:
            before = last.get(entry.effect_key)
            if before is None:
                order.append(entry.effect_key)
            else:
                duplicates += 1
                unexplained += not any(
                    before.at < each.until and each.at < entry.at and each.pid in (None, before.pid)
                    for each in faults
                )
                after_commit += order[-1] != entry.effect_key
            last[entry.effect_key] = entry
    return Repeats(duplicates, unexplained, after_commit)


def recoveries(entries: Sequence[Entry], fault: Fault) -> list[float]:
    """Return, for each run whose node was in hand at a fault, the seconds until it went on."""
    open_: dict[str, Entry] = {}
    for entry in entries:
        if entry.at >= fault.until:
            break
        if entry.phase == "begin":
            open_[entry.run_id] = entry
        else:
            open_.pop(entry.run_id, None)
    hit = {run_id for run_id, entry in open_.items() if fault.pid in (None, entry.pid)}
    seconds = []
    for entry in entries:
        if entry.at > fault.until and entry.run_id in hit and entry.pid != fault.pid:
            hit.discard(entry.run_id)
            seconds.append(entry.at - fault.at)
    return seconds
