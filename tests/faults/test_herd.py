"""T16: many runs due at once, and their watchers back at once, after a server was killed."""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import pytest
from tests.faults.conftest import Deploy, on_postgresql_when_long
from tests.faults.event_logs import Judged, judged
from tests.faults.reporting import percentile, report, scaled
from tests.faults.watchers import watch_all

from runwire.cli.drill_watch import Record, Watcher
from runwire_client import AsyncClient, RunStatus

CREATORS = 8
CONNECTIONS = 8
pytestmark = on_postgresql_when_long
OPEN = (RunStatus.QUEUED, RunStatus.RUNNING)


@pytest.mark.parametrize("workers", ["embedded", "remote"])
async def test_a_herd_of_due_runs_and_watchers_is_served(
    deploy: Deploy, tmp_path: Path, workers: str
) -> None:
    runs, watching = scaled(400, 10_000), scaled(200, 5_000)
    deployment, gate, record = deploy(workers=workers), tmp_path / "gate", Record()
    async with deployment.client() as client:
        created, _ = await create_many(client, gate, runs)
        watchers = [Watcher(run_id, record) for run_id in created[:watching]]
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(watch_all(watchers, [deployment.address] * CONNECTIONS))
            for watcher in watchers:
                await watcher.live.wait()
            await deployment.kill_server()
            gate.touch()  # every run is due from now on
            start_seconds = await deployment.start_server()
            began = time.monotonic()
            draining = tasks.create_task(drained(client))
            late, seconds = await create_many(client, gate, scaled(100, 1_000))
            drain_seconds = await draining - began
        lost = await not_done(client, (*created, *late))
        found = await judged(client, [(each.run_id, each.events) for each in watchers])
    report(
        "T16",
        variant=deployment.variant,
        failures=lost + found.failures,
        runs_due_at_once=runs,
        watchers_back_at_once=watching,
        lost_runs=lost,
        **asdict(found.differences),
        restart_seconds=start_seconds,
        drain_seconds=drain_seconds,
        create_p99_seconds=percentile(seconds, 99),
    )
    assert lost == deployment.fallen() == 0
    assert found == Judged()


async def create_many(client: AsyncClient, gate: Path, count: int) -> tuple[list[str], list[float]]:
    """Create runs, a few at a time; return their ids and how long each creation took."""
    created: list[str] = []
    seconds: list[float] = []
    left = iter(range(count))

    async def create() -> None:
        for _ in left:
            began = time.monotonic()
            run = await client.runs.create("gated", {"gate": str(gate)})
            seconds.append(time.monotonic() - began)
            created.append(run.run_id)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(CREATORS):
            tasks.create_task(create())
    return created, seconds


async def drained(client: AsyncClient) -> float:
    """Return the time at which no run was open any more."""
    async with asyncio.timeout(scaled(60, 600)):
        while True:
            async for _ in client.runs.list(statuses=OPEN, page_size=1):
                break
            else:
                return time.monotonic()
            await asyncio.sleep(0.05)


async def not_done(client: AsyncClient, run_ids: Iterable[str]) -> int:
    """Count the runs that did not succeed with what they were to do."""
    outputs = [(await client.runs.get(run_id)).output for run_id in run_ids]
    return sum(output is None or output.get("passed") != 2 for output in outputs)
