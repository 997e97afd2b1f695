"""Threads and their state: create, get, search, update, copy, prune, delete."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from runwire.domain.caller import Caller
from runwire.domain.errors import Invalid, invalid
from runwire.domain.missing import no_thread
from runwire.domain.namespace import local_id, namespace_of
from runwire.domain.ports import Clock
from runwire.domain.reach import out_of_scope
from runwire.domain.taken import thread_busy, thread_exists
from runwire.domain.thread import Thread, ThreadId, ThreadStatus, Ttl
from runwire.domain.thread_ports import (
    Found,
    GraphStates,
    ThreadAdmin,
    ThreadFilter,
    ThreadStore,
)

Json = Mapping[str, Any]

MAX_LIMIT: Final = 1000
NO_STATE: Final[Json] = {
    "values": {},
    "next": [],
    "tasks": [],
    "metadata": None,
    "created_at": None,
    "checkpoint": None,
    "parent_checkpoint": None,
    "interrupts": [],
    "checkpoint_id": None,
    "parent_checkpoint_id": None,
}
"""The state of a thread that no run has come to."""


class Threads:
    """What callers do with threads. Every method raises NotFound THREAD_NOT_FOUND where it fits.

    ``also`` are filters of metadata that a thread must pass, or it is as if there were none.
    """

    def __init__(
        self,
        *,
        store: ThreadStore,
        admin: ThreadAdmin,
        states: GraphStates,
        now: Clock,
        new_id: Callable[[], str],
        default_ttl: Ttl | None = None,
    ) -> None:
        self._store = store
        self._admin = admin
        self._states = states
        self._now = now
        self._new_id = new_id
        self._default_ttl = default_ttl

    def new_local_id(self) -> str:
        """Return an id for a thread that is yet to be made, for who wants to know it before."""
        return self._new_id()

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

        Raises AlreadyExists THREAD_EXISTS, also for one that does not pass the filters, or is of a
        graph out of the caller's scope; Denied for a new one of such a graph; Invalid.
        """
        if if_exists not in ("raise", "do_nothing"):
            raise invalid("if_exists", "must be raise or do_nothing")
        at = self._now()
        thread = Thread(
            thread_id=ThreadId(caller.whole(thread_id or self._new_id())),
            metadata=metadata or {},
            ttl=ttl or self._default_ttl,
            created_at=at,
            updated_at=at,
        )
        if not _in_scope(caller, thread):
            raise out_of_scope(thread.graph_id)
        if supersteps or also:
            there = await self._there(thread.thread_id)
            if there is not None and (if_exists == "raise" or not await self._passes(there, also)):
                raise thread_exists(local_id(thread.thread_id))
            if there is not None:
                return _theirs(caller, there)
        if supersteps:
            return await self._add_with_state(caller, thread, supersteps)
        return _theirs(caller, await self._store.add(thread, caller.namespace, if_exists=if_exists))

    async def _add_with_state(
        self, caller: Caller, thread: Thread, supersteps: Sequence[Sequence[Json]]
    ) -> Thread:
        # Worked out before anything is stored, since updates may be wrong.
        _, change, saved = await self._states.update(
            _graph_of(thread), {"thread_id": thread.thread_id}, supersteps
        )
        await self._store.add(thread, caller.namespace, if_exists="raise")
        await self._store.change(thread.thread_id, change, saved)
        return await self._store.get(thread.thread_id)

    async def get(self, thread_id: ThreadId, *, also: Json | None = None) -> Thread:
        """Return a thread."""
        thread = await self._store.get(thread_id)
        if not await self._passes(thread, also):
            raise no_thread(local_id(thread_id))
        return thread

    async def update(
        self,
        thread_id: ThreadId,
        *,
        metadata: Json | None = None,
        ttl: Ttl | None = None,
        also: Json | None = None,
    ) -> Thread:
        """Merge metadata; set the time to live."""
        await self._check(thread_id, also)
        return await self._store.update(thread_id, metadata=metadata or {}, ttl=ttl)

    async def delete(self, thread_id: ThreadId, *, also: Json | None = None) -> None:
        """Delete a thread and all it has; a run that goes on dies with it."""
        await self._check(thread_id, also)
        await self._admin.delete(thread_id)

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
        if not 1 <= limit <= MAX_LIMIT:
            raise invalid("limit", f"must be from 1 to {MAX_LIMIT}")
        if offset < 0:
            raise invalid("offset", "must not be negative")
        where = ThreadFilter(
            namespace=caller.namespace,
            ids=tuple(caller.whole(each) for each in ids),
            metadata=metadata or {},
            values=values or {},
            status=status,
            also=also or {},
            graphs=caller.graphs,
        )
        return await self._store.find(
            where, sort_by=sort_by, descending=descending, limit=limit, offset=offset
        )

    async def copy(
        self, thread_id: ThreadId, caller: Caller, *, also: Json | None = None
    ) -> Thread:
        """Copy a thread, with state and history, under a new id."""
        await self._check(thread_id, also)
        return await self._admin.copy(thread_id, ThreadId(caller.whole(self._new_id())))

    async def prune(self, thread_ids: Sequence[ThreadId], *, keep_latest: bool) -> int:
        """Delete threads, or their history; return how many."""
        return await self._admin.prune(list(dict.fromkeys(thread_ids)), keep_latest=keep_latest)

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
        thread = await self.get(thread_id, also=also)
        if not thread.graph_id:
            return NO_STATE
        place = _configurable(thread_id, checkpoint)
        return await self._states.state(thread.graph_id, place, subgraphs=subgraphs)

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
        if not 1 <= limit <= MAX_LIMIT:
            raise invalid("limit", f"must be from 1 to {MAX_LIMIT}")
        thread = await self.get(thread_id, also=also)
        if not thread.graph_id:
            return ()
        place = _configurable(thread_id, checkpoint)
        return await self._states.history(
            thread.graph_id, place, limit=limit, before=before, metadata=metadata
        )

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
        thread = await self.get(thread_id, also=also)
        graph_id = _graph_of(thread)
        if thread.status is ThreadStatus.BUSY:
            raise thread_busy(local_id(thread_id))
        update = {"values": values, "as_node": as_node}
        place = _configurable(thread_id, checkpoint)
        configurable, change, saved = await self._states.update(graph_id, place, [[update]])
        await self._store.change(thread_id, change, saved)
        return configurable

    async def _check(self, thread_id: ThreadId, also: Json | None) -> None:
        if also:
            await self.get(thread_id, also=also)

    async def _there(self, thread_id: ThreadId) -> Thread | None:
        where = ThreadFilter(namespace=namespace_of(thread_id), ids=(thread_id,))
        return await self._first(where)

    async def _passes(self, thread: Thread, also: Json | None) -> bool:
        if not also:
            return True
        ids = (thread.thread_id,)
        where = ThreadFilter(namespace=namespace_of(thread.thread_id), ids=ids, also=also)
        return await self._first(where) is not None

    async def _first(self, where: ThreadFilter) -> Thread | None:
        found = await self._store.find(
            where, sort_by="thread_id", descending=True, limit=1, offset=0
        )
        return found.items[0] if found.items else None


def _in_scope(caller: Caller, thread: Thread) -> bool:
    return not thread.graph_id or caller.sees(thread.graph_id)


def _theirs(caller: Caller, thread: Thread) -> Thread:
    """Return a thread that was there already; raise AlreadyExists if it is out of scope."""
    if not _in_scope(caller, thread):
        raise thread_exists(local_id(thread.thread_id))
    return thread


def _graph_of(thread: Thread) -> str:
    if not thread.graph_id:
        raise Invalid(
            f"thread {local_id(thread.thread_id)} has no graph: create it with graph_id in its"
            " metadata, or let a run come to it first",
            reason="THREAD_WITHOUT_GRAPH",
            thread_id=local_id(thread.thread_id),
        )
    return thread.graph_id


def _configurable(thread_id: ThreadId, checkpoint: Json | None) -> Json:
    return {**(checkpoint or {}), "thread_id": thread_id}
