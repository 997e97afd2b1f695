"""How a program of ours lives: it runs until it is asked to stop."""

import asyncio
import gc
import logging
import os
import signal
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Final, TypeVar

from runwire.loop import new_event_loop

GARBAGE_THRESHOLD: Final = 50_000

T = TypeVar("T")
logger = logging.getLogger("runwire.lifetime")


def run_until_asked(
    life: Callable[[], AbstractAsyncContextManager[T]], on_started: Callable[[T], None]
) -> None:
    """Live until SIGTERM or SIGINT, then end the block; a second one ends the process at once."""
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

    def stop() -> None:
        if asked.is_set():
            os._exit(1)  # asked twice: what is on disk is complete at any instant
        asked.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop)
    async with life() as started:
        on_started(started)
        await asked.wait()
        logger.info("stopping")
