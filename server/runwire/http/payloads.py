"""Payloads as REST spells them: JSON as JSON, byte for byte.

1. Stored JSON is put into the answer as it was stored, and a caller's `json` is stored as it was
   sent: integers beyond 2^53, 5 apart from 5.0, every key in its place.
2. `contentType` is left out where it says nothing more: JSON is the default.
3. What is not JSON is `data`, base64; what is not inline is `artifactId`.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any, Final

from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message

from httprule.cursor import Cursor
from httprule.faults import Invalid
from runwire.v1 import payload_pb2 as wire

NAME: Final = wire.Payload.DESCRIPTOR.full_name
JSON_TYPE: Final = "application/json"
MAX_LEVELS: Final = 1000

_JSON: Final = re.compile(r"application/([\w.!#$&^-]+\+)?json\s*(;.*)?", re.IGNORECASE)
_LINES: Final = bytes.maketrans(b"\r\n", b"  ")
_KEYS: Final = {
    "contentType": "content_type",
    "artifactId": "artifact_id",
} | {name: name for name in wire.Payload.DESCRIPTOR.fields_by_name}
_BODIES: Final = frozenset({"data", "json", "artifact_id"})


class PayloadCodec:
    """Reads and writes runwire.v1.Payload."""

    def write(self, message: Any) -> bytes:
        """Return a payload as JSON."""
        parts = []
        body = message.WhichOneof("body")
        inline = body == "json" or (body == "data" and _is_json(message) and message.data.strip())
        if message.content_type and not (inline and message.content_type == JSON_TYPE):
            parts.append(b'"contentType":' + _text(message.content_type))
        if inline:
            parts.append(b'"json":' + _spliced(message, body))
        elif body == "data":
            parts.append(b'"data":"' + base64.b64encode(message.data) + b'"')
        elif body == "artifact_id":
            parts.append(b'"artifactId":' + _text(message.artifact_id))
        if message.metadata:
            parts.append(b'"metadata":' + _text(dict(message.metadata)))
        return b"{%b}" % b",".join(parts)

    def read(self, raw: bytes, path: str) -> Message:
        """Return the payload that JSON spells; raise Invalid."""
        cursor = Cursor(raw.decode(), max_depth=MAX_LEVELS, max_raw_depth=MAX_LEVELS)
        found: dict[str, Any] = {}
        for key in cursor.members():
            name = _KEYS.get(key)
            where = f"{path}.{key}" if path else key
            if name is None:
                raise Invalid("no such field", where)
            if name in found:
                raise Invalid("is given twice", where)
            try:
                found[name] = _read(cursor, name)
            except Invalid as fault:
                raise Invalid(fault.problem, fault.path or where, reason=fault.reason) from None
        return _payload({name: each for name, each in found.items() if each is not None}, path)


CODECS: Final[Mapping[str, PayloadCodec]] = {NAME: PayloadCodec()}


def adapt(request: Any) -> None:
    """Ask for payloads as they are stored; how they are spelled is decided here."""
    if (
        "payload_format" in request.DESCRIPTOR.fields_by_name
        and request.payload_format == wire.PAYLOAD_FORMAT_JSON
    ):
        request.payload_format = wire.PAYLOAD_FORMAT_DATA


def _is_json(message: Any) -> bool:
    return not message.content_type or _JSON.fullmatch(message.content_type) is not None


def _spliced(message: Any, body: str) -> bytes:
    if body == "json":
        return MessageToJson(message.json, indent=None).encode()
    data: bytes = message.data
    # Between tokens a line end is as good as a space, and a stream's lines must stay whole.
    return data.translate(_LINES) if b"\n" in data or b"\r" in data else data


def _text(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _read(cursor: Cursor, name: str) -> Any:
    if name == "json":
        return cursor.raw().encode()  # null, too, is a value
    if cursor.null():
        return None
    match name:
        case "metadata":
            return _read_metadata(cursor)
        case "data":
            return _decoded(cursor.string())
        case _:
            return cursor.string()


def _read_metadata(cursor: Cursor) -> dict[str, str]:
    metadata: dict[str, str] = {}
    for key in cursor.members():
        if key in metadata:
            raise Invalid(f"has {key!r} twice")
        metadata[key] = cursor.string()
    return metadata


def _decoded(text: str) -> bytes:
    plain = text.translate(str.maketrans("-_", "+/")).rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise Invalid("is not base64") from None


def _payload(found: dict[str, Any], path: str) -> wire.Payload:
    bodies = [name for name in found if name in _BODIES]
    if len(bodies) > 1:
        raise Invalid(f"takes one of data, json and artifactId, not {' and '.join(bodies)}", path)
    data = found.pop("json", None)
    payload = wire.Payload(**found)
    if data is None:
        return payload
    if not _is_json(payload):
        where = f"{path}.contentType" if path else "contentType"
        raise Invalid(f"must be {JSON_TYPE} or left out beside json", where)
    payload.data = data
    return payload
