"""Threads that several servers share over one PostgreSQL."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from time import monotonic

import pytest
from tests.stores.test_servers import one_server
from tests.stores.threading_runs import Threads, a_seed, a_thread

from runwire.domain.errors import Conflict, Error, NotFound
from runwire.domain.run import Run
from runwire.domain.thread import Multitask, ThreadChange, ThreadId, ThreadStatus
from runwire.domain.work import Created

M = Multitask


@pytest.fixture
async def servers(postgres_url: str) -> AsyncIterator[list[Threads]]:
    async with AsyncExitStack() as stack:
        yield [
            Threads((await stack.enter_async_context(one_server(postgres_url))).database)
            for _ in range(2)
        ]


async def both(servers: list[Threads], thread_id: str, how: Multitask, count: int) -> Counter[str]:
    """Create runs of a thread on all servers at once; return how many came, and how many not."""
    async with asyncio.TaskGroup() as tasks:
        asked = [
            tasks.create_task(
                server.create_all(
                    [a_seed(f"{how}-{n}-{i}-{thread_id}", thread_id, how) for i in range(count)]
                )
            )
            for n, server in enumerate(servers)
        ]
    answers: list[Created | Error] = [answer for task in asked for answer in task.result()]
    assert {type(answer) for answer in answers} <= {Created, Conflict}
    return Counter(type(answer).__name__ for answer in answers)


async def test_of_fifty_runs_on_two_servers_that_may_not_share_a_thread_one_comes(
    servers: list[Threads],
) -> None:
    for _ in range(3):
        name = a_thread()
        assert await both(servers, name, M.REJECT, 25) == {"Created": 1, "Conflict": 49}


async def test_interrupting_on_two_servers_leaves_one_that_goes_on(servers: list[Threads]) -> None:
    name = a_thread()
    assert await both(servers, name, M.INTERRUPT, 20) == {"Created": 40}
    found = Counter((await servers[0].statuses(name)).values())
    assert found == {"cancelled": 39, "queued": 1}
    [run] = await servers[1].claim()
    assert await both(servers, name, M.ROLLBACK, 20) == {"Created": 40}
    assert Counter((await servers[0].statuses(name)).values()) == {"cancelled": 39, "queued": 1}
    await servers[1].let_go(run)
    assert await servers[0].status(name) == "busy"


async def test_ends_and_beginnings_of_one_thread_do_not_wait_for_each_other(
    servers: list[Threads],
) -> None:
    name = a_thread()
    began = monotonic()
    for number in range(30):
        first, second = servers if number % 2 else reversed(servers)
        await first.create(f"a{number}", name)
        [run] = await first.claim()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(settled(first, run))
            tasks.create_task(second.create(f"b{number}", name, M.INTERRUPT))
        if (await first.runs.get(run.run_id)).status.final:
            [run] = await second.claim()
            await second.settle(run)
            continue
        pytest.fail("a run that was let go has not ended")
    # A deadlock would be noticed, and undone, by the database after a second.
    assert monotonic() - began < 25
    assert await servers[0].status(name) == "idle"


async def settled(server: Threads, run: Run) -> None:
    await server.settle(run, thread=ThreadChange(status=ThreadStatus.IDLE, values=b"{}"))


async def test_a_thread_that_one_server_deletes_takes_what_another_creates(
    servers: list[Threads],
) -> None:
    for number in range(10):
        name = a_thread()
        await servers[0].create(f"first-{number}", name)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(servers[0].admin.delete(name))
            coming = tasks.create_task(
                servers[1].create_all([a_seed(f"second-{number}", name, create=False)])
            )
        [answer] = coming.result()
        assert isinstance(answer, Created | NotFound)
        assert await servers[0].statuses(name) == {}
        with pytest.raises(NotFound):
            await servers[0].store.get(ThreadId(name))
