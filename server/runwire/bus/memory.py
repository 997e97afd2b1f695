"""Wakes inside one process."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from types import TracebackType


class Flag:
    """Remembers one wake until somebody waits for it."""

    __slots__ = ("_raised", "_waiter")

    def __init__(self) -> None:
        self._raised = False
        self._waiter: asyncio.Future[None] | None = None

    def raise_(self) -> None:
        """Raise the flag; on the loop's thread only."""
        self._raised = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def wait(self, seconds: float) -> None:
        if not self._raised:
            # A future and a timer of its own: asyncio.timeout around an Event costs twice as much,
            # and every watcher waits here between any two events.
            loop = asyncio.get_running_loop()
            self._waiter = waiter = loop.create_future()
            timer = loop.call_later(seconds, _settle, waiter)
            try:
                await waiter
            finally:
                timer.cancel()
                self._waiter = None
        self._raised = False


class MemoryBus:
    """A bus for one process; waiting happens on the loop that made it, waking on any thread."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._flags: defaultdict[str, set[Flag]] = defaultdict(set)

    def wake_all(self, topics: Iterable[str]) -> None:
        # One hop to the loop for all, or none if nobody waits. That is seen from any thread:
        # whoever begins to wait after this look reads what was committed before it.
        waited_for = tuple(topic for topic in topics if topic in self._flags)
        if not waited_for:
            return
        try:
            self._loop.call_soon_threadsafe(self._raise, waited_for)
        except RuntimeError:
            return  # The loop is closed, so nobody waits any more.

    def wake_everyone(self) -> None:
        """Wake all who wait for anything; callable from any thread."""
        self.wake_all(tuple(self._flags))

    def waiting(self, topic: str) -> "_Waiting":
        return _Waiting(self._flags, topic)

    def _raise(self, topics: tuple[str, ...]) -> None:
        for topic in topics:
            for flag in self._flags.get(topic, ()):
                flag.raise_()


class _Waiting:
    """A flag among those of a topic, while the block lasts; a class, since every watch has one."""

    __slots__ = ("_flag", "_flags", "_topic")

    def __init__(self, flags: defaultdict[str, set[Flag]], topic: str) -> None:
        self._flags = flags
        self._topic = topic

    def __enter__(self) -> Flag:
        self._flag = Flag()
        self._flags[self._topic].add(self._flag)
        return self._flag

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        flags = self._flags[self._topic]
        flags.discard(self._flag)
        if not flags:
            del self._flags[self._topic]


def _settle(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
