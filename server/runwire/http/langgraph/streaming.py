"""Answers that come piece by piece, as long as somebody reads them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any, cast

from starlette.responses import Response

from httprule.bodies import ClientGone
from httprule.presence import Presence
from httprule.requests import Receive, Send
from runwire.domain.errors import Unavailable
from runwire.http.langgraph.callers import Call

Gone = Callable[[], Awaitable[None]]


class Streamed(Response):
    """An answer of pieces; a reader who is slow slows them down, and nobody else.

    `gone` is done if the reader leaves before the end. A server that goes away breaks the answer
    off, without an end, so that the reader knows that it was none.
    """

    def __init__(
        self,
        pieces: AsyncIterator[bytes],
        call: Call,
        *,
        media_type: str,
        headers: Mapping[str, str],
        gone: Gone | None = None,
    ) -> None:
        super().__init__(None, 200, headers, media_type)
        del self.headers["content-length"]
        self._pieces = pieces
        self._call = call
        self._gone = gone

    async def __call__(self, _scope: Any, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            async with Presence(receive, lambda: True), self._call.stream():
                start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
                await send(start)
                async with aclosing(cast("Any", self._pieces)) as pieces:
                    async for piece in pieces:
                        await send(_body(piece))
        except (ClientGone, OSError):
            await self._leave()
        except Unavailable as error:
            self._call.failed(error)
        else:
            await send(_body(b"", more=False))

    async def _leave(self) -> None:
        if self._gone is not None:
            await self._gone()


def _body(data: bytes, *, more: bool = True) -> Mapping[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": more}
