"""Answers that come piece by piece, as long as somebody reads them."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any, cast

from starlette.responses import Response

from httprule.bodies import ClientGone
from httprule.presence import Presence
from httprule.requests import Receive, Send
from runwire.domain.errors import Error, Unavailable
from runwire.http.langgraph.callers import Call
from runwire.http.langgraph.errors import unexpected

Gone = Callable[[], Awaitable[None]]
Broken = Callable[[str, str], bytes]
"""(a kind of error, a message) → what tells of it in the midst of an answer."""

_log = logging.getLogger(__name__)


class Streamed(Response):
    """An answer of pieces; a reader who is slow slows them down, and nobody else.

    `gone` is done if the reader leaves before the end. `broken` says what is sent last if it fails
    midway. A server that goes away breaks the answer off, without an end, so that the reader knows
    that it was none.
    """

    def __init__(
        self,
        pieces: AsyncIterator[bytes],
        call: Call,
        *,
        media_type: str,
        headers: Mapping[str, str],
        broken: Broken,
        gone: Gone | None = None,
    ) -> None:
        super().__init__(None, 200, headers, media_type)
        del self.headers["content-length"]
        self._pieces = pieces
        self._call = call
        self._broken = broken
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
        except Exception as error:  # noqa: BLE001 - it becomes the last piece
            await send(_body(self._last(error), more=False))
        else:
            await send(_body(b"", more=False))

    def _last(self, error: Exception) -> bytes:
        self._call.failed(error)
        if isinstance(error, Error):
            return self._broken(type(error).__name__, error.message)
        request_id = self._call.request_id
        _log.error("a stream failed", extra={"request_id": request_id}, exc_info=error)
        return self._broken("InternalServerError", unexpected(request_id))

    async def _leave(self) -> None:
        if self._gone is not None:
            await self._gone()


def _body(data: bytes, *, more: bool = True) -> Mapping[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": more}
