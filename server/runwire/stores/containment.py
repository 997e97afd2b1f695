"""Whether JSON at rest contains JSON, as PostgreSQL's ``@>`` means it, on every database.

1. A column is text, or the UTF-8 bytes of it. PostgreSQL casts it to jsonb; an index of the same
   expression (`INDEXED`) serves it. SQLite calls functions of ours, which every connection knows.
2. jsonb cannot hold U+0000, which JSON can: it counts as U+FFFD there, in the column and in what is
   searched for, rather than making a query fail.
3. Filters of metadata, as authentication handlers answer them, are made of the same.
"""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Boolean, ColumnElement, LargeBinary, Text, and_, bindparam, true
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from runwire.domain.errors import invalid
from runwire.domain.payload import encode

INDEXED: Final = (
    "CREATE INDEX {name} ON {table} USING gin"
    r" ((CAST(replace({column}, '\u0000', '\ufffd') AS jsonb)) jsonb_path_ops)"
)
"""What a migration says on PostgreSQL for an index of a column of text."""


def contains(column: ColumnElement[Any], value: Any) -> ColumnElement[bool]:
    """Say that a column's JSON contains a value, as PostgreSQL's ``@>`` means it."""
    return _Contains(column, _json(value))


def filtered(column: ColumnElement[Any], also: Mapping[str, Any]) -> ColumnElement[bool]:
    """Say that a column's object fulfils filters; raise Invalid for one that nobody knows.

    A filter is, for a key, a value that it has, ``{"$eq": value}``, or ``{"$contains": value}`` for
    a list with that element, with all of them for a list. All filters count.
    """
    return and_(true(), *(_of_key(column, key, rule) for key, rule in also.items()))


def _of_key(column: ColumnElement[Any], key: str, rule: Any) -> ColumnElement[bool]:
    if not (isinstance(rule, Mapping) and any(word.startswith("$") for word in rule)):
        return _equal(column, key, rule)
    return and_(true(), *(_by_rule(column, key, word, value) for word, value in rule.items()))


def _by_rule(column: ColumnElement[Any], key: str, word: str, value: Any) -> ColumnElement[bool]:
    match word:
        case "$eq":
            return _equal(column, key, value)
        case "$contains":
            return contains(column, {key: value if isinstance(value, list | tuple) else [value]})
        case _:
            raise invalid(f"filter.{key}", f"knows $eq and $contains, and not {word}")


def _equal(column: ColumnElement[Any], key: str, value: Any) -> ColumnElement[bool]:
    held = contains(column, {key: value})
    if isinstance(value, Mapping | list | tuple):  # which may contain less than there is
        return and_(
            held,
            _Same(column, bindparam(None, key.replace("\x00", "\ufffd"), type_=Text), _json(value)),
        )
    return held


def _json(value: Any) -> ColumnElement[str]:
    return bindparam(None, encode(value, name="filter").decode(), type_=Text)


class _Contains(FunctionElement[bool]):
    """Of a column and a value."""

    type = Boolean()
    inherit_cache = True


class _Same(FunctionElement[bool]):
    """Of a column, a key and a value."""

    type = Boolean()
    inherit_cache = True


@compiles(_Contains)
def _contains_here(element: _Contains, compiler: Any, **how: Any) -> str:
    return f"runwire_contains({compiler.process(element.clauses, **how)})"


@compiles(_Same)
def _same_here(element: _Same, compiler: Any, **how: Any) -> str:
    return f"runwire_same({compiler.process(element.clauses, **how)})"


@compiles(_Contains, "postgresql")
def _contains_there(element: _Contains, compiler: Any, **how: Any) -> str:
    column, value = (as_jsonb(each, compiler, how) for each in element.clauses)
    return f"{column} @> {value}"


@compiles(_Same, "postgresql")
def _same_there(element: _Same, compiler: Any, **how: Any) -> str:
    column, key, value = element.clauses
    place = f"{as_jsonb(column, compiler, how)} -> CAST({compiler.process(key, **how)} AS text)"
    return f"({place}) = {as_jsonb(value, compiler, how)}"


def as_jsonb(element: ColumnElement[Any], compiler: Any, how: Mapping[str, Any]) -> str:
    """Return what PostgreSQL understands as jsonb."""
    text = compiler.process(element, **how)
    if isinstance(element.type, LargeBinary):
        text = f"convert_from({text}, 'UTF8')"
    return rf"CAST(replace({text}, '\u0000', '\ufffd') AS jsonb)"


def teach(connection: Any) -> None:
    """Let a driver's connection to SQLite know our functions."""
    connection.create_function("runwire_contains", 2, _contains, deterministic=True)
    connection.create_function("runwire_same", 3, _same, deterministic=True)


def _contains(column: str | bytes | None, value: str) -> bool | None:
    if column is None:
        return None
    return _holds(decoded(column), _wanted(value), top=True)


def _same(column: str | bytes | None, key: str, value: str) -> bool | None:
    found = None if column is None else decoded(column)
    if not isinstance(found, dict) or key not in found:
        return None
    return bool(comparable(found[key]) == comparable(_wanted(value)))


@lru_cache(maxsize=16)  # a query asks for the same of every row
def _wanted(value: str) -> Any:
    return decoded(value)


def decoded(text: str | bytes) -> Any:
    """Return the value of JSON as jsonb would hold it."""
    if isinstance(text, bytes):
        text = text.decode()
    # Numbers are compared as jsonb does: by their exact value, whatever they look like.
    return json.loads(text.replace(r"\u0000", r"\ufffd"), parse_float=Decimal)


def _holds(there: Any, wanted: Any, *, top: bool = False) -> bool:
    if isinstance(wanted, dict):
        return isinstance(there, dict) and all(
            key in there and _holds(there[key], value) for key, value in wanted.items()
        )
    if isinstance(wanted, list):
        return isinstance(there, list) and _list_holds(there, wanted)
    if top and isinstance(there, list):  # at the top, and only there, a list contains its elements
        return _list_holds(there, [wanted])
    return bool(comparable(there) == comparable(wanted))


def _list_holds(there: Sequence[Any], wanted: Sequence[Any]) -> bool:
    plain = {comparable(each) for each in there if not isinstance(each, dict | list)}
    nested = [each for each in there if isinstance(each, dict | list)]
    return all(
        any(_holds(each, one) for each in nested)
        if isinstance(one, dict | list)
        else comparable(one) in plain
        for one in wanted
    )


def comparable(value: Any) -> Any:
    """Return what equals another's exactly if both are the same JSON: 1 is 1.0, and not true."""
    match value:
        case dict():
            return {key: comparable(each) for key, each in value.items()}
        case list():
            return [comparable(each) for each in value]
        case _:
            return (isinstance(value, bool), value)
