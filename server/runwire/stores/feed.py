"""The feed: the events of all runs in one order that never changes behind a reader.

Where several transactions write at once, a row with a lower number may become visible after one
with a higher number, and a reader that has passed it would never see it. So on PostgreSQL rows are
ordered by the id of their transaction, and read only up to the oldest that is still under way.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    func,
    literal_column,
    select,
    text,
    tuple_,
)

from runwire.domain.filter import EVERYTHING, Filter, slow
from runwire.domain.namespace import DEFAULT_NAMESPACE, SEPARATOR
from runwire.domain.segment import Position, Segment
from runwire.stores.filters import apart, where_clause
from runwire.stores.rows import segment_from
from runwire.stores.tables import runs, segments

MAX_LOOKED: Final = 5000
"""So many segments are looked at for those of runs that no index leads to."""
_XID: Any = literal_column("segments.xid", BigInteger)  # on PostgreSQL only
_NEWEST = select(func.coalesce(func.max(segments.c.position), 0))
_OLDEST_UNDER_WAY = text("SELECT (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint")


def head(connection: Connection) -> Position:
    """Return the position up to which nothing can be added any more."""
    if connection.dialect.name == "sqlite":
        return Position(0, connection.execute(_NEWEST).scalar_one())
    return Position(connection.execute(_OLDEST_UNDER_WAY).scalar_one(), 0)


def read(
    connection: Connection, where: Filter, after: Position, limit: int, *, deltas: bool = False
) -> tuple[Sequence[Segment], Position, bool, bool]:
    """Return segments of matching runs, the next position, whether some are held back, and more.

    There is more, to be read at once, if there are others behind so many that were looked at. Those
    of deltas are left out unless asked for.

    Those held back wait for the end of an older transaction, which will wake nobody if it has
    written no event.
    """
    # First: what is committed in between is found by the next call.
    until = max(head(connection), after)
    end = _end(connection, after) if slow(where) else None
    more = end is not None and end < until
    if end is not None and more:
        until = end
    if connection.dialect.name == "sqlite":
        statement = _rows(where, deltas).where(segments.c.position > after.row)
        statement = statement.where(segments.c.position <= until.row).order_by(segments.c.position)
    else:
        behind = tuple_(_XID, segments.c.position) > (after.transaction, after.row)
        before = until.transaction > _XID
        if more:  # the end is a row, and not the transaction before one
            before = tuple_(_XID, segments.c.position) <= (until.transaction, until.row)
        statement = (
            _rows(where, deltas).add_columns(_XID.label("transaction_id")).where(behind, before)
        )
        statement = statement.order_by(_XID, segments.c.position)
    found = connection.execute(statement.limit(limit)).all()
    if len(found) == limit:
        more = True
        until = Position(getattr(found[-1], "transaction_id", 0), found[-1].position)
    waiting = not found and not more and until.transaction > 0
    held_back = waiting and _held_back(connection, until, deltas)
    return [segment_from(row) for row in found], until, held_back, more


def _end(connection: Connection, after: Position) -> Position | None:
    """Return where so many rows behind a position end, whoever's; None if there are fewer."""
    if connection.dialect.name == "sqlite":
        rows = select(segments.c.position).where(segments.c.position > after.row)
        found = rows.order_by(segments.c.position)
    else:
        behind = tuple_(_XID, segments.c.position) > (after.transaction, after.row)
        rows = select(segments.c.position, _XID.label("transaction_id")).where(behind)
        found = rows.order_by(_XID, segments.c.position)
    row = connection.execute(found.offset(MAX_LOOKED - 1).limit(1)).one_or_none()
    return None if row is None else Position(getattr(row, "transaction_id", 0), row.position)


def _rows(where: Filter, deltas: bool) -> Any:
    statement = select(segments)
    if not deltas:
        statement = statement.where(segments.c.delta.is_(False))
    namespace, rest = apart(where)
    if namespace is not None:
        statement = statement.where(_of(namespace))
    if rest != EVERYTHING:
        statement = statement.join(runs).where(where_clause(rest))
    return statement


def _of(namespace: str) -> ColumnElement[bool]:
    """Whose runs' segments are meant: their ids tell, without a look at the runs."""
    if namespace == DEFAULT_NAMESPACE:
        return ~segments.c.run_id.contains(SEPARATOR)
    return segments.c.run_id.startswith(f"{namespace}{SEPARATOR}")


def _held_back(connection: Connection, until: Position, deltas: bool) -> bool:
    query = select(_rows(EVERYTHING, deltas).where(until.transaction <= _XID).exists())
    return bool(connection.execute(query).scalar_one())
