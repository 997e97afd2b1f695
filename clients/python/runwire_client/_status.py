"""A gRPC failure → an error of this package: one table."""

from collections.abc import Iterable, Mapping
from typing import Final, cast

import grpc
from google.rpc import error_details_pb2, status_pb2
from grpc import StatusCode

from runwire_client.errors import (
    AlreadyExists,
    Cancelled,
    Conflict,
    DataLoss,
    DeadlineExceeded,
    Denied,
    Error,
    Exhausted,
    Internal,
    Invalid,
    NotAllowed,
    NotFound,
    OutOfRange,
    Unauthenticated,
    Unavailable,
    Unimplemented,
    Unknown,
    Violation,
)

ERRORS: Final[Mapping[StatusCode, type[Error]]] = {
    error.code: error
    for error in (
        AlreadyExists,
        Cancelled,
        Conflict,
        DataLoss,
        DeadlineExceeded,
        Denied,
        Exhausted,
        Internal,
        Invalid,
        NotAllowed,
        NotFound,
        OutOfRange,
        Unauthenticated,
        Unavailable,
        Unimplemented,
        Unknown,
    )
}
STATUS_TRAILER: Final = "grpc-status-details-bin"
CODES: Final[Mapping[int, StatusCode]] = {code.value[0]: code for code in StatusCode}


def error_from_call(failure: grpc.RpcError) -> Error:
    """Return the error that a failed call stands for, with the details the server sent."""
    code = failure.code()
    status = status_pb2.Status(code=code.value[0], message=failure.details() or code.name)
    trailers = cast("Iterable[tuple[str, str | bytes]]", failure.trailing_metadata() or ())
    for key, value in trailers:
        if key == STATUS_TRAILER and isinstance(value, bytes):
            status = status_pb2.Status.FromString(value)
    return error_from_status(status)


def error_from_status(status: status_pb2.Status) -> Error:
    """Return the error that a google.rpc.Status stands for."""
    info = error_details_pb2.ErrorInfo()
    request = error_details_pb2.BadRequest()
    logged = error_details_pb2.RequestInfo()
    retry = error_details_pb2.RetryInfo()
    asked_to_wait = False
    for detail in status.details:
        for message in (info, request, logged):
            if detail.Is(message.DESCRIPTOR):
                detail.Unpack(message)
        if detail.Is(retry.DESCRIPTOR):
            asked_to_wait = detail.Unpack(retry)
    seconds = retry.retry_delay.ToTimedelta().total_seconds()
    return ERRORS.get(CODES.get(status.code, StatusCode.UNKNOWN), Unknown)(
        status.message,
        reason=info.reason,
        metadata=dict(info.metadata),
        violations=[Violation(each.field, each.description) for each in request.field_violations],
        request_id=logged.request_id,
        retry_after_seconds=seconds if asked_to_wait else None,
    )
