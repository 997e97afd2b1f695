"""T7: a network that resets, closes, delays and stops forwarding changes nothing but the time."""

import asyncio
import random
import time
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path

import pytest
from tests.conftest import eventually
from tests.faults.conftest import Deploy, on_postgresql_when_long
from tests.faults.event_logs import Judged, judged
from tests.faults.ledger import Fault
from tests.faults.load import Load
from tests.faults.proxy import KINDS, Proxy
from tests.faults.reporting import percentile, report, scaled
from tests.faults.watchers import watch_all

from runwire.cli.drill_watch import Record, Watcher

SEED = 7
pytestmark = on_postgresql_when_long
CONNECTIONS = scaled(4, 16)
EACH_KIND = scaled(2, 25)


def seen_enough(proxy: Proxy) -> bool:
    return min(proxy.done[kind] for kind in KINDS) >= EACH_KIND


def proxy_to(address: str) -> Proxy:
    return Proxy(
        address,
        random.Random(SEED),
        delay_seconds=scaled(0.3, 2.0),
        # As long as it takes keepalive to notice, in the long form; else a NAT that forgets.
        half_open_seconds=scaled(1.0, 60.0),
        most_bytes=scaled(20_000, 200_000),
        ports=CONNECTIONS,
    )


async def test_callers_behind_a_broken_network_lose_nothing(deploy: Deploy, tmp_path: Path) -> None:
    callers = scaled(16, 100)
    deployment, load = deploy(max_runs=256), Load(tmp_path / "ledger", seconds=0.02)
    async with proxy_to(deployment.address).listening() as proxy, AsyncExitStack() as stack:
        async with asyncio.TaskGroup() as tasks:
            clients = [
                await stack.enter_async_context(deployment.client(address, timeout_seconds=300))
                for address in proxy.addresses
            ]
            for number in range(callers):
                tasks.create_task(load.call(clients[number % CONNECTIONS]))
            await eventually(lambda: seen_enough(proxy), seconds=scaled(60, 1800))
            proxy.calm = True
            load.stopping.set()
        found = await load.judge(deployment, faults=[])
    report(
        "T7",
        variant=f"{deployment.database}, client to server",
        failures=found.failures,
        callers=callers,
        **{f"{kind}s": proxy.done[kind] for kind in KINDS},
        **asdict(found),
        create_p99_seconds=percentile(load.create_seconds, 99),
    )
    assert found.failures == 0, found
    assert found.duplicate_effects == 0


async def test_watchers_behind_a_broken_network_miss_nothing(
    deploy: Deploy, tmp_path: Path
) -> None:
    runs, each = scaled(4, 40), scaled(6, 10)
    deployment, gate, record = deploy(max_runs=256), tmp_path / "gate", Record()
    given = {"gate": str(gate), "every_seconds": scaled(0.02, 0.2)}
    async with deployment.client() as client:
        created = [await client.runs.create("stream", given) for _ in range(runs)]
        watchers = [
            Watcher(run.run_id, record, random.Random(f"{SEED}/{index}/{number}"))
            for index, run in enumerate(created)
            for number in range(each)
        ]
        async with proxy_to(deployment.address).listening() as proxy, asyncio.TaskGroup() as tasks:
            tasks.create_task(watch_all(watchers, proxy.addresses))
            await eventually(lambda: seen_enough(proxy), seconds=scaled(60, 1800))
            proxy.calm = True
            gate.touch()
        found = await judged(client, [(each.run_id, each.events) for each in watchers])
    report(
        "T7",
        variant=f"{deployment.database}, watchers",
        failures=found.failures,
        watchers=len(watchers),
        reconnects=record.drops,
        broken_streams=record.broken,
        **{f"{kind}s": proxy.done[kind] for kind in KINDS},
        **asdict(found.differences),
    )
    assert found == Judged()


async def test_workers_behind_a_broken_network_lose_nothing(
    prepare: Deploy, tmp_path: Path
) -> None:
    deployment, load = prepare(workers="remote"), Load(tmp_path / "ledger", seconds=0.1)
    deployment.server.start()
    began = time.monotonic()
    async with proxy_to(deployment.address).listening() as proxy, deployment.client() as client:
        deployment.start_workers(proxy.addresses)
        async with asyncio.TaskGroup() as tasks:
            for _ in range(scaled(16, 100)):
                tasks.create_task(load.call(client))
            await eventually(
                lambda: seen_enough(proxy) and len(load.answered) >= scaled(40, 1_000),
                seconds=scaled(60, 1800),
            )
            proxy.calm = True
            load.stopping.set()
        found = await load.judge(deployment, faults=[Fault(began, time.monotonic())])
        await asyncio.to_thread(deployment.end)
    report(
        "T7",
        variant=f"{deployment.database}, worker to server",
        failures=found.failures,
        **{f"{kind}s": proxy.done[kind] for kind in KINDS},
        **asdict(found),
    )
    assert found.failures == 0, found


@pytest.mark.parametrize("kind", KINDS)
async def test_the_proxy_does_what_it_says(deploy: Deploy, kind: str) -> None:
    deployment = deploy()
    proxy = Proxy(deployment.address, random.Random(SEED), kinds=(kind,), most_bytes=2_000)
    proxy.delay_seconds = proxy.half_open_seconds = 0.2
    async with proxy.listening(), deployment.client(proxy.addresses[0]) as client:
        while not proxy.done[kind]:
            async for _ in client.runs.list():
                pass
