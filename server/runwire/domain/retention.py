"""What is kept how long, and what goes first.

1. Only what has ended goes: neither age nor size touches a run that may still move.
2. The oldest end goes first. In the order of their ends, once one run of a graph may stay, so may
   all behind it; so nobody needs to look further.
3. Age comes first, then the budgets of graphs, then the one for everything: each takes only what
   those before it have left to do.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from runwire.domain.run import Run, RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long the runs of a graph stay after their end, and how many bytes they may fill.

    0 means no limit; `seconds` None means what holds for all graphs.
    """

    seconds: float | None = None
    bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionPolicy:
    """How long runs stay after their end, and how many bytes they may fill; 0 is no limit."""

    seconds: float = 0
    bytes: int = 0
    graphs: Mapping[str, Limits] = field(default_factory=dict)

    @property
    def budgets(self) -> bool:
        """Whether bytes are limited anywhere."""
        return self.bytes > 0 or any(limits.bytes > 0 for limits in self.graphs.values())

    @property
    def shortest_seconds(self) -> float:
        """The shortest time that runs of any graph stay; 0 if all stay for ever."""
        found = (self.seconds, *(limits.seconds or 0 for limits in self.graphs.values()))
        return min((seconds for seconds in found if seconds), default=0)

    def seconds_of(self, graph_id: str) -> float:
        """Return how long runs of a graph stay after their end; 0 for ever."""
        limits = self.graphs.get(graph_id)
        return self.seconds if limits is None or limits.seconds is None else limits.seconds

    def bytes_of(self, graph_id: str) -> int:
        """Return how many bytes the runs of a graph may fill; 0 for no limit of its own."""
        limits = self.graphs.get(graph_id)
        return 0 if limits is None else limits.bytes

    def expires_at(self, run: Run) -> datetime | None:
        """Return when a run goes because of its age; None while it has not ended, or if never."""
        seconds = self.seconds_of(run.graph_id)
        if run.ended_at is None or not seconds:
            return None
        return run.ended_at + timedelta(seconds=seconds)

    def only(self, *graph_ids: str) -> "RetentionPolicy":
        """Return what this says about some graphs, and about nothing else."""
        return RetentionPolicy(
            graphs={
                each: Limits(seconds=self.seconds_of(each), bytes=self.bytes_of(each))
                for each in graph_ids
            }
        )


FOR_EVER: Final = RetentionPolicy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A run that has ended; `stored_bytes` are in the database, `artifact_bytes` elsewhere."""

    run_id: RunId
    graph_id: str
    ended_at: datetime
    stored_bytes: int
    artifact_bytes: int = 0

    @property
    def size_bytes(self) -> int:
        """All that goes with it."""
        return self.stored_bytes + self.artifact_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What went of a graph, or would go."""

    graph_id: str
    runs: int
    run_bytes: int
    artifact_bytes: int
    oldest_end: datetime
    newest_end: datetime


def due(
    policy: RetentionPolicy,
    now: datetime,
    *,
    sizes: Mapping[str, int],
    ended: Mapping[Any, Iterable[Ended]],
) -> Iterator[Ended]:
    """Yield the runs that go, reading no further than needed.

    `sizes` is what each graph fills in all; `ended` are rows of ended runs, each of one graph and
    with the oldest end first. A graph may have several: one a namespace.
    """
    limits = {graph_id: policy.bytes_of(graph_id) for graph_id in sizes}
    above = {graph_id: sizes[graph_id] - limit for graph_id, limit in limits.items() if limit}
    everything = ""  # no graph has this id
    above[everything] = sum(sizes.values()) - policy.bytes if policy.bytes else 0

    def expired(run: Ended) -> bool:
        limit = policy.seconds_of(run.graph_id)
        return bool(limit) and run.ended_at + timedelta(seconds=limit) <= now

    queues = _Queues(ended)
    for goes in (
        expired,
        lambda run: above.get(run.graph_id, 0) > 0,
        lambda _: above[everything] > 0,
    ):
        for run in queues.taken(goes):
            above[run.graph_id] = above.get(run.graph_id, 0) - run.size_bytes
            above[everything] -= run.size_bytes
            yield run


def tally(found: dict[str, Pruned], runs: Iterable[Ended]) -> None:
    """Add runs to what went of each graph."""
    for run in runs:
        before = found.get(run.graph_id)
        found[run.graph_id] = Pruned(
            graph_id=run.graph_id,
            runs=1 + (before.runs if before else 0),
            run_bytes=run.stored_bytes + (before.run_bytes if before else 0),
            artifact_bytes=run.artifact_bytes + (before.artifact_bytes if before else 0),
            oldest_end=min(run.ended_at, before.oldest_end) if before else run.ended_at,
            newest_end=max(run.ended_at, before.newest_end) if before else run.ended_at,
        )


def by_graph(found: Mapping[str, Pruned]) -> Sequence[Pruned]:
    """Return what went, by graph."""
    return [found[graph_id] for graph_id in sorted(found)]


class _Queues:
    """Rows of ended runs, of which the first are taken."""

    def __init__(self, ended: Mapping[Any, Iterable[Ended]]) -> None:
        rows = enumerate(ended.values())
        self._rest = {number: iter(runs) for number, runs in rows}
        self._first = {number: next(runs, None) for number, runs in self._rest.items()}

    def taken(self, goes: Callable[[Ended], bool]) -> Iterator[Ended]:
        """Yield, the oldest first, while the first of a graph goes."""
        heap = [_rank(run, row) for row, run in self._first.items() if run is not None]
        heapq.heapify(heap)
        while heap:
            *_, row = heapq.heappop(heap)
            run = self._first[row]
            if run is None or not goes(run):
                continue
            following = self._first[row] = next(self._rest[row], None)
            if following is not None:
                heapq.heappush(heap, _rank(following, row))
            yield run


def _rank(run: Ended, row: int) -> tuple[datetime, str, int]:
    return run.ended_at, run.run_id, row
