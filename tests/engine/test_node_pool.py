"""Threads for what comes by way of an executor."""

import asyncio
import threading

import pytest

from runwire.engine.node_pool import NodePool

PATIENCE = 10


async def test_functions_wait_their_turn_and_threads_are_used_again() -> None:
    pool = NodePool(2)
    loop = asyncio.get_running_loop()
    gate, seen = threading.Event(), set()

    def work(number: int) -> int:
        seen.add(threading.get_ident())
        assert gate.wait(PATIENCE)
        return number

    waiting = [loop.run_in_executor(pool, work, number) for number in range(6)]
    gate.set()
    async with asyncio.timeout(PATIENCE):
        assert [await each for each in waiting] == list(range(6))
    assert len(seen) <= 2


async def test_what_nobody_waits_for_gives_its_place_away() -> None:
    pool = NodePool(1)
    loop = asyncio.get_running_loop()
    gate, begun = threading.Event(), threading.Event()

    def hang() -> None:
        begun.set()
        gate.wait(PATIENCE)

    hanging = loop.run_in_executor(pool, hang)
    await loop.run_in_executor(None, begun.wait)
    behind = loop.run_in_executor(pool, lambda: "served")
    hanging.cancel()
    async with asyncio.timeout(PATIENCE):
        assert await behind == "served"
    gate.set()


async def test_an_error_travels_and_a_thread_outlives_it() -> None:
    pool = NodePool(1)
    loop = asyncio.get_running_loop()

    def fail() -> None:
        raise ValueError("mine")

    for _ in range(3):
        with pytest.raises(ValueError, match="mine"):
            await loop.run_in_executor(pool, fail)
    assert await loop.run_in_executor(pool, lambda: 7) == 7


async def test_many_short_functions_of_many_callers_all_end() -> None:
    pool = NodePool(4, idle_seconds=0.001)
    loop = asyncio.get_running_loop()

    async def some(number: int) -> int:
        return sum([await loop.run_in_executor(pool, lambda n=n: n + number) for n in range(20)])

    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:
        made = [tasks.create_task(some(number)) for number in range(50)]
    assert [each.result() for each in made] == [190 + 20 * number for number in range(50)]
