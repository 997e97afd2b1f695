"""A stream as server-sent events, for `Accept: text/event-stream`.

1. A response is an event without a name: its JSON in one line, and its position as `id`.
2. Browsers come back with `Last-Event-ID`, and the stream goes on there.
3. A stream that is complete ends with an event `end`: whoever listens should close then, since
   browsers would otherwise connect again. One that fails ends with an event `error`, whose data is
   the Status; where that says when to come back, so does `retry`.
4. A comment breaks a silence, so that nothing between takes the connection for dead.
"""

import asyncio
from time import monotonic
from typing import Any, Final

from google.protobuf.message import Message
from google.rpc import error_details_pb2

from httprule.backend import Metadata
from httprule.failures import Failure, invalid_argument
from httprule.faults import Invalid
from httprule.limits import Resuming
from httprule.replies import Reply
from httprule.sinks import Lines
from httprule.transcoder import Found

EVENTS: Final = "text/event-stream"
MAX_POSITION_CHARACTERS: Final = 4096


def wants_events(accept: str) -> bool:
    """Whether an Accept header asks for server-sent events."""
    return any(each.partition(";")[0].strip() == EVENTS for each in accept.lower().split(","))


def resume(request: Message, position: str, how: Resuming | None, domain: str) -> None:
    """Let a stream begin where `Last-Event-ID` says; raise Failure if it cannot."""
    if how is None or not how.request:
        raise _unresumable("streams of this method cannot be resumed: leave it out", domain)
    kind = request.DESCRIPTOR.fields_by_name[how.request].cpp_type
    try:
        if len(position) > MAX_POSITION_CHARACTERS:
            raise ValueError(position)
        text = kind == request.DESCRIPTOR.fields_by_name[how.request].CPPTYPE_STRING
        setattr(request, how.request, position if text else int(position))
    except ValueError:
        raise _unresumable("is not an id that an event had", domain) from None


class Events(Lines):
    """Server-sent events."""

    content_type = EVENTS

    def __init__(self, found: Found, reply: Reply, how: Resuming | None) -> None:
        super().__init__(found, reply)
        self._position = how.position if how else ""
        self._sending = asyncio.Lock()
        self._last = monotonic()

    async def write(self, message: Message) -> None:
        async with self._sending:
            await super().write(message)
            self._last = monotonic()

    async def end(self, trailers: Metadata) -> None:
        async with self._sending:
            await super().end(trailers)

    async def fail(self, failure: Failure) -> None:
        async with self._sending:
            await super().fail(failure)

    async def beat(self, seconds: float) -> None:
        """Send a comment whenever there was nothing to send for so long; ends with its task."""
        while True:
            await asyncio.sleep(max(0.0, self._last + seconds - monotonic()))
            async with self._sending:
                if monotonic() >= self._last + seconds:
                    await self._begin()
                    await self._reply.more(b": still here\n\n")
                    self._last = monotonic()

    def told(self, message: Message, data: bytes) -> bytes:
        position = str(getattr(message, self._position)) if self._position else ""
        return (
            b"id: %b\ndata: %b\n\n" % (position.encode(), data)
            if position
            else (b"data: %b\n\n" % data)
        )

    def broken(self, failure: Failure) -> bytes:
        again = retry_milliseconds(failure.status)
        retry = b"retry: %d\n" % again if again else b""
        return b"%bevent: error\ndata: %b\n\n" % (retry, self._reply.told(failure))

    def last(self) -> bytes:
        return b"event: end\ndata: {}\n\n"


def retry_milliseconds(status: Any) -> int:
    """Return when a status says to try again, 0 if it does not."""
    for detail in status.details:
        info = error_details_pb2.RetryInfo()
        if detail.Unpack(info):
            return max(1, int(info.retry_delay.ToMilliseconds()))
    return 0


def _unresumable(problem: str, domain: str) -> Failure:
    return invalid_argument(
        Invalid(problem, "last-event-id", reason="LAST_EVENT_ID_INVALID"), domain
    )
