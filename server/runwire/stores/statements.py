"""What a batch executes: statements made once, as the driver takes them.

SQLAlchemy builds and compiles each statement for the database at hand; executing it again and again
goes straight to the driver's cursor. On this path, which every step of every run takes, finding the
compiled form and preparing parameters costs more than the database itself.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Dialect, Table, bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from runwire.domain.run import RunStatus
from runwire.stores import tables
from runwire.stores.tables import Micros, micros_of

FIXED = {"graph_id", "graph_version", "thread_id", "timeout_seconds", "priority", "queue",
         "start_delay_seconds", "concurrency_key", "concurrency_limit", "created_at",
         "forked_from_run_id", "forked_from_checkpoint"}  # fmt: skip
MOVING = [c.name for c in tables.runs.c if c.name != "run_id" and c.name not in FIXED]

SELECT_RUNS = select(tables.runs, tables.run_inputs.c.data, tables.run_inputs.c.form).join(
    tables.run_inputs
)
LOCK_RUNS = SELECT_RUNS.where(
    tables.runs.c.run_id.in_(bindparam("ids", expanding=True))
).with_for_update(of=tables.runs)
SELECT_REQUESTS = select(tables.requests).where(
    tables.requests.c.request_id == bindparam("request_id")
)


class Prepared:
    """A statement in the driver's words, and the order it takes its parameters in."""

    def __init__(self, statement: Any, dialect: Dialect, columns: Sequence[str] | None) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=columns)
        self._sql = str(compiled)
        self._names = tuple(compiled.positiontup)
        self._times = frozenset(
            name for name in self._names if isinstance(compiled.binds[name].type, Micros)
        )

    def execute(self, cursor: Any, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute it for every row, on a cursor of the driver."""
        cursor.executemany(self._sql, [self._values(row) for row in rows])

    def _values(self, row: Mapping[str, Any]) -> list[Any]:
        values = []
        for name in self._names:
            value = row[name]
            if value is not None and name in self._times:
                value = micros_of(value)
            values.append(value)
        return values


class Statements:
    """The writes of a batch, for one kind of database."""

    def __init__(self, dialect: Dialect) -> None:
        def insert_into(table: Table) -> Prepared:
            columns = [c.name for c in table.c if not (table is tables.segments and c.primary_key)]
            return Prepared(insert(table), dialect, columns)

        def of_run(statement: Any, table: Table, *values: str) -> Prepared:
            named = statement.where(table.c.run_id == bindparam("of_run"))
            if values:
                named = named.values({name: bindparam(name) for name in values})
            return Prepared(named, dialect, None)

        self.insert_runs = insert_into(tables.runs)
        self.insert_inputs = insert_into(tables.run_inputs)
        self.insert_labels = insert_into(tables.run_labels)
        self.insert_checkpoints = insert_into(tables.checkpoints)
        self.insert_segments = insert_into(tables.segments)
        self.put_steps = Prepared(_upsert(dialect, tables.steps), dialect, None)
        self.put_queue = Prepared(_upsert(dialect, tables.queue), dialect, None)
        self.put_requests = Prepared(_upsert(dialect, tables.requests), dialect, None)
        self.update_runs = of_run(update(tables.runs), tables.runs, *MOVING)
        self.delete_queue = of_run(delete(tables.queue), tables.queue)
        self.delete_labels = of_run(delete(tables.run_labels), tables.run_labels)
        self.stop_steps = Prepared(
            update(tables.steps)
            .where(
                tables.steps.c.run_id == bindparam("of_run"),
                (tables.steps.c.status == bindparam("running"))
                | (tables.steps.c.status == bindparam("interrupted")),
            )
            .values(status=bindparam("stopped"), ended_at=bindparam("at")),
            dialect,
            None,
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


def _upsert(dialect: Dialect, table: Table) -> Any:
    """Return an insert that replaces the row with the same key; the one fork between databases."""
    statement: Any = (sqlite if dialect.name == "sqlite" else postgresql).insert(table)
    keys = [column.name for column in table.primary_key]
    changed = {c.name: statement.excluded[c.name] for c in table.c if c.name not in keys}
    values: dict[str, Any] = {c.name: bindparam(c.name) for c in table.c}
    return statement.values(values).on_conflict_do_update(index_elements=keys, set_=changed)
