"""How long a stream's reader may take for one message."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic


class Patience:
    """Ends a scope when something that began at `since` takes too long.

    A timer for every message would cost a stream more than most messages do. This has one, which
    looks again when the message under way would be late; so it is late by nothing.
    """

    __slots__ = ("_handle", "_scope", "_seconds", "over", "since")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._scope: asyncio.Timeout | None = None
        self._handle: asyncio.TimerHandle | None = None
        self.since: float | None = None
        """When the message under way began (`time.monotonic`), None between two of them."""
        self.over = False

    @contextmanager
    def watching(self, scope: asyncio.Timeout) -> Iterator[None]:
        """Watch while the block lasts."""
        self._scope = scope
        self._look_in(self._seconds)
        try:
            yield
        finally:
            if self._handle is not None:
                self._handle.cancel()

    def _look_in(self, seconds: float) -> None:
        self._handle = asyncio.get_running_loop().call_later(seconds, self._look)

    def _look(self) -> None:
        left = self._seconds - (0 if self.since is None else monotonic() - self.since)
        if left > 0:
            self._look_in(left)
        elif self._scope is not None:
            self.over = True
            self._scope.reschedule(asyncio.get_running_loop().time())
