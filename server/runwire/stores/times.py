"""Times as every database keeps them: integers, which are equal and sort everywhere."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def micros_of(at: datetime) -> int:
    """Return an aware time as microseconds since 1970."""
    return (at - EPOCH) // MICROSECOND


def time_of(micros: int) -> datetime:
    """Return the time that microseconds since 1970 are."""
    return EPOCH + timedelta(microseconds=micros)


class Micros(TypeDecorator[datetime]):
    """An aware UTC time as microseconds since 1970: equal on every database, and sorts."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ARG002
        return None if value is None else micros_of(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else time_of(value)
