"""The loop that looks for due schedules: woken by changes, stopped by nothing."""

import asyncio

from runwire.bus.memory import MemoryBus
from runwire.domain.errors import Unavailable
from runwire.engine import chores
from runwire.engine.chores import Scheduler


async def test_a_change_wakes_it_long_before_the_next_time() -> None:
    bus, looks = MemoryBus(), asyncio.Semaphore(0)

    async def look() -> float:
        looks.release()
        return 3600

    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        loop = tasks.create_task(Scheduler(look, bus, "schedules").run())
        await looks.acquire()
        bus.wake_all(["schedules"])
        await looks.acquire()
        loop.cancel()


async def test_a_look_that_fails_is_tried_again(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(chores, "SCHEDULES_AGAIN_SECONDS", 0.001)
    failures = [Unavailable("the database is away"), RuntimeError("a surprise")]
    done = asyncio.Event()

    async def look() -> float:
        if failures:
            raise failures.pop(0)
        done.set()
        return 3600

    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        loop = tasks.create_task(Scheduler(look, MemoryBus(), "schedules").run())
        await done.wait()
        loop.cancel()
