"""Payloads, domain ↔ wire.

1. What arrives as `data` is kept as it is, once it is known to be JSON where it says so.
2. What arrives as `json`, a Value, becomes JSON bytes: whole numbers below 2^53 as integers; NaN
   and Infinity are refused.
3. What leaves is `data`. `spelled` turns it into `json` for callers who want to read it; what a
   Value cannot hold (too deep, beyond a double, half a surrogate pair) stays `data`.
"""

import math
import re
from typing import Any, Final, TypeVar

from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Value

from runwire.domain.caller import ANYBODY, Caller
from runwire.domain.errors import Invalid, invalid
from runwire.domain.namespace import local_id
from runwire.domain.payload import JSON_TYPE, Payload, check_size, decode, encode
from runwire.rpc.checks import Faults
from runwire.v1 import payload_pb2 as wire

MAX_SPELLED_LEVELS: Final = 30
"""A Value takes three levels of the wire per object, and receivers read no more than 100."""

_JSON: Final = re.compile(r"application/([\w.!#$&^-]+\+)?json\s*(;.*)?", re.IGNORECASE)
_EXACT: Final = 2.0**53

M = TypeVar("M", bound=Message)


def payload_from_wire(
    payload: wire.Payload, *, name: str, default: bytes = b"{}", caller: Caller = ANYBODY
) -> Payload:
    """Return a payload as the domain has it, `default` if it has no body.

    Raises Invalid, or Exhausted if it is too large to be carried inline, naming the field.
    """
    faults = Faults()
    faults.text(f"{name}.content_type", payload.content_type)
    faults.marks(f"{name}.metadata", payload.metadata)
    body = payload.WhichOneof("body")
    if body == "artifact_id":
        faults.id(f"{name}.artifact_id", payload.artifact_id)
    if body == "json" and not _is_json(payload.content_type):
        faults.add(f"{name}.content_type", f"must be {JSON_TYPE} or empty beside json")
    faults.done()
    return Payload(
        data=b"" if body == "artifact_id" else _data(payload, name, default),
        content_type=payload.content_type or JSON_TYPE,
        artifact_id=caller.whole(payload.artifact_id),
        metadata=dict(payload.metadata),
    )


def json_from_wire(payload: wire.Payload, *, name: str, default: bytes) -> bytes:
    """Return the JSON bytes of a payload that must be inline JSON; raise Invalid (the field)."""
    if payload.WhichOneof("body") == "artifact_id":
        raise invalid(name, "must be inline, not an artifact")
    if not _is_json(payload.content_type):
        raise invalid(f"{name}.content_type", f"must be {JSON_TYPE} or empty")
    return _data(payload, name, default)


def fill_payload(target: wire.Payload, payload: Payload) -> None:
    """Set a wire payload, spelled as `data`."""
    target.content_type = payload.content_type
    if payload.artifact_id:
        target.artifact_id = local_id(payload.artifact_id)
    else:
        target.data = payload.data
    if payload.metadata:
        target.metadata.update(payload.metadata)


def fill_json(target: wire.Payload, data: bytes) -> None:
    """Set a wire payload to JSON bytes; leave it unset if there are none."""
    if data:
        target.content_type = JSON_TYPE
        target.data = data


def json_to_wire(data: bytes) -> wire.Payload | None:
    """Return JSON bytes as a wire payload, None if there are none."""
    return wire.Payload(content_type=JSON_TYPE, data=data) if data else None


def spelled(message: M, how: int) -> M:
    """Spell every payload in a message, in place, as a PayloadFormat asks; return the message."""
    if how == wire.PAYLOAD_FORMAT_JSON:
        _spell(message)
    return message


def _is_json(content_type: str) -> bool:
    return not content_type or _JSON.fullmatch(content_type) is not None


def _data(payload: wire.Payload, name: str, default: bytes) -> bytes:
    match payload.WhichOneof("body"):
        case "json":
            data = encode(_from_value(payload.json, name), name=name)
            check_size(data, name=name)
            return data
        case "data":
            check_size(payload.data, name=name)
            if _is_json(payload.content_type):
                decode(payload.data, name=name)
            return payload.data
        case _:
            return default


def _from_value(value: Value, name: str) -> Any:
    match value.WhichOneof("kind"):
        case "struct_value":
            fields = value.struct_value.fields
            return {key: _from_value(fields[key], name) for key in fields}
        case "list_value":
            return [_from_value(item, name) for item in value.list_value.values]
        case "number_value":
            return _number(value.number_value, name)
        case None:
            raise invalid(name, "holds a Value of no kind", reason="INVALID_JSON")
        case "null_value" | "bool_value" | "string_value" as kind:
            return None if kind == "null_value" else getattr(value, kind)


def _number(number: float, name: str) -> int | float:
    if not math.isfinite(number):
        raise invalid(name, f"{number} is not a JSON number", reason="INVALID_JSON")
    whole = number.is_integer() and abs(number) < _EXACT
    # Minus zero is a float of its own.
    return int(number) if whole and (number or math.copysign(1, number) > 0) else number


def _spell(message: Message) -> None:
    for field, value in message.ListFields():
        if isinstance(value, wire.Payload):
            _spell_payload(value)
        elif field.message_type is None or field.message_type.file.package != "runwire.v1":
            continue
        elif isinstance(value, Message):
            _spell(value)
        elif not field.message_type.GetOptions().map_entry:
            for item in value:
                _spell(item)


def _spell_payload(payload: wire.Payload) -> None:
    if payload.WhichOneof("body") != "data" or not _is_json(payload.content_type):
        return
    value = Value()
    try:
        _fill_value(value, decode(payload.data), MAX_SPELLED_LEVELS)
    except (Invalid, ValueError, OverflowError):
        return  # rule 3
    payload.json.CopyFrom(value)


def _fill_value(target: Value, value: Any, levels: int) -> None:
    if levels < 0:
        raise ValueError("too deep")
    if isinstance(value, dict):
        target.struct_value.SetInParent()
        fields = target.struct_value.fields
        for key, item in value.items():
            _fill_value(fields[key], item, levels - 1)
    elif isinstance(value, list):
        target.list_value.SetInParent()
        add = target.list_value.values.add
        for item in value:
            _fill_value(add(), item, levels - 1)
    else:
        _fill_leaf(target, value)


def _fill_leaf(target: Value, value: str | bool | float | None) -> None:
    if isinstance(value, str):
        target.string_value = value
    elif isinstance(value, bool):
        target.bool_value = value
    elif value is None:
        target.null_value = 0  # type: ignore[assignment]  # NULL_VALUE, the only one
    else:
        target.number_value = float(value)
