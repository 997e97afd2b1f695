"""Whether a run is meant by a filter, told without a database.

Only of what never changes, or is in the run's row anyway: graph_id, thread_id and labels, and free
text in any of its ids, its queue, labels and error.
"""

from string import ascii_lowercase, ascii_uppercase
from typing import Final, assert_never

from runwire.domain.errors import Invalid, invalid
from runwire.domain.filter import And, Comparison, Filter, Not, Or, Text
from runwire.domain.namespace import local_id
from runwire.domain.parse import parse_filter
from runwire.domain.run import Run

FIELDS: Final = ("graph_id", "thread_id")
_LABEL: Final = "labels."
_CAPITALS: Final = str.maketrans(ascii_uppercase, ascii_lowercase)


def parse_match(text: str, *, name: str) -> Filter:
    """Return the filter a text means; raise Invalid, naming it, if it asks for anything else."""
    try:
        found = parse_filter(text)
    except Invalid as error:
        raise invalid(name, error.violations[0].description) from None
    for field in sorted(_fields(found)):
        if field not in FIELDS and not field.startswith(_LABEL):
            known = "graph_id, thread_id, labels.KEY and free text"
            raise invalid(name, f"cannot ask for {field}: only {known}")
    return found


def matches(where: Filter, run: Run) -> bool:
    """Whether a run is meant by a filter of `parse_match`; ids are as callers know them."""
    match where:
        case And(parts=parts):
            return all(matches(part, run) for part in parts)
        case Or(parts=parts):
            return any(matches(part, run) for part in parts)
        case Not(part=part):
            return not matches(part, run)
        case Comparison():
            return _holds(where, run)
        case Text(text=text):
            return said(run, text)
        case _:
            assert_never(where)


def said(run: Run, text: str) -> bool:
    """Whether a run holds a text somewhere, be it in capitals or not."""
    ids = (local_id(each) for each in (run.run_id, run.graph_id, run.thread_id))
    message = "" if run.error is None else run.error.message.replace("\0", "\ufffd")
    places = (*ids, run.queue, *run.labels, *run.labels.values(), message)
    return any(folded(text) in folded(place) for place in places)


def folded(text: str) -> str:
    """Return a text with small letters for A to Z; all others are left, as databases differ."""
    return text.translate(_CAPITALS)


def _holds(what: Comparison, run: Run) -> bool:
    if what.field.startswith(_LABEL):
        value = run.labels.get(what.field.removeprefix(_LABEL))
        if what.operator == ":" and what.value == "*":
            return value is not None
    else:
        value = local_id(run.graph_id if what.field == "graph_id" else run.thread_id)
    return value != what.value if what.operator == "!=" else value == what.value


def _fields(where: Filter) -> set[str]:
    match where:
        case And(parts=parts) | Or(parts=parts):
            return {field for part in parts for field in _fields(part)}
        case Not(part=part):
            return _fields(part)
        case Comparison(field=field):
            return {field}
        case Text():
            return set()
        case _:
            assert_never(where)
