"""How many places are taken under the limits of keys, graphs and namespaces: counted from rows."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, select, text

from runwire.stores.tables import queue
from runwire.stores.times import Micros

AT_ONCE: Final = 500
_TAKE_TURNS: Final = text("SELECT pg_advisory_xact_lock(8243120391)")  # any number of ours


def _counting(column: Any, *where: Any) -> Any:
    among = column.in_(bindparam("names", expanding=True))
    return select(column, func.count()).where(among, *where).group_by(column)


_IS_HELD: Final = queue.c.worker_id.is_not(None)
_IS_TAKEN: Final = _IS_HELD | (queue.c.placed_at > bindparam("fresh", type_=Micros))
KEYS_HELD: Final = _counting(queue.c.limit_key, queue.c.placed_at.is_not(None), _IS_HELD)
KEYS_TAKEN: Final = _counting(queue.c.limit_key, queue.c.placed_at.is_not(None), _IS_TAKEN)
GRAPHS_HELD: Final = _counting(queue.c.graph_key, queue.c.waits_for.is_(None), _IS_HELD)
GRAPHS_TAKEN: Final = _counting(queue.c.graph_key, queue.c.waits_for.is_(None), _IS_TAKEN)
SPACES_HELD: Final = _counting(queue.c.namespace_key, queue.c.waits_for.is_(None), _IS_HELD)
SPACES_TAKEN: Final = _counting(queue.c.namespace_key, queue.c.waits_for.is_(None), _IS_TAKEN)


def count(
    connection: Connection, counting: Any, names: Iterable[str | None], fresh: datetime
) -> Counter[Any]:
    """Return how many places are taken under each name; offers since ``fresh`` count, too."""
    wanted = sorted(name for name in names if name)
    found: Counter[Any] = Counter()
    for start in range(0, len(wanted), AT_ONCE):
        parameters = {"names": wanted[start : start + AT_ONCE], "fresh": fresh}
        for name, number in connection.execute(counting, parameters):
            found[name] = number
    return found


def take_turn(connection: Connection) -> None:
    """Wait until no other server counts; until the end of the transaction none will."""
    if connection.dialect.name == "postgresql":
        connection.execute(_TAKE_TURNS)
