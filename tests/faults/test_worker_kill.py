"""T1 and T4: workers that are killed, or stall past their leases and come back, cost only time."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from pathlib import Path

import pytest
from tests.conftest import eventually
from tests.faults.conftest import Deploy
from tests.faults.ledger import late_ends, read, recoveries
from tests.faults.load import Load
from tests.faults.processes import Deployment
from tests.faults.reporting import percentile, report, scaled, within

CONNECTIONS = 4
EVENTS_OF_A_NODE = 4


@pytest.mark.parametrize("workers", ["children", "remote"])
async def test_killed_workers_lose_no_run_and_repeat_only_what_was_in_hand(
    deploy: Deploy, tmp_path: Path, workers: str
) -> None:
    callers, kills = scaled(40, 300), scaled(2, 10)
    # There is room in the others for what one had in hand: what is measured is no backlog.
    deployment = deploy(workers=workers, max_runs=callers // 2)
    load = Load(tmp_path / "ledger", seconds=scaled(0.3, 1.0))
    async with calling(load, deployment, callers):
        for _ in range(kills):
            await progress(load, callers)
            await asyncio.sleep(scaled(0.1, 5.0))
            await deployment.kill_worker(await a_busy_one(deployment, load.ledger))
    found = await load.judge(deployment, faults=deployment.faults)
    entries = read(load.ledger)
    seconds = [each for fault in deployment.faults for each in recoveries(entries, fault)]
    assert seconds, "nothing was in hand at any kill"
    report(
        "T1",
        variant=deployment.variant,
        failures=found.failures,
        worker_kills=kills,
        nodes_in_hand_at_kills=len(seconds),
        **asdict(found),
        recovery_p50_seconds=percentile(seconds, 50),
        recovery_max_seconds=max(seconds),
    )
    assert found.failures == 0, found
    assert within(max(seconds), 2.0)


async def test_a_worker_that_stalls_past_its_lease_commits_nothing_when_it_comes_back(
    deploy: Deploy, tmp_path: Path
) -> None:
    callers, pauses, lease_seconds = scaled(40, 200), scaled(1, 3), scaled(3, 10)
    settings = {
        "RUNWIRE_LEASE_SECONDS": str(lease_seconds),
        "RUNWIRE_RENEW_SECONDS": str(lease_seconds * 0.25),
    }
    deployment = deploy(workers="remote", max_runs=callers, settings=settings)
    load = Load(tmp_path / "ledger", seconds=scaled(0.5, 1.0))
    async with calling(load, deployment, callers):
        for _ in range(pauses):
            await progress(load, callers)
            await asyncio.sleep(scaled(0.1, 5.0))
            stalled = await a_busy_one(deployment, load.ledger)
            await deployment.pause_worker(stalled, 2 * lease_seconds)
    found = await load.judge(deployment, faults=deployment.faults)
    entries = read(load.ledger)
    seconds = [each for fault in deployment.faults for each in recoveries(entries, fault)]
    late = sum(late_ends(entries, fault) for fault in deployment.faults)
    assert late, "the worker had nothing left to say when it came back"
    report(
        "T4",
        variant=deployment.variant,
        failures=found.failures,
        pauses=pauses,
        refused_late_results=late,
        **asdict(found),
        lease_seconds=lease_seconds,
        taken_over_after_max_seconds=max(seconds),
    )
    assert found.failures == 0, found
    assert within(max(seconds), 15.0)


@asynccontextmanager
async def calling(load: Load, deployment: Deployment, callers: int) -> AsyncIterator[None]:
    """Let callers work while the block lasts, and come to the end of their last runs."""
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
        clients = [await stack.enter_async_context(deployment.client()) for _ in range(CONNECTIONS)]
        for number in range(callers):
            tasks.create_task(load.call(clients[number % CONNECTIONS]))
        yield
        load.stopping.set()


async def progress(load: Load, callers: int) -> None:
    """Wait until most runs have come some way since now."""
    due = len(load.event_times) + EVENTS_OF_A_NODE * callers
    await eventually(lambda: len(load.event_times) > due, seconds=60)


async def a_busy_one(deployment: Deployment, ledger: Path) -> int:
    """Return the living worker with most nodes in hand, once there is one."""
    found: list[int] = []

    def look() -> bool:
        begun: Counter[int] = Counter()
        for entry in read(ledger):
            begun[entry.pid] += 1 if entry.phase == "begin" else -1
        found[:] = sorted(deployment.worker_pids(), key=lambda pid: begun[pid])
        return bool(found) and begun[found[-1]] > 0

    await eventually(look, seconds=60)
    return found[-1]
