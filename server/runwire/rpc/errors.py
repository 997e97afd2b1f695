"""Errors as gRPC statuses: one table, and the details that go with every error.

1. Every error carries RequestInfo and ErrorInfo: reason, domain "runwire", metadata that name the
   thing.
2. The text of an unexpected exception stays in the log, under the request id the caller is given.
3. All of it fits the 8 KiB that receivers take as trailers, so long lists of faults are cut.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from google.protobuf.message import Message
from google.rpc import error_details_pb2 as details
from google.rpc import status_pb2
from grpc import StatusCode

from runwire.domain import errors
from runwire.rpc.convert_runs import DOMAIN
from runwire.rpc.convert_times import duration_to_wire

STATUS: Final[Mapping[type[errors.Error], StatusCode]] = {
    errors.NotFound: StatusCode.NOT_FOUND,
    errors.AlreadyExists: StatusCode.ALREADY_EXISTS,
    errors.Conflict: StatusCode.ABORTED,
    errors.Unauthenticated: StatusCode.UNAUTHENTICATED,
    errors.Denied: StatusCode.PERMISSION_DENIED,
    errors.Invalid: StatusCode.INVALID_ARGUMENT,
    errors.NotAllowed: StatusCode.FAILED_PRECONDITION,
    errors.OutOfRange: StatusCode.OUT_OF_RANGE,
    errors.Exhausted: StatusCode.RESOURCE_EXHAUSTED,
    errors.Unavailable: StatusCode.UNAVAILABLE,
    errors.DataLoss: StatusCode.DATA_LOSS,
}

STATUS_TRAILER: Final = "grpc-status-details-bin"
REQUEST_ID: Final = "x-request-id"

QUOTA_EXCEEDED: Final = "QUOTA_EXCEEDED"

_MAX_MESSAGE_BYTES: Final = 600
_MAX_STATUS_BYTES: Final = 3600
_MAX_FACT_BYTES: Final = 200
_RESOURCES: Final = {
    "delivery_id": "runwire.v1.Delivery",
    "webhook_id": "runwire.v1.Webhook",
    "artifact_id": "runwire.v1.Artifact",
    "namespace": "runwire.v1.Namespace",
    "run_id": "runwire.v1.Run",
    "schedule_id": "runwire.v1.Schedule",
    "graph_id": "runwire.v1.Graph",
}
"""Which fact of a NotFound names the thing, and its type; the narrowest first."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An error in gRPC's language: what the caller gets instead of an answer."""

    code: StatusCode
    status: status_pb2.Status
    request_id: str

    @property
    def trailers(self) -> tuple[tuple[str, str | bytes], ...]:
        """The trailing metadata that carry the details."""
        return ((REQUEST_ID, self.request_id), (STATUS_TRAILER, self.status.SerializeToString()))


def failure_of(error: BaseException, request_id: str) -> Failure:
    """Return what a caller gets for an error; for one not raised on purpose nothing of its text."""
    if not isinstance(error, errors.Error):
        error = errors.Error(f"internal error; quote request id {request_id}")
    return _failure(_code(error), error, request_id)


def overdue(seconds: float, request_id: str) -> Failure:
    """Return what a caller gets who set no deadline, once the one set for it is over."""
    error = errors.Error(
        f"no answer within {seconds:g} s; set a deadline of your own to wait longer",
        reason="DEADLINE_EXCEEDED",
    )
    return _failure(StatusCode.DEADLINE_EXCEEDED, error, request_id)


def to_status(error: errors.Error, request_id: str) -> status_pb2.Status:
    """Return an error as a google.rpc.Status with its details."""
    return _status(_code(error), error, request_id)


def _code(error: errors.Error) -> StatusCode:
    return STATUS.get(type(error), StatusCode.INTERNAL)


def _failure(code: StatusCode, error: errors.Error, request_id: str) -> Failure:
    return Failure(code, _status(code, error, request_id), request_id)


def _status(code: StatusCode, error: errors.Error, request_id: str) -> status_pb2.Status:
    status = status_pb2.Status(code=code.value[0], message=_cut(error.message, _MAX_MESSAGE_BYTES))
    facts = {key: _cut(value, _MAX_FACT_BYTES) for key, value in error.metadata.items()}
    _add(status, details.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=facts))
    _add(status, details.RequestInfo(request_id=request_id))
    if error.retry_after_seconds is not None:
        _add(status, details.RetryInfo(retry_delay=duration_to_wire(error.retry_after_seconds)))
    if error.reason == QUOTA_EXCEEDED:
        _add(status, _quota(error, facts))
    if isinstance(error, errors.NotFound):
        _add(status, _resource(facts))
    if error.violations:
        _add(status, _violations(error, _MAX_STATUS_BYTES - status.ByteSize()))
    return status


def _quota(error: errors.Error, facts: Mapping[str, str]) -> details.QuotaFailure:
    subject = f"namespace:{facts.get('namespace', '')}/{facts.get('quota', '')}"
    violation = details.QuotaFailure.Violation(
        subject=subject, description=_cut(error.message, _MAX_MESSAGE_BYTES)
    )
    return details.QuotaFailure(violations=[violation])


def _resource(facts: Mapping[str, str]) -> details.ResourceInfo | None:
    for key, kind in _RESOURCES.items():
        if key in facts:
            return details.ResourceInfo(resource_type=kind, resource_name=facts[key])
    return None


def _violations(error: errors.Error, room_bytes: int) -> details.BadRequest:
    bad = details.BadRequest()
    for violation in error.violations:
        added = bad.field_violations.add(
            field=_cut(violation.field, _MAX_FACT_BYTES),
            description=_cut(violation.description, _MAX_MESSAGE_BYTES),
        )
        room_bytes -= added.ByteSize() + 8
        if room_bytes < 0:
            del bad.field_violations[-1]
            break
    return bad


def _add(status: status_pb2.Status, detail: Message | None) -> None:
    if detail is not None:
        status.details.add().Pack(detail)


def _cut(text: str, max_bytes: int) -> str:
    """Return text that UTF-8 can write and that is not too long."""
    data = text.encode(errors="replace")
    if len(data) <= max_bytes:
        return data.decode()
    return data[: max_bytes - 3].decode(errors="ignore") + "..."
