"""How a batch writes threads: new ones as they are, and of those there are what has changed."""

from typing import Any, Final

from sqlalchemy import (
    Boolean,
    Column,
    Dialect,
    LargeBinary,
    Text,
    bindparam,
    case,
    func,
    insert,
    update,
)

from runwire.stores.arrays import Unnested
from runwire.stores.saved_changes import keeping
from runwire.stores.thread_tables import threads
from runwire.stores.times import Micros
from runwire.stores.writing import Prepared, Writing, inserting

_GIVEN: Final = (
    Column("of_thread", Text),
    Column("new_metadata", Text),
    Column("new_graph_id", Text),
    Column("new_assistant_id", Text),
    Column("changed", Boolean),
    Column("new_status", Text),
    Column("new_state", LargeBinary),
    Column("new_interrupts", Text),
    Column("new_error", Text),
    Column("at", Micros),
)


class ThreadStatements:
    """What a batch writes of threads, for one kind of database."""

    def __init__(self, dialect: Dialect) -> None:
        self.insert = inserting(dialect, insert(threads).inline())
        self.change = _changing(dialect)
        self.keep_writes = keeping(dialect)


def _changing(dialect: Dialect) -> Writing:
    """Return what writes parts of threads: what they have entered with, and what was left."""
    if dialect.name == "sqlite":
        given = {column.name: bindparam(column.name, type_=column.type) for column in _GIVEN}
        return Prepared(_update(given), dialect)
    # In the order in which columns are named, so parameters stay in order.
    return Unnested(lambda given: _update(given.c), dialect, list(_GIVEN))


def _update(given: Any) -> Any:
    held = threads.c
    entered = {
        name: func.coalesce(given[f"new_{name}"], held[name])
        for name in ("metadata", "graph_id", "assistant_id", "state")
    }
    left = {
        name: case((given["changed"], given[f"new_{name}"]), else_=held[name])
        for name in ("status", "interrupts", "error")
    }
    return (
        update(threads)
        .where(held.thread_id == given["of_thread"])
        .values(
            **entered,
            **left,
            updated_at=given["at"],
            state_updated_at=case((given["changed"], given["at"]), else_=held.state_updated_at),
            # Without a time to live it is NULL, and stays so.
            expires_at=given["at"] + held.ttl_micros,
        )
    )
