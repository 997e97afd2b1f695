"""What became of a drill: what was watched and what is stored, held against what is promised."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zlib import crc32

from runwire_client.v1 import event_pb2, run_pb2


@dataclass(frozen=True, slots=True)
class Seen:
    """An event: its place, and a sum of all that is in it."""

    sequence: int
    digest: int


def seen(event: event_pb2.RunEvent) -> Seen:
    """Return what is kept of an event that was watched."""
    return Seen(event.sequence, crc32(event.SerializeToString(deterministic=True)))


@dataclass
class Differences:
    """What is wrong with what watchers saw, each counted in events."""

    gaps: int = 0
    doubles: int = 0
    reorderings: int = 0
    altered: int = 0

    @property
    def total(self) -> int:
        """All that is wrong."""
        return self.gaps + self.doubles + self.reorderings + self.altered

    def compare(self, watched: Sequence[Seen], stored: Sequence[Seen]) -> None:
        """Count in how a watcher's concatenation differs from the log of a run that has ended."""
        truth = {event.sequence: event.digest for event in stored}
        self.gaps += max(truth, default=0) - len(truth)
        found: set[int] = set()
        highest = 0
        for event in watched:
            self.doubles += event.sequence in found
            self.reorderings += event.sequence < highest and event.sequence not in found
            self.altered += truth.get(event.sequence) != event.digest
            found.add(event.sequence)
            highest = max(highest, event.sequence)
        self.gaps += len(truth.keys() - found)


def stale_writes(events: Iterable[event_pb2.RunEvent]) -> int:
    """Count what an attempt at a step wrote after its successor had begun, and second results.

    The custom events tell which attempt they come from; the log says which one has the step.
    """
    stale = 0
    owner: dict[str, int] = {}
    succeeded: set[str] = set()
    for event in events:
        kind = event.WhichOneof("detail")
        if kind == "custom":
            told = json.loads(event.custom.payload.data)["attempt"]
            stale += told != owner.get(event.step_id)
        elif kind == "step_changed" and event.step_changed.to_status == run_pb2.RUN_STATUS_RUNNING:
            owner[event.step_id] = event.step_changed.attempt
        elif kind == "step_changed":
            stale += event.step_id in succeeded
            succeeded.add(event.step_id)
    return stale


@dataclass
class Effects:
    """Effects that happened more than once, by the log of a run whose steps follow each other.

    `unexplained` ones repeat although no other attempt had taken the run in between, or although
    the result of their step was accepted: more than one for each node in hand when a worker died.
    """

    duplicates: int = 0
    unexplained: int = 0

    def count(self, events: Iterable[event_pb2.RunEvent]) -> None:
        """Count in the effects of a run."""
        claims = 0
        had: dict[str, int] = {}
        accepted: set[str] = set()
        for event in events:
            kind = event.WhichOneof("detail")
            if kind == "status_changed":
                claims += event.status_changed.to_status == run_pb2.RUN_STATUS_RUNNING
            elif kind == "step_changed":
                if event.step_changed.to_status == run_pb2.RUN_STATUS_SUCCEEDED:
                    accepted.add(event.step_id)
            elif kind == "custom":
                key = event.step_id
                self.duplicates += key in had
                self.unexplained += had.get(key) == claims or key in accepted
                had[key] = claims


def standstills(events: Iterable[event_pb2.RunEvent]) -> list[float]:
    """Return the seconds that passed before another attempt took the run, for each that did."""
    found = []
    before = 0.0
    claimed = False
    for event in events:
        at = event.event_time.ToNanoseconds() / 1e9
        if event.WhichOneof("detail") == "status_changed":
            if event.status_changed.to_status == run_pb2.RUN_STATUS_RUNNING:
                if claimed:
                    found.append(at - before)
                claimed = True
        else:
            before = at
    return found
