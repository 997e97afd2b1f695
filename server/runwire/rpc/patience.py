"""How long a stream's reader may take for one message."""

import asyncio
from time import monotonic
from types import TracebackType


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

    def watching(self, scope: asyncio.Timeout) -> "Patience":
        """Watch while the block lasts."""
        self._scope = scope
        return self

    def __enter__(self) -> None:
        self._look_in(self._seconds)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
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
