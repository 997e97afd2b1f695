"""What is going on, in numbers: runs by status and over time, queues, workers, the server."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Final, Protocol

from runwire.domain.reach import Reach
from runwire.domain.run import RunId, RunStatus

MAX_OPEN: Final = 100_000
"""So many runs of a status that is not terminal are counted."""
MAX_IN_QUEUE: Final = 20_000
"""So many runs of a queue that are ready are counted."""
MAX_HELD: Final = 100
"""So many runs of a worker are named."""
MAX_BUCKETS: Final = 500
DEFAULT_BUCKETS: Final = 60
MIN_WINDOW_SECONDS: Final = 10
DEFAULT_WINDOW_SECONDS: Final = 3600
MAX_WINDOW_SECONDS: Final = 7 * 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """Slots in which what happens to runs is counted, and how long they are kept."""

    seconds: int
    kept_seconds: int


FINE: Final = Tier(seconds=10, kept_seconds=3 * 3600)
COARSE: Final = Tier(seconds=300, kept_seconds=8 * 24 * 3600)
TIERS: Final = (FINE, COARSE)
FINE_WINDOW_SECONDS: Final = 2 * 3600
"""The longest window that is shown by fine slots."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A span of time cut into buckets: each is some slots of a tier, the last one holds now."""

    starts_at: datetime
    width_seconds: int
    buckets: int
    tier: Tier

    def bucket_of(self, at: datetime) -> int:
        """Return which bucket a time is in, counted from 0."""
        return int((at - self.starts_at).total_seconds() // self.width_seconds)

    def start_of(self, bucket: int) -> datetime:
        """Return when a bucket begins."""
        return self.starts_at + timedelta(seconds=bucket * self.width_seconds)


def window_of(now: datetime, seconds: float, buckets: int) -> Window:
    """Return the window that reaches so far back from now, in so many buckets at most."""
    tier = FINE if seconds <= FINE_WINDOW_SECONDS else COARSE
    width = max(1, ceil(seconds / buckets / tier.seconds)) * tier.seconds
    count = max(1, ceil(seconds / width))
    newest = datetime.fromtimestamp(now.timestamp() // width * width, UTC)
    return Window(
        starts_at=newest - timedelta(seconds=(count - 1) * width),
        width_seconds=width,
        buckets=count,
        tier=tier,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusCount:
    """How many runs have a status; `more` if there are more than were counted."""

    status: RunStatus
    runs: int
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """What happened to runs in a span of time."""

    starts_at: datetime
    created: int = 0
    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCounts:
    """Runs by status now, and what happened to runs of late."""

    statuses: Sequence[StatusCount]
    buckets: Sequence[Bucket]
    width_seconds: int

    @property
    def any(self) -> bool:
        """Whether there is, or was, any run."""
        return any(each.runs for each in self.statuses) or any(
            each.created or each.succeeded or each.failed or each.cancelled for each in self.buckets
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRun:
    """A run that a worker holds."""

    run_id: RunId
    graph_id: str
    attempt: int
    lease_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A worker as its leases tell of it: how many runs in reach it holds, and how many others."""

    worker_id: str
    runs: int = 0
    others: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedGraph:
    """The runs of one graph in a queue."""

    graph_id: str
    waiting: int = 0
    running: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueState:
    """The runs of a queue, which is called as people call it; `more` if some were not counted."""

    queue: str
    ready: int = 0
    delayed: int = 0
    limited: int = 0
    running: int = 0
    lag_seconds: float = 0.0
    graphs: Sequence[QueuedGraph] = ()
    more: bool = False

    @property
    def empty(self) -> bool:
        """Whether no run is in it."""
        return not (self.ready or self.delayed or self.limited or self.running)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerState:
    """A worker that is alive, or holds runs; what is None or empty is not known here."""

    worker_id: str
    embedded: bool = False
    here: bool = False
    address: str = ""
    queues: tuple[str, ...] = ()
    graphs: tuple[str, ...] = ()
    capacity: int = 0
    connected_at: datetime | None = None
    heard_at: datetime | None = None
    leaving: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerView:
    """A worker with what it holds, as a caller may see it."""

    worker: WorkerState
    holds: Holder
    runs: Sequence[HeldRun] = ()


class OverviewStore(Protocol):
    """Counts, at a cost that is bounded however many runs there are; all raise Unavailable."""

    async def counts(
        self, reach: Reach, graph_id: str, window_seconds: float, buckets: int
    ) -> RunCounts:
        """Return the runs in reach by status, and what happened to them; of one graph if named."""

    async def queues(self, reach: Reach) -> Sequence[QueueState]:
        """Return the queues that hold runs in reach, by name."""

    async def holders(self, reach: Reach) -> Sequence[Holder]:
        """Return every worker that holds runs, whoever's they are."""

    async def held(
        self, reach: Reach, worker_ids: Sequence[str]
    ) -> Mapping[str, Sequence[HeldRun]]:
        """Return runs in reach that these workers hold, by worker: first whose lease ends first."""
