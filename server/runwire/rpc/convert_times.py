"""Times and durations, domain ↔ wire."""

from datetime import UTC, datetime, timedelta
from typing import Final

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_SECONDS: Final = 86_400


def fill_time(wire: Timestamp, at: datetime | None) -> None:
    """Set a wire time, to the microsecond; leave it unset for None."""
    if at is not None:
        since = at - _EPOCH
        wire.seconds = since.days * _DAY_SECONDS + since.seconds
        wire.nanos = since.microseconds * 1000


def time_to_wire(at: datetime | None) -> Timestamp | None:
    """Return the wire form of a time, None for none."""
    if at is None:
        return None
    wire = Timestamp()
    fill_time(wire, at)
    return wire


def time_from_wire(wire: Timestamp) -> datetime:
    """Return a time, to the microsecond."""
    return _EPOCH + timedelta(seconds=wire.seconds, microseconds=wire.nanos // 1000)


def fill_duration(wire: Duration, seconds: float) -> None:
    """Set a wire duration, to the microsecond."""
    micros = round(seconds * 1_000_000)
    wire.seconds = micros // 1_000_000
    wire.nanos = micros % 1_000_000 * 1000


def duration_to_wire(seconds: float | None) -> Duration | None:
    """Return the wire form of a duration, None for none."""
    if seconds is None:
        return None
    wire = Duration()
    fill_duration(wire, seconds)
    return wire
