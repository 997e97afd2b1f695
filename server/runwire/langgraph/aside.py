"""A loop on a thread of its own, for code of users that must not hold up the server."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from runwire.engine.faults import words

T = TypeVar("T")

STOP_SECONDS = 5.0


class Escaped(Exception):
    """Code of users raised what is no Exception, and would end whoever waits for it."""


async def contained(work: Coroutine[Any, Any, T]) -> T:
    """Return what work comes to; raise Escaped in place of SystemExit and its like.

    They would end this loop, and that of whoever waits: the server itself.
    """
    try:
        return await work
    except Exception:
        raise
    except BaseException as error:
        raise Escaped(words(error)) from error


class Aside:
    """Does work on its own thread, while those who wait for it go on with other things."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    async def do(self, work: Coroutine[Any, Any, T], *, seconds: float) -> T:
        """Return what work comes to; raise TimeoutError if that takes too long."""
        future = asyncio.run_coroutine_threadsafe(contained(work), self._loop)
        async with asyncio.timeout(seconds):
            return await asyncio.wrap_future(future)

    def stop(self) -> None:
        """Let go of what is still under way, and end the thread."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._wait())

    async def _wait(self) -> None:
        await self._over.wait()
