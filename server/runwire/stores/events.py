"""Events at rest: segments, read as they were written."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, func, select

from runwire.domain.filter import EVERYTHING, Filter
from runwire.domain.run import RunId
from runwire.domain.segment import Segment
from runwire.stores.database import Database
from runwire.stores.filters import where_clause
from runwire.stores.rows import segment_from
from runwire.stores.tables import runs, segments

_OLDEST = select(func.min(segments.c.first_sequence)).where(
    segments.c.run_id == bindparam("run_id")
)
_HEAD = select(func.coalesce(func.max(segments.c.position), 0))
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

    async def feed(self, where: Filter, after: int, limit: int) -> tuple[Sequence[Segment], int]:
        statement = (
            select(segments)
            .where(segments.c.position > after, segments.c.delta.is_(False))
            .order_by(segments.c.position)
            .limit(limit)
        )
        if where != EVERYTHING:
            statement = statement.join(runs).where(where_clause(where))

        def query(connection: Connection) -> tuple[list[Segment], int]:
            # The head is read first: what is committed in between is found by the next call.
            head: int = connection.execute(_HEAD).scalar_one()
            found = connection.execute(statement).all()
            last = found[-1].position if len(found) == limit else max(head, after)
            if found:
                last = max(last, found[-1].position)
            return [segment_from(row) for row in found], last

        return await self._database.read(query)

    async def head(self) -> int:
        position: int = await self._database.read(
            lambda connection: connection.execute(_HEAD).scalar_one()
        )
        return position


def _fitting(kept: Sequence[Segment], max_bytes: int) -> Sequence[Segment]:
    size = 0
    for count, segment in enumerate(kept):
        size += len(segment.body)
        if count and size > max_bytes:
            return kept[:count]
    return kept
