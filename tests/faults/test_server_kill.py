"""T2: a server that is killed while many create and watch keeps every answer it gave."""

import asyncio
import random
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path

import pytest
from tests.conftest import eventually
from tests.faults.conftest import Deploy
from tests.faults.load import Load
from tests.faults.reporting import percentile, report, scaled, within

SEED = 2
CONNECTIONS = 8
PROGRESS_EVENTS = 200


@pytest.mark.parametrize("workers", ["embedded", "children", "remote"])
async def test_a_killed_server_keeps_every_answer_it_gave(
    deploy: Deploy, tmp_path: Path, workers: str
) -> None:
    deployment, load, dice = (
        deploy(workers=workers, max_runs=256),
        Load(tmp_path / "ledger"),
        random.Random(SEED),
    )
    # On PostgreSQL a lease has to end by itself, which takes its time.
    brief = 1 if deployment.database == "postgresql" else 2
    callers, kills = scaled(24, 200), scaled(brief, 12)
    starts: list[float] = []
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
        clients = [await stack.enter_async_context(deployment.client()) for _ in range(CONNECTIONS)]
        for number in range(callers):
            tasks.create_task(load.call(clients[number % CONNECTIONS]))
        for _ in range(kills):
            due = len(load.event_times) + PROGRESS_EVENTS
            await eventually(lambda: len(load.event_times) > due, seconds=60)  # noqa: B023
            await asyncio.sleep(dice.uniform(0.0, scaled(0.5, 5.0)))
            await deployment.kill_server()
            starts.append(await deployment.start_server())
        load.stopping.set()
    found = await load.judge(deployment, faults=deployment.faults)
    report(
        "T2",
        variant=deployment.variant,
        failures=found.failures,
        server_kills=kills,
        callers=callers,
        **asdict(found),
        restart_max_seconds=max(starts),
        silence_max_seconds=max(load.silence(fault) for fault in deployment.faults),
        create_p99_seconds=percentile(load.create_seconds, 99),
    )
    assert found.failures == 0, found
    assert within(max(starts), 3.0)
