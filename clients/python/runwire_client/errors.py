"""Every error a call can raise, by the same names as on the server.

Error
├─ NotFound          no such run, graph, artifact …
├─ AlreadyExists     the id is taken
├─ Conflict          the thing changed under the caller
├─ Invalid           the request is wrong; `violations` name the fields
├─ NotAllowed        the thing is in the wrong status for this
├─ OutOfRange        a position that does not exist, or no longer
│  └─ EventsCompacted   retention removed events that a watch asked for
├─ Exhausted         a limit is reached
├─ Unavailable       the server cannot serve this now
├─ Unauthenticated   no credentials, or bad ones
├─ Denied            the credentials do not allow this
├─ DeadlineExceeded  the time given to the call is over
├─ Cancelled         the call was cancelled
├─ Unimplemented     the server does not know the method
├─ DataLoss          bytes or events did not arrive as they were stored
├─ Internal          the server failed; its log has the story under `request_id`
└─ Unknown           the call ended in a way that only gRPC can tell
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from grpc import StatusCode


@dataclass(frozen=True, slots=True)
class Violation:
    """What is wrong with one field of a request; `field` is a path such as `spec.graph_id`."""

    field: str
    description: str


class Error(Exception):
    """Base of every error of this package.

    `message` is for people. For programs: `code` is the gRPC status code, `reason` one
    UPPER_SNAKE word (empty if the error did not come from Runwire itself), `metadata` facts such
    as the id, `violations` what is wrong with which field, `request_id` the id under which the
    server logged the call, `retry_after_seconds` how long the server asks to wait, if it does.
    """

    code: ClassVar[StatusCode] = StatusCode.UNKNOWN

    def __init__(
        self,
        message: str,
        *,
        reason: str = "",
        metadata: Mapping[str, str] | None = None,
        violations: Sequence[Violation] = (),
        request_id: str = "",
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason
        self.metadata: Mapping[str, str] = dict(metadata or {})
        self.violations = tuple(violations)
        self.request_id = request_id
        self.retry_after_seconds = retry_after_seconds

    def __str__(self) -> str:
        marks = [mark for mark in (self.reason, self.request_id) if mark]
        return f"{self.message} ({', '.join(marks)})" if marks else self.message


class NotFound(Error):
    """The thing asked for does not exist."""

    code = StatusCode.NOT_FOUND


class AlreadyExists(Error):
    """The id is taken."""

    code = StatusCode.ALREADY_EXISTS


class Conflict(Error):
    """The thing changed under the caller: read it again and decide again."""

    code = StatusCode.ABORTED


class Invalid(Error):
    """The request itself is wrong; `violations` name the fields."""

    code = StatusCode.INVALID_ARGUMENT


class NotAllowed(Error):
    """The status of the thing does not allow this."""

    code = StatusCode.FAILED_PRECONDITION


class OutOfRange(Error):
    """The position asked for does not exist, or no longer."""

    code = StatusCode.OUT_OF_RANGE


class EventsCompacted(OutOfRange):
    """Retention removed events `from_sequence` to `to_sequence` of a run that is watched.

    `oldest_sequence` is the first one behind them. The watch that raised this is still good:
    iterating on goes on there.
    """

    def __init__(self, *, run_id: str, from_sequence: int, to_sequence: int) -> None:
        super().__init__(
            f"events {from_sequence} to {to_sequence} of run {run_id} were removed by retention; "
            "iterate on to go on behind them, or pass on_compacted",
            reason="EVENTS_COMPACTED",
            metadata={"run_id": run_id, "oldest_sequence": str(to_sequence + 1)},
        )
        self.run_id = run_id
        self.from_sequence = from_sequence
        self.to_sequence = to_sequence
        self.oldest_sequence = to_sequence + 1


class Exhausted(Error):
    """A limit is reached: a quota, a size, or a watcher that reads too slowly."""

    code = StatusCode.RESOURCE_EXHAUSTED


class Unavailable(Error):
    """Nothing is wrong with the request; the server cannot serve it now."""

    code = StatusCode.UNAVAILABLE


class Unauthenticated(Error):
    """No credentials, or bad ones."""

    code = StatusCode.UNAUTHENTICATED


class Denied(Error):
    """The credentials do not allow this."""

    code = StatusCode.PERMISSION_DENIED


class DeadlineExceeded(Error):
    """The time given to the call is over."""

    code = StatusCode.DEADLINE_EXCEEDED


class Cancelled(Error):
    """The call was cancelled, by the other side or because the client was closed."""

    code = StatusCode.CANCELLED


class Unimplemented(Error):
    """The server does not know the method."""

    code = StatusCode.UNIMPLEMENTED


class DataLoss(Error):
    """Bytes or events did not arrive as they were stored."""

    code = StatusCode.DATA_LOSS


class Internal(Error):
    """The server failed; its log has the story under `request_id`."""

    code = StatusCode.INTERNAL


class Unknown(Error):
    """The call ended in a way that only gRPC can tell."""
