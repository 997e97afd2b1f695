"""Threads at rest, for the people who make, look for and change them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Select, bindparam, exists, func, or_, select, update

from runwire.domain.errors import invalid
from runwire.domain.missing import no_thread
from runwire.domain.namespace import local_id, namespace_of
from runwire.domain.reach import STARTS
from runwire.domain.run import Run
from runwire.domain.taken import thread_exists
from runwire.domain.thread import Thread, ThreadChange, ThreadId, ThreadStatus, Ttl
from runwire.domain.thread_checkpoint import Saved
from runwire.domain.thread_ports import Found, ThreadFilter
from runwire.stores.batch import Batch
from runwire.stores.containment import contains, filtered
from runwire.stores.database import Database
from runwire.stores.filters import operate
from runwire.stores.known_threads import GOING_ON, UNFINISHED, Reservation
from runwire.stores.rows import Values, run_from
from runwire.stores.saved_tables import thread_checkpoints
from runwire.stores.statements import SELECT_RUNS
from runwire.stores.tables import runs
from runwire.stores.thread_rows import LIFTED, expiry, thread_from, ttl_micros_of
from runwire.stores.thread_tables import threads

SORTED_BY: Final = ("thread_id", "status", "created_at", "updated_at", "state_updated_at")

BUSY: Final = exists().where(
    runs.c.thread_id == threads.c.thread_id,
    *UNFINISHED,
    runs.c.status.in_([status.value for status in GOING_ON]),
)
_WHOLE: Final = select(threads, BUSY.label("busy"))
_GET: Final = _WHOLE.where(threads.c.thread_id == bindparam("thread_id"))

_LIVE: Final = (
    update(threads)
    .where(threads.c.thread_id == bindparam("of_thread"))
    .values(
        ttl_micros=bindparam("new_micros"),
        ttl_strategy=bindparam("new_strategy"),
        expires_at=bindparam("new_expiry"),
    )
)

T = TypeVar("T")


class SqlThreadStore:
    """Keeps threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, thread: Thread, namespace: str, *, if_exists: str) -> Thread:
        if namespace_of(thread.thread_id) != namespace:
            raise invalid("thread_id", f"is not of namespace {namespace}")

        def work(batch: Batch) -> Thread:
            found = batch.threads.find(thread.thread_id)
            if found is not None and if_exists != "do_nothing":
                raise thread_exists(local_id(thread.thread_id))
            if found is not None:
                return found
            now = batch.now
            over = thread.expires_at or expiry(thread.ttl, now)
            batch.threads.make(replace(thread, created_at=now, updated_at=now, expires_at=over))
            return batch.threads.get(thread.thread_id)

        await self._database.writer.check_namespace(namespace)
        return await self._reserved(thread.thread_id, work)

    async def get(self, thread_id: ThreadId) -> Thread:
        row = await self._database.read(
            lambda connection: connection.execute(_GET, {"thread_id": thread_id}).one_or_none()
        )
        if row is None:
            raise no_thread(local_id(thread_id))
        return thread_from(row)

    async def update(
        self, thread_id: ThreadId, *, metadata: Mapping[str, Any], ttl: Ttl | None
    ) -> Thread:
        def work(batch: Batch) -> None:
            found = batch.threads.get(thread_id)
            batch.threads.put(replace(found, metadata={**found.metadata, **metadata}))
            if ttl is not None:
                batch.connection.execute(_LIVE, _life(thread_id, ttl, batch.now))

        await self._reserved(thread_id, work)
        return await self.get(thread_id)

    async def change(
        self, thread_id: ThreadId, change: ThreadChange, saved: Sequence[Saved]
    ) -> None:
        def work(batch: Batch) -> None:
            batch.threads.get(thread_id)
            batch.threads.check_idle(thread_id)
            batch.threads.leave(thread_id, change)
            batch.save(saved)

        await self._reserved(thread_id, work)

    async def find(
        self, where: ThreadFilter, *, sort_by: str, descending: bool, limit: int, offset: int
    ) -> Found[Thread]:
        meant = _meant(where)
        page = _WHOLE.where(*meant).order_by(*_order(sort_by, descending=descending))
        page = page.limit(limit).offset(offset)
        count = select(func.count()).select_from(threads).where(*meant)

        def read(connection: Any) -> Found[Thread]:
            items = [thread_from(row) for row in connection.execute(page)]
            if items and len(items) < limit:
                return Found(items, offset + len(items))
            return Found(items, connection.execute(count).scalar_one())

        return await self._database.read(read)

    async def runs(
        self, thread_id: ThreadId, *, statuses: Sequence[str], limit: int, offset: int
    ) -> Sequence[Run]:
        query = _runs_of(thread_id, statuses).limit(limit).offset(offset)
        return await self._database.read(
            lambda connection: [run_from(row) for row in connection.execute(query)]
        )

    async def has_checkpoint(
        self, thread_id: ThreadId, checkpoint_ns: str, checkpoint_id: str
    ) -> bool:
        held = thread_checkpoints.c
        query = select(held.checkpoint_id).where(
            held.thread_id == thread_id,
            held.checkpoint_ns == checkpoint_ns,
            held.checkpoint_id == checkpoint_id,
        )
        return await self._database.read(lambda c: c.execute(query).first() is not None)

    async def _reserved(self, thread_id: ThreadId, work: Callable[[Batch], T]) -> T:
        """Do work on a thread; what it refuses it has to before it changes anything."""
        return await self._database.writer.move(
            None, work, reserve=Reservation(thread_id, moves_runs=False)
        )


