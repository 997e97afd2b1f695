"""The feed: the events of all runs in one order that never changes behind a reader.

Where several transactions write at once, a row with a lower number may become visible after one
with a higher number, and a reader that has passed it would never see it. So on PostgreSQL rows are
ordered by the id of their transaction, and read only up to the oldest that is still under way.
"""

from collections.abc import Sequence
from typing import Any

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

from runwire.domain.filter import EVERYTHING, Filter
from runwire.domain.namespace import DEFAULT_NAMESPACE, SEPARATOR
from runwire.domain.segment import Position, Segment
from runwire.stores.filters import apart, where_clause
from runwire.stores.rows import segment_from
from runwire.stores.tables import runs, segments

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
) -> tuple[Sequence[Segment], Position, bool]:
    """Return segments of matching runs, the next position, and whether some are held back.

    Those of deltas are left out unless asked for.

    Those held back wait for the end of an older transaction, which will wake nobody if it has
    written no event.
    """
    # First: what is committed in between is found by the next call.
    until = max(head(connection), after)
    if connection.dialect.name == "sqlite":
        statement = _rows(where, deltas).where(segments.c.position > after.row)
        statement = statement.where(segments.c.position <= until.row).order_by(segments.c.position)
    else:
        behind = tuple_(_XID, segments.c.position) > (after.transaction, after.row)
        statement = (
            _rows(where, deltas)
            .add_columns(_XID.label("transaction_id"))
            .where(behind, until.transaction > _XID)
        )
        statement = statement.order_by(_XID, segments.c.position)
    found = connection.execute(statement.limit(limit)).all()
    if len(found) == limit:
        until = Position(getattr(found[-1], "transaction_id", 0), found[-1].position)
    held_back = not found and until.transaction > 0 and _held_back(connection, until, deltas)
    return [segment_from(row) for row in found], until, held_back


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
