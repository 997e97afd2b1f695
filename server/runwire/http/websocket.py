"""Watches over WebSocket: `/v1/runs/{run_id}/ws` for one run, `/v1/runs/ws` for all.

1. They are WatchRun and WatchRuns: the query has the fields of the request, and each message is
   the line of JSON that the stream over HTTP has, `{"result": …}`, or at the end `{"error": …}`.
2. A call that fails before its first message refuses the handshake, with the status that HTTP has.
3. Browsers cannot set headers here: `Sec-WebSocket-Protocol: bearer, TOKEN` stands for
   `Authorization: Bearer TOKEN`, `namespace, NAME`, behind it or alone, for `X-Runwire-Namespace`.
4. Nothing is queued for a client: the call waits until the connection takes more, and ends when
   that takes too long. What a client sends is read, so that it is seen to go, and ignored.

| code | means |
|------|-------|
| 1000 | the stream is complete: the run is terminal, and every event was sent |
| 1012 | the server is going away (UNAVAILABLE): come back |
| 4400 + n | the call failed with gRPC code n: 4408, RESOURCE_EXHAUSTED, says it was too slow |

The reason is the ErrorInfo's and where a new watch goes on: `WATCH_TOO_SLOW next_sequence=17`.
"""

import asyncio
import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, Final

from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2

from httprule.asgi import internal
from httprule.backend import Backend, Call, Metadata
from httprule.bodies import ClientGone
from httprule.failures import Failure, failure, failure_json
from httprule.headers import timeout_seconds
from httprule.limits import Edge
from httprule.presence import Presence, break_off
from httprule.replies import JSON, trailing, with_request
from httprule.requests import (
    Receive,
    Send,
    certificate_of,
    lines_of,
    metadata_with,
    peer_of,
    request_id_of,
)
from httprule.sinks import LAST_WORDS_SECONDS
from httprule.transcoder import Found, Transcoder

COMPLETE: Final = 1000
RESTARTING: Final = 1012
FIRST_OF_OURS: Final = 4400
MAX_REASON_BYTES: Final = 123
BEARER: Final = "bearer"
SPELLED: Final = {BEARER: "authorization", "namespace": "x-runwire-namespace"}
"""Subprotocols that stand for headers, which browsers cannot set here: each has its value next."""
POSITIONS: Final = ("next_sequence", "resume_token")

_PATH: Final = re.compile(r"/v1/runs(/[^/]+)?/ws")
_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/=-]{1,8192}")
_log = logging.getLogger(__name__)


