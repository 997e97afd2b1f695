"""Python values ↔ payloads, exactly: integers of any size survive, NaN and Infinity are refused."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from google.protobuf import duration_pb2, json_format, timestamp_pb2

from runwire_client.errors import Invalid, Violation
from runwire_client.v1 import payload_pb2

JSON_TYPE: Final = "application/json"


@dataclass(frozen=True, slots=True)
class ArtifactReference:
    """Stands for a value too large to carry inline; the artifact holds it."""

    artifact_id: str


def encoded(value: object, *, field: str) -> payload_pb2.Payload:
    """Return the payload of a JSON-able value; `field` names it if it is not one."""
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
        return payload_pb2.Payload(content_type=JSON_TYPE, data=text.encode())
    except (TypeError, ValueError, RecursionError) as error:
        raise Invalid(
            f"{field} is not JSON: {error}",
            reason="INVALID_FIELD",
            violations=[Violation(field, str(error))],
        ) from error


def decoded(payload: payload_pb2.Payload) -> Any:
    """Return what a payload holds: a JSON value, bytes of another type, or None if it is unset."""
    match payload.WhichOneof("body"):
        case "data":
            if payload.content_type in ("", JSON_TYPE):
                return json.loads(payload.data)
            return payload.data
        case "json":
            return json_format.MessageToDict(payload.json)
        case "artifact_id":
            return ArtifactReference(payload.artifact_id)
        case None:
            return None


def time_of(timestamp: timestamp_pb2.Timestamp) -> datetime:
    """Return the aware UTC time of a timestamp."""
    return timestamp.ToDatetime(tzinfo=UTC)


def duration(seconds: float) -> duration_pb2.Duration:
    """Return the duration of that many seconds."""
    message = duration_pb2.Duration()
    message.FromNanoseconds(round(seconds * 1_000_000_000))
    return message


def seconds_of(message: duration_pb2.Duration) -> float:
    """Return how many seconds a duration lasts."""
    return message.ToNanoseconds() / 1_000_000_000
