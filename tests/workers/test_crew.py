"""`serve --workers N`: processes of its own that execute what it serves."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import GRAPHS, ServerProcess, eventually
from tests.workers.conftest import WORKER_GRAPHS

from runwire_client import AsyncClient, RunStatus


@pytest.fixture
def crewed_server(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server with two worker processes, each with two runs at most."""
    arguments = (WORKER_GRAPHS, GRAPHS, "--workers", "2", "--max-runs", "2")
    running = ServerProcess(tmp_path, arguments)
    running.start()
    yield running
    if running.process is not None:
        running.kill()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"


async def places(client: AsyncClient, count: int) -> set[int]:
    """Return the processes that execute runs which are there at the same time."""
    runs = [await client.runs.create("place", {}) for _ in range(count)]
    ended = [await client.runs.wait(run.run_id, timeout_seconds=20) for run in runs]
    return {run.output["pid"] for run in ended}


async def all_places(client: AsyncClient, *, but: frozenset[int] = frozenset()) -> set[int]:
    found: set[int] = set()
    for _ in range(100):
        found |= await places(client, 4)
        if len(found - but) >= 2:
            break
    return found - but


async def test_two_processes_execute_and_none_of_them_is_the_server(
    crewed_server: ServerProcess,
) -> None:
    async with AsyncClient(crewed_server.grpc_address) as client:
        found = await all_places(client)
    assert crewed_server.process is not None
    assert len(found) == 2
    assert crewed_server.process.pid not in found
    assert crewed_server.stop() == 0
    await eventually(lambda: not any(map(alive, found)))


async def test_a_node_that_kills_its_process_takes_no_server_down(
    crewed_server: ServerProcess, tmp_path: Path
) -> None:
    async with AsyncClient(crewed_server.grpc_address) as client:
        before = await all_places(client)
        run = await client.runs.create("deadly", {"marker": str(tmp_path / "marker")})
        ended = await client.runs.wait(run.run_id, timeout_seconds=20)
        assert ended.status is RunStatus.SUCCEEDED
        assert ended.output["survived"] is True
        assert ended.attempt == 2
        gone = frozenset(pid for pid in before if not alive(pid))
        assert len(gone) == 1
        after = await all_places(client, but=gone)
    assert len(after) == 2, "the process was not started again"
    assert crewed_server.process is not None
    assert crewed_server.process.poll() is None


async def test_worker_processes_end_with_a_server_that_is_killed(
    crewed_server: ServerProcess,
) -> None:
    async with AsyncClient(crewed_server.grpc_address) as client:
        before = await all_places(client)
        run = await client.runs.create("sleepy", {"seconds": 3})
        async for event in client.runs.watch(run.run_id):
            if event.kind == "step_changed":
                break
        crewed_server.kill()
        await eventually(lambda: not any(map(alive, before)))
        crewed_server.start()
        ended = await client.runs.wait(run.run_id, timeout_seconds=20)
    assert ended.status is RunStatus.SUCCEEDED
    assert ended.attempt == 2


async def test_sigterm_lets_worker_processes_finish_what_they_do(
    crewed_server: ServerProcess,
) -> None:
    async with AsyncClient(crewed_server.grpc_address) as client:
        run = await client.runs.create("sleepy", {"seconds": 2})
        async for event in client.runs.watch(run.run_id):
            if event.kind == "step_changed":
                break
        assert crewed_server.process is not None
        crewed_server.process.send_signal(signal.SIGTERM)
        assert crewed_server.process.wait(timeout=20) == 0
        crewed_server.process = None
        crewed_server.start()
        ended = await client.runs.wait(run.run_id, timeout_seconds=20)
    assert (ended.status, ended.attempt) == (RunStatus.SUCCEEDED, 1)


async def test_sigterm_that_comes_twice_at_once_is_one_wish(crewed_server: ServerProcess) -> None:
    async with AsyncClient(crewed_server.grpc_address) as client:
        run = await client.runs.create("sleepy", {"seconds": 2})
        async for event in client.runs.watch(run.run_id):
            if event.kind == "step_changed":
                break
        assert crewed_server.process is not None
        for _ in range(2):  # as coreutils' `timeout` does
            crewed_server.process.send_signal(signal.SIGTERM)
        assert crewed_server.process.wait(timeout=20) == 0
        crewed_server.process = None
        crewed_server.start()
        ended = await client.runs.wait(run.run_id, timeout_seconds=20)
    assert (ended.status, ended.attempt) == (RunStatus.SUCCEEDED, 1)
