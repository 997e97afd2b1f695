"""Filters of the store's items, as SQL for every database.

A filter holds, by key, what is to be there: a value, or an object of more such keys, or a list of
as many, or operators: ``{"$gte": 3}``. What is missing is null. Numbers compare with numbers, texts
with texts by their characters' numbers; anything else is neither more nor less.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Any, Final

from sqlalchemy import Boolean, ColumnElement, Text, and_, bindparam, true
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from runwire.domain.errors import invalid
from runwire.domain.payload import encode
from runwire.stores.containment import as_jsonb, comparable, decoded

MAX_CONDITIONS: Final = 100

_ORDERS: Final[Mapping[str, tuple[str, Callable[[Any, Any], bool]]]] = {
    "$gt": (">", gt),
    "$gte": (">=", ge),
    "$lt": ("<", lt),
    "$lte": ("<=", le),
}
_OBJECT: Final = "object"
_LENGTH: Final = "length"

Place = tuple[str | int, ...]


def fits(column: ColumnElement[Any], wanted: Mapping[str, Any]) -> ColumnElement[bool]:
    """Say that a column's object fulfils a filter; raise Invalid for one that nobody knows."""
    found = list(_of_object(column, (), wanted))
    if len(found) > MAX_CONDITIONS:
        raise invalid("filter", f"has {len(found)} conditions, more than {MAX_CONDITIONS}")
    return and_(true(), *found)


def _of_object(
    column: ColumnElement[Any], place: Place, wanted: Mapping[str, Any]
) -> Iterator[ColumnElement[bool]]:
    for key, value in wanted.items():
        yield from _conditions(column, (*place, key), value)


def _conditions(
    column: ColumnElement[Any], place: Place, wanted: Any
) -> Iterator[ColumnElement[bool]]:
    if isinstance(wanted, Mapping):
        if any(key.startswith("$") for key in wanted):
            for operator, value in wanted.items():
                yield _told(column, place, _checked(place, operator, value), value)
            return
        yield _told(column, place, _OBJECT, None)
        yield from _of_object(column, place, wanted)
    elif isinstance(wanted, list | tuple):
        yield _told(column, place, _LENGTH, len(wanted))
        for number, value in enumerate(wanted):
            yield from _conditions(column, (*place, number), value)
    else:
        yield _told(column, place, "$eq", wanted)


def _checked(place: Place, operator: str, value: Any) -> str:
    name = ".".join(("filter", *map(str, place)))
    if operator in ("$eq", "$ne"):
        return operator
    if operator not in _ORDERS:
        raise invalid(name, f"knows $eq, $ne, $gt, $gte, $lt and $lte, and not {operator[:32]}")
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise invalid(
            name, f"{operator} compares numbers, or texts, and not {type(value).__name__}"
        )
    return operator


def _told(
    column: ColumnElement[Any], place: Place, operator: str, value: Any
) -> ColumnElement[bool]:
    words = [str(each).replace("\x00", "\ufffd") for each in place]
    return _Told(
        column,
        bindparam(None, operator, type_=Text),
        bindparam(None, json.dumps(words, ensure_ascii=False), type_=Text),
        bindparam(None, encode(value, name="filter").decode(), type_=Text),
        operator=operator,
        text=isinstance(value, str),
    )


class _Told(FunctionElement[bool]):
    """Of a column, an operator, a place in its JSON and a value."""

    type = Boolean()
    inherit_cache = False  # what it compiles to depends on more than its clauses

    def __init__(self, *clauses: Any, operator: str, text: bool) -> None:
        super().__init__(*clauses)
        self.operator = operator
        self.text = text


@compiles(_Told)
def _told_here(element: _Told, compiler: Any, **how: Any) -> str:
    return f"runwire_told({compiler.process(element.clauses, **how)})"


@compiles(_Told, "postgresql")
def _told_there(element: _Told, compiler: Any, **how: Any) -> str:
    column, _, place, value = element.clauses
    listed = f"CAST({compiler.process(place, **how)} AS json)"
    there = (
        f"({as_jsonb(column, compiler, how)} #> ARRAY(SELECT json_array_elements_text({listed})))"
    )
    wanted = as_jsonb(value, compiler, how)
    kind = f"jsonb_typeof({there})"
    if element.operator in _ORDERS:
        sign = _ORDERS[element.operator][0]
        if element.text:
            texts = [f"({each} #>> '{{}}') COLLATE \"C\"" for each in (there, wanted)]
            return f"CASE {kind} WHEN 'string' THEN {texts[0]} {sign} {texts[1]} END"
        numbers = [f"CAST({each} AS numeric)" for each in (there, wanted)]
        return f"CASE {kind} WHEN 'number' THEN {numbers[0]} {sign} {numbers[1]} END"
    count = f"CASE {kind} WHEN 'array' THEN to_jsonb(jsonb_array_length({there})) END"
    return {
        "$eq": f"COALESCE({there}, 'null') = {wanted}",
        "$ne": f"COALESCE({there}, 'null') <> {wanted}",
        _OBJECT: f"{kind} = 'object'",
        _LENGTH: f"{count} = {wanted}",
    }[element.operator]


def teach(connection: Any) -> None:
    """Let a driver's connection to SQLite know our function."""
    connection.create_function("runwire_told", 4, _evaluated, deterministic=True)


def _evaluated(column: str, operator: str, place: str, value: str) -> bool:
    there, wanted = _at(decoded(column), json.loads(place)), decoded(value)
    if operator in _ORDERS:
        kinds = (str,) if isinstance(wanted, str) else (int, Decimal)
        comparing = isinstance(there, kinds) and not isinstance(there, bool)
        return comparing and _ORDERS[operator][1](there, wanted)
    if operator == _OBJECT:
        return isinstance(there, dict)
    if operator == _LENGTH:
        return isinstance(there, list) and len(there) == wanted
    same: bool = comparable(there) == comparable(wanted)
    return same == (operator == "$eq")


def _at(value: Any, place: Sequence[str]) -> Any:
    for word in place:
        if isinstance(value, dict):
            value = value.get(word)
        elif isinstance(value, list) and word.isdecimal() and int(word) < len(value):
            value = value[int(word)]
        else:
            return None
    return value
