"""The state of a JSON graph: a JSON Schema whose properties may name a reducer.

``x-reducer``: ``last`` (the later step's value), ``add`` (sums, or joined lists and texts),
``append`` (each write is one item of a list), ``merge`` (objects, key by key).
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

from runwire.engine.schemas import DRAFT, compiled_schema
from runwire.engine.shapes import Schemed, free
from runwire.engine.state import Key, Reducer, StateType

_EMPTY: Final[Mapping[str, bytes]] = {
    "array": b"[]",
    "number": b"0",
    "integer": b"0",
    "string": b'""',
}


def state_type_of_schema(schema: Mapping[str, Any] | None) -> StateType:
    """Return how a state is read; raise ValueError if its schema is none."""
    if schema is None:
        return StateType(None, schema={"$schema": DRAFT, "type": "object"})
    whole = {"$schema": DRAFT, "type": "object", "additionalProperties": False, **schema}
    definitions = {name: schema[name] for name in ("$defs", "definitions") if name in schema}
    required = schema.get("required", ())
    compiled_schema(whole)
    keys = {
        name: _key(name, item, definitions, required=name in required)
        for name, item in schema.get("properties", {}).items()
    }
    return StateType(keys, schema=whole, any_key=bool(whole["additionalProperties"]))


def _key(name: str, item: Any, definitions: Mapping[str, Any], *, required: bool) -> Key:
    if isinstance(item, bool):
        return Key(name=name, shape=free, required=required)
    shape = Schemed({**definitions, **item})
    default = None
    if "default" in item:
        default = _constant(item["default"])
    return Key(
        name=name,
        shape=shape,
        reducer=_reducer(item.get("x-reducer"), item.get("type"), shape),
        required=required,
        default=default,
    )


def _constant(value: Any) -> Callable[[], Any]:
    return lambda: value


def _reducer(name: str | None, kind: Any, shape: Schemed) -> Reducer | None:
    if name is None:
        return None
    combine, empty = _COMBINES[name], _STARTS.get(name)
    if name == "add" and isinstance(kind, str):
        empty = _EMPTY.get(kind)
    return Reducer(combine=combine, writes=shape if name == "last" else free, empty=empty)


_COMBINES: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "last": lambda _before, write: write,
    "add": operator.add,
    "append": lambda before, write: [*before, write],
    "merge": lambda before, write: {**before, **write},
}
_STARTS: Final[Mapping[str, bytes]] = {"append": b"[]", "merge": b"{}"}
