"""Struct, Value and ListValue: any JSON as a message, for types that asked for it.

An object costs a message three levels of nesting and an array two, so these nest far less deep
than JSON that a codec takes as text.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from httprule.cursor import Cursor
from httprule.faults import Invalid
from httprule.scalars import number, quoted

_OBJECT_LEVELS: Final = 3
_ARRAY_LEVELS: Final = 2


def read_value(value: Any, cursor: Cursor) -> None:
    """Read any JSON value."""
    match cursor.peek():
        case "{":
            value.struct_value.SetInParent()
            read_struct(value.struct_value, cursor)
        case "[":
            value.list_value.SetInParent()
            read_list(value.list_value, cursor)
        case '"':
            value.string_value = cursor.string()
        case "t" | "f":
            value.bool_value = cursor.boolean()
        case "n" if cursor.null():
            value.null_value = 0
        case _:
            found = float(cursor.number())
            if math.isinf(found):
                raise Invalid("a number beyond the range of a double")
            value.number_value = found


def read_struct(struct: Any, cursor: Cursor) -> None:
    """Read an object."""
    fields, path = struct.fields, cursor.path
    for key in cursor.members(_OBJECT_LEVELS):
        path.append(key)
        if key in fields:
            raise Invalid("this key is given twice")
        read_value(fields[key], cursor)
        path.pop()


def read_list(values: Any, cursor: Cursor) -> None:
    """Read an array."""
    path = cursor.path
    for index in cursor.elements(_ARRAY_LEVELS):
        path.append(index)
        read_value(values.values.add(), cursor)
        path.pop()


def write_value(value: Any) -> str:
    """Write any JSON value."""
    kind = value.WhichOneof("kind")
    # A Value without a kind is nothing that JSON could say otherwise.
    return _KINDS[kind](getattr(value, kind)) if kind else "null"


def write_struct(struct: Any) -> str:
    """Write an object."""
    members = (f"{quoted(key)}:{write_value(value)}" for key, value in struct.fields.items())
    return "{" + ",".join(members) + "}"


def write_list(values: Any) -> str:
    """Write an array."""
    return "[" + ",".join(map(write_value, values.values)) + "]"


def _number(value: float) -> str:
    if not math.isfinite(value):
        raise ValueError("a Value that is NaN or infinite has no JSON")
    return number(value)


_KINDS: Final[Mapping[str, Callable[[Any], str]]] = {
    "null_value": lambda _: "null",
    "bool_value": lambda value: "true" if value else "false",
    "number_value": _number,
    "string_value": quoted,
    "struct_value": write_struct,
    "list_value": write_list,
}
READ: Final[Mapping[str, Callable[[Any, Cursor], None]]] = {
    "google.protobuf.Value": read_value,
    "google.protobuf.Struct": read_struct,
    "google.protobuf.ListValue": read_list,
}
WRITE: Final[Mapping[str, Callable[[Any], str]]] = {
    "google.protobuf.Value": write_value,
    "google.protobuf.Struct": write_struct,
    "google.protobuf.ListValue": write_list,
}
