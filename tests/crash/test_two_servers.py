"""Two server processes over one PostgreSQL: either may die, and so may the database."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import GRAPHS, ROOT, ServerProcess, plain_environment
from tests.crash.test_server_kill import STEPS, ledger_of, ride_through
from tests.postgres import Postgres, running

from runwire_client import AsyncClient, RunStatus

RUNS = 60


@pytest.fixture
def two_servers(postgres_url: str, tmp_path: Path) -> Iterator[list[ServerProcess]]:
    yield from _two(postgres_url, tmp_path)


def _two(url: str, directory: Path) -> Iterator[list[ServerProcess]]:
    arguments = (GRAPHS, "--database-url", url, "--artifacts-url", str(directory / "artifacts"))
    servers = [ServerProcess(directory / str(n), arguments) for n in range(2)]
    for server in servers:
        server.directory.mkdir()
        server.start()
    yield servers
    for server in servers:
        if server.process is not None:
            server.kill()


def migrate(url: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "runwire", "migrate", "--database-url", url],
        cwd=ROOT,
        env=plain_environment(),
        check=True,
        timeout=60,
    )


async def test_a_run_is_made_here_and_watched_and_cancelled_there(
    two_servers: list[ServerProcess],
) -> None:
    async with (
        asyncio.timeout(60),
        AsyncClient(two_servers[0].grpc_address) as one,
        AsyncClient(two_servers[1].grpc_address) as two,
        asyncio.TaskGroup() as tasks,
    ):
        run = await one.runs.create("sleepy", {"seconds": 600})
        watch = tasks.create_task(ride_through(two, run.run_id))
        async for event in one.runs.watch(run.run_id):
            if event.sequence >= 2:
                break  # it runs
        await two.runs.cancel(run.run_id)
        ended = await one.runs.wait(run.run_id, timeout_seconds=30)
        assert ended.status is RunStatus.CANCELLED
        events = await watch
        assert [event.sequence for event in events] == list(range(1, ended.last_sequence + 1))


async def test_when_a_server_is_killed_the_other_finishes_its_runs(
    two_servers: list[ServerProcess], tmp_path: Path
) -> None:
    doomed, other = two_servers
    ledger = tmp_path / "ledger"
    ledger.touch()
    given = {"ledger": str(ledger), "steps": STEPS, "pause_seconds": 0.05}
    async with (
        AsyncClient(other.grpc_address) as client,
        AsyncClient(doomed.grpc_address) as first,
        asyncio.TaskGroup() as tasks,
    ):
        created = [await first.runs.create("effects", given) for _ in range(RUNS)]
        watches = [tasks.create_task(ride_through(client, run.run_id)) for run in created]
        async for event in client.runs.watch(created[5].run_id):
            if event.sequence > 8:
                break
        doomed.kill()
    for watch in watches:
        events = watch.result()
        assert [event.sequence for event in events] == list(range(1, len(events) + 1))
        assert events[-1].data["to_status"] is RunStatus.SUCCEEDED
    after = ledger_of(ledger)
    assert len(after) == RUNS * STEPS
    assert max(after.values()) <= 2  # the step in hand at the kill, once more


async def test_a_database_that_crashes_under_load_loses_no_answered_run(tmp_path: Path) -> None:
    with running(options=()) as cluster:  # with fsync
        url = cluster.new_database()
        migrate(url)
        for servers in _two(url, tmp_path):
            await _crash_under_load(cluster, servers)


async def _crash_under_load(cluster: Postgres, servers: list[ServerProcess]) -> None:
    answered: list[str] = []
    over = asyncio.Event()

    async def create(client: AsyncClient) -> None:
        while not over.is_set():
            answered.append((await client.runs.create("three_nodes", {"n": 1})).run_id)

    async with (
        asyncio.timeout(120),
        AsyncClient(servers[0].grpc_address, timeout_seconds=60) as one,
        AsyncClient(servers[1].grpc_address, timeout_seconds=60) as two,
    ):
        async with asyncio.TaskGroup() as tasks:
            for client in (one, two) * 4:
                tasks.create_task(create(client))
            for crash in range(2):
                while len(answered) < 100 * (crash + 1):
                    await asyncio.sleep(0.02)
                await asyncio.to_thread(cluster.stop, "immediate")
                await asyncio.to_thread(cluster.start)
            while len(answered) < 300:
                await asyncio.sleep(0.02)
            over.set()
        for run_id in answered:
            ended = await two.runs.wait(run_id, timeout_seconds=60)
            assert ended.status is RunStatus.SUCCEEDED
            assert ended.output == {"n": 7}
    assert len(set(answered)) == len(answered)


def test_a_server_does_not_start_before_the_tables_are_there(
    postgres: Postgres, tmp_path: Path
) -> None:
    url = postgres.new_database()
    arguments = (GRAPHS, "--database-url", url)
    with pytest.raises(RuntimeError, match="runwire migrate"):
        ServerProcess(tmp_path, arguments).start()
    migrate(url)
    server = ServerProcess(tmp_path, arguments)
    server.start()
    assert server.stop() == 0
    postgres.drop(url)
