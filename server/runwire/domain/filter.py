"""Which runs are meant: an AIP-160 filter taken apart, and an order.

`parse.py` beside this file makes them from text; `stores/` turns them into SQL.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from runwire.domain.run import RunStatus

Value = str | int | datetime | RunStatus


@dataclass(frozen=True, slots=True)
class Comparison:
    """``field operator value``.

    A field is status, graph_id, thread_id, queue, priority, create_time, start_time, end_time or
    labels.KEY.

    Operators: ``= != < <= > >=``, and ``:`` for "has": ``labels:team`` is ``labels.team:*``.
    """

    field: str
    operator: str
    value: Value


@dataclass(frozen=True, slots=True)
class Text:
    """A text that a run holds somewhere: in an id, its queue, a label or the error's message."""

    text: str


@dataclass(frozen=True, slots=True)
class Not:
    """Everything but."""

    part: "Filter"


@dataclass(frozen=True, slots=True)
class And:
    """All of them; of none, everything."""

    parts: tuple["Filter", ...] = ()


@dataclass(frozen=True, slots=True)
class Or:
    """Any of them."""

    parts: tuple["Filter", ...]


Filter = Comparison | Text | Not | And | Or

EVERYTHING = And()


SLOW = frozenset({"start_time", "end_time"})
"""Fields that no index is in the order of."""


def slow(where: Filter) -> bool:
    """Whether each run has to be looked at to know if it is meant: no index leads to it."""
    match where:
        case Text():
            return True
        case Comparison(field=field):
            return field in SLOW
        case Not(part=part):
            return slow(part)
        case And(parts=parts) | Or(parts=parts):
            return any(map(slow, parts))
        case _:
            assert_never(where)


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is sorted; runs of equal rank by id."""

    field: str = "create_time"
    descending: bool = True
