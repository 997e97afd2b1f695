"""What a batch executes: statements made once, as the driver takes them.

SQLAlchemy builds and compiles each statement for the database at hand; executing it again and again
goes straight to the driver's cursor. On this path, which every step of every run takes, finding the
compiled form and preparing parameters costs more than the database itself.
"""

import json
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any, Final, Protocol

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Dialect,
    Insert,
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
from runwire.stores.times import Micros, micros_of, time_of

FIXED = {"graph_id", "graph_version", "thread_id", "timeout_seconds", "priority", "queue",
         "start_delay_seconds", "concurrency_key", "concurrency_limit", "created_at",
         "forked_from_run_id", "forked_from_checkpoint", "trace_parent", "trace_state",
         "namespace"}  # fmt: skip

SELECT_RUNS = select(tables.runs, *tables.run_inputs.c["data", "form", "options"]).join(
    tables.run_inputs
)

MAX_ROWS: Final = 64


class Writing(Protocol):
    """A statement that writes rows."""

    def execute(self, cursor: Any, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute it for every row, on a cursor of the driver."""


class Prepared:
    """A statement in the driver's words, and the order it takes its parameters in."""

    def __init__(self, statement: Any, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self._sql = str(compiled)
        self._names = tuple(compiled.positiontup)
        self._times = frozenset(
            name for name in self._names if isinstance(compiled.binds[name].type, Micros)
        )

    def execute(self, cursor: Any, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute it for every row, on a cursor of the driver."""
        cursor.executemany(self._sql, [list(self.values(row)) for row in rows])

    def values(self, row: Mapping[str, Any]) -> Iterator[Any]:
        """Yield what the driver is given for a row."""
        for name in self._names:
            value = row[name]
            if value is not None and name in self._times:
                value = micros_of(value)
            yield value


class Grouped:
    """A statement that takes many rows at once, in forms for 1, 2, 4 … rows.

    The driver lets other threads run at every execution and then has to wait for its turn again, so
    that one execution a row costs far more than the rows. Sizes are powers of two, so that few
    forms of the statement exist.
    """

    def __init__(self, make: Callable[[int], Any], dialect: Dialect, columns: list[Any]) -> None:
        self._make = make
        self._dialect = dialect
        self._columns = [(column.name, isinstance(column.type, Micros)) for column in columns]
        self._forms: dict[int, str] = {}

    def execute(self, cursor: Any, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute it for every row, on a cursor of the driver."""
        start, left = 0, len(rows)
        while left:
            size = min(MAX_ROWS, 1 << left.bit_length() - 1)
            cursor.execute(self._form(size), self._values(rows[start : start + size]))
            start, left = start + size, left - size

    def _values(self, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        values = []
        for row in rows:
            for name, is_time in self._columns:
                value = row[name]
                values.append(micros_of(value) if is_time and value is not None else value)
        return values

    def _form(self, size: int) -> str:
        if size not in self._forms:
            compiled = self._make(size).compile(dialect=self._dialect)
            expected = [f"{name}_{row}" for row in range(size) for name, _ in self._columns]
            if list(compiled.positiontup) != expected:
                raise RuntimeError(f"parameters in another order: {compiled.positiontup}")
            self._forms[size] = str(compiled)
        return self._forms[size]


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
            return _inserting(dialect, insert(table).inline())

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
        self.put_thread_checkpoints = _putting(dialect, saved_tables.thread_checkpoints)
        self.add_thread_blobs = _adding(dialect, saved_tables.thread_blobs)
        self.add_thread_writes = _adding(dialect, saved_tables.thread_writes)
        self.put_thread_writes = _putting(dialect, saved_tables.thread_writes)
        self.put_runs = _moving(dialect)
        self.put_steps = _putting(dialect, tables.steps)
        self.put_queue = _putting(dialect, tables.queue)
        self.add_totals = _putting(dialect, sizes.totals, lambda old, new: old + new)
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
        return Statements(_dialects(database).dialect())
    driver: Any = import_module("sqlalchemy.dialects.postgresql.psycopg")
    return Statements(driver.dialect(paramstyle="format"))


def upserting(database: str, table: Table) -> Any:
    """Return an insert that can say what is done on a conflict, for a kind of database."""
    return _dialects(database).insert(table)


def _dialects(database: str) -> Any:
    # Of the database at hand only: PostgreSQL's take 2 MiB.
    return import_module(f"sqlalchemy.dialects.{database}")


def _any_of(dialect: Dialect, column: Column[Any]) -> ColumnElement[bool]:
    """Return that a column is among the keys of one parameter, however many those are."""
    if dialect.name == "sqlite":
        keys = func.json_each(bindparam("keys", type_=Text)).table_valued("value")
        return column.in_(select(keys.c.value))
    return column == any_(bindparam("keys", type_=ARRAY(Text)))


def _inserting(dialect: Dialect, statement: Insert) -> Writing:
    table: Any = statement.table
    columns = [c for c in table.c if not (table is tables.segments and c.primary_key)]
    names = [column.name for column in columns]

    def make(size: int) -> Any:
        return statement.values(
            [{c.name: bindparam(f"{c.name}_{row}", type_=c.type) for c in columns}
             for row in range(size)]
        )  # fmt: skip

    if dialect.name == "sqlite":
        return Grouped(make, dialect, columns)

    def insert_given(given: Any) -> Any:
        return statement.from_select(names, select(*(given.c[name] for name in names)))

    return Unnested(insert_given, dialect, columns)


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
    return _inserting(dialect, statement.on_conflict_do_update(index_elements=keys, set_=changed))


def _adding(dialect: Dialect, table: Table) -> Writing:
    """Return an insert that leaves rows with the same key as they are."""
    return _inserting(dialect, upserting(dialect.name, table).inline().on_conflict_do_nothing())


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
