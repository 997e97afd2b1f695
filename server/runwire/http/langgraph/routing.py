"""From a path to who answers: routes that are guarded, and whose failures have words."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from httprule.bodies import ClientGone
from httprule.failures import Failure
from httprule.requests import Receive, Send
from runwire.domain.errors import Denied, Error, Unauthenticated
from runwire.domain.langgraph_auth import Refused
from runwire.http.langgraph import bodies, callers
from runwire.http.langgraph.answers import json_answer
from runwire.http.langgraph.asking import Asked
from runwire.http.langgraph.callers import Call
from runwire.http.langgraph.errors import Statuses, refusal
from runwire.http.langgraph.parts import Parts

SERVICE: Final = "/runwire.v1."
REQUEST_ID: Final = "x-request-id"

Answer = Callable[[Asked], Awaitable[Response]]
Converse = Callable[[Asked, WebSocket], Awaitable[None]]

_log = logging.getLogger(__name__)


def route(
    parts: Parts,
    method: str,
    path: str,
    rpc: str,
    answer: Answer,
    *,
    statuses: Statuses | None = None,
) -> BaseRoute:
    """Return a route that stands for a method, such as `ThreadService/GetThread`.

    `statuses` are those that errors have here and nowhere else.
    """
    return Route(path, _Way(parts, f"{SERVICE}{rpc}", answer, statuses or {}), methods=[method])


def socket_route(parts: Parts, path: str, rpc: str, converse: Converse) -> BaseRoute:
    """Return the route of a WebSocket, which `converse` accepts; failures before refuse it."""
    return WebSocketRoute(path, _SocketWay(parts, f"{SERVICE}{rpc}", converse))


class _Way:
    """What answers one route."""

    def __init__(self, parts: Parts, rpc: str, answer: Answer, statuses: Statuses) -> None:
        self._parts = parts
        self._rpc = rpc
        self._answer = answer
        self._statuses = statuses

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer a request."""
        request = Request(scope, receive)
        try:
            around = callers.begin(self._parts.calls, self._rpc, request)
        except Failure as failed:
            await _unusable(failed)(scope, receive, send)
            return
        async with around as call:
            try:
                asked = await _asked(self._parts, call, request)
                response = await self._answer(asked)
            except ClientGone:
                return
            except Exception as error:  # noqa: BLE001 - it becomes an answer
                response = _refused(call, error, self._statuses, request)
            response.headers[REQUEST_ID] = call.request_id
            try:
                await response(scope, receive, send)
            except (ClientGone, OSError):
                return  # nobody is there to be told


class _SocketWay:
    """What talks over one route."""

    def __init__(self, parts: Parts, rpc: str, converse: Converse) -> None:
        self._parts = parts
        self._rpc = rpc
        self._converse = converse

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Talk, or refuse to."""
        socket = WebSocket(scope, receive, send)
        try:
            around = callers.begin(self._parts.calls, self._rpc, socket)
        except Failure as failed:
            await socket.send_denial_response(_unusable(failed))
            return
        async with around as call:
            try:
                asked = await _asked(self._parts, call, socket)
                await self._converse(asked, socket)
            except (ClientGone, OSError):
                return
            except Exception as error:  # noqa: BLE001 - it becomes an answer
                response = _refused(call, error, {}, socket)
                await socket.send_denial_response(response)


async def _asked(parts: Parts, call: Call, connection: HTTPConnection) -> Asked:
    body: bytes | None = None
    if parts.auth is not None and isinstance(connection, Request):
        body = await bodies.read(connection, parts.max_body_bytes)
    caller, user = await callers.identified(call, parts.auth, connection, body or b"")
    return Asked(parts, call, connection, caller, user, body)


def _refused(
    call: Call, error: Exception, statuses: Statuses, connection: HTTPConnection
) -> Response:
    call.failed(_in_our_words(error))
    if not isinstance(error, Error | Refused):
        facts = {"request_id": call.request_id, "http_path": connection.url.path}
        _log.error("a request failed", extra=facts, exc_info=error)
    return refusal(error, call.request_id, statuses)


def _unusable(failed: Failure) -> Response:
    return json_answer({"detail": failed.status.message}, status=failed.http_status)


def _in_our_words(error: Exception) -> Exception:
    """Return what the log says of a handler's refusal."""
    if not isinstance(error, Refused):
        return error
    kind = Unauthenticated if error.status_code == 401 else Denied
    return kind("refused by a handler of the user's own", reason="CUSTOM_AUTH_REFUSED")
