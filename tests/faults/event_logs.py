"""What is stored of runs, and what was watched of them held against it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from runwire.cli.drill_verdict import Differences, Seen, seen, stale_writes
from runwire_client import AsyncClient


@dataclass
class Judged:
    """What the logs of runs that have ended say."""

    differences: Differences = field(default_factory=Differences)
    stale_writes: int = 0

    @property
    def failures(self) -> int:
        return self.differences.total + self.stale_writes


async def judged(client: AsyncClient, watched: Iterable[tuple[str, Sequence[Seen]]]) -> Judged:
    """Judge what watchers saw, each of one run."""
    by_run: dict[str, list[Sequence[Seen]]] = {}
    for run_id, events in watched:
        by_run.setdefault(run_id, []).append(events)
    found = Judged()
    for run_id, each in by_run.items():
        log = [event.message async for event in client.runs.watch(run_id, 1)]
        found.stale_writes += stale_writes(log)
        stored = [seen(event) for event in log]
        for events in each:
            found.differences.compare(events, stored)
    return found
