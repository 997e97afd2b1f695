"""The statements of a batch, made once: making one anew costs more than executing it."""

from functools import cache
from typing import Any

from sqlalchemy import Table, bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from runwire.domain.run import RunStatus
from runwire.stores import tables

FIXED = {"graph_id", "graph_version", "thread_id", "timeout_seconds", "priority", "created_at",
          "forked_from_run_id", "forked_from_checkpoint"}  # fmt: skip
MOVING = [c.name for c in tables.runs.c if c.name != "run_id" and c.name not in FIXED]
UPDATE_RUNS = (
    update(tables.runs)
    .where(tables.runs.c.run_id == bindparam("of_run"))
    .values({name: bindparam(name) for name in MOVING})
)
DELETE_QUEUE = delete(tables.queue).where(tables.queue.c.run_id == bindparam("of_run"))
STOP_STEPS = (
    update(tables.steps)
    .where(tables.steps.c.run_id == bindparam("of_run"))
    .where((tables.steps.c.status == "running") | (tables.steps.c.status == "interrupted"))
    .values(status=RunStatus.CANCELLED.value, ended_at=bindparam("at"))
)
DELETE_LABELS = delete(tables.run_labels).where(tables.run_labels.c.run_id == bindparam("of_run"))
SELECT_RUNS = select(tables.runs, tables.run_inputs.c.data, tables.run_inputs.c.form).join(
    tables.run_inputs
)
LOCK_RUNS = SELECT_RUNS.where(
    tables.runs.c.run_id.in_(bindparam("ids", expanding=True))
).with_for_update(of=tables.runs)
SELECT_REQUESTS = select(tables.requests).where(
    tables.requests.c.request_id == bindparam("request_id")
)


INSERT_RUNS = insert(tables.runs)
INSERT_INPUTS = insert(tables.run_inputs)
INSERT_LABELS = insert(tables.run_labels)
INSERT_CHECKPOINTS = insert(tables.checkpoints)
INSERT_SEGMENTS = insert(tables.segments)


@cache
def upsert(dialect: str, table: Table) -> Any:
    """Return an insert that replaces the row with the same key; the one fork between databases."""
    statement = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    keys = [column.name for column in table.primary_key]
    changed = {c.name: statement.excluded[c.name] for c in table.c if c.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)
