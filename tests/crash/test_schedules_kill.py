"""A server that is killed while it creates the runs of schedules: each time gets one run."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from tests.conftest import GRAPHS, ServerProcess

from runwire_client import AsyncClient, CatchUpPolicy, OverlapPolicy, RunTemplate

SCHEDULES = 12
MISSED = 25
ALL = SCHEDULES * MISSED


@pytest.fixture
def server(tmp_path: Path, database_url: str) -> Iterator[ServerProcess]:
    running = ServerProcess(tmp_path, (GRAPHS, "--database-url", database_url, "--no-worker"))
    running.start()
    yield running
    if running.process is not None:
        running.kill()


def long_ago(url: str) -> datetime:
    """Let every schedule have missed so many times and be over since; return the first time."""
    first = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=2 * MISSED)
    last = first + timedelta(minutes=MISSED - 1)
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        query = text("UPDATE schedules SET next_at = :first, ends_at = :last")
        connection.execute(query, {"first": _micros(first), "last": _micros(last)})
    engine.dispose()
    return first


def _micros(at: datetime) -> int:
    return int(at.timestamp()) * 1_000_000


async def created(client: AsyncClient) -> list[str]:
    return [run.run_id async for run in client.runs.list(page_size=1000)]


async def test_kill_9_while_runs_are_created_neither_loses_nor_doubles_one(
    server: ServerProcess, database_url: str
) -> None:
    async with AsyncClient(server.grpc_address) as client:
        for number in range(SCHEDULES):
            await client.schedules.create(
                f"s{number}",
                "* * * * *",
                RunTemplate("three_nodes", {"n": number}),
                overlap=OverlapPolicy.ALLOW,
                catch_up=CatchUpPolicy.ALL,
            )
        server.stop()
        first = long_ago(database_url)
        times = [first + timedelta(minutes=each) for each in range(MISSED)]
        names = [f"s{number}" for number in range(SCHEDULES)]
        wanted = {f"{name}-{at:%Y%m%dT%H%M%SZ}" for name in names for at in times}
        kills = 0
        server.start()
        async with asyncio.timeout(90):
            while not wanted <= set(found := await created(client)):
                if len(wanted.intersection(found)) > ALL // 4 * (kills + 1):
                    server.kill()
                    kills += 1
                    server.start()
        assert kills >= 1, "it was done before it could be killed"
        assert len(found) == len(set(found))
        for name in names:
            schedule = await client.schedules.get(name)
            assert (schedule.skipped_count, schedule.error_message) == (0, "")
