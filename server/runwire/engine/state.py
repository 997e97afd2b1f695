"""The state of a graph: its keys, what each may hold, and how two writes become one value.

Between nodes the state rests encoded, key by key, so that what no node touched is never encoded
again. Every node is given a copy of its own.
"""

import dataclasses
import inspect
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, get_args, get_origin, get_type_hints

from pydantic import BaseModel, TypeAdapter
from pydantic.errors import PydanticUserError

from runwire.domain.checkpoint import Encoded
from runwire.engine.annotations import Declared, declared, readable
from runwire.engine.faults import GraphError
from runwire.engine.schemas import DRAFT
from runwire.engine.shapes import Shape, Typed, free


@dataclass(frozen=True, slots=True, kw_only=True)
class Reducer:
    """Joins the value there is with one that a node wrote.

    ``writes`` is the shape of what nodes write; ``empty`` where a key without a value starts.
    ``extends`` and ``appends`` mark lists that only grow, which are joined as bytes.
    """

    combine: Callable[[Any, Any], Any]
    writes: Shape
    empty: bytes | None = None
    extends: bool = False
    appends: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key of the state; not given, it starts with its `default`, or as its reducer says."""

    name: str
    shape: Shape
    reducer: Reducer | None = None
    required: bool = False
    default: Callable[[], Any] | None = None

    def write(self, value: Any) -> bytes:
        """Return what a node wrote as bytes; raise ValueError if it does not fit."""
        return (self.reducer.writes if self.reducer else self.shape).dump(value)

    def reduce(self, before: bytes | None, write: bytes) -> bytes:
        """Return the value after a write; raise whatever the reducer raises."""
        reducer = self.reducer
        if reducer is None:
            return write
        if before is None:
            before = reducer.empty
        if before is None:
            return self.shape.dump(reducer.writes.load(write))
        if reducer.appends:
            write = b"[" + write + b"]"
        if (reducer.extends or reducer.appends) and before[:1] == write[:1] == b"[":
            return _joined(before, write)
        return self.shape.dump(reducer.combine(self.shape.load(before), reducer.writes.load(write)))


class StateType:
    """The keys of a state, and how a node is given them; without keys any key may be written."""

    def __init__(
        self,
        keys: Mapping[str, Key] | None,
        *,
        instance: Callable[..., Any] | None = None,
        schema: Mapping[str, Any],
        any_key: bool = False,
    ) -> None:
        self.keys = keys
        self.any_key = any_key or keys is None
        self.instance = instance
        self.schema = schema

    def key(self, name: str) -> Key | None:
        """Return a key, or None if the state has none of that name."""
        found = None if self.keys is None else self.keys.get(name)
        return Key(name=name, shape=free) if found is None and self.any_key else found

    def start(self, given: Mapping[str, Any]) -> dict[str, bytes]:
        """Return the state a run starts with; raise ValueError naming a key that does not fit."""
        values: dict[str, bytes] = {}
        for name, value in given.items():
            key = self.key(name)
            if key is None:
                raise ValueError(f"key {name!r} is not in the state")
            values[name] = _dump(key, value)
        for name, key in (self.keys or {}).items():
            if name in values:
                continue
            if key.default is not None:
                values[name] = _dump(key, key.default())
            elif key.reducer is not None and key.reducer.empty is not None:
                values[name] = key.reducer.empty
        return values

    def give(self, values: Encoded) -> Any:
        """Return the state as a node sees it; raise ValueError if a value does not fit any more."""
        keys = self.keys
        loaded = {
            name: (keys[name].shape if keys and name in keys else free).load(data)
            for name, data in values.items()
        }
        return loaded if self.instance is None else self.instance(**loaded)

    def changed(self, returned: Any, before: Encoded) -> dict[str, Any] | None:
        """Return the changed keys of a returned instance of the state; None if it is none."""
        if not isinstance(self.instance, type) or not isinstance(returned, self.instance):
            return None
        names: Sequence[str] = list(self.keys or ())
        if isinstance(returned, BaseModel):
            names = [name for name in names if name in returned.model_fields_set]
        changes = {}
        for name in names:
            key, value = (self.keys or {})[name], getattr(returned, name)
            data = key.shape.dump(value)
            if data != before.get(name):
                changes[name] = _growth(key, before.get(name), value)
        return changes


def state_type_of(state: Any, *, graph_id: str) -> StateType:
    """Return how a state type is read; raise GraphError if it cannot be one."""
    if state is None or state is dict or get_origin(state) is dict:
        return StateType(None, schema={"$schema": DRAFT, "type": "object"})
    try:
        keys = {name: _key(name, item) for name, item in declared(state).items()}
        schema = _schema(state, keys)
    except (TypeError, NameError, PydanticUserError) as error:
        raise GraphError(f"graph {graph_id!r}: its state cannot be read: {error}") from error
    instance = state if dataclasses.is_dataclass(state) or _is_model(state) else None
    return StateType(keys, instance=instance, schema=schema)


def _is_model(state: Any) -> bool:
    return isinstance(state, type) and issubclass(state, BaseModel)


def _dump(key: Key, value: Any) -> bytes:
    try:
        return key.shape.dump(value)
    except ValueError as error:
        raise ValueError(f"key {key.name!r}: {error}") from None


def _joined(before: bytes, write: bytes) -> bytes:
    """Return two encoded lists as one."""
    if write == b"[]":
        return before
    return write if before == b"[]" else before[:-1] + b"," + write[1:]


def _growth(key: Key, before: bytes | None, value: Any) -> Any:
    """Return what a node added to a growing list it was given whole; else the value."""
    if key.reducer is None or not key.reducer.extends or before is None:
        return value
    old = key.shape.load(before)
    return value[len(old) :] if value[: len(old)] == old else value


def _key(name: str, item: Declared) -> Key:
    try:
        shape = Typed(readable(item.annotation))
        reducer = None if item.combine is None else _reducer(item.combine, item.annotation, shape)
    except PydanticUserError as error:
        raise TypeError(f"key {name!r}: {error.message}") from None
    required = item.required and (reducer is None or reducer.empty is None)
    return Key(name=name, shape=shape, reducer=reducer, required=required, default=item.default)


def _reducer(combine: Callable[[Any, Any], Any], annotation: Any, shape: Shape) -> Reducer:
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    kind = get_origin(annotation) or annotation
    extends = combine is operator.add and kind is list
    return Reducer(
        combine=combine,
        writes=_writes(combine, shape),
        empty=_EMPTY.get(kind),
        extends=extends,
    )


def _writes(combine: Callable[[Any, Any], Any], shape: Shape) -> Shape:
    """Return the shape of a reducer's second argument."""
    if inspect.isbuiltin(combine):
        return shape
    try:
        function = combine if inspect.isroutine(combine) else type(combine).__call__
        second = list(inspect.signature(combine).parameters.values())[1]
        hint = get_type_hints(function, include_extras=True).get(second.name)
    except (TypeError, ValueError, NameError, IndexError):
        return free
    return free if hint is None else Typed(readable(hint))


_EMPTY: Final = {list: b"[]", dict: b"{}", set: b"[]", frozenset: b"[]", tuple: b"[]"}


def _schema(state: Any, keys: Mapping[str, Key]) -> dict[str, Any]:
    """Return the JSON Schema of a state of these keys."""
    adapters = [
        (name, "validation", key.shape.adapter)
        for name, key in keys.items()
        if isinstance(key.shape, Typed)
    ]
    found, definitions = TypeAdapter.json_schemas(adapters)  # type: ignore[arg-type]
    schema: dict[str, Any] = {"$schema": DRAFT, "title": state.__name__, "type": "object"}
    schema["properties"] = {name: found[(name, "validation")] for name in keys}
    required = [name for name, key in keys.items() if key.required]
    return (
        schema
        | ({"required": required} if required else {})
        | {"additionalProperties": False, **definitions}
    )