class Sockets:
    """An ASGI application that answers WebSockets."""

    def __init__(self, transcoder: Transcoder, backend: Backend, edge: Edge) -> None:
        self._transcoder = transcoder
        self._backend = backend
        self._edge = edge

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer one WebSocket."""
        await receive()  # the wish to connect
        socket = _Socket(self._edge, scope, send)
        try:
            found, message = self._asked(socket)
            call = Call(
                method=found.method,
                metadata=socket.metadata(),
                timeout_seconds=timeout_seconds(socket.lines, domain=self._edge.domain),
                peer=peer_of(scope),
                certificate=certificate_of(scope),
            )
            async with Presence(_disconnects(receive), lambda: True) as tasks:
                await self._answer(socket, call, found, message, tasks)
        except Failure as failed:
            await socket.fail(failed)
        except (ClientGone, OSError):
            return
        except Exception:  # noqa: BLE001 - the last boundary: the log has the rest
            _log.exception("a socket failed", extra={"request_id": socket.request_id})
            await socket.fail(internal(self._edge, socket.request_id))

    def _asked(self, socket: "_Socket") -> tuple[Found, Message]:
        found = _PATH.fullmatch(socket.path)
        of_run = found[1] if found else None
        # Any other path is looked up as it is, and is not found, or is no WebSocket.
        path = f"/v1/runs{of_run or ''}:watch" if found else socket.path
        route = self._transcoder.find("GET", path)
        if found is None:
            raise failure(
                code_pb2.INVALID_ARGUMENT,
                f"{socket.path[:200]} is no WebSocket: /v1/runs/RUN_ID/ws and /v1/runs/ws are",
                reason="NOT_A_WEBSOCKET",
                domain=self._edge.domain,
            )
        message = route.request(socket.query, "", b"")
        if self._edge.adapt is not None:
            self._edge.adapt(message)
        return route, message

    async def _answer(
        self,
        socket: "_Socket",
        call: Call,
        found: Found,
        message: Message,
        tasks: asyncio.TaskGroup,
    ) -> None:
        async def write(response: Message) -> None:
            try:
                await socket.write(response, found.answer(response).data)
            except OSError:  # how uvicorn says it
                await break_off(tasks, ClientGone())

        try:
            await self._backend.call(call, message, write)
        except Failure as failed:
            await socket.fail(failed)
        else:
            await socket.close(COMPLETE, "")


class _Socket:
    """One WebSocket, and how far its watch has come."""

    def __init__(self, edge: Edge, scope: Any, send: Send) -> None:
        self._edge = edge
        self._send = send
        self._accepted = False
        self._closed = False
        self._position = ""
        self.path: str = scope["raw_path"].decode("latin-1").partition("?")[0]
        self.query: str = scope["query_string"].decode("latin-1")
        self.lines = lines_of(scope)
        self.request_id = request_id_of(dict(self.lines), edge)
        offered = [word.strip() for word in scope.get("subprotocols", ())]
        shown = list(spelled(offered))
        self._subprotocol = offered[0] if shown else None
        self.lines.extend(shown)

    def metadata(self) -> Metadata:
        """Return the metadata of the call that it becomes."""
        return metadata_with(self.lines, self.request_id, self._edge)

    async def write(self, response: Any, data: bytes) -> None:
        """Send a response; return once the client can be sent more."""
        await self._accept()
        await self._say(b'{"result":%b}' % data)
        names = response.DESCRIPTOR.fields_by_name
        self._position = "".join(f" {n}={getattr(response, n)}" for n in POSITIONS if n in names)

    async def close(self, code: int, reason: str) -> None:
        """Close it."""
        await self._accept()
        self._closed = True
        words = reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")
        await self._send({"type": "websocket.close", "code": code, "reason": words})

    async def fail(self, failed: Failure) -> None:
        """Send a failure, and close it; or refuse it."""
        if self._closed:
            return
        if not self._accepted:
            await self._refuse(failed)
            return
        body = failure_json(with_request(failed.status, self.request_id))
        with suppress(TimeoutError):  # who is too slow for it finds the reason in the last frame
            async with asyncio.timeout(LAST_WORDS_SECONDS):
                await self._say(b'{"error":%b}' % body)
        code = failed.status.code
        ours = RESTARTING if code == code_pb2.UNAVAILABLE else FIRST_OF_OURS + code
        await self.close(ours, f"{reason_of(failed.status)}{self._position}")

    async def _accept(self) -> None:
        if not self._accepted:
            self._accepted = True
            headers = [(b"x-request-id", self.request_id.encode())]
            accepted = {"type": "websocket.accept", "headers": headers}
            await self._send(accepted | {"subprotocol": self._subprotocol})

    async def _say(self, text: bytes) -> None:
        await self._send({"type": "websocket.send", "text": text.decode()})

    async def _refuse(self, failed: Failure) -> None:
        self._closed = True
        body = failure_json(with_request(failed.status, self.request_id))
        lines = [
            ("content-type", JSON),
            ("x-request-id", self.request_id),
            *trailing(failed.metadata, failed.status),
        ]
        headers = [(name.lower().encode("latin-1"), each.encode("latin-1")) for name, each in lines]
        kind = "websocket.http.response"
        status = failed.http_status
        await self._send({"type": f"{kind}.start", "status": status, "headers": headers})
        await self._send({"type": f"{kind}.body", "body": body})


def spelled(offered: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the headers that subprotocols stand for; none unless all of them are pairs of ours."""
    pairs = list(zip(offered[::2], offered[1::2], strict=False))
    if len(offered) != 2 * len(pairs) or not all(name in SPELLED for name, _ in pairs):
        return
    for name, value in pairs:
        if _TOKEN.fullmatch(value):
            yield SPELLED[name], f"Bearer {value}" if name == BEARER else value


def reason_of(status: Any) -> str:
    """Return the reason of a status's ErrorInfo, else the name of its code."""
    for detail in status.details:
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            return str(info.reason)
    return str(code_pb2.Code.Name(status.code))


def _disconnects(receive: Receive) -> Receive:
    """Return a WebSocket's `receive` in the words of a request's."""

    async def listen() -> Any:
        message = await receive()
        gone = message["type"] == "websocket.disconnect"
        return {"type": "http.disconnect"} if gone else message

    return listen
