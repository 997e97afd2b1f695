"""Which runs are meant: an AIP-160 filter taken apart, and an order.

`parse.py` beside this file makes them from text; `stores/` turns them into SQL.
"""

from dataclasses import dataclass
from datetime import datetime

from runwire.domain.run import RunStatus

Value = str | int | datetime | RunStatus


@dataclass(frozen=True, slots=True)
class Comparison:
    """``field operator value``.

    A field is status, graph_id, thread_id, queue, priority, create_time or labels.KEY.

    Operators: ``= != < <= > >=``, and ``:`` for "has": ``labels:team`` is ``labels.team:*``.
    """

    field: str
    operator: str
    value: Value


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


Filter = Comparison | Not | And | Or

EVERYTHING = And()


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is sorted; runs of equal rank by id."""

    field: str = "create_time"
    descending: bool = True
