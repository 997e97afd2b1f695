# Generated from _streams_async.py by tools/unasync.py; never edited.
"""One stream after another: what broke off is opened again, after a pause, where it stopped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from runwire_client import _wait_sync as wait
from runwire_client._recovery import Recovery
from runwire_client.errors import Error, Unavailable

Response = TypeVar("Response")

FAREWELL_SECONDS = 1.0


class Streams(Generic[Response]):
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

    def read(self) -> Response | None:
        """Return the next message, or None once this is closed.

        Raises the error of a stream that going on would not mend, or that broke off again and
        again without progress until the give-up time was over.
        """
        while not self._closed:
            try:
                return self._read()
            except Error as error:
                if not self._closed:
                    self.broken(error)
        return None

    def progressed(self) -> None:
        """Something new arrived: the next break is a first one again."""
        self._recovery.progressed()

    def broken(self, error: Error) -> None:
        """Leave the stream and pause; the next read opens another. Raises the error in vain."""
        self._leave()
        self._pause.sleep(self._recovery.pause_seconds(error))

    def finish(self) -> None:
        """Let the stream end by itself: the server has sent its last message."""
        stream, self._stream = self._stream, None
        self._closed = True
        if stream is not None:
            try:
                stream.read(FAREWELL_SECONDS)
            except Error:
                pass  # everything has arrived; how the stream ends does not matter
            stream.cancel()

    def close(self) -> None:
        """Cancel the call, if there is one, and wake whoever reads."""
        self._closed = True
        self._leave()
        self._pause.end()

    def _read(self) -> Response:
        stream = self._stream
        if stream is None:
            stream = self._stream = self._open_stream()
            if self._closed:  # by another thread, which saw no stream to cancel
                stream.cancel()
        message = stream.read(self._silence_seconds)
        if message is None:
            raise Unavailable("the stream ended before the watch did")
        return message

    def _leave(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.cancel()
