"""The body of one request, read no faster than it is used and no slower than it may be sent."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from time import monotonic
from typing import Any, Final

from google.rpc import code_pb2

from httprule.failures import Failure, failure
from httprule.limits import Edge

MAX_CHUNK_BYTES: Final = 256 * 1024
"""Of a body that is streamed; what comes in larger pieces is cut."""

SMALL_BYTES: Final = 64 * 1024
"""A body that says it is no larger is read before anybody asks whose it is."""


class ClientGone(Exception):
    """The connection is closed: nobody waits for an answer."""


class Body:
    """What a request brings along.

    A compressed body is refused: a few bytes of it could fill the memory, and who sends much can
    send it as an artifact of any type.
    """

    def __init__(
        self, edge: Edge, headers: dict[str, str], receive: Callable[[], Awaitable[Any]]
    ) -> None:
        self._edge = edge
        self._receive = receive
        self._headers = headers
        self._received = 0
        self._began = monotonic()
        self.complete = not self._declared() and "transfer-encoding" not in headers
        """Whether all of it was read: from then on `receive` tells when the client is gone."""

    @property
    def large(self) -> bool:
        """Whether more is to come than anybody's should be kept."""
        return not self.complete and not 0 < self._declared() <= SMALL_BYTES

    async def whole(self) -> bytes:
        """Return all of it; raise Failure if it is too large, too slow or compressed."""
        self._check_encoding()
        self._check_size(self._declared())
        pieces = []
        while not self.complete:
            pieces.append(await self._piece(hurry=True))
            self._check_size(self._received)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """Yield it piece by piece, at least one, which may be empty."""
        self._check_encoding()
        empty = True
        while not self.complete:
            data = await self._piece(hurry=False)
            for start in range(0, len(data), MAX_CHUNK_BYTES):
                yield data[start : start + MAX_CHUNK_BYTES]
                empty = False
        if empty:
            yield b""

    async def _piece(self, *, hurry: bool) -> bytes:
        edge = self._edge
        seconds = edge.silence_seconds
        if hurry:
            allowed = seconds + self._received / edge.min_bytes_per_second
            seconds = min(seconds, self._began + allowed - monotonic())
        try:
            async with asyncio.timeout(seconds):
                message = await self._receive()
        except TimeoutError:
            raise self._slow() from None
        if message["type"] == "http.disconnect":
            raise ClientGone
        self.complete = not message.get("more_body", False)
        data: bytes = message.get("body", b"")
        self._received += len(data)
        return data

    def _declared(self) -> int:
        length = self._headers.get("content-length", "")
        return int(length) if length.isdecimal() else 0

    def _check_encoding(self) -> None:
        coding = self._headers.get("content-encoding", "identity").strip().lower()
        if coding not in ("", "identity"):
            raise failure(
                code_pb2.INVALID_ARGUMENT,
                f"bodies are taken as they are, not with Content-Encoding {coding[:32]!r}: send it"
                " without",
                reason="CONTENT_ENCODING_UNSUPPORTED",
                domain=self._edge.domain,
                http_status=415,
            )

    def _check_size(self, size_bytes: int) -> None:
        limit = self._edge.max_body_bytes
        if size_bytes > limit:
            raise failure(
                code_pb2.RESOURCE_EXHAUSTED,
                f"the body has more than {limit} bytes, the limit here",
                reason="BODY_TOO_LARGE",
                domain=self._edge.domain,
                http_status=413,
            )

    def _slow(self) -> Failure:
        return failure(
            code_pb2.DEADLINE_EXCEEDED,
            "the body was too long in coming: send it again, faster or in parts",
            reason="BODY_TOO_SLOW",
            domain=self._edge.domain,
            http_status=408,
        )
