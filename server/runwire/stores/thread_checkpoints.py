"""Checkpoints of threads at rest."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Select, literal, select, tuple_

from runwire.domain.run import RunId
from runwire.domain.thread_checkpoint import CheckpointRead, Saved
from runwire.stores import saved_deleting
from runwire.stores.containment import contains
from runwire.stores.database import Database
from runwire.stores.saved_reading import read_all
from runwire.stores.saved_tables import thread_checkpoints as checkpoints

PAGE: Final = 20
MAX_ANCESTORS: Final = 100

_NEWEST_FIRST: Final = (
    checkpoints.c.checkpoint_id,
    checkpoints.c.thread_id,
    checkpoints.c.checkpoint_ns,
)


class SqlThreadCheckpoints:
    """Implements the port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(
        self, thread_id: str, checkpoint_ns: str, checkpoint_id: str = ""
    ) -> CheckpointRead | None:
        query = _of(thread_id, checkpoint_ns)
        if checkpoint_id:
            query = query.where(checkpoints.c.checkpoint_id == checkpoint_id)
        else:
            query = query.order_by(checkpoints.c.checkpoint_id.desc()).limit(1)
        found = await self._database.read(lambda connection: read_all(connection, query))
        return found[0] if found else None

    async def newest_of_run(self, thread_id: str, run_id: RunId) -> str:
        query = (
            select(checkpoints.c.checkpoint_id)
            .where(
                checkpoints.c.thread_id == thread_id,
                checkpoints.c.checkpoint_ns == "",
                checkpoints.c.run_id == run_id,
                checkpoints.c.run_id != "",
            )
            .order_by(checkpoints.c.checkpoint_id.desc())
            .limit(1)
        )
        found = await self._database.read(lambda connection: connection.scalar(query))
        return found or ""

    async def list(
        self,
        thread_id: str | None,
        *,
        checkpoint_ns: str | None = None,
        checkpoint_id: str = "",
        before: str = "",
        metadata: Mapping[str, Any] | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointRead]:
        column = checkpoints.c
        where = [
            *([column.thread_id == thread_id] if thread_id is not None else ()),
            *([column.checkpoint_ns == checkpoint_ns] if checkpoint_ns is not None else ()),
            *([column.checkpoint_id == checkpoint_id] if checkpoint_id else ()),
            *([column.checkpoint_id < before] if before else ()),
            *([contains(column.metadata, dict(metadata))] if metadata else ()),
        ]
        query = select(checkpoints).where(*where).order_by(*(c.desc() for c in _NEWEST_FIRST))
        left = limit
        while left is None or left > 0:
            size = PAGE if left is None else min(PAGE, left)
            page = await self._page(query.limit(size))
            for read in page:
                yield read
            if len(page) < size:
                return
            left = None if left is None else left - size
            last = page[-1].checkpoint
            place = last.checkpoint_id, last.thread_id, last.checkpoint_ns
            query = query.where(tuple_(*_NEWEST_FIRST) < place)

    async def ancestors(
        self,
        thread_id: str,
        checkpoint_ns: str,
        checkpoint_id: str,
        *,
        channels: Sequence[str],
        limit: int,
    ) -> Sequence[CheckpointRead]:
        size = min(limit, MAX_ANCESTORS)

        def read(connection: Connection) -> Sequence[CheckpointRead]:
            query = _line(thread_id, checkpoint_ns, checkpoint_id, size)
            return read_all(connection, query, channels)

        return await self._database.read(read)

    async def write(self, saved: Sequence[Saved]) -> None:
        await self._database.writer.write(lambda batch: batch.save(saved))

    async def delete_thread(self, thread_id: str) -> None:
        await self._database.write(lambda c: saved_deleting.drop_saved(c, [thread_id]))

    async def delete_runs(self, run_ids: Sequence[str]) -> None:
        if run_ids:
            await self._database.write(lambda c: saved_deleting.drop_saved_by(c, run_ids))

    async def copy_thread(self, thread_id: str, new_id: str) -> None:
        await self._database.write(lambda c: saved_deleting.copy_saved(c, thread_id, new_id))

    async def prune(self, thread_ids: Sequence[str], *, keep_latest: bool) -> None:
        drop = saved_deleting.keep_newest if keep_latest else saved_deleting.drop_saved
        if thread_ids:
            await self._database.write(lambda c: drop(c, thread_ids))

    async def _page(self, query: Select[Any]) -> Sequence[CheckpointRead]:
        return await self._database.read(lambda connection: read_all(connection, query))


def _of(thread_id: str, checkpoint_ns: str) -> Select[Any]:
    return select(checkpoints).where(
        checkpoints.c.thread_id == thread_id, checkpoints.c.checkpoint_ns == checkpoint_ns
    )


def _line(thread_id: str, checkpoint_ns: str, checkpoint_id: str, size: int) -> Select[Any]:
    """Return the query for the checkpoints that one goes back to, the nearest first."""
    here = _of(thread_id, checkpoint_ns)
    column = checkpoints.c
    first = here.with_only_columns(column.parent_id.label("id"), literal(1).label("depth"))
    line = first.where(column.checkpoint_id == checkpoint_id).cte("line", recursive=True)
    more = here.with_only_columns(column.parent_id, line.c.depth + 1)
    line = line.union_all(more.where(column.checkpoint_id == line.c.id, line.c.depth < size))
    return here.join(line, column.checkpoint_id == line.c.id).order_by(line.c.depth)
