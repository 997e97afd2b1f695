"""A run's events as a watcher saw them, held against those that are stored."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zlib import crc32

from runwire_client import AsyncClient
from runwire_client.v1 import event_pb2, run_pb2


@dataclass(frozen=True, slots=True)
class Seen:
    """An event: its place, and a sum of all that is in it."""

    sequence: int
    digest: int


def seen(event: event_pb2.RunEvent) -> Seen:
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
        return self.gaps + self.doubles + self.reorderings + self.altered

    def compare(self, watched: Sequence[Seen], stored: Sequence[Seen]) -> None:
        """Count in how a watcher's concatenation differs from the stored log."""
        truth = {event.sequence: event.digest for event in stored}
        assert sorted(truth) == list(range(1, len(stored) + 1)), "the stored log itself has gaps"
        found: set[int] = set()
        highest = 0
        for event in watched:
            self.doubles += event.sequence in found
            self.reorderings += event.sequence < highest and event.sequence not in found
            self.altered += truth.get(event.sequence) != event.digest
            found.add(event.sequence)
            highest = max(highest, event.sequence)
        self.gaps += len(truth.keys() - found)


async def stored_log(client: AsyncClient, run_id: str) -> list[event_pb2.RunEvent]:
    """Return all events of a run that has ended, read in one go."""
    return [event.message async for event in client.runs.watch(run_id, 1)]


def stale_writes(events: Iterable[event_pb2.RunEvent]) -> int:
    """Count what an attempt at a step wrote after its successor had begun, and second results.

    Nodes of the fault graphs tell which attempt they are; the log says which one has the step.
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
