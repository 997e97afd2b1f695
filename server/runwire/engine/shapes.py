"""How one value is checked, stored as JSON bytes and given back.

``dump`` raises ValueError saying what is wrong with a value; what it returned, ``load`` accepts.
"""

import json
import re
from types import NoneType, UnionType
from typing import (
    Any,
    Final,
    Literal,
    NotRequired,
    Protocol,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError, to_jsonable_python
from typing_extensions import is_typeddict

from runwire.domain.errors import Invalid
from runwire.domain.payload import MAX_DEPTH, encode
from runwire.engine.schemas import compiled_schema

MAX_VALUE_DEPTH: Final = MAX_DEPTH - 4
"""A value is stored inside a few more levels: of the state, of a difference, of an event."""


_PLAIN: Final = (Any, object, str, int, float, bool, None, NoneType, list, dict)
_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*"')
_ONE_KIND: Final = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
_DECODER: Final = json.JSONDecoder()
_TRANSPARENT: Final = (list, Union, UnionType, Required, NotRequired)


class Shape(Protocol):
    """What a key of the state holds."""

    @property
    def plain(self) -> bool:
        """Whether the JSON value itself is what nodes see."""

    def schema(self) -> dict[str, Any]:
        """Return its JSON Schema."""

    def dump(self, value: Any) -> bytes:
        """Return the value as JSON bytes, or raise ValueError."""

    def load(self, data: bytes) -> Any:
        """Return a value of its own for each call."""


class Free:
    """Anything that JSON can say, and what pydantic knows how to say in JSON."""

    plain = True

    def schema(self) -> dict[str, Any]:
        return {}

    def dump(self, value: Any) -> bytes:
        try:
            return pack(value)
        except ValueError:
            return pack(_jsonable(value))

    def load(self, data: bytes) -> Any:
        return unpack(data)


free: Final = Free()


class Typed:
    """A Python annotation, checked by pydantic."""

    def __init__(self, annotation: Any) -> None:
        self.adapter: TypeAdapter[Any] = TypeAdapter(annotation)
        self.plain = is_plain(annotation)

    def schema(self) -> dict[str, Any]:
        return self.adapter.json_schema()

    def dump(self, value: Any) -> bytes:
        try:
            valid = self.adapter.validate_python(value)
        except ValidationError as error:
            raise ValueError(_complaint(error)) from None
        if self.plain:
            return free.dump(valid)
        try:
            data = pack(self.adapter.dump_python(valid, mode="json"))
        except PydanticSerializationError as error:
            raise ValueError(f"not JSON: {error}") from None
        if b"null" in data:
            pack(_jsonable(valid))  # pydantic writes NaN as null, which would lose it silently
        return data

    def load(self, data: bytes) -> Any:
        return unpack(data) if self.plain else self.adapter.validate_json(data)


class Schemed:
    """A JSON Schema."""

    plain = True

    def __init__(self, schema: dict[str, Any]) -> None:
        self._schema = schema
        self._validator = compiled_schema(schema)

    def schema(self) -> dict[str, Any]:
        return self._schema

    def dump(self, value: Any) -> bytes:
        data = free.dump(value)
        for error in self._validator.iter_errors(unpack(data)):
            raise ValueError(error.message)
        return data

    def load(self, data: bytes) -> Any:
        return unpack(data)


def pack(value: Any) -> bytes:
    """Return a JSON value as bytes; raise ValueError if it is none, or nested too deep to store."""
    try:
        data = encode(value)
    except Invalid as error:
        raise ValueError(error.violations[0].description) from None
    if data.count(b"[") + data.count(b"{") > MAX_VALUE_DEPTH and _is_deep(data):
        raise ValueError(f"nested deeper than {MAX_VALUE_DEPTH} levels")
    return data


def _is_deep(data: bytes) -> bool:
    """Whether JSON is nested too deep: only its brackets are left, then level after level goes."""
    brackets = _STRING.sub(b"", data).translate(_ONE_KIND, _NO_BRACKETS)
    for _ in range(MAX_VALUE_DEPTH):
        if not brackets:
            return False
        brackets = brackets.replace(b"[]", b"")
    return bool(brackets)


def unpack(data: bytes) -> Any:
    """Return the value of bytes that `pack` made: they were checked then."""
    return _DECODER.decode(data.decode())


def is_plain(annotation: Any, seen: tuple[Any, ...] = ()) -> bool:
    """Whether values of an annotation look in Python as they look in JSON."""
    if annotation in _PLAIN or annotation in seen:
        return True
    origin, arguments = get_origin(annotation), get_args(annotation)
    if is_typeddict(annotation):
        arguments = tuple(get_type_hints(annotation, include_extras=True).values())
    elif origin is dict:
        return arguments[0] is str and is_plain(arguments[1], seen)
    elif origin is Literal:
        return all(isinstance(value, str | int | None) for value in arguments)
    elif origin not in _TRANSPARENT:
        return False
    return all(is_plain(argument, (*seen, annotation)) for argument in arguments)


def _jsonable(value: Any) -> Any:
    try:
        return to_jsonable_python(value, inf_nan_mode="constants")
    except (PydanticSerializationError, ValueError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from None


def _complaint(error: ValidationError) -> str:
    """Return what pydantic found, without the value: it may be large, or secret."""
    parts = []
    for found in error.errors(include_url=False, include_context=False, include_input=False)[:5]:
        place = ".".join(map(str, found["loc"]))
        parts.append(f"{place}: {found['msg']}" if place else found["msg"])
    return "; ".join(parts)
