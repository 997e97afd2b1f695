"""What a batch executes: statements made once, as the driver takes them.

SQLAlchemy builds and compiles each statement for the database at hand; executing it again and again
goes straight to the driver's cursor. On this path, which every step of every run takes, finding the
compiled form and preparing parameters costs more than the database itself.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import Dialect, Insert, Table, bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from runwire.domain.run import RunStatus
from runwire.stores import tables
from runwire.stores.tables import Micros, micros_of

FIXED = {"graph_id", "graph_version", "thread_id", "timeout_seconds", "priority", "queue",
         "start_delay_seconds", "concurrency_key", "concurrency_limit", "created_at",
         "forked_from_run_id", "forked_from_checkpoint"}  # fmt: skip

SELECT_RUNS = select(tables.runs, tables.run_inputs.c.data, tables.run_inputs.c.form).join(
    tables.run_inputs
)
LOCK_RUNS = SELECT_RUNS.where(
    tables.runs.c.run_id.in_(bindparam("ids", expanding=True))
).with_for_update(of=tables.runs)
SELECT_REQUESTS = select(tables.requests).where(
    tables.requests.c.request_id == bindparam("request_id")
)


MAX_ROWS: Final = 64


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


class Statements:
    """The writes of a batch, for one kind of database."""

    def __init__(self, dialect: Dialect) -> None:
        def insert_into(table: Table) -> Grouped:
            return _inserting(dialect, insert(table))

        self.insert_inputs = insert_into(tables.run_inputs)
        self.insert_labels = insert_into(tables.run_labels)
        self.insert_checkpoints = insert_into(tables.checkpoints)
        self.insert_segments = insert_into(tables.segments)
        self.put_runs = _putting(dialect, tables.runs)
        self.put_steps = _putting(dialect, tables.steps)
        self.put_queue = _putting(dialect, tables.queue)
        self.put_requests = _putting(dialect, tables.requests)
        self.delete_queue = _deleting(dialect, tables.queue)
        self.delete_labels = _deleting(dialect, tables.run_labels)
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
def statements_for(dialect: Dialect) -> Statements:
    """Return the statements for a kind of database."""
    return Statements(dialect)


def _inserting(dialect: Dialect, statement: Insert) -> Grouped:
    table: Any = statement.table
    columns = [c for c in table.c if not (table is tables.segments and c.primary_key)]

    def make(size: int) -> Any:
        return statement.values(
            [{c.name: bindparam(f"{c.name}_{row}", type_=c.type) for c in columns}
             for row in range(size)]
        )  # fmt: skip

    return Grouped(make, dialect, columns)


def _putting(dialect: Dialect, table: Table) -> Grouped:
    """Return an insert that replaces rows with the same key; the one fork between databases."""
    statement: Any = (sqlite if dialect.name == "sqlite" else postgresql).insert(table)
    keys = [column.name for column in table.primary_key]
    fixed = FIXED if table is tables.runs else set()
    changed = {
        c.name: statement.excluded[c.name]
        for c in table.c
        if c.name not in keys and c.name not in fixed
    }
    return _inserting(dialect, statement.on_conflict_do_update(index_elements=keys, set_=changed))


def _deleting(dialect: Dialect, table: Table) -> Grouped:
    def make(size: int) -> Any:
        return delete(table).where(
            table.c.run_id.in_([bindparam(f"run_id_{row}") for row in range(size)])
        )

    return Grouped(make, dialect, [table.c.run_id])
