"""T17: limits under kill. Of runs with one key of limit 1, never two are executed at once."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import ServerProcess
from tests.faults.keyed import violations
from tests.faults.reporting import report, scaled

from runwire_client import AsyncClient, RunStatus

KEYS = scaled(40, 1000)
RUNS_OF_KEY = scaled(4, 5)
KILLS = scaled(4, 30)
HELD_SECONDS = 0.05
LATEST_SECONDS = scaled(60, 900)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server that will be killed again and again: each time another worker ends."""
    arguments = ("tests/faults/keyed.py:keyed", "--max-runs", "64", "--max-crashes", "100")
    running = ServerProcess(tmp_path, arguments)
    running.start()
    yield running
    if running.process is not None:
        running.kill()


async def create_all(client: AsyncClient, ledger: Path) -> list[str]:
    given = {"ledger": str(ledger), "seconds": HELD_SECONDS}
    created = []
    for number in range(RUNS_OF_KEY):
        for key in range(KEYS):
            run = await client.runs.create(
                "keyed",
                {**given, "key": f"k{key}"},
                run_id=f"k{key}-{number}",
                concurrency_key=f"k{key}",
            )
            created.append(run.run_id)
    return created


def lines_of(ledger: Path) -> list[str]:
    return ledger.read_text().splitlines()


async def grown(ledger: Path, lines: int) -> None:
    """Wait until the ledger has more lines: the server is at work."""
    while len(lines_of(ledger)) < lines:
        await asyncio.sleep(0.02)


async def test_never_two_runs_of_one_key_at_once_although_workers_are_killed(
    server: ServerProcess, tmp_path: Path
) -> None:
    ledger, chance = tmp_path / "ledger", random.Random(17)
    ledger.touch()
    began = time.monotonic()
    async with asyncio.timeout(LATEST_SECONDS), AsyncClient(server.grpc_address) as client:
        async with asyncio.TaskGroup() as tasks:
            creating = tasks.create_task(create_all(client, ledger))
            total = 2 * KEYS * RUNS_OF_KEY
            for kill in range(KILLS):
                most = total * (kill + 1) // (KILLS + 2)
                await grown(ledger, most - chance.randrange(min(most, 20)))
                await asyncio.to_thread(server.kill)
                await asyncio.to_thread(server.start)
        for run_id in creating.result():
            run = await client.runs.wait(run_id)
            assert run.status is RunStatus.SUCCEEDED, run
    lines = lines_of(ledger)
    found = violations(lines)
    begins = Counter(line.split()[2] for line in lines if line.startswith("begin"))
    report(
        "T17",
        runs=len(begins),
        keys=KEYS,
        kills=KILLS,
        violations=len(found),
        repeated_begins=sum(begins.values()) - len(begins),
        seconds=round(time.monotonic() - began, 1),
    )
    assert found == []
    assert len(begins) == KEYS * RUNS_OF_KEY


def test_the_oracle_sees_two_runs_of_one_key() -> None:
    assert violations(["begin k a", "begin k a", "begin j b", "end k a", "begin k b"]) == []
    assert violations(["begin k a", "begin k b", "end k a"]) == ["begin k b", "end k a"]
