"""Connections that nobody can hold open by being slow.

uvicorn waits for ever for the head of a request, takes one of any length, and writes to a client
that never reads for as long as that keeps the connection. Here:

1. The head of a request has `HEAD_SECONDS` to come, counted from when it is expected, and
   `MAX_HEAD_BYTES`.
2. A client that takes nothing for `STALLED_SECONDS` while something is to be sent is cut off:
   nothing more is sent, since what was promised to be sent first never goes. That is a little
   longer than a call waits for a reader, so that the call can still say why it ended.
3. A WebSocket is closed with words even if its client does not read just now.
4. Connections of which nothing came yet make room for others (`runwire.http.room`).
5. The names in a caller's certificate are handed on with each request.
"""

import asyncio
import logging
from typing import Any, ClassVar, Final

from google.rpc import code_pb2
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import SecurityError

from httprule.backend import Certificate
from httprule.failures import Failure, failure, failure_json
from httprule.requests import CERTIFICATE
from runwire.http.certificates import certificate_in
from runwire.http.room import Room
from runwire.http.watches import DOMAIN

HEAD_SECONDS: Final = 20.0
MAX_HEAD_BYTES: Final = 32 * 1024
STALLED_SECONDS: Final = 70.0

_log = logging.getLogger(__name__)


class Stall:
    """A timer that runs while a client takes nothing of what there is to send."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._handle: asyncio.TimerHandle | None = None

    def begin(self, transport: asyncio.Transport) -> None:
        """Cut a connection off unless `end` is called in time."""
        self._handle = self._loop.call_later(STALLED_SECONDS, _cut, transport)

    def end(self) -> None:
        """Stop the timer."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None


class Connection(HttpToolsProtocol):
    """One connection that speaks HTTP."""

    room: ClassVar[Room]

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._certificate: Certificate = {}
        self._stall = Stall(self.loop)
        self._head: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._in_head = False
        self._advanced = False  # whether what came was more than part of a header
        self._pending_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if not self.room.has_room(len(self.connections)):
            self._turn_away()
            return
        self._certificate = certificate_in(transport)
        self.room.waits(self)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self.room.works(self)
        self._stall.end()
        self._head_came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._advanced = False
        super().data_received(data)
        if self.transport.is_closing() or self.parser is None:
            return
        # A header or trailer that has not ended yet was not counted, but is kept.
        self._pending_bytes = 0 if self._advanced else self._pending_bytes + len(data)
        if self._pending_bytes > MAX_HEAD_BYTES:
            self.send_400_response("too large")
        elif self._in_head:
            return
        elif self._idle() and self.timeout_keep_alive_task is None:
            self._expect_head()  # what came was no beginning of a request

    def on_message_begin(self) -> None:
        super().on_message_begin()
        extensions = {CERTIFICATE: self._certificate}
        self.scope["extensions"] = extensions  # type: ignore[typeddict-item]
        self._in_head, self._head_bytes = True, 0
        self._expect_head()

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value))
        if not self._in_head:
            return  # a trailer: whoever looked at the headers on the way has not seen it
        if name.lower() == b"host" and any(known == b"host" for known, _ in self.headers):
            raise ValueError("two hosts")  # stops the parser
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head, self._advanced = False, True
        self._head_came()
        self.room.works(self)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._advanced = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._advanced = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._idle() and not self.transport.is_closing():
            self.room.waits(self)

    def leave(self) -> None:
        """Close, so that another one has room."""
        self.transport.abort()

    def send_400_response(self, msg: str) -> None:
        """Say what is wrong with a request that cannot be read, and close the connection."""
        self._head_came()
        large = max(self._head_bytes, self._pending_bytes) > MAX_HEAD_BYTES
        if not self._answering():  # in the middle of an answer there is no place for another
            self.transport.write(_refusal(_too_large() if large else _malformed(msg)))
        self.transport.close()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stall.begin(self.transport)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stall.end()

    def _turn_away(self) -> None:
        self.transport.write(_refusal(_too_many(), b"retry-after: 1\r\n"))
        self.transport.close()

    def _count(self, size_bytes: int) -> None:
        self._head_bytes += size_bytes
        if self._head_bytes > MAX_HEAD_BYTES:
            raise ValueError(self._head_bytes)  # stops the parser: it is a request no more

    def _idle(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request
        return cycle is None or cycle.response_complete

    def _answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and cycle.response_started and not cycle.response_complete

    def _expect_head(self) -> None:
        if self._head is None:
            self._head = self.loop.call_later(HEAD_SECONDS, self._late)

    def _head_came(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _late(self) -> None:
        self._head = None
        if self._idle():
            self.transport.close()


class Socket(WebSocketsSansIOProtocol):
    """One connection that speaks WebSocket."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._stall = Stall(self.loop)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stall.end()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stall.begin(self.transport)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stall.end()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self.handshake_initiated and not self.transport.is_closing():
            # All of the head has come, and is none to the library; it would wait without a word.
            large = isinstance(self.conn.handshake_exc, SecurityError)
            words = _too_large() if large else _malformed("a WebSocket cannot begin like that")
            self.transport.write(_refusal(words))
            self.transport.close()

    async def run_asgi(self) -> None:
        known: Any = self.scope["extensions"]
        known[CERTIFICATE] = certificate_in(self.transport)
        await super().run_asgi()

    def shutdown(self) -> None:
        """Leave the closing to whoever answers: the call ends with the server, and says why."""
        if not self.handshake_complete:
            super().shutdown()

    async def send(self, message: Any) -> None:
        if message["type"] == "websocket.close":
            self.writable.set()  # the last words are short and wait behind what is there
        await super().send(message)


def connections(room: Room) -> Any:
    """Return the kind of connection whose like share a room."""
    return type("Connection", (Connection,), {"room": room})


def _refusal(failed: Failure, headers: bytes = b"") -> bytes:
    """Return an answer that is the last on its connection."""
    body = failure_json(failed.status)
    fixed = b"content-type: application/json\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"
    return STATUS_LINE[failed.http_status] + headers + fixed % len(body) + body


def _too_many() -> Failure:
    return failure(
        code_pb2.UNAVAILABLE,
        "there are too many connections: come back later, or use one for several requests",
        reason="CONNECTIONS_EXHAUSTED",
        domain=DOMAIN,
    )


def _too_large() -> Failure:
    return failure(
        code_pb2.RESOURCE_EXHAUSTED,
        f"the request's head has more than {MAX_HEAD_BYTES} bytes; of a WebSocket a line may have"
        " 8 KiB, and there may be 128 headers",
        reason="HEADERS_TOO_LARGE",
        domain=DOMAIN,
        http_status=431,
    )


def _malformed(problem: str) -> Failure:
    return failure(code_pb2.INVALID_ARGUMENT, problem, reason="REQUEST_MALFORMED", domain=DOMAIN)


def _cut(transport: asyncio.Transport) -> None:
    _log.info(
        "a client takes nothing: cut off", extra={"peer": transport.get_extra_info("peername")}
    )
    transport.abort()
