"""Where the responses of one call go: one answer, or lines of JSON.

Events and content, the two other kinds, are in the modules beside this one.
"""

import asyncio
from collections.abc import Sequence
from typing import Final, Protocol

from google.protobuf.message import Message

from httprule.backend import Metadata
from httprule.failures import Failure
from httprule.replies import Reply, trailing
from httprule.transcoder import Found

LAST_WORDS_SECONDS: Final = 5.0
"""How long a client that was too slow may take for being told so."""
STREAM_HEADERS: Final = (("cache-control", "no-cache"), ("x-accel-buffering", "no"))


class Enough(Exception):
    """The answer is complete, though the call could go on."""


class Cut(Exception):
    """The answer is broken off: only closing the connection can say so."""


class Sink(Protocol):
    """Takes what a call is answered with; the head goes out with the first of it."""

    async def write(self, message: Message) -> None: ...

    async def end(self, trailers: Metadata) -> None: ...

    async def fail(self, failure: Failure) -> None: ...


class Single:
    """The one response of a unary method."""

    def __init__(self, found: Found, reply: Reply) -> None:
        self._found = found
        self._reply = reply
        self._messages: list[Message] = []

    async def write(self, message: Message) -> None:
        self._messages.append(message)

    async def end(self, trailers: Metadata) -> None:
        answer = self._found.answer(self._messages[-1])
        await self._reply.whole(200, answer.content_type, answer.data, trailing(trailers))

    async def fail(self, failure: Failure) -> None:
        await self._reply.fail(failure)


class Lines:
    """A stream as lines of JSON: `{"result": …}`, or at the end `{"error": Status}`."""

    content_type = "application/x-ndjson"

    def __init__(self, found: Found, reply: Reply) -> None:
        self._found = found
        self._reply = reply

    async def write(self, message: Message) -> None:
        await self._begin()
        await self._reply.more(self.told(message, self._found.answer(message).data))

    async def end(self, trailers: Metadata) -> None:
        del trailers  # nothing can follow a body
        await self._begin()
        await self._reply.finish(self.last())

    async def fail(self, failure: Failure) -> None:
        if not self._reply.status:
            await self._reply.fail(failure)
            return
        try:
            async with asyncio.timeout(LAST_WORDS_SECONDS):
                await self._reply.finish(self.broken(failure))
        except TimeoutError:
            raise Cut from None

    def told(self, message: Message, data: bytes) -> bytes:
        """Return how a response is written."""
        del message
        return b'{"result":%b}\n' % data

    def broken(self, failure: Failure) -> bytes:
        """Return how a failure midway is written."""
        return b'{"error":%b}\n' % self._reply.told(failure)

    def last(self) -> bytes:
        """Return how a stream that is complete ends."""
        return b""

    async def _begin(self) -> None:
        if self._reply.status:
            return
        headers: Sequence[tuple[str, str]] = (("content-type", self.content_type), *STREAM_HEADERS)
        await self._reply.start(200, headers)
        if self._reply.bodiless:
            await self._reply.finish()
            raise Enough