def _runs_of(thread_id: ThreadId, statuses: Sequence[str]) -> Select[Any]:
    query = SELECT_RUNS.where(
        runs.c.namespace == namespace_of(thread_id),
        runs.c.thread_id == thread_id,
        runs.c.on_end == "",
    )
    if statuses:
        query = query.where(runs.c.status.in_(list(statuses)))
    return query.order_by(runs.c.created_at.desc(), runs.c.run_id.desc())


def _meant(where: ThreadFilter) -> Sequence[ColumnElement[bool]]:
    meant = [threads.c.namespace == where.namespace, threads.c.temporary.is_(False)]
    if where.ids:
        meant.append(threads.c.thread_id.in_(list(where.ids)))
    if where.also:
        meant.append(filtered(threads.c.metadata, where.also))
    if where.status is not None:
        meant += _of_status(where.status)
    if where.graphs:
        # One that holds nothing of any graph yet can be seen by all.
        meant.append(or_(threads.c.graph_id == "", *map(_of_graph, where.graphs)))
    return [*meant, *_containing(where)]


def _containing(where: ThreadFilter) -> Iterator[ColumnElement[bool]]:
    for name in LIFTED:  # which have a column of their own, and so an index
        value = where.metadata.get(name)
        if isinstance(value, str):
            yield threads.c[name] == value
    if where.metadata:
        yield contains(threads.c.metadata, where.metadata)
    if where.values:
        yield contains(threads.c.state, where.values)


def _of_status(status: ThreadStatus) -> Sequence[ColumnElement[bool]]:
    if status is ThreadStatus.BUSY:
        return [BUSY]
    return [threads.c.status == status.value, ~BUSY]


def _of_graph(pattern: str) -> ColumnElement[bool]:
    if pattern.endswith("*"):
        return operate(threads.c.graph_id, STARTS, pattern.removesuffix("*"))
    return threads.c.graph_id == pattern


def _order(sort_by: str, *, descending: bool) -> Sequence[Any]:
    if sort_by not in SORTED_BY:
        raise invalid("sort_by", f"must be one of {', '.join(SORTED_BY)}")
    columns = dict.fromkeys((sort_by, "thread_id"))
    return [threads.c[name].desc() if descending else threads.c[name] for name in columns]


def _life(thread_id: ThreadId, ttl: Ttl, now: datetime) -> Values:
    return {
        "of_thread": thread_id,
        "new_micros": ttl_micros_of(ttl),
        "new_strategy": ttl.strategy.value,
        "new_expiry": expiry(ttl, now),
    }
