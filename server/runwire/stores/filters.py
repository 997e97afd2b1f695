"""A filter as SQL."""

from typing import Any, assert_never

from sqlalchemy import ColumnElement, and_, exists, false, literal_column, not_, or_, true

from runwire.domain.filter import And, Comparison, Filter, Not, Or
from runwire.domain.run import RunStatus
from runwire.stores.tables import run_labels, runs

_COLUMNS: dict[str, Any] = {
    "status": runs.c.status,
    "graph_id": runs.c.graph_id,
    "thread_id": runs.c.thread_id,
    "queue": runs.c.queue,
    "priority": runs.c.priority,
    "create_time": runs.c.created_at,
}


def where_clause(where: Filter) -> ColumnElement[bool]:
    """Return the condition on `runs` that a filter means."""
    match where:
        case And(parts=parts):
            return and_(true(), *(where_clause(part) for part in parts))
        case Or(parts=parts):
            return or_(false(), *(where_clause(part) for part in parts))
        case Not(part=part):
            return not_(where_clause(part))
        case Comparison():
            return _comparison(where)
        case _:
            assert_never(where)


def _comparison(what: Comparison) -> ColumnElement[bool]:
    if what.field.startswith("labels."):
        return _label(what.field.removeprefix("labels."), what.operator, str(what.value))
    value = what.value.value if isinstance(what.value, RunStatus) else what.value
    found = _operate(_COLUMNS[what.field], what.operator, value)
    if what.field == "queue" and what.operator == "=" and value:
        # As the index says it, which leaves out the default queue, where most runs are.
        found &= runs.c.queue != literal_column("''")
    return found


def _label(key: str, operator: str, value: str) -> ColumnElement[bool]:
    of_run = (run_labels.c.run_id == runs.c.run_id) & (run_labels.c.key == key)
    if operator == ":" and value == "*":
        return exists().where(of_run)
    if operator == "!=":
        return not_(exists().where(of_run & (run_labels.c.value == value)))
    return exists().where(of_run & _operate(run_labels.c.value, operator, value))


def _operate(column: Any, operator: str, value: Any) -> ColumnElement[bool]:
    result: ColumnElement[bool]
    match operator:
        case "=" | ":":
            result = column == value
        case "!=":
            result = column != value
        case "<":
            result = column < value
        case "<=":
            result = column <= value
        case ">":
            result = column > value
        case _:
            result = column >= value
    return result
