"""Discards what need not be kept, a bounded amount at a time."""

from datetime import datetime

from sqlalchemy import delete, select

from runwire.domain.run import RunId
from runwire.stores.batch import Batch
from runwire.stores.database import Database
from runwire.stores.tables import requests, runs, segments


class SqlRetention:
    """Deletes deltas of ended runs, and request ids past their time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def discard_deltas(self, ended_before: datetime, limit: int) -> int:
        query = (
            select(segments.c.run_id)
            .distinct()
            .join(runs)
            .where(segments.c.delta, runs.c.ended_at < ended_before)
            .limit(limit)
        )

        def work(batch: Batch) -> int:
            ids = [RunId(row.run_id) for row in batch.connection.execute(query)]
            stale = segments.c.delta & segments.c.run_id.in_(ids)
            batch.connection.execute(delete(segments).where(stale))
            batch.stale.extend(ids)
            return len(ids)

        return await self._database.writer.write(work, in_hand=True)

    async def discard_requests(self, created_before: datetime, limit: int) -> int:
        old = select(requests.c.request_id).where(requests.c.created_at < created_before)
        statement = delete(requests).where(requests.c.request_id.in_(old.limit(limit)))
        return await self._database.write(lambda c: c.execute(statement).rowcount)
