"""Writes that can change: questions and answers of tasks, which one run leaves and another changes.

1. What a run finds there of another run is kept aside, ``ASIDE`` places below, and read by nobody.
2. When the later run is undone, what was kept comes back: the thread asks again what it has asked.
   Of each write only the last one before is kept: no run is undone but the last.
"""

from typing import Any, Final

from sqlalchemy import Connection, Dialect, and_, bindparam, exists, literal_column, select, update

from runwire.stores.arrays import Unnested
from runwire.stores.saved_tables import thread_writes as writes
from runwire.stores.writing import Prepared, Writing, upserting

ASIDE: Final = 100
_KEY: Final = ("thread_id", "checkpoint_ns", "checkpoint_id", "task_id")


def keeping(dialect: Dialect) -> Writing:
    """Return what keeps aside the writes of other runs that rows are about to change."""
    columns = [writes.c[name] for name in (*_KEY, "idx", "run_id")]
    if dialect.name == "sqlite":
        given = {c.name: bindparam(c.name, type_=c.type) for c in columns}
        return Prepared(_kept(dialect, select(*_aside()).where(*_others(given))), dialect)

    def make(given: Any) -> Any:
        found = select(*_aside()).select_from(given).join(writes, and_(*_others(given.c)))
        return _kept(dialect, found)

    return Unnested(make, dialect, columns)


def bring_back(connection: Connection, thread_id: str) -> None:
    """Put back what was kept aside of writes that are gone."""
    now = writes.alias("now")
    same = [now.c[name] == writes.c[name] for name in _KEY]
    gone = ~exists().where(*same, now.c.idx == writes.c.idx + ASIDE)
    kept = (writes.c.thread_id == thread_id, writes.c.idx <= -ASIDE)
    connection.execute(update(writes).where(*kept, gone).values(idx=writes.c.idx + ASIDE))


def _aside() -> list[Any]:
    # No parameter: those are the rows' alone.
    below = (writes.c.idx - literal_column(str(ASIDE))).label("idx")
    return [below if c.name == "idx" else c for c in writes.c]


def _others(given: Any) -> list[Any]:
    same = [writes.c[name] == given[name] for name in (*_KEY, "idx")]
    return [*same, writes.c.run_id != given["run_id"]]


def _kept(dialect: Dialect, found: Any) -> Any:
    statement: Any = upserting(dialect.name, writes).inline()
    statement = statement.from_select(list(writes.c.keys()), found)
    changed = {
        name: statement.excluded[name]
        for name in ("channel", "kind", "body", "task_path", "run_id")
    }
    return statement.on_conflict_do_update(
        index_elements=[c.name for c in writes.primary_key], set_=changed
    )
