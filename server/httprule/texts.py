"""Well-known types that are one string in JSON: times, durations, field masks, and wrappers."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

from google.protobuf.message import Message

from httprule.faults import Invalid
from httprule.scalars import quoted

_TIMESTAMP: Final = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))", re.ASCII
)
_DURATION: Final = re.compile(r"(-?)(\d{1,12})(?:\.(\d{1,9}))?s", re.ASCII)
_MAX_DURATION_SECONDS: Final = 315_576_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BARE_EPOCH: Final = _EPOCH.replace(tzinfo=None)
_FIRST_SECOND: Final = -62_135_596_800
_LAST_SECOND: Final = 253_402_300_799
_CAMEL: Final = re.compile(r"[a-z0-9]*(?:[A-Z][a-z0-9]*)*(?:\.[a-z0-9]+(?:[A-Z][a-z0-9]*)*)*")
_HUMP: Final = re.compile(r"[A-Z]")
_STEP: Final = re.compile(r"_([a-z])")


def parse_timestamp(message: Any, text: str) -> None:
    """Read RFC 3339, with any offset from UTC."""
    found = _TIMESTAMP.fullmatch(text)
    if found is None:
        raise Invalid("expected a time like 2026-01-31T12:00:00Z")
    moment, fraction, sign, hours, minutes = found.groups()
    try:
        offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
        zone = timezone(-offset if sign == "-" else offset)
        since = datetime.fromisoformat(moment).replace(tzinfo=zone) - _EPOCH
    except ValueError:
        raise Invalid("a date or time that does not exist") from None
    seconds = since.days * 86_400 + since.seconds
    if not _FIRST_SECOND <= seconds <= _LAST_SECOND:
        raise Invalid("a time outside of the years 1 to 9999")
    message.seconds, message.nanos = seconds, int((fraction or "").ljust(9, "0"))


def write_timestamp(message: Any) -> str:
    """Write RFC 3339 in UTC, with as many digits as are needed: 0, 3, 6 or 9."""
    if not (_FIRST_SECOND <= message.seconds <= _LAST_SECOND and 0 <= message.nanos < 10**9):
        raise ValueError("a Timestamp outside of the years 1 to 9999")
    moment = _BARE_EPOCH + timedelta(seconds=message.seconds)
    return f'"{moment.isoformat()}{_fraction(message.nanos)}Z"'


def parse_duration(message: Any, text: str) -> None:
    """Read seconds that end in `s`."""
    found = _DURATION.fullmatch(text)
    if found is None or int(found[2]) > _MAX_DURATION_SECONDS:
        raise Invalid("expected seconds like 1.5s")
    factor = -1 if found[1] else 1
    message.seconds = factor * int(found[2])
    message.nanos = factor * int((found[3] or "").ljust(9, "0"))


def write_duration(message: Any) -> str:
    """Write seconds that end in `s`."""
    seconds, nanos = message.seconds, message.nanos
    if abs(seconds) > _MAX_DURATION_SECONDS or abs(nanos) >= 10**9 or seconds * nanos < 0:
        raise ValueError("a Duration beyond 10,000 years, or of two signs")
    sign = "-" if seconds < 0 or nanos < 0 else ""
    return f'"{sign}{abs(seconds)}{_fraction(abs(nanos))}s"'


def parse_mask(message: Any, text: str) -> None:
    """Read paths in lowerCamelCase, separated by commas."""
    for path in text.split(",") if text else ():
        if path != "*" and (not path or not _CAMEL.fullmatch(path)):
            raise Invalid("expected paths like displayName,author.name")
        message.paths.append(_snake(path))


def write_mask(message: Any) -> str:
    """Write paths in lowerCamelCase, separated by commas."""
    return quoted(",".join(map(_camel, message.paths)))


def _camel(path: str) -> str:
    camel = _STEP.sub(lambda step: step[1].upper(), path)
    if camel != "*" and (not _CAMEL.fullmatch(camel) or _snake(camel) != path):
        raise ValueError("a FieldMask with a path that JSON cannot spell")
    return camel


def _snake(path: str) -> str:
    return _HUMP.sub(lambda hump: "_" + hump[0].lower(), path)


def _fraction(nanos: int) -> str:
    if nanos == 0:
        return ""
    digits = f"{nanos:09d}"
    while digits.endswith("000"):
        digits = digits[:-3]
    return f".{digits}"


PARSE: Final[Mapping[str, Callable[[Any, str], None]]] = {
    "google.protobuf.Timestamp": parse_timestamp,
    "google.protobuf.Duration": parse_duration,
    "google.protobuf.FieldMask": parse_mask,
}
"""Types that are a string in JSON and in a path or query."""

WRITE: Final[Mapping[str, Callable[[Message], str]]] = {
    "google.protobuf.Timestamp": write_timestamp,
    "google.protobuf.Duration": write_duration,
    "google.protobuf.FieldMask": write_mask,
}

WRAPPERS: Final = frozenset(
    f"google.protobuf.{kind}Value"
    for kind in ("Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes")
)
"""Types that are in JSON what is in their field `value`."""
