"""Schemas of what ProtoJSON spells in a way of its own: scalars and the well-known types."""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from google.protobuf.descriptor import FieldDescriptor

Schema: TypeAlias = dict[str, Any]

_NOT_FINITE: Final[Schema] = {"type": "string", "enum": ["NaN", "Infinity", "-Infinity"]}
_INT32: Final[Schema] = {
    "type": "integer",
    "format": "int32",
}
_UINT32: Final[Schema] = {
    "type": "integer",
    "format": "uint32",
    "minimum": 0,
}
_INT64: Final[Schema] = {"type": "string", "format": "int64", "pattern": "^-?[0-9]{1,19}$"}
_UINT64: Final[Schema] = {"type": "string", "format": "uint64", "pattern": "^[0-9]{1,20}$"}
_BYTES: Final[Schema] = {"type": "string", "contentEncoding": "base64"}
_STRING: Final[Schema] = {"type": "string"}
_BOOL: Final[Schema] = {"type": "boolean"}


def _number(spelling: str) -> Schema:
    return {"anyOf": [{"type": "number", "format": spelling}, _NOT_FINITE]}


SCALARS: Final[Mapping[int, Schema]] = {
    FieldDescriptor.TYPE_DOUBLE: _number("double"),
    FieldDescriptor.TYPE_FLOAT: _number("float"),
    FieldDescriptor.TYPE_INT32: _INT32,
    FieldDescriptor.TYPE_SINT32: _INT32,
    FieldDescriptor.TYPE_SFIXED32: _INT32,
    FieldDescriptor.TYPE_UINT32: _UINT32,
    FieldDescriptor.TYPE_FIXED32: _UINT32,
    FieldDescriptor.TYPE_INT64: _INT64,
    FieldDescriptor.TYPE_SINT64: _INT64,
    FieldDescriptor.TYPE_SFIXED64: _INT64,
    FieldDescriptor.TYPE_UINT64: _UINT64,
    FieldDescriptor.TYPE_FIXED64: _UINT64,
    FieldDescriptor.TYPE_BOOL: _BOOL,
    FieldDescriptor.TYPE_STRING: _STRING,
    FieldDescriptor.TYPE_BYTES: _BYTES,
}

KEYS: Final[Mapping[int, Schema]] = {
    FieldDescriptor.CPPTYPE_INT32: {"pattern": "^-?[0-9]{1,10}$"},
    FieldDescriptor.CPPTYPE_UINT32: {"pattern": "^[0-9]{1,10}$"},
    FieldDescriptor.CPPTYPE_INT64: {"pattern": "^-?[0-9]{1,19}$"},
    FieldDescriptor.CPPTYPE_UINT64: {"pattern": "^[0-9]{1,20}$"},
    FieldDescriptor.CPPTYPE_BOOL: {"enum": ["false", "true"]},
}
"""How the keys of maps are bounded, which JSON spells as strings; strings are not."""

MESSAGES: Final[Mapping[str, Schema]] = {
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Duration": {
        "type": "string",
        "pattern": r"^-?[0-9]{1,12}(\.[0-9]{1,9})?s$",
        "examples": ["3.5s"],
    },
    "google.protobuf.FieldMask": {
        "type": "string",
        "examples": ["displayName,spec.labels"],
    },
    "google.protobuf.Struct": {"type": "object", "additionalProperties": True},
    "google.protobuf.Value": {},
    "google.protobuf.ListValue": {"type": "array", "items": {}},
    "google.protobuf.Empty": {"type": "object", "additionalProperties": False},
    "google.protobuf.Any": {
        "type": "object",
        "properties": {"@type": {"type": "string"}},
        "additionalProperties": True,
    },
    "google.protobuf.DoubleValue": _number("double"),
    "google.protobuf.FloatValue": _number("float"),
    "google.protobuf.Int64Value": _INT64,
    "google.protobuf.UInt64Value": _UINT64,
    "google.protobuf.Int32Value": _INT32,
    "google.protobuf.UInt32Value": _UINT32,
    "google.protobuf.BoolValue": _BOOL,
    "google.protobuf.StringValue": _STRING,
    "google.protobuf.BytesValue": _BYTES,
}

NULL: Final = "google.protobuf.NullValue"

IN_QUERIES: Final = frozenset(
    {
        "google.protobuf.Timestamp",
        "google.protobuf.Duration",
        "google.protobuf.FieldMask",
        *(name for name in MESSAGES if name.endswith("Value") and name.count("Value") == 1),
    }
    - {"google.protobuf.Value", "google.protobuf.ListValue"}
)
"""Messages that a query can carry under one key."""
