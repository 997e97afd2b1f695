"""What is needed of threads, of their checkpoints, and of the code of LangGraph graphs."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from runwire.domain.run import Run, RunId
from runwire.domain.thread import Thread, ThreadChange, ThreadId, ThreadStatus, Ttl
from runwire.domain.thread_checkpoint import CheckpointRead, Saved

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadFilter:
    """Which threads are meant; what is left out does not count.

    ``metadata`` and ``values`` are contained in a thread's own, as PostgreSQL's ``@>`` means it.
    ``also`` are further filters of metadata: ``{"key": value}``, ``{"key": {"$eq": value}}`` or
    ``{"key": {"$contains": value}}``, as custom authentication handlers answer them.
    """

    namespace: str
    ids: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    status: ThreadStatus | None = None
    also: Mapping[str, Any] = field(default_factory=dict)
    graphs: tuple[str, ...] = ()
    """Ids, or prefixes with a ``*``, of the graphs a caller may see; empty means all."""


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """Some of what matches, from an offset on, and how many match in all."""

    items: Sequence[T]
    total: int


class ThreadStore(Protocol):
    """Threads at rest."""

    async def add(self, thread: Thread, namespace: str, *, if_exists: str) -> Thread:
        """Store a new thread; one that is there raises AlreadyExists, or is returned."""

    async def get(self, thread_id: ThreadId) -> Thread:
        """Return a thread, or raise NotFound with reason THREAD_NOT_FOUND."""

    async def update(
        self, thread_id: ThreadId, *, metadata: Mapping[str, Any], ttl: Ttl | None
    ) -> Thread:
        """Merge metadata into that of a thread; give it another time to live if one is given."""

    async def change(
        self, thread_id: ThreadId, change: ThreadChange, saved: Sequence[Saved]
    ) -> None:
        """Record an update made by no run; raise Conflict THREAD_BUSY while a run goes on."""

    async def find(
        self, where: ThreadFilter, *, sort_by: str, descending: bool, limit: int, offset: int
    ) -> Found[Thread]:
        """Return threads that match, sorted by a column and then by id, newest first by default."""

    async def runs(
        self, thread_id: ThreadId, *, statuses: Sequence[str], limit: int, offset: int
    ) -> Sequence[Run]:
        """Return runs of a thread, newest first, without those that somebody wants gone."""

    async def has_checkpoint(
        self, thread_id: ThreadId, checkpoint_ns: str, checkpoint_id: str
    ) -> bool:
        """Whether there is a checkpoint."""


class ThreadAdmin(Protocol):
    """What ends threads, or makes several of one."""

    async def delete(self, thread_id: ThreadId) -> None:
        """Delete a thread with its checkpoints and its runs, stopping those that go on."""

    async def copy(self, thread_id: ThreadId, new_id: ThreadId) -> Thread:
        """Copy a thread with its state and history; the copy is idle. Raises NotFound."""

    async def prune(self, thread_ids: Sequence[ThreadId], *, keep_latest: bool) -> int:
        """Delete threads, or all but their newest checkpoints; return how many there were."""

    async def sweep(self, now: datetime, limit: int) -> int:
        """Do what the time to live says of threads whose time is over; return how many."""


class ThreadCheckpoints(Protocol):
    """Checkpoints of threads at rest, as LangGraph's saver needs them, here or in a worker."""

    async def read(
        self, thread_id: str, checkpoint_ns: str, checkpoint_id: str = ""
    ) -> CheckpointRead | None:
        """Return a checkpoint, the newest for an empty id; None if there is none."""

    async def newest_of_run(self, thread_id: str, run_id: RunId) -> str:
        """Return the id of the newest checkpoint that a run made at the root, or ""."""

    def list(
        self,
        thread_id: str | None,
        *,
        checkpoint_ns: str | None = None,
        checkpoint_id: str = "",
        before: str = "",
        metadata: Mapping[str, Any] | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointRead]:
        """Yield checkpoints that match, newest first."""

    async def ancestors(
        self,
        thread_id: str,
        checkpoint_ns: str,
        checkpoint_id: str,
        *,
        channels: Sequence[str],
        limit: int,
    ) -> Sequence[CheckpointRead]:
        """Return the checkpoints that one goes back to, the nearest first, itself left out.

        Of their values and writes only those of some channels are read.
        """

    async def write(self, saved: Sequence[Saved]) -> None:
        """Record what a saver leaves outside of runs, at once."""

    async def delete_thread(self, thread_id: str) -> None:
        """Delete all there is of a thread."""

    async def delete_runs(self, run_ids: Sequence[str]) -> None:
        """Delete what these runs have left in any thread."""

    async def copy_thread(self, thread_id: str, new_id: str) -> None:
        """Copy all there is of a thread."""

    async def prune(self, thread_ids: Sequence[str], *, keep_latest: bool) -> None:
        """Delete all but the newest checkpoint of every checkpoint namespace, or everything."""


class GraphStates(Protocol):
    """What only the code of a LangGraph graph can say; answers are JSON objects in its words.

    `configurable` has thread_id (whole), checkpoint_ns, checkpoint_id and checkpoint_map as
    LangGraph means them. Raises NotFound GRAPH_NOT_FOUND for a graph whose code is not here.
    """

    async def state(
        self, graph_id: str, configurable: Mapping[str, Any], *, subgraphs: bool
    ) -> Mapping[str, Any]:
        """Return a ThreadState: values, next, tasks, metadata, and so on."""

    async def history(
        self,
        graph_id: str,
        configurable: Mapping[str, Any],
        *,
        limit: int,
        before: Mapping[str, Any] | None,
        metadata: Mapping[str, Any] | None,
    ) -> Sequence[Mapping[str, Any]]:
        """Return ThreadStates, newest first."""

    async def update(
        self,
        graph_id: str,
        configurable: Mapping[str, Any],
        supersteps: Sequence[Sequence[Mapping[str, Any]]],
    ) -> tuple[Mapping[str, Any], ThreadChange, Sequence[Saved]]:
        """Work out updates (``values``, ``command``, ``as_node``), superstep by superstep.

        Returns the new checkpoint's configurable and what is to be recorded; raises Invalid.
        """

    async def drawing(self, graph_id: str, *, xray: bool | int) -> Mapping[str, Any]:
        """Return nodes and edges as LangGraph draws them."""

    async def schemas(self, graph_id: str) -> Mapping[str, Any]:
        """Return the JSON Schemas of input, output, state, config and context."""

    async def subgraphs(
        self, graph_id: str, *, within: str, recurse: bool
    ) -> Mapping[str, Mapping[str, Any]]:
        """Return the schemas of a graph's subgraphs, by name."""
