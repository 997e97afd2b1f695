"""Domain errors as HTTP statuses with ``{"detail": …}``: one table.

The text of an error that nobody expected stays in the log, under the request id that the caller is
given.
"""

from collections.abc import Mapping
from math import ceil
from typing import Final

from starlette.responses import Response

from runwire.domain import errors
from runwire.domain.langgraph_auth import Refused
from runwire.http.langgraph.answers import json_answer

STATUS: Final[Mapping[type[errors.Error], int]] = {
    errors.NotFound: 404,
    errors.AlreadyExists: 409,
    errors.Conflict: 409,
    errors.Unauthenticated: 401,
    errors.Denied: 403,
    errors.Invalid: 422,
    errors.NotAllowed: 409,
    errors.OutOfRange: 422,
    errors.Exhausted: 429,
    errors.Unavailable: 503,
    errors.DataLoss: 500,
}
TOO_LARGE: Final = frozenset({"BODY_TOO_LARGE", "PAYLOAD_TOO_LARGE"})
"""Reasons of an Exhausted that will be no less tomorrow: 413."""
TOO_SLOW: Final = "UPLOAD_TOO_SLOW"
BAD_REQUESTS: Final = frozenset({"CONTEXT_TWICE"})
"""Reasons of an Invalid that is answered with 400."""

Statuses = Mapping[type[errors.Error], int]


def status_of(error: errors.Error, statuses: Statuses) -> int:
    """Return an error's status; `statuses` are those that a route has otherwise."""
    if error.reason in TOO_LARGE:
        return 413
    if error.reason == TOO_SLOW:
        return 408
    if error.reason in BAD_REQUESTS:
        return 400
    return statuses.get(type(error)) or STATUS.get(type(error), 500)


def refusal(error: Exception, request_id: str, statuses: Statuses) -> Response:
    """Return the answer to a request that failed; of what was not raised on purpose, no text."""
    if isinstance(error, Refused):
        return json_answer(
            {"detail": error.detail}, status=error.status_code, headers=error.headers
        )
    if not isinstance(error, errors.Error):
        return json_answer({"detail": unexpected(request_id)}, status=500)
    headers: dict[str, str] = {}
    if error.retry_after_seconds is not None:
        headers["Retry-After"] = str(max(0, ceil(error.retry_after_seconds)))
    if isinstance(error, errors.Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    status = status_of(error, statuses)
    return json_answer({"detail": error.message}, status=status, headers=headers)


def unexpected(request_id: str) -> str:
    """Return what a caller is told of an error that nobody expected."""
    return f"internal error; quote request id {request_id}"
