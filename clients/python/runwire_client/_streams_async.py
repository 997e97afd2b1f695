"""One stream after another: what broke off is opened again, after a pause, where it stopped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from runwire_client import _wait_async as wait
from runwire_client._recovery import Recovery
from runwire_client.errors import Error, Unavailable

Response = TypeVar("Response")

FAREWELL_SECONDS = 1.0


class AsyncStreams(Generic[Response]):
    """Reads messages over as many streams as it takes.

    `open_stream` opens one at the position the reader has reached by then. Whoever reads says
    `progressed` when something new arrived, and `broken` when what arrived makes no sense.
    """

    def __init__(
        self,
        open_stream: Callable[[], wait.Stream[Response]],
        *,
        recovery: Recovery,
        silence_seconds: float,
    ) -> None:
        self._open_stream = open_stream
        self._recovery = recovery
        self._silence_seconds = silence_seconds
        self._stream: wait.Stream[Response] | None = None
        self._pause = wait.Pause()
        self._closed = False

    async def read(self) -> Response | None:
        """Return the next message, or None once this is closed.

        Raises the error of a stream that going on would not mend, or that broke off again and
        again without progress until the give-up time was over.
        """
        while not self._closed:
            try:
                return await self._read()
            except Error as error:
                if not self._closed:
                    await self.broken(error)
        return None

    def progressed(self) -> None:
        """Something new arrived: the next break is a first one again."""
        self._recovery.progressed()

    async def broken(self, error: Error) -> None:
        """Leave the stream and pause; the next read opens another. Raises the error in vain."""
        self._leave()
        await self._pause.sleep(self._recovery.pause_seconds(error))

    async def finish(self) -> None:
        """Let the stream end by itself: the server has sent its last message."""
        stream, self._stream = self._stream, None
        self._closed = True
        if stream is not None:
            try:
                await stream.read(FAREWELL_SECONDS)
            except Error:
                pass  # everything has arrived; how the stream ends does not matter
            stream.cancel()

    def close(self) -> None:
        """Cancel the call, if there is one, and wake whoever reads."""
        self._closed = True
        self._leave()
        self._pause.end()

    async def _read(self) -> Response:
        stream = self._stream
        if stream is None:
            stream = self._stream = self._open_stream()
            if self._closed:  # by another thread, which saw no stream to cancel
                stream.cancel()
        message = await stream.read(self._silence_seconds)
        if message is None:
            raise Unavailable("the stream ended before the watch did")
        return message

    def _leave(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.cancel()
