"""How a call ends that is not OK: a google.rpc.Status, its HTTP status, and both as JSON.

Every failure made here carries an ErrorInfo, and one about fields a BadRequest that names them.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2

from httprule.faults import Invalid
from httprule.writing import Writers, encoded

_HTTP_STATUS: Final[Mapping[int, int]] = {
    code_pb2.OK: 200,
    code_pb2.CANCELLED: 499,
    code_pb2.UNKNOWN: 500,
    code_pb2.INVALID_ARGUMENT: 400,
    code_pb2.DEADLINE_EXCEEDED: 504,
    code_pb2.NOT_FOUND: 404,
    code_pb2.ALREADY_EXISTS: 409,
    code_pb2.PERMISSION_DENIED: 403,
    code_pb2.RESOURCE_EXHAUSTED: 429,
    code_pb2.FAILED_PRECONDITION: 400,
    code_pb2.ABORTED: 409,
    code_pb2.OUT_OF_RANGE: 400,
    code_pb2.UNIMPLEMENTED: 501,
    code_pb2.INTERNAL: 500,
    code_pb2.UNAVAILABLE: 503,
    code_pb2.DATA_LOSS: 500,
    code_pb2.UNAUTHENTICATED: 401,
}
_MAX_PATH: Final = 300
_STATUS_WRITER: Final = Writers({}).of(status_pb2.Status.DESCRIPTOR)


class Failure(Exception):
    """An RPC's end that is not OK."""

    def __init__(
        self,
        status: Any,
        *,
        metadata: Sequence[tuple[str, str | bytes]] = (),
        allow: tuple[str, ...] = (),
        http_status: int | None = None,
    ) -> None:
        super().__init__(status.message)
        self.status = status
        self.metadata = metadata
        self.allow = allow
        self.http_status = http_status or _HTTP_STATUS.get(status.code, 500)


def failure(code: int, message: str, *, reason: str, domain: str, **shape: Any) -> Failure:
    """Return a failure that carries an ErrorInfo; `shape` are arguments of Failure."""
    return _failure(code, message, (_info(reason, domain),), **shape)


def invalid_argument(fault: Invalid, domain: str) -> Failure:
    """Return the failure for a value that does not fit its field, or a body that is not JSON."""
    # A path may hold keys that the caller made up, of any length.
    path = fault.path[:_MAX_PATH]
    bad_request = error_details_pb2.BadRequest()
    bad_request.field_violations.add(field=path, description=fault.problem)
    message = f"{path}: {fault.problem}" if path else fault.problem
    details = (_info(fault.reason, domain), bad_request)
    return _failure(code_pb2.INVALID_ARGUMENT, message, details)


def http_status(code: int) -> int:
    """Return the HTTP status for a gRPC status code; for one that does not exist 500."""
    return _HTTP_STATUS.get(code, 500)


def failure_json(status: Any) -> bytes:
    """Return a google.rpc.Status as JSON.

    A detail of a type unknown here is shown as its bytes, in base64 under `value`.
    """
    return encoded(_STATUS_WRITER(status))


def _failure(code: int, message: str, details: Iterable[Message], **shape: Any) -> Failure:
    status = status_pb2.Status(code=code, message=message)
    for detail in details:
        status.details.add().Pack(detail)
    return Failure(status, **shape)


def _info(reason: str, domain: str) -> Any:
    return error_details_pb2.ErrorInfo(reason=reason, domain=domain)
