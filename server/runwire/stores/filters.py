"""A filter as SQL."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, assert_never

from sqlalchemy import (
    ColumnElement,
    and_,
    exists,
    false,
    func,
    literal_column,
    not_,
    or_,
    true,
)

from runwire.domain.filter import EVERYTHING, SLOW, And, Comparison, Filter, Not, Or, Text
from runwire.domain.reach import STARTS
from runwire.domain.run import RunStatus
from runwire.stores.free_text import text_clause
from runwire.stores.tables import run_labels, runs

COLUMNS: Final[Mapping[str, Any]] = {
    "namespace": runs.c.namespace,
    "status": runs.c.status,
    "graph_id": runs.c.graph_id,
    "thread_id": runs.c.thread_id,
    "queue": runs.c.queue,
    "priority": runs.c.priority,
    "create_time": runs.c.created_at,
    "start_time": runs.c.started_at,
    "end_time": runs.c.ended_at,
}
INDEXED: Final = frozenset({"status", "graph_id", "thread_id"})
"""Fields with an index in the order of lists."""
PARTLY: Final = frozenset({"queue", "thread_id"})
"""Fields whose index leaves out the empty value, which most runs have."""
MAX_BRANCHES: Final = 10
# Another name, so that a list which begins at the labels can ask for more of them.
_marks: Final = run_labels.alias("marks")


def where_clause(where: Filter, columns: Mapping[str, Any] = COLUMNS) -> ColumnElement[bool]:
    """Return the condition on `runs` that a filter means; `columns` are those of its fields."""
    match where:
        case And(parts=parts):
            return and_(true(), *(where_clause(part, columns) for part in parts))
        case Or(parts=parts):
            return or_(false(), *(where_clause(part, columns) for part in parts))
        case Not(part=part):
            return not_(where_clause(part, columns))
        case Comparison():
            return _comparison(where, columns)
        case Text(text=text):
            return text_clause(text)
        case _:
            assert_never(where)


def label_of(where: Filter) -> tuple[str, str] | None:
    """Return the key and value of a label that every run meant has, if that is the way to them.

    It is not if the filter also names a status that few runs ever have at the same time.
    """
    parts = where.parts if isinstance(where, And) else (where,)
    equal = [part for part in parts if isinstance(part, Comparison) and part.operator == "="]
    if any(isinstance(part.value, RunStatus) and not part.value.final for part in equal):
        return None
    labels = [part for part in equal if part.field.startswith("labels.")]
    if not labels:
        return None
    return labels[0].field.removeprefix("labels."), str(labels[0].value)


def apart(where: Filter) -> tuple[str | None, Filter]:
    """Return the namespace that a filter begins with, None for all of them, and the rest of it."""
    first = where.parts[0] if isinstance(where, And) and where.parts else None
    if isinstance(where, And) and isinstance(first, Comparison) and first.field == "namespace":
        rest = where.parts[1:]
        return str(first.value), And(rest) if rest else EVERYTHING
    return None, where


def branches_of(where: Filter) -> Sequence[Filter]:
    """Return filters that each mean other runs, and together those of a filter.

    ``status = FAILED OR status = CANCELLED`` has two: each finds its runs in the order of lists by
    an index; together they would have to be collected and sorted.
    """
    parts = where.parts if isinstance(where, And) else (where,)
    for place, part in enumerate(parts):
        values = _values(part)
        if values:
            rest = (*parts[:place], *parts[place + 1 :])
            return [And((value, *rest)) for value in values]
    return (where,)


def way_of(where: Filter) -> Filter:
    """Return of a filter the conditions that one index serves; it means at least the same runs.

    A second equality would make a database read, by the index of the first, any number of runs.
    """
    parts = where.parts if isinstance(where, And) else (where,)
    in_order = [part for part in parts if _field(part) in ("namespace", "create_time")]
    label = label_of(where)
    for part in parts:
        if label is not None and _field(part) == f"labels.{label[0]}":
            return And((*in_order, part))
    for field in ("thread_id", "status", "graph_id"):
        for part in parts:
            values = _values(part) or (part,)
            if _field(values[0]) == field and _equals(values[0]):
                return And((*in_order, part))
    return And(tuple(in_order))


def _field(part: Filter) -> str:
    return part.field if isinstance(part, Comparison) else ""


def _equals(part: Filter) -> bool:
    return isinstance(part, Comparison) and part.operator == "="


def _values(part: Filter) -> Sequence[Comparison]:
    """Return what an Or consists of if it names several values of one field; else nothing."""
    if not isinstance(part, Or) or len(part.parts) > MAX_BRANCHES:
        return ()
    values = [one for one in part.parts if isinstance(one, Comparison) and one.operator == "="]
    fields = {one.field for one in values}
    if len(values) < len(part.parts) or len(fields) > 1 or not fields <= INDEXED:
        return ()
    return list(dict.fromkeys(values))


def _comparison(what: Comparison, columns: Mapping[str, Any]) -> ColumnElement[bool]:
    if what.field.startswith("labels."):
        return _label(what.field.removeprefix("labels."), what.operator, str(what.value))
    value = what.value.value if isinstance(what.value, RunStatus) else what.value
    found = operate(columns[what.field], what.operator, value)
    if what.field in SLOW:
        # Of a run that has not come so far, no comparison holds but "is not".
        unset = columns[what.field].is_(None)
        return or_(found, unset) if what.operator == "!=" else and_(found, ~unset)
    if what.field in PARTLY and what.operator == "=" and value:
        found &= columns[what.field] != literal_column("''")  # as the index says it
    return found


def _label(key: str, operator: str, value: str) -> ColumnElement[bool]:
    of_run = (_marks.c.run_id == runs.c.run_id) & (_marks.c.key == key)
    if operator == ":" and value == "*":
        return exists().where(of_run)
    if operator == "!=":
        return not_(exists().where(of_run & (_marks.c.value == value)))
    return exists().where(of_run & operate(_marks.c.value, operator, value))


def operate(column: Any, operator: str, value: Any) -> ColumnElement[bool]:
    """Return the condition that a comparison of a column means."""
    result: ColumnElement[bool]
    match operator:
        case "=" | ":":
            result = column == value
        case "!=":
            result = column != value
        case _ if operator == STARTS:
            # Not LIKE, which takes capitals for small letters on SQLite.
            result = func.substr(column, 1, len(value)) == value
        case "<":
            result = column < value
        case "<=":
            result = column <= value
        case ">":
            result = column > value
        case _:
            result = column >= value
    return result
