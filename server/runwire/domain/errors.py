"""Every error a caller can meet.

Error
├─ NotFound        no such run, graph, artifact …
├─ AlreadyExists   the id is taken
├─ Conflict        somebody else got there first
├─ Unauthenticated  who calls is not known
├─ Denied          the caller may not do this
├─ Invalid         the caller sent something wrong; `violations` name the fields
├─ NotAllowed      the thing is in the wrong status for this
├─ OutOfRange      a position that does not exist, or no longer
├─ Exhausted       a limit is reached
├─ Unavailable     try again later
└─ DataLoss        what was stored is damaged

The message is for people: it names the thing and the remedy. `reason` and `metadata` are for
programs: one UPPER_SNAKE word, and facts such as the id.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Violation:
    """What is wrong with one field of a request; `field` is a path such as `spec.input.rows`."""

    field: str
    description: str


class Error(Exception):
    """Base of every error we raise on purpose."""

    default_reason: ClassVar[str] = "INTERNAL"

    def __init__(
        self,
        message: str,
        *,
        reason: str = "",
        violations: Sequence[Violation] = (),
        retry_after_seconds: float | None = None,
        **metadata: object,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason or self.default_reason
        self.violations = tuple(violations)
        self.retry_after_seconds = retry_after_seconds
        self.metadata = {key: str(value) for key, value in metadata.items()}


class NotFound(Error):
    """The thing asked for does not exist."""

    default_reason = "NOT_FOUND"


class AlreadyExists(Error):
    """The id is taken."""

    default_reason = "ALREADY_EXISTS"


class Conflict(Error):
    """The thing changed under the caller."""

    default_reason = "CONFLICT"


class Unauthenticated(Error):
    """Nobody knows who calls: no credentials, or none that count."""

    default_reason = "CREDENTIALS_MISSING"


class Denied(Error):
    """The caller is known and may not do this."""

    default_reason = "ACCESS_DENIED"


class Invalid(Error):
    """The request itself is wrong."""

    default_reason = "INVALID_FIELD"


class NotAllowed(Error):
    """The status of the thing does not allow this."""

    default_reason = "NOT_ALLOWED"


class OutOfRange(Error):
    """The position asked for does not exist, or no longer."""

    default_reason = "OUT_OF_RANGE"


class Exhausted(Error):
    """A limit is reached."""

    default_reason = "LIMIT_EXCEEDED"


class Unavailable(Error):
    """Nothing is wrong with the request; the server cannot serve it now."""

    default_reason = "UNAVAILABLE"


class DataLoss(Error):
    """What was stored is damaged."""

    default_reason = "DATA_LOSS"


def invalid(field: str, description: str, *, reason: str = "INVALID_FIELD") -> Invalid:
    """Return an Invalid that names one field."""
    return Invalid(
        f"{field}: {description}",
        reason=reason,
        violations=(Violation(field, description),),
        field=field,
    )


def not_storable(why: str) -> Invalid:
    """Return what is told of something that no try will ever store."""
    return Invalid(
        f"this cannot be stored, however often it is tried: {why.partition(chr(10))[0]}",
        reason="NOT_STORABLE",
    )
