"""T1 and T4: workers that are killed, or stall past their leases and come back, cost only time."""

import asyncio
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import pytest
from tests.conftest import eventually
from tests.faults.conftest import Deploy
from tests.faults.event_logs import judged
from tests.faults.graphs import NODES
from tests.faults.ledger import late_ends, read, recoveries, repeats
from tests.faults.processes import Deployment
from tests.faults.reporting import percentile, report, scaled, within
from tests.faults.watchers import watch_all

from runwire.cli.drill_watch import Record, Watcher
from runwire_client import AsyncClient, RunStatus

CREATORS = 16


@pytest.mark.parametrize("workers", ["children", "remote"])
async def test_killed_workers_lose_no_run_and_repeat_only_what_was_in_hand(
    deploy: Deploy, tmp_path: Path, workers: str
) -> None:
    runs, kills, every_seconds = scaled(90, 2_000), scaled(2, 10), scaled(1.5, 5.0)
    deployment, ledger = deploy(workers=workers, max_runs=runs // 2), tmp_path / "ledger"
    given = {"ledger": str(ledger), "seconds": scaled(0.5, 1.0)}
    async with deployment.client() as client:
        created = await create_all(client, given, runs)
        watchers = [Watcher(run_id, Record()) for run_id in created]
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(watch_all(watchers, [deployment.address]))
            for _ in range(kills):
                await asyncio.sleep(every_seconds)
                await deployment.kill_worker(await a_busy_one(deployment, ledger))
        lost = await lost_of(client, created)
        logs = await judged(client, [(each.run_id, each.events) for each in watchers])
    entries = read(ledger)
    effects = repeats(entries, deployment.faults)
    seconds = [each for fault in deployment.faults for each in recoveries(entries, fault)]
    assert seconds, "nothing was in hand at any kill"
    failures = (
        lost + logs.failures + effects.unexplained + effects.after_commit + deployment.fallen()
    )
    report(
        "T1",
        variant=deployment.variant,
        failures=failures,
        runs=runs,
        worker_kills=kills,
        lost_runs=lost,
        nodes_in_hand_at_kills=len(seconds),
        duplicate_effects=effects.duplicates,
        unexplained_effects=effects.unexplained,
        effects_after_commit=effects.after_commit,
        **asdict(logs.differences),
        stale_writes=logs.stale_writes,
        recovery_p50_seconds=percentile(seconds, 50),
        recovery_p99_seconds=percentile(seconds, 99),
    )
    assert failures == 0
    assert effects.duplicates <= len(seconds)
    assert within(percentile(seconds, 99), 2.0)


async def test_a_worker_that_stalls_past_its_lease_commits_nothing_when_it_comes_back(
    deploy: Deploy, tmp_path: Path
) -> None:
    runs, lease_seconds = scaled(60, 500), scaled(3, 10)
    settings = {
        "RUNWIRE_LEASE_SECONDS": str(lease_seconds),
        "RUNWIRE_RENEW_SECONDS": str(lease_seconds * 0.25),
    }
    deployment, ledger = deploy(workers="remote", settings=settings), tmp_path / "ledger"
    given = {"ledger": str(ledger), "seconds": scaled(1.0, 3.0)}
    async with deployment.client() as client:
        created = await create_all(client, given, runs)
        watchers = [Watcher(run_id, Record()) for run_id in created]
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(watch_all(watchers, [deployment.address]))
            faults = []
            for _ in range(scaled(1, 3)):
                await asyncio.sleep(scaled(0.5, 2.0))
                stalled = await a_busy_one(deployment, ledger)
                faults.append(await deployment.pause_worker(stalled, 2 * lease_seconds))
        lost = await lost_of(client, created)
        logs = await judged(client, [(each.run_id, each.events) for each in watchers])
    entries = read(ledger)
    effects = repeats(entries, deployment.faults)
    seconds = [each for fault in faults for each in recoveries(entries, fault)]
    late = sum(late_ends(entries, fault) for fault in faults)
    assert late, "the worker had nothing left to say when it came back"
    failures = (
        lost + logs.failures + effects.unexplained + effects.after_commit + deployment.fallen()
    )
    report(
        "T4",
        variant=deployment.variant,
        failures=failures,
        runs=runs,
        pauses=len(faults),
        lost_runs=lost,
        refused_late_results=late,
        duplicate_effects=effects.duplicates,
        late_begins=effects.late_begins,
        **asdict(logs.differences),
        stale_writes=logs.stale_writes,
        lease_seconds=lease_seconds,
        taken_over_after_max_seconds=max(seconds),
    )
    assert failures == 0
    assert within(max(seconds), 15.0)


async def create_all(client: AsyncClient, given: dict[str, object], count: int) -> list[str]:
    """Create runs of five nodes, a few at a time."""
    left = iter(range(count))

    async def create() -> list[str]:
        return [(await client.runs.create("five", given)).run_id for _ in left]

    async with asyncio.TaskGroup() as tasks:
        creators = [tasks.create_task(create()) for _ in range(CREATORS)]
    return [run_id for creator in creators for run_id in creator.result()]


async def lost_of(client: AsyncClient, run_ids: list[str]) -> int:
    """Count the runs that did not succeed with each node done once."""
    ended = [await client.runs.get(run_id) for run_id in run_ids]
    return sum(
        run.status is not RunStatus.SUCCEEDED or run.output["done"] != list(NODES) for run in ended
    )


async def a_busy_one(deployment: Deployment, ledger: Path) -> int:
    """Return the living worker with most nodes in hand, once there is one."""
    found: list[int] = []

    def look() -> bool:
        begun: Counter[int] = Counter()
        for entry in read(ledger):
            begun[entry.pid] += 1 if entry.phase == "begin" else -1
        found[:] = sorted(deployment.worker_pids(), key=lambda pid: begun[pid])
        return begun[found[-1]] > 0

    await eventually(look, seconds=30)
    return found[-1]
