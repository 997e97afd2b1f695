"""A server that is killed loses nothing and repeats nothing that was committed."""

import asyncio
import random
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from tests.conftest import ServerProcess

from runwire_client import AsyncClient, Event, RunStatus

RUNS = 200
STEPS = 12


def ledger_of(path: Path) -> Counter[str]:
    return Counter(path.read_text().splitlines())


def committed_steps(data: Path) -> set[str]:
    """Return the effect keys of all steps that are on disk as done."""
    with closing(sqlite3.connect(data / "runwire.db")) as connection:
        rows = connection.execute("SELECT run_id, step_id FROM steps WHERE status = 'succeeded'")
        return {f"{run_id}/{step_id}" for run_id, step_id in rows}


async def ride_through(client: AsyncClient, run_id: str) -> list[Event]:
    return [event async for event in client.runs.watch(run_id)]


async def test_kill_9_with_200_runs_in_hand_loses_none_and_repeats_no_committed_step(
    new_server_process: ServerProcess, tmp_path: Path
) -> None:
    server, ledger = new_server_process, tmp_path / "ledger"
    ledger.touch()
    given = {"ledger": str(ledger), "steps": STEPS, "pause_seconds": 0.05}
    async with AsyncClient(server.grpc_address) as client, asyncio.TaskGroup() as tasks:
        created = [
            await client.runs.create("effects", given, run_id=f"run-{number}")
            for number in range(RUNS)
        ]
        watches = [tasks.create_task(ride_through(client, run.run_id)) for run in created]
        async for event in client.runs.watch(created[20].run_id):
            if event.sequence > 8:
                break  # it has come some way, and so have others
        server.kill()
        committed = committed_steps(server.directory / "data")
        before = ledger_of(ledger)
        assert committed
        assert len(committed) < RUNS * STEPS
        server.start()
    after = ledger_of(ledger)
    for key in committed:
        assert after[key] == before[key], f"{key} was committed and executed again"
    assert len(after) == RUNS * STEPS
    assert max(after.values()) <= 2  # the step in hand at the kill, once more
    async with AsyncClient(server.grpc_address) as client:
        for run in created:
            ended = await client.runs.get(run.run_id)
            assert ended.status is RunStatus.SUCCEEDED
            assert ended.output["done"] == list(range(STEPS))
    for run, watch in zip(created, watches, strict=True):
        events = watch.result()
        assert [event.sequence for event in events] == list(range(1, len(events) + 1))
        assert events[-1].data["to_status"] is RunStatus.SUCCEEDED, run.run_id


async def test_every_answered_creation_survives_a_kill_at_any_instant(
    new_server_process: ServerProcess,
) -> None:
    server, answered = new_server_process, []
    server.settings = {"RUNWIRE_MAX_CRASHES": "100"}  # the runs are not to blame, so none is parked
    chance = random.Random(7)
    for _ in range(3):
        async with AsyncClient(server.grpc_address, timeout_seconds=20) as client:

            async def create(client: AsyncClient = client) -> None:
                while True:
                    try:
                        run = await client.runs.create("three_nodes", {"n": 1}, timeout_seconds=1)
                    except Exception:  # noqa: BLE001 - the server is being killed
                        return
                    answered.append(run.run_id)

            async with asyncio.TaskGroup() as tasks:
                for _ in range(16):
                    tasks.create_task(create())
                while len(answered) < 50:
                    await asyncio.sleep(0.01)
                await asyncio.sleep(chance.random() * 0.5)
                server.kill()
        server.start()
    async with AsyncClient(server.grpc_address) as client:
        for run_id in answered:
            ended = await client.runs.wait(run_id, timeout_seconds=60)
            assert ended.status is RunStatus.SUCCEEDED
            assert ended.output == {"n": 7}


async def test_sigterm_gives_unfinished_runs_back_without_burning_an_attempt(
    new_server_process: ServerProcess, tmp_path: Path
) -> None:
    server, ledger = new_server_process, tmp_path / "ledger"
    ledger.touch()
    given = {"ledger": str(ledger), "steps": 6, "pause_seconds": 0.5}
    async with AsyncClient(server.grpc_address) as client:
        run = await client.runs.create("effects", given)
        async for event in client.runs.watch(run.run_id):
            if event.kind == "state_updated":
                break
        assert server.stop() == 0
        server.start()
        ended = await client.runs.wait(run.run_id, timeout_seconds=60)
        assert ended.status is RunStatus.SUCCEEDED
        assert ended.attempt == 1
    assert max(ledger_of(ledger).values()) <= 2


def test_a_second_server_on_the_same_data_is_refused(new_server_process: ServerProcess) -> None:
    second = ServerProcess(new_server_process.directory, new_server_process.arguments)
    with pytest.raises(RuntimeError, match="in use by another server"):
        second.start()


def test_a_port_in_use_stops_the_start(new_server_process: ServerProcess, tmp_path: Path) -> None:
    taken = new_server_process.grpc_address
    second = ServerProcess(tmp_path / "other", new_server_process.arguments, taken)
    with pytest.raises(RuntimeError, match="in use"):
        second.start()
