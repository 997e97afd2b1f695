"""What the inside needs from the outside."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from runwire.domain.artifact import Artifact, ArtifactId
from runwire.domain.change import Change
from runwire.domain.checkpoint import Checkpoint
from runwire.domain.event import EncodedEvent, NewEvent
from runwire.domain.filter import Filter, Order
from runwire.domain.graph import GraphInfo, GraphVersion, ToolInfo
from runwire.domain.outcome import Outcome
from runwire.domain.paging import Page
from runwire.domain.reach import Reach
from runwire.domain.registration import Registration
from runwire.domain.run import Run, RunId
from runwire.domain.segment import Position, Segment
from runwire.domain.step import Step
from runwire.domain.work import Claim, Created, Lease, Progress, Request, Seed, Verdict

Clock = Callable[[], datetime]
"""The time, aware and in UTC."""

EncodeEvents = Callable[[RunId, int, Sequence[NewEvent | EncodedEvent]], bytes]
"""(run, sequence of the first, events) → RunEventBatch bytes."""

Move = Callable[[Run, datetime], Change]
"""(the run as it is now, the transaction's time) → what shall be recorded; raises to refuse."""


class Journal(Protocol):
    """The one door through which a run changes. Every answer means: it is on disk."""

    async def create(self, seed: Seed) -> Created:
        """Record a new run as QUEUED; raise AlreadyExists if its id or request id is taken."""

    async def record(self, run_id: RunId, move: Move, *, in_hand: bool = False) -> Run:
        """Record a move, return the run after it; raise NotFound, or whatever the move raises.

        Work ``in_hand`` (a worker's) is taken even when callers are refused as Unavailable.
        """

    async def claim(
        self,
        worker_id: str,
        limit: int,
        *,
        graphs: Sequence[str],
        queues: Sequence[str],
        lease_seconds: float,
        wait_seconds: float = 0.0,
    ) -> Sequence[Run]:
        """Make up to ``limit`` ready or abandoned runs RUNNING under new epochs.

        Of these queues ("" is the default one), and of these graphs as far as they are in Python.
        If there are none, wait a while: what is queued meanwhile is claimed in the same commit.
        A run that was abandoned by too many workers is parked instead.
        """

    async def renew(self, leases: Sequence[Lease], lease_seconds: float) -> Mapping[RunId, Verdict]:
        """Extend leases; say which are lost and which runs are being cancelled."""

    async def expire(self, leases: Sequence[Lease]) -> None:
        """End leases of a worker that is gone, so that its runs go on elsewhere at once."""

    async def sweep(self, limit: int) -> int:
        """End runs whose cancellation is overdue; return how many."""

    async def offer(self, limit: int) -> None:
        """Look again, at up to ``limit`` keys and graphs, for runs that their limits let pass."""

    async def delete(self, run_id: RunId, etag: str) -> None:
        """Delete a terminal run and all it owns."""


class RunStore(Protocol):
    """Runs at rest."""

    async def get(self, run_id: RunId) -> Run:
        """Return the run, or raise NotFound with reason RUN_NOT_FOUND."""

    async def seen(self, run_id: RunId) -> Run:
        """Return the run, maybe as it was up to a second ago, or raise NotFound as `get` does."""

    async def requested(self, request: Request) -> Run | None:
        """Return the run that the same request has created, None if there is none."""

    async def find(
        self, where: Filter, *, order: Order, page_size: int, page_token: str
    ) -> Page[Run]:
        """Return one page of the runs that match."""


class EventStore(Protocol):
    """Events at rest, in segments."""

    async def read(self, run_id: RunId, from_sequence: int, max_bytes: int) -> Sequence[Segment]:
        """Return segments from a sequence on, in order, about ``max_bytes`` at most."""

    async def oldest(self, run_id: RunId) -> int:
        """Return the oldest sequence retained; 1 when nothing was removed."""

    async def feed(
        self, where: Filter, after: Position, limit: int, *, deltas: bool = False
    ) -> tuple[Sequence[Segment], Position, bool]:
        """Return segments of all matching runs behind a position, the next, and if there is more.

        Those of deltas are left out unless asked for.
        """

    async def head(self) -> Position:
        """Return the newest position of the feed."""


class StateStore(Protocol):
    """Steps and checkpoints at rest."""

    async def checkpoint(
        self, run_id: RunId, number: int
    ) -> tuple[Checkpoint, Mapping[str, object]]:
        """Return a checkpoint and its whole state, or raise NotFound."""

    async def checkpoints(self, run_id: RunId, page_size: int, page_token: str) -> Page[Checkpoint]:
        """Return one page of checkpoints, newest first, without bodies."""

    async def steps(self, run_id: RunId, page_size: int, page_token: str) -> Page[Step]:
        """Return one page of steps, oldest first."""

    async def superstep(self, run_id: RunId, superstep: int) -> Sequence[Step]:
        """Return the steps of one superstep, with their pending updates."""

    async def under_way(self, run_id: RunId) -> Sequence[Step]:
        """Return the steps of the newest superstep."""


class Leases(Protocol):
    """The one port through which a worker reaches runs."""

    async def claim(self, worker_id: str, limit: int) -> Sequence[Claim]:
        """Return up to ``limit`` runs to execute, each under a new lease."""

    async def renew(self, leases: Sequence[Lease]) -> Mapping[RunId, Verdict]:
        """Extend leases, and learn what became of the runs."""

    async def record(self, lease: Lease, progress: Progress) -> None:
        """Commit progress; raise Conflict if the lease is lost or the run is being cancelled."""

    async def settle(self, lease: Lease, progress: Progress, outcome: Outcome) -> None:
        """Commit how the attempt ended, with its last progress; raise Conflict if it lost it."""

    async def release(self, leases: Sequence[Lease], reason: str) -> None:
        """Give runs back to the queue at once, without burning an attempt."""


class GraphStore(Protocol):
    """JSON definitions at rest."""

    async def add(self, graph_id: str, definition: bytes) -> GraphVersion:
        """Store a new version, or return the newest if it is equal."""

    async def get(self, graph_id: str, version: int) -> GraphVersion:
        """Return a version (0: the newest), or raise NotFound with reason GRAPH_NOT_FOUND."""

    async def find(self, namespace: str | None) -> Sequence[GraphVersion]:
        """Return the newest version of every graph of a namespace (None: of all), by id."""

    async def delete(self, graph_id: str) -> None:
        """Delete every version from the list; unfinished runs keep theirs. Raise NotFound."""


class RegistrationStore(Protocol):
    """What workers can execute, at rest."""

    async def put(self, found: Sequence[Registration]) -> None:
        """Keep these, in the place of those of the same kind and name."""

    async def find(self) -> Sequence[Registration]:
        """Return all there are."""


class Graphs(Protocol):
    """The graphs known here: from code, from JSON definitions, and registered by workers."""

    def names(self) -> Sequence[str]:
        """Return the ids of the graphs defined in Python, here or in a worker, sorted."""

    def info(self, graph_id: str) -> GraphInfo:
        """Describe a graph defined in Python; raise NotFound with reason GRAPH_NOT_FOUND."""

    def parse(self, definition: bytes) -> GraphInfo:
        """Check a JSON definition and describe it; raise Invalid naming the node at fault."""

    def check_input(self, graph_id: str, definition: bytes | None, data: bytes) -> None:
        """Raise Invalid, a violation per fault (``spec.input.rows[0]``), if input does not fit."""

    def check_update(self, graph_id: str, definition: bytes | None, data: bytes) -> None:
        """Raise Invalid if a partial state (for a fork) has unknown keys or wrong types."""

    def check_value(self, schema: bytes, data: bytes, *, name: str) -> None:
        """Raise Invalid, its paths beginning with a name, if a value does not fit a JSON Schema."""

    def tools(self) -> Sequence[ToolInfo]:
        """Return the registered tools, by name."""


class ArtifactStore(Protocol):
    """Artifacts' descriptions at rest."""

    async def add(self, artifact: Artifact, request_id: str) -> Artifact:
        """Store a new description; return the first one if the request id was seen before."""

    async def get(self, artifact_id: ArtifactId) -> Artifact:
        """Return the description, or raise NotFound with reason ARTIFACT_NOT_FOUND."""

    async def find(
        self, run_id: RunId | None, page_size: int, page_token: str, *, reach: Reach
    ) -> Page[Artifact]:
        """Return one page of a run's artifacts, or of all in reach, newest first."""

    async def update(self, artifact: Artifact, *, expected_bytes: int) -> Artifact:
        """Replace a description whose committed size is still as expected; else raise Conflict."""

    async def delete(self, artifact_id: ArtifactId) -> Artifact:
        """Delete the description and return what it was."""

    async def uses(self, sha256: str) -> int:
        """Return how many ACTIVE artifacts share a content."""


class BlobStore(Protocol):
    """Content by SHA-256, and parts of uploads that are not complete yet."""

    async def put_part(self, upload_id: str, offset: int, data: bytes) -> None:
        """Store a part durably; the same part again replaces it."""

    async def finish(self, upload_id: str, size_bytes: int) -> str:
        """Join the parts into content, durably, drop them, and return its SHA-256."""

    async def abandon(self, upload_id: str) -> None:
        """Drop the parts of an upload."""

    def read(self, sha256: str, offset: int, length: int) -> AsyncIterator[bytes]:
        """Yield a range of content in chunks of at most 256 KiB; raise DataLoss if it is gone."""

    async def delete(self, sha256: str) -> None:
        """Delete content."""


class Artifacts(Protocol):
    """What a node can do with artifacts."""

    async def save(
        self, run_id: RunId | None, filename: str, content_type: str, chunks: AsyncIterator[bytes]
    ) -> Artifact:
        """Store content under a new id."""

    async def describe(self, artifact_id: ArtifactId) -> Artifact:
        """Return the description, or raise NotFound."""

    def load(self, artifact_id: ArtifactId) -> AsyncIterator[bytes]:
        """Yield the content in chunks."""

    async def read(self, artifact_id: ArtifactId) -> bytes:
        """Return the whole content."""


class Wake(Protocol):
    """A waiter's side of the bus."""

    async def wait(self, seconds: float) -> None:
        """Return on the next wake, or after ``seconds`` without one."""


class Bus(Protocol):
    """Carries wakes, never events: losing one costs time, not truth."""

    def wake_all(self, topics: Iterable[str]) -> None:
        """Wake everyone waiting on any of the topics; callable from any thread."""

    def waiting(self, topic: str) -> AbstractContextManager[Wake]:
        """Collect wakes for the topic while the block lasts."""
