"""Ends threads, and makes several of one: delete, copy, prune, and what times to live say.

1. A thread goes with all its runs. Ended ones go first, some at a time; the last transaction takes
   the runs that go on, the checkpoints and the thread itself. What breaks off has left a thread
   that can be deleted again.
2. A run that is deleted while a worker holds it was ended before, so sums and tellings are true;
   what the worker says later finds no run.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, insert, literal_column, select, update

from runwire.domain.errors import Conflict, Error, NotFound
from runwire.domain.missing import no_thread
from runwire.domain.namespace import local_id, namespace_of
from runwire.domain.run import RunStatus
from runwire.domain.taken import thread_busy
from runwire.domain.thread import Thread, ThreadId, ThreadStatus, TtlStrategy
from runwire.domain.thread_moves import ended_at_once
from runwire.domain.thread_ports import ThreadCheckpoints
from runwire.stores.batch import Batch
from runwire.stores.burying import drop_runs, drop_threads
from runwire.stores.database import Database
from runwire.stores.known_threads import Reservation
from runwire.stores.pieces import PASS_BYTES
from runwire.stores.retention import MAX_DELETED, drop_ended
from runwire.stores.saved_deleting import copy_saved
from runwire.stores.saved_pruning import Portion, history_of
from runwire.stores.schedule_tables import schedules
from runwire.stores.sizes import SUMMED
from runwire.stores.tables import runs
from runwire.stores.thread_rows import row_of_thread, thread_from
from runwire.stores.thread_tables import threads
from runwire.stores.threads import BUSY
from runwire.stores.times import Micros

_THREAD: Final = select(threads).where(threads.c.thread_id == bindparam("of_thread"))
_ENDED: Final = (
    select(*(runs.c[name] for name in ("run_id", "thread_id", "graph_id", "status", *SUMMED)))
    .where(
        runs.c.thread_id == bindparam("of_thread"),
        runs.c.thread_id != literal_column("''"),
        runs.c.namespace == bindparam("namespace"),
        runs.c.ended_at.is_not(None),
    )
    .order_by(runs.c.created_at, runs.c.run_id)
    .limit(MAX_DELETED)
    .with_for_update()
)
_EXPIRED: Final = (
    select(threads.c.thread_id, threads.c.ttl_strategy)
    .where(threads.c.expires_at <= bindparam("now", type_=Micros), ~BUSY)
    .order_by(threads.c.expires_at, threads.c.thread_id)
    .limit(bindparam("count"))
)
_KEEP: Final = (
    update(threads)
    .where(
        threads.c.thread_id == bindparam("of_thread"),
        threads.c.expires_at <= bindparam("now", type_=Micros),
    )
    .values(expires_at=None)
)
_SCHEDULES: Final = delete(schedules).where(schedules.c.thread_id == bindparam("of_thread"))
"""Those of assistants alone name a thread that is one."""

TIMES: Final = 5

Wanted = Callable[[Thread], bool]


class SqlThreadAdmin:
    """Deletes, copies and prunes threads."""

    def __init__(self, database: Database, checkpoints: ThreadCheckpoints) -> None:
        self._database = database
        self._checkpoints = checkpoints

    async def delete(self, thread_id: ThreadId) -> None:
        await self._delete(thread_id, lambda _: True)

    async def copy(self, thread_id: ThreadId, new_id: ThreadId) -> Thread:
        def work(batch: Batch) -> Thread | Error:
            connection = batch.connection
            row = connection.execute(_THREAD, {"of_thread": thread_id}).one_or_none()
            if row is None:
                return no_thread(local_id(thread_id))
            new = replace(
                thread_from(row),
                thread_id=new_id,
                status=ThreadStatus.IDLE,
                interrupts={},
                error=None,
                expires_at=None,
                created_at=batch.now,
                updated_at=batch.now,
            )
            # While a run goes on, its values are not those of its checkpoints, and are rewritten.
            batch.threads.check_idle(thread_id)
            connection.execute(insert(threads).values(row_of_thread(new)))
            copy_saved(connection, thread_id, new_id)
            return new

        reservation = Reservation(thread_id, moves_runs=False)
        found = await self._database.writer.write(work, reserve=reservation)
        if isinstance(found, Error):
            raise found
        return found

    async def prune(self, thread_ids: Sequence[ThreadId], *, keep_latest: bool) -> int:
        if not keep_latest:
            return sum([await self._gone(each, lambda _: True) for each in thread_ids])
        known = select(threads.c.thread_id, BUSY.label("busy"))
        known = known.where(threads.c.thread_id.in_(list(thread_ids)))
        found = await self._database.read(lambda c: c.execute(known).all())
        for row in found:
            if row.busy:
                raise thread_busy(local_id(row.thread_id))
        for row in found:
            await self._keep_latest(row.thread_id)
        return len(found)

    async def sweep(self, now: datetime, limit: int) -> int:
        def read(connection: Connection) -> Sequence[Any]:
            return connection.execute(_EXPIRED, {"now": now, "count": limit}).all()

        def expired(thread: Thread) -> bool:
            over = thread.expires_at is not None and thread.expires_at <= now
            return over and thread.status is not ThreadStatus.BUSY

        found = await self._database.read(read)
        for row in found:
            thread_id = ThreadId(row.thread_id)
            if row.ttl_strategy == TtlStrategy.DELETE.value:
                await self._gone(thread_id, expired)
            else:
                with suppress(Conflict):  # a run has come to it: its time begins again
                    await self._keep_latest(thread_id)
                    await self._database.write(partial(_kept, thread_id, now))
        return len(found)

    async def _keep_latest(self, thread_id: str) -> None:
        """Delete the history of a thread; raise Conflict once a run of it goes on."""
        name = ThreadId(thread_id)

        def work(portion: Portion, batch: Batch) -> bool:
            batch.threads.check_idle(name)
            return portion.drop(batch.connection)

        for _ in range(TIMES):
            for portion in await self._database.read(partial(history_of, thread_id=thread_id)):
                there = await self._database.writer.write(
                    partial(work, portion), reserve=Reservation(name, moves_runs=False)
                )
                if not there:
                    break  # somebody has added to it meanwhile
            else:
                return
        raise thread_busy(local_id(thread_id))

    async def _gone(self, thread_id: ThreadId, wanted: Wanted) -> bool:
        try:
            await self._delete(thread_id, wanted)
        except NotFound:
            return False
        return True

    async def _delete(self, thread_id: ThreadId, wanted: Wanted) -> None:
        """Delete a thread if it is wanted so still; raise NotFound."""
        left: Error | bool = True
        while left is True:
            left = await self._database.writer.write(
                lambda batch: _delete(batch, thread_id, wanted),
                in_hand=True,
                reserve=Reservation(thread_id),
            )
        if isinstance(left, Error):
            raise left


def _kept(thread_id: ThreadId, now: datetime, connection: Connection) -> None:
    connection.execute(_KEEP, {"of_thread": thread_id, "now": now})


def _delete(batch: Batch, thread_id: ThreadId, wanted: Wanted) -> Error | bool:
    """Delete what fits into one transaction; return whether more is left, or what is wrong."""
    thread = batch.threads.find(thread_id)
    if thread is None or not wanted(thread):
        return no_thread(local_id(thread_id))
    connection = batch.connection
    ours = {"of_thread": thread_id, "namespace": namespace_of(thread_id)}
    ended = connection.execute(_ENDED, ours).all()
    if ended:
        drop_ended(batch, _fitting(ended))
        return True
    _end_all(batch, thread_id)
    drop_threads(batch.connection, [thread_id])
    connection.execute(_SCHEDULES, ours)
    batch.threads.forget(thread_id)
    return False


def _end_all(batch: Batch, thread_id: ThreadId) -> None:
    """End the runs that go on, and delete them."""
    move = ended_at_once(reason="its thread was deleted")
    ended = []
    for run_id, status in batch.threads.open_runs(thread_id).items():
        ended.append(batch.make(run_id, move))
        if status in (RunStatus.RUNNING, RunStatus.CANCELLING):
            batch.wakes.add("cancel")
    drop_runs(batch.connection, ended)
    for run in ended:
        batch.sums.moved(run, None)
        batch.forget(run.run_id)


def _fitting(rows: Sequence[Any]) -> Sequence[Any]:
    """Return as many as go at once: one at least."""
    size = 0
    for count, row in enumerate(rows):
        size += row.storage_bytes
        if count and size > PASS_BYTES:
            return rows[:count]
    return rows
