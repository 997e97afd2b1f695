"""How a program of ours lives: it runs until it is asked to stop."""

import asyncio
import gc
import logging
import os
import signal
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Final, TypeVar

from runwire.listening import raise_files
from runwire.loop import new_event_loop

GARBAGE_THRESHOLD: Final = 50_000
SAME_REQUEST_SECONDS: Final = 1.0
"""What comes so soon is no second wish: `timeout`, for one, signals a process, then its group."""

T = TypeVar("T")
logger = logging.getLogger("runwire.lifetime")


def run_until_asked(
    life: Callable[[], AbstractAsyncContextManager[T]], on_started: Callable[[T], None]
) -> None:
    """Live until SIGTERM or SIGINT, then end the block; a second one ends the process at once.

    One that comes within a second of the first is the same request, sent twice.
    """
    raise_files()
    # What is loaded by now stays, and values made for a run die with it: looking for cycles among
    # them again and again costs more than a tenth of the throughput.
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(_live(life, on_started))


async def _live(
    life: Callable[[], AbstractAsyncContextManager[T]], on_started: Callable[[T], None]
) -> None:
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    asked_at = 0.0

    def stop() -> None:
        nonlocal asked_at
        if not asked.is_set():
            asked_at = loop.time()
            asked.set()
        elif loop.time() - asked_at > SAME_REQUEST_SECONDS:
            logger.warning("asked again after %.1f s: ending at once", loop.time() - asked_at)
            os._exit(1)  # what is on disk is complete at any instant

    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop)
    async with life() as started:
        on_started(started)
        await asked.wait()
        logger.info("stopping")
