"""Events at rest: segments, read as they were written."""

import asyncio
from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, bindparam, func, select

from runwire.domain.filter import Filter
from runwire.domain.run import RunId
from runwire.domain.segment import Position, Segment
from runwire.stores import feed
from runwire.stores.database import Database
from runwire.stores.rows import segment_from
from runwire.stores.tables import segments

HELD_BACK_SECONDS: Final = (0.005, 0.01, 0.02, 0.04, 0.08, 0.16)
"""How often to look again for events that wait for an older transaction to end."""

_OLDEST = select(func.min(segments.c.first_sequence)).where(
    segments.c.run_id == bindparam("run_id")
)
_FROM = (
    select(segments)
    .where(segments.c.run_id == bindparam("run_id"))
    # A segment that holds the sequence begins at it or before; this finds where by the index.
    .where(
        segments.c.first_sequence
        >= func.coalesce(
            select(func.max(segments.c.first_sequence))
            .where(segments.c.run_id == bindparam("run_id"))
            .where(segments.c.first_sequence <= bindparam("from_sequence"))
            .scalar_subquery(),
            0,
        )
    )
    .where(segments.c.last_sequence >= bindparam("from_sequence"))
    .order_by(segments.c.first_sequence)
)


class SqlEventStore:
    """Reads segments, from memory where the newest ones are wanted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, run_id: RunId, from_sequence: int, max_bytes: int) -> Sequence[Segment]:
        kept = self._database.tail.segments(run_id, from_sequence)
        if kept is not None:
            return _fitting(kept, max_bytes)

        def query(connection: Connection) -> list[Segment]:
            found: list[Segment] = []
            size = 0
            parameters = {"run_id": run_id, "from_sequence": from_sequence}
            with connection.execute(_FROM.limit(1000), parameters) as result:
                for row in result:
                    segment = segment_from(row)
                    size += len(segment.body)
                    if found and size > max_bytes:
                        break
                    found.append(segment)
            return found

        return await self._database.read(query)

    async def oldest(self, run_id: RunId) -> int:
        kept = self._database.tail.segments(run_id, 1)
        if kept:
            return kept[0].first_sequence
        found: int | None = await self._database.read(
            lambda connection: connection.execute(_OLDEST, {"run_id": run_id}).scalar_one()
        )
        return found or 1

    async def feed(
        self, where: Filter, after: Position, limit: int, *, deltas: bool = False
    ) -> tuple[Sequence[Segment], Position, bool]:
        pauses = iter(HELD_BACK_SECONDS)
        while True:
            found, position, held_back, more = await self._database.read(
                lambda connection: feed.read(connection, where, after, limit, deltas=deltas)
            )
            pause = next(pauses, None) if held_back else None
            if pause is None:
                return found, position, more
            await asyncio.sleep(pause)

    async def head(self) -> Position:
        return await self._database.read(feed.head)


def _fitting(kept: Sequence[Segment], max_bytes: int) -> Sequence[Segment]:
    size = 0
    for count, segment in enumerate(kept):
        size += len(segment.body)
        if count and size > max_bytes:
            return kept[:count]
    return kept
