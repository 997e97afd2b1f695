"""Wakes in one process: none is lost to whoever waits, whichever thread sends it."""

import asyncio
import threading

from runwire.bus.memory import MemoryBus


async def test_a_wake_between_two_waits_is_remembered() -> None:
    bus = MemoryBus()
    with bus.waiting("run") as wake:
        bus.wake_all(["run"])
        await asyncio.sleep(0)
        async with asyncio.timeout(1):
            await wake.wait(60)


async def test_a_wait_without_a_wake_ends_by_itself() -> None:
    bus = MemoryBus()
    with bus.waiting("run") as wake:
        async with asyncio.timeout(5):
            await wake.wait(0.01)


async def test_everyone_who_waits_for_a_topic_is_woken_and_nobody_else() -> None:
    bus = MemoryBus()
    with bus.waiting("a") as one, bus.waiting("a") as two, bus.waiting("b") as other:
        bus.wake_all(["a", "nobody"])
        async with asyncio.timeout(1):
            await one.wait(60)
            await two.wait(60)
        began = asyncio.get_running_loop().time()
        await other.wait(0.05)
        assert asyncio.get_running_loop().time() - began >= 0.04


async def test_wakes_come_from_any_thread() -> None:
    bus = MemoryBus()
    with bus.waiting("run") as wake:
        for _ in range(100):
            sender = threading.Thread(target=bus.wake_all, args=(["run"],))
            sender.start()
            async with asyncio.timeout(5):
                await wake.wait(60)
            sender.join()


async def test_who_leaves_leaves_nothing_behind() -> None:
    bus = MemoryBus()
    with bus.waiting("run"):
        pass
    assert not bus._flags


def test_a_wake_after_the_loop_has_ended_is_no_error() -> None:
    async def make() -> MemoryBus:
        bus = MemoryBus()
        bus._flags["run"].add(bus.waiting("run").__enter__())
        return bus

    asyncio.run(make()).wake_all(["run"])
