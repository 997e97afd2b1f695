"""What a batch executes: statements made once, as the driver takes them.

SQLAlchemy builds and compiles each statement for the database at hand; executing it again and again
goes straight to the driver's cursor. On this path, which every step of every run takes, finding the
compiled form and preparing parameters costs more than the database itself.
"""

import json
from collections import namedtuple
from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from typing import Any

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Dialect,
    Table,
    Text,
    any_,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from runwire.domain.run import RunStatus
from runwire.stores import saved_tables, sizes, tables, webhook_tables
from runwire.stores.arrays import Unnested
from runwire.stores.thread_statements import ThreadStatements
from runwire.stores.throughput import throughput
from runwire.stores.times import Micros, time_of
from runwire.stores.writing import Grouped, Prepared, Writing, dialects, inserting, upserting

FIXED = {"graph_id", "graph_version", "thread_id", "timeout_seconds", "priority", "queue",
         "start_delay_seconds", "concurrency_key", "concurrency_limit", "created_at",
         "forked_from_run_id", "forked_from_checkpoint", "trace_parent", "trace_state",
         "namespace"}  # fmt: skip

SELECT_RUNS = select(tables.runs, *tables.run_inputs.c["data", "form", "options"]).join(
    tables.run_inputs
)


class Query:
    """A prepared query for rows with any of some keys."""

    def __init__(self, statement: Any, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.sql = str(compiled)
        columns = statement.selected_columns
        self._row = namedtuple("Row", [column.name for column in columns])  # type: ignore[misc]
        self._times = [i for i, column in enumerate(columns) if isinstance(column.type, Micros)]
        self._arrays = dialect.name != "sqlite"

    def values(self, keys: Sequence[str]) -> tuple[Any]:
        """Return the parameters."""
        return (list(keys) if self._arrays else json.dumps(keys),)

    def fetch(self, cursor: Any, keys: Sequence[str]) -> Sequence[Any]:
        """Execute it on a cursor of the driver, and return the rows."""
        return self.rows(cursor.execute(self.sql, self.values(keys)))

    def rows(self, cursor: Any) -> Sequence[Any]:
        """Return the rows that a cursor holds, times as times."""
        found = []
        for values in map(list, cursor.fetchall()):
            for i in self._times:
                values[i] = None if values[i] is None else time_of(values[i])
            found.append(self._row(*values))
        return found


class Statements:
    """What a batch reads and writes, for one kind of database."""

    def __init__(self, dialect: Dialect) -> None:
        def insert_into(table: Table) -> Writing:
            return inserting(dialect, insert(table).inline())

        found = SELECT_RUNS.where(_any_of(dialect, tables.runs.c.run_id))
        # No key changes, so rows that refer to a run may be written beside this.
        self.lock_runs = Query(
            found.order_by(tables.runs.c.run_id).with_for_update(of=tables.runs, key_share=True),
            dialect,
        )
        known = _any_of(dialect, tables.requests.c.request_id)
        self.select_requests = Query(select(tables.requests).where(known), dialect)
        self.insert_runs = insert_into(tables.runs)
        self.insert_inputs = insert_into(tables.run_inputs)
        self.insert_labels = insert_into(tables.run_labels)
        self.insert_checkpoints = insert_into(tables.checkpoints)
        self.insert_segments = insert_into(tables.segments)
        self.insert_deliveries = insert_into(webhook_tables.deliveries)
        self.threads = ThreadStatements(dialect)
        self.put_thread_checkpoints = _putting(dialect, saved_tables.thread_checkpoints)
        self.add_thread_blobs = _adding(dialect, saved_tables.thread_blobs)
        self.add_thread_writes = _adding(dialect, saved_tables.thread_writes)
        self.put_thread_writes = _putting(dialect, saved_tables.thread_writes)
        self.put_runs = _moving(dialect)
        self.put_steps = _putting(dialect, tables.steps)
        self.put_queue = _putting(dialect, tables.queue)
        self.add_totals, self.add_throughput = (
            _putting(dialect, sums, lambda old, new: old + new)
            for sums in (sizes.totals, throughput)
        )
        self.insert_requests = insert_into(tables.requests)
        self.delete_requests = _deleting(dialect, tables.requests.c.request_id)
        self.delete_queue = _deleting(dialect, tables.queue.c.run_id)
        self.delete_labels = _deleting(dialect, tables.run_labels.c.run_id)
        self.stop_steps = Prepared(
            update(tables.steps)
            .where(
                tables.steps.c.run_id == bindparam("of_run"),
                (tables.steps.c.status == bindparam("running"))
                | (tables.steps.c.status == bindparam("interrupted")),
            )
            .values(status=bindparam("stopped"), ended_at=bindparam("at")),
            dialect,
        )


STOPPING = {
    "running": RunStatus.RUNNING.value,
    "interrupted": RunStatus.INTERRUPTED.value,
    "stopped": RunStatus.CANCELLED.value,
}


@cache
def statements_for(database: str) -> Statements:
    """Return the statements for a kind of database, parameters being in order."""
    if database == "sqlite":
        return Statements(dialects(database).dialect())
    driver: Any = import_module("sqlalchemy.dialects.postgresql.psycopg")
    return Statements(driver.dialect(paramstyle="format"))


def _any_of(dialect: Dialect, column: Column[Any]) -> ColumnElement[bool]:
    """Return that a column is among the keys of one parameter, however many those are."""
    if dialect.name == "sqlite":
        keys = func.json_each(bindparam("keys", type_=Text)).table_valued("value")
        return column.in_(select(keys.c.value))
    return column == any_(bindparam("keys", type_=ARRAY(Text)))


def _putting(
    dialect: Dialect, table: Table, value: Callable[[Any, Any], Any] = lambda _, new: new
) -> Writing:
    """Return an insert that sets rows with the same key, to the new values if nothing else."""
    statement: Any = upserting(dialect.name, table).inline()
    keys = [column.name for column in table.primary_key]
    fixed = FIXED if table is tables.runs else set()
    changed = {
        c.name: value(c, statement.excluded[c.name])
        for c in table.c
        if c.name not in keys and c.name not in fixed
    }
    return inserting(dialect, statement.on_conflict_do_update(index_elements=keys, set_=changed))


def _adding(dialect: Dialect, table: Table) -> Writing:
    """Return an insert that leaves rows with the same key as they are."""
    return inserting(dialect, upserting(dialect.name, table).inline().on_conflict_do_nothing())


def _moving(dialect: Dialect) -> Writing:
    """Return what writes runs; where others write, too, from the revision that was `expected`."""
    if dialect.name == "sqlite":
        return _putting(dialect, tables.runs)
    held = tables.runs.c
    changed = [c for c in held if c.name not in FIXED and c.name != "run_id"]

    def make(given: Any) -> Any:
        # One that was made again under its id has other times, whatever its revision.
        same = [held[name] == given.c[name] for name in ("run_id", "created_at")]
        statement = update(tables.runs).where(*same, held.revision == given.c.expected)
        return statement.values({c.name: given.c[c.name] for c in changed})

    expected = Column("expected", held.revision.type)
    return Unnested(make, dialect, [*changed, held.run_id, held.created_at, expected])


def _deleting(dialect: Dialect, key: Any) -> Writing:
    def make(size: int) -> Any:
        return delete(key.table).where(
            key.in_([bindparam(f"{key.name}_{row}") for row in range(size)])
        )

    if dialect.name == "sqlite":
        return Grouped(make, dialect, [key])
    # Not by joining them: that might read the whole table.
    keys = bindparam(key.name, type_=ARRAY(Text))
    return Unnested(lambda _: delete(key.table).where(key == any_(keys)), dialect, [key])
