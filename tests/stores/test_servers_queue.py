"""Several servers over one PostgreSQL: limits hold across them, and delays end on each."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from time import monotonic

import pytest
from tests.conftest import now
from tests.stores.queueing import a_run, claim, create, ids, lease_of, limited, settle
from tests.stores.test_servers import OneServer, one_server

from runwire.domain import moves
from runwire.domain.run import Run
from runwire.stores.journal import SqlJournal

LIMITS = {"one": 1, "two": 2}
GRAPH_LIMIT = 4
RUNS = 300


@pytest.fixture
async def servers(postgres_url: str) -> AsyncIterator[list[OneServer]]:
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(
                one_server(postgres_url, graph_limits={"g": GRAPH_LIMIT})
            )
            for _ in range(2)
        ]


def made(number: int) -> Run:
    graph, key = "gh"[number % 2], ("one", "two", "")[number % 3]
    if not key:
        return a_run(f"r{number:03}", graph_id=graph)
    return limited(f"r{number:03}", key, LIMITS[key], graph_id=graph)


class Work:
    """Workers of several servers, and which runs they are sure to hold."""

    def __init__(self) -> None:
        self.done: set[str] = set()
        self._keys: Counter[str] = Counter()
        self._graphs: Counter[str] = Counter()

    async def go_on(self, journal: SqlJournal, worker: str) -> None:
        """Take runs until all are done; give every fourth back."""
        while len(self.done) < RUNS:
            taken = await claim(journal, 5, worker=worker, wait_seconds=0.2)
            for run in taken:
                self._count(run, 1)
            await journal.renew([lease_of(run, worker) for run in taken], 10)
            for place, run in enumerate(taken):
                self._count(run, -1)
                if place % 4 == 3:
                    move = moves.released(lease_of(run, worker), "drain")
                    await journal.record(run.run_id, move)
                else:
                    await settle(journal, run)
                    self.done.add(run.run_id)

    def _count(self, run: Run, by: int) -> None:
        self._keys[run.concurrency_key] += by
        self._graphs[run.graph_id] += by
        assert self._graphs["g"] <= GRAPH_LIMIT
        for key, limit in LIMITS.items():
            assert self._keys[key] <= limit, key


async def test_limits_hold_whichever_server_gives_the_places_away(
    servers: list[OneServer],
) -> None:
    """Claims, moves and renewals cross, and servers never wait for each other in a ring."""
    work = Work()
    async with asyncio.timeout(90), asyncio.TaskGroup() as tasks:
        for number, server in enumerate(servers):
            mine = [made(n) for n in range(RUNS) if n % 2 == number]
            tasks.create_task(create(server.journal, *mine))
            for worker in range(3):
                tasks.create_task(work.go_on(server.journal, f"{number}/{worker}"))
    one, two = servers
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    found = await one.database.read(lambda c: c.exec_driver_sql(deadlocks).scalar_one())
    assert found == 0
    assert await claim(two.journal) == []


async def test_a_place_that_is_left_on_one_server_is_taken_on_another(
    servers: list[OneServer],
) -> None:
    one, two = servers
    await create(one.journal, limited("a"), limited("b", priority=-1))
    [first] = await claim(one.journal)
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        taken = tasks.create_task(claim(two.journal, wait_seconds=10))
        assert await claim(two.journal) == []
        await settle(one.journal, first)
        assert ids(await taken) == ["b"]


async def test_a_run_that_is_delayed_on_one_server_is_taken_in_time_on_another(
    servers: list[OneServer],
) -> None:
    one, two = servers
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        taken = tasks.create_task(claim(two.journal, wait_seconds=10))
        assert await claim(two.journal) == []
        began = monotonic()
        await create(one.journal, a_run("a", graph_id="h", start_delay_seconds=1.5))
        assert ids(await taken) == ["a"]
    assert 1.45 <= monotonic() - began < 1.5 + 0.5


@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_clock_that_is_wrong_delays_nothing(postgres_url: str, hours: int) -> None:
    """The database's clock counts: a server's own only says how long to wait."""
    wrong: Callable[[], datetime] = lambda: now() + timedelta(hours=hours)  # noqa: E731
    async with one_server(postgres_url, now=wrong) as server:
        await create(server.journal, a_run("a", graph_id="h", start_delay_seconds=0.5))
        began = monotonic()
        assert ids(await claim(server.journal, wait_seconds=5)) == ["a"]
        assert 0.4 <= monotonic() - began < 0.5 + 0.5
