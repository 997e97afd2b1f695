"""T5: a PostgreSQL that crashes under load, and comes back, costs only the time it is away."""

import asyncio
import random
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path

import pytest
from tests.conftest import eventually
from tests.faults.ledger import Fault
from tests.faults.load import Load
from tests.faults.processes import Deployment, deployment
from tests.faults.reporting import percentile, report, scaled, within
from tests.postgres import Postgres, programs, running

from runwire.stores.database import migrate

SEED = 5
SERVERS = 2
PROGRESS_EVENTS = 200


@pytest.fixture
def cluster() -> Iterator[Postgres]:
    """A PostgreSQL of the test's own, which keeps what it commits as it does by default."""
    if programs() is None:
        pytest.skip("there is no PostgreSQL here")
    with running(options=()) as one:
        yield one


@pytest.fixture
def servers(cluster: Postgres, tmp_path: Path) -> Iterator[list[Deployment]]:
    """Two servers over it, with their workers in them."""
    url = cluster.new_database()
    shared = ("--database-url", url, "--artifacts-url", str(tmp_path / "artifacts"))
    found = [
        deployment(tmp_path / str(number), "postgresql", arguments=shared, max_runs=256)
        for number in range(SERVERS)
    ]
    migrate(url)
    for one in found:
        one.server.directory.mkdir()
        one.start()
    yield found
    for one in found:
        one.end()


async def test_a_database_that_crashes_under_load_loses_nothing(
    servers: list[Deployment], cluster: Postgres, tmp_path: Path
) -> None:
    callers, crashes, dice = scaled(24, 200), scaled(2, 10), random.Random(SEED)
    load, faults = Load(tmp_path / "ledger"), list[Fault]()
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
        clients = [await stack.enter_async_context(one.client()) for one in servers]
        for number in range(callers):
            tasks.create_task(load.call(clients[number % SERVERS]))
        for _ in range(crashes):
            due = len(load.event_times) + PROGRESS_EVENTS
            await eventually(lambda: len(load.event_times) > due, seconds=60)  # noqa: B023
            await asyncio.sleep(dice.uniform(0.0, scaled(0.5, 20.0)))
            faults.append(await crash(cluster, away_seconds=dice.uniform(0.0, scaled(1.0, 5.0))))
        load.stopping.set()
    found = await load.judge(servers[0], faults=faults)
    unavailable = [load.silence(fault) for fault in faults]
    report(
        "T5",
        variant=f"postgresql, {SERVERS} servers",
        failures=found.failures,
        database_crashes=crashes,
        callers=callers,
        **asdict(found),
        database_away_max_seconds=max(fault.until - fault.at for fault in faults),
        unavailable_max_seconds=max(unavailable),
        create_p99_seconds=percentile(load.create_seconds, 99),
    )
    assert found.failures == 0, found
    # A database may take its time to stop: its disk does.
    away = [fault.until - fault.at for fault in faults]
    assert within(max(each - gone for each, gone in zip(unavailable, away, strict=True)), 15.0)


async def crash(cluster: Postgres, *, away_seconds: float) -> Fault:
    """Stop the database as a crash would, and start it again some time later."""
    began = time.monotonic()
    await asyncio.to_thread(cluster.stop, "immediate")
    await asyncio.sleep(away_seconds)
    await asyncio.to_thread(cluster.start)
    return Fault(began, time.monotonic())
