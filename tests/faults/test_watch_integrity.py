"""T3: watchers that drop their streams again and again see every event once and in order."""

import asyncio
import random
from dataclasses import asdict
from pathlib import Path

from tests.conftest import eventually
from tests.faults.conftest import Deploy, on_postgresql_when_long
from tests.faults.event_logs import Judged, judged
from tests.faults.reporting import percentile, report, scaled
from tests.faults.watchers import watch_all

from runwire.cli.drill_watch import Record, Watcher

SEED = 3
RESTARTS = 2
CONNECTIONS = 8
pytestmark = on_postgresql_when_long


async def test_watchers_that_reconnect_all_the_time_miss_nothing(
    deploy: Deploy, tmp_path: Path
) -> None:
    runs, each = scaled(6, 50), scaled(8, 10)
    deployment, gate = deploy(max_runs=256), tmp_path / "gate"
    record, wanted = Record(), scaled(1_000, 25_000)
    given = {"gate": str(gate), "every_seconds": scaled(0.05, 0.5)}
    async with deployment.client() as client:
        created = [await client.runs.create("stream", given) for _ in range(runs)]
        watchers = [
            Watcher(run.run_id, record, random.Random(f"{SEED}/{number}/{run_number}"))
            for run_number, run in enumerate(created)
            for number in range(each)
        ]
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(watch_all(watchers, [deployment.address] * CONNECTIONS))
            for part in range(1, RESTARTS + 1):
                due = wanted * part // (RESTARTS + 1)
                await eventually(lambda: record.drops >= due, seconds=scaled(60, 1800))  # noqa: B023
                await deployment.kill_server()
                await deployment.start_server()
            await eventually(lambda: record.drops >= wanted, seconds=scaled(60, 1800))
            gate.touch()
        found = await judged(client, [(each.run_id, each.events) for each in watchers])
    report(
        "T3",
        variant=deployment.variant,
        failures=found.failures,
        watchers=len(watchers),
        reconnects=record.drops,
        broken_streams=record.broken,
        server_kills=RESTARTS,
        events_watched=sum(len(watcher.events) for watcher in watchers),
        **asdict(found.differences),
        stale_writes=found.stale_writes,
        resume_p50_seconds=percentile(record.resume_seconds, 50),
        resume_p99_seconds=percentile(record.resume_seconds, 99),
    )
    assert found == Judged()
