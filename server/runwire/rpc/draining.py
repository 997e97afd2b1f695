"""The end of a server's life, as calls see it.

Watches never end by themselves, so they are ended as soon as draining begins; all else has until
the server stops. Whoever drains can wait until the last call has left.
"""

import asyncio
from types import TracebackType

from runwire.domain.errors import Unavailable

RETRY_AFTER_SECONDS = 1.0


class Draining:
    """Whether the server is going away, and the calls that have not left yet."""

    def __init__(self) -> None:
        self._begun = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._calls = 0
        self._streams: set[asyncio.Timeout] = set()

    @property
    def begun(self) -> bool:
        """Whether draining has begun."""
        return self._begun.is_set()

    def begin(self) -> None:
        """End every stream, and every one that opens from now on."""
        if self.begun:
            return
        self._begun.set()
        now = asyncio.get_running_loop().time()
        for scope in tuple(self._streams):
            scope.reschedule(now)

    def enter(self) -> None:
        """Count a call in."""
        self._calls += 1
        self._idle.clear()

    def leave(self) -> None:
        """Count a call out."""
        self._calls -= 1
        if not self._calls:
            self._idle.set()

    async def left(self, seconds: float) -> bool:
        """Wait until every call has left; return False if some have not after ``seconds``."""
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True

    def stream(self, *, lasts: bool = False) -> "Stream":
        """Interrupt the block, by raising Unavailable, once draining begins; unless it lasts."""
        return Stream(set(), asyncio.Event()) if lasts else Stream(self._streams, self._begun)


class Stream:
    """A stream that is open; written out as a class because every watch opens one."""

    __slots__ = ("_begun", "_open", "_scope")

    def __init__(self, open_: set[asyncio.Timeout], begun: asyncio.Event) -> None:
        self._open = open_
        self._begun = begun
        self._scope = asyncio.timeout(None)

    async def __aenter__(self) -> asyncio.Timeout:
        """Return the scope of the block: who reschedules it ends the block with TimeoutError."""
        if self._begun.is_set():
            raise _going()
        await self._scope.__aenter__()
        self._open.add(self._scope)
        return self._scope

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.discard(self._scope)
        try:
            await self._scope.__aexit__(kind, error, trace)
        except TimeoutError:
            if self._begun.is_set():
                raise _going() from None
            raise


def _going() -> Unavailable:
    return Unavailable(
        "the server is shutting down: go on at another one, or here once it is back",
        reason="SERVER_DRAINING",
        retry_after_seconds=RETRY_AFTER_SECONDS,
    )
