"""Threads and their state: create, get, search, update, copy, prune, delete."""

from collections.abc import Mapping, Sequence
from typing import Any

from runwire.domain.caller import Caller
from runwire.domain.thread import Thread, ThreadId, ThreadStatus, Ttl
from runwire.domain.thread_ports import Found

Json = Mapping[str, Any]


class Threads:
    """What callers do with threads. Every method raises NotFound THREAD_NOT_FOUND where it fits.

    ``also`` are filters of metadata that a thread must pass, or it is as if there were none.
    """

    async def create(
        self,
        caller: Caller,
        *,
        thread_id: str = "",
        metadata: Json | None = None,
        if_exists: str = "raise",
        supersteps: Sequence[Sequence[Json]] = (),
        ttl: Ttl | None = None,
        also: Json | None = None,
    ) -> Thread:
        """Make a thread, with the state that supersteps of updates lead to.

        Raises AlreadyExists THREAD_EXISTS, Invalid.
        """
        raise NotImplementedError

    async def get(self, thread_id: ThreadId, *, also: Json | None = None) -> Thread:
        """Return a thread."""
        raise NotImplementedError

    async def update(
        self,
        thread_id: ThreadId,
        *,
        metadata: Json | None = None,
        ttl: Ttl | None = None,
        also: Json | None = None,
    ) -> Thread:
        """Merge metadata; set the time to live."""
        raise NotImplementedError

    async def delete(self, thread_id: ThreadId, *, also: Json | None = None) -> None:
        """Delete a thread and all it has; a run that goes on dies with it."""
        raise NotImplementedError

    async def find(
        self,
        caller: Caller,
        *,
        ids: Sequence[str] = (),
        metadata: Json | None = None,
        values: Json | None = None,
        status: ThreadStatus | None = None,
        also: Json | None = None,
        sort_by: str = "created_at",
        descending: bool = True,
        limit: int = 10,
        offset: int = 0,
    ) -> Found[Thread]:
        """Return threads that match, and how many do."""
        raise NotImplementedError

    async def copy(
        self, thread_id: ThreadId, caller: Caller, *, also: Json | None = None
    ) -> Thread:
        """Copy a thread, with state and history, under a new id."""
        raise NotImplementedError

    async def prune(self, thread_ids: Sequence[ThreadId], *, keep_latest: bool) -> int:
        """Delete threads, or their history; return how many."""
        raise NotImplementedError

    async def state(
        self,
        thread_id: ThreadId,
        *,
        checkpoint: Json | None = None,
        subgraphs: bool = False,
        also: Json | None = None,
    ) -> Json:
        """Return a ThreadState (see `GraphStates.state`), of a checkpoint or the newest.

        ``checkpoint`` has any of checkpoint_id, checkpoint_ns, checkpoint_map.
        """
        raise NotImplementedError

    async def history(
        self,
        thread_id: ThreadId,
        *,
        limit: int = 10,
        before: Json | None = None,
        metadata: Json | None = None,
        checkpoint: Json | None = None,
        also: Json | None = None,
    ) -> Sequence[Json]:
        """Return ThreadStates, newest first."""
        raise NotImplementedError

    async def update_state(
        self,
        thread_id: ThreadId,
        *,
        values: Any,
        as_node: str | None = None,
        checkpoint: Json | None = None,
        also: Json | None = None,
    ) -> Json:
        """Change the state as if a node had; return the new checkpoint's configurable.

        Raises Conflict THREAD_BUSY while a run goes on, Invalid for an unknown node, and for a
        thread without a graph.
        """
        raise NotImplementedError
