"""A loop on a thread of its own, for code of users that must not hold up the server."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from runwire.engine.faults import words
from runwire.engine.node_loop import NodeLoop

T = TypeVar("T")

STOP_SECONDS: Final = 5.0


class Escaped(Exception):
    """Code of users raised what is no Exception, and would end whoever waits for it."""


class Aside:
    """Does work on its own thread, while those who wait for it go on with other things."""

    def __init__(self, name: str) -> None:
        self._loop = NodeLoop(name)
        self._loop.start()

    async def do(self, work: Coroutine[Any, Any, T], *, seconds: float) -> T:
        """Return what work comes to; raise TimeoutError if that takes too long."""
        future = self._loop.submit(_contained(work))
        async with asyncio.timeout(seconds):
            return await asyncio.wrap_future(future)

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Let go of what is still under way, and end the thread, waiting for it a while at most."""
        self._loop.stop(seconds)


async def _contained(work: Coroutine[Any, Any, T]) -> T:
    """Return what work comes to; raise Escaped in place of SystemExit and its like.

    They would end the loop of whoever waits: the server itself.
    """
    try:
        return await work
    except Exception:
        raise
    except BaseException as error:
        raise Escaped(words(error)) from error
