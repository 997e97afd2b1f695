"""A load generator that costs little: HTTP/2 frames made beforehand, and answers barely read.

grpc.aio takes several hundred microseconds of the client for each run, on the cores that the server
needs. Here a call is two prepared frames with a stream's number put in. Of what comes back only
frame headers are parsed, and of a finished call its messages are counted, its status must be 0 and
a watch must have `ended`. The server is told to compress headers with no table of its own, so the
status stands in the trailers as it is. `tests/test_benchmarks.py` compares it to grpc.aio.
"""

import asyncio
import struct
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Final

DATA, HEADERS, RST, SETTINGS, PING, GOAWAY, WINDOW = 0, 1, 3, 4, 6, 7, 8
END_STREAM, END_HEADERS, ACK = 0x1, 0x4, 0x1
MAX_WINDOW: Final = 2**31 - 1
REFILL_BYTES: Final = 64 * 1024 * 1024
FIRST_WINDOW: Final = 65_535
STATUS_OK: Final = b"\x0bgrpc-status\x010"
ENDED: Final = 0x2A  # WatchRunResponse.ended: field 5, bytes
PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """Return a frame."""
    return len(payload).to_bytes(3) + struct.pack("!BBI", kind, flags, stream) + payload


def method(path: str) -> bytes:
    """Return the headers of a call: literals and the static table, so the bytes never change."""

    def text(value: str) -> bytes:
        return bytes((len(value),)) + value.encode()

    return (
        b"\x83\x86"  # :method POST, :scheme http
        + (b"\x04" + text(path) + b"\x01" + text("bench"))
        + (b"\x0f\x10" + text("application/grpc") + b"\x00" + text("te") + text("trailers"))
    )


class Call:
    """A method with its prepared frames; `request` is put behind the message's prefix."""

    def __init__(self, path: str) -> None:
        headers = method(path)
        self._head = len(headers).to_bytes(3) + bytes((HEADERS, END_HEADERS))
        self._headers = headers

    def frames(self, stream: int, request: bytes) -> bytes:
        """Return what begins the call and ends its request."""
        number, size = stream.to_bytes(4), len(request)
        return b"".join((
            self._head, number, self._headers,
            (size + 5).to_bytes(3), b"\x00\x01", number,
            b"\x00", size.to_bytes(4), request,
        ))  # fmt: skip


RUNS: Final = "/runwire.v1.RunService/"
CREATE, WATCH = Call(RUNS + "CreateRun"), Call(RUNS + "WatchRun")
CREATE_AND_WATCH: Final = Call(RUNS + "CreateAndWatchRun")


def messages(body: bytes) -> Iterator[bytes]:
    """Yield the messages of a response."""
    place = 0
    while place < len(body):
        end = place + 5 + int.from_bytes(body[place + 1 : place + 5])
        yield body[place + 5 : end]
        place = end


def is_ended(message: bytes) -> bool:
    """Return whether a message of a watch is its last: behind `next_sequence` comes `ended`."""
    place = 1
    while message[place] & 0x80:
        place += 1
    return message[place + 1] == ENDED


class _Whole(list[bytes]):
    """What has come of a response whose parts nobody asks for."""

    __slots__ = ()
    __call__ = list.append


class Connection(asyncio.Protocol):
    """Many calls on one connection; `done` of each is called with its whole response."""

    def __init__(self) -> None:
        self._rest = b""
        self._stream = 1
        self._open: dict[int, tuple[Callable[[bytes], object], Callable[[bytes], None]]] = {}
        self._window = FIRST_WINDOW
        self._held: deque[bytes] = deque()
        self._taken = 0
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        settings = struct.pack("!HIHIHI", 1, 0, 2, 0, 4, MAX_WINDOW)
        more = struct.pack("!I", MAX_WINDOW - FIRST_WINDOW)
        transport.write(PREFACE + frame(SETTINGS, 0, 0, settings) + frame(WINDOW, 0, 0, more))

    def connection_lost(self, error: Exception | None) -> None:
        self._fail(error or ConnectionError("the connection was closed"))

    def close(self) -> None:
        """Close the connection, with the calls that are open."""
        self.lost.cancel()
        self._transport.close()

    def call(
        self,
        what: Call,
        request: bytes,
        done: Callable[[bytes], None],
        heard: Callable[[bytes], object] | None = None,
    ) -> None:
        """Begin a call; with `heard`, what comes goes there as it comes, and `done` gets b""."""
        self._open[self._stream] = (heard or _Whole(), done)
        data = what.frames(self._stream, request)
        self._stream += 2
        self._window -= len(request) + 5
        if self._window < 0 or self._held:
            self._held.append(data)
        else:
            self._transport.write(data)

    def data_received(self, data: bytes) -> None:
        data = self._rest + data if self._rest else data
        place, size = 0, len(data)
        while size - place >= 9:
            end = place + 9 + int.from_bytes(data[place : place + 3])
            if end > size:
                break
            stream = int.from_bytes(data[place + 5 : place + 9])
            self._take(data[place + 3], data[place + 4], stream, data[place + 9 : end])
            place = end
        self._rest = data[place:]

    def _take(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        if kind == DATA:
            self._open[stream][0](payload)
            self._taken += len(payload)
            if self._taken > REFILL_BYTES:
                self._transport.write(frame(WINDOW, 0, 0, struct.pack("!I", self._taken)))
                self._taken = 0
        elif kind == HEADERS:
            if flags & END_STREAM:
                self._finish(stream, payload)
        elif kind == WINDOW:
            self._widen(stream, int.from_bytes(payload))
        else:
            self._manage(kind, flags, payload)

    def _widen(self, stream: int, size: int) -> None:
        if stream == 0:
            self._window += size
            while self._held and self._window >= 0:
                self._transport.write(self._held.popleft())

    def _manage(self, kind: int, flags: int, payload: bytes) -> None:
        if kind in (RST, GOAWAY):
            self._fail(ConnectionError(f"the server sent frame {kind}: {payload!r}"))
        elif kind in (SETTINGS, PING) and not flags & ACK:
            answer = b"" if kind == SETTINGS else payload
            self._transport.write(frame(kind, ACK, 0, answer))

    def _finish(self, stream: int, trailers: bytes) -> None:
        heard, done = self._open.pop(stream)
        if STATUS_OK not in trailers:
            self._fail(RuntimeError(f"a call failed: {trailers!r}"))
            return
        done(b"".join(heard) if isinstance(heard, _Whole) else b"")

    def _fail(self, error: Exception) -> None:
        if not self.lost.done():
            self.lost.set_exception(error)


async def connected(address: str) -> Connection:
    """Open a connection."""
    host, _, port = address.rpartition(":")
    _, connection = await asyncio.get_running_loop().create_connection(Connection, host, int(port))
    return connection
