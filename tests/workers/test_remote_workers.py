"""Runs are executed by processes that have no database."""

import asyncio
import signal
import time
from collections import Counter
from pathlib import Path

import pytest
from tests.conftest import GRAPHS, ServerProcess, eventually
from tests.workers.conftest import WORKER_GRAPHS, StartWorker

from runwire_client import AsyncClient, Invalid, NotFound, RunStatus


def executed(ledger: Path) -> list[tuple[int, str]]:
    """Return (process, effect key) of every execution, in order."""
    if not ledger.exists():
        return []
    return [(int(pid), key) for pid, key in map(str.split, ledger.read_text().splitlines())]


def counting_input(ledger: Path, **changes: object) -> dict[str, object]:
    return {"ledger": str(ledger), "steps": 20, "pause_seconds": 0.2, "done": [], **changes}


async def test_runs_are_executed_where_the_worker_is(
    lonely_server: ServerProcess, start_worker: StartWorker
) -> None:
    worker = start_worker()
    async with AsyncClient(lonely_server.grpc_address) as client:
        run = await client.runs.create("place", {})
        ended = await client.runs.wait(run.run_id, timeout_seconds=20)
    assert worker.process is not None
    assert ended.output == {"pid": worker.process.pid}


async def test_work_goes_on_within_two_seconds_of_a_kill(
    lonely_server: ServerProcess, start_worker: StartWorker, tmp_path: Path
) -> None:
    ledger = tmp_path / "ledger"
    first = start_worker()
    async with AsyncClient(lonely_server.grpc_address) as client:
        run = await client.runs.create("counting", counting_input(ledger))
        await eventually(lambda: len(executed(ledger)) >= 3)
        second = start_worker()
        assert first.process is not None
        assert second.process is not None
        before, pid = len(executed(ledger)), second.process.pid
        first.end(signal.SIGKILL)
        began = time.monotonic()
        await eventually(lambda: any(who == pid for who, _ in executed(ledger)))
        went_on_seconds = time.monotonic() - began
        ended = await client.runs.wait(run.run_id, timeout_seconds=30)
    assert before
    assert went_on_seconds < 2
    assert ended.status is RunStatus.SUCCEEDED
    assert ended.attempt == 2
    counts = Counter(key for _, key in executed(ledger))
    assert len(counts) == 20
    assert sum(counts.values()) <= 21


@pytest.mark.parametrize("how", ["kill", "stop"])
async def test_nothing_is_executed_again_when_the_server_is_started_again(
    lonely_server: ServerProcess, start_worker: StartWorker, tmp_path: Path, how: str
) -> None:
    ledger = tmp_path / "ledger"
    start_worker()
    async with AsyncClient(lonely_server.grpc_address) as client:
        runs = [
            await client.runs.create("counting", counting_input(ledger, steps=30))
            for _ in range(10)
        ]
        await eventually(lambda: len(executed(ledger)) >= 50)
        getattr(lonely_server, how)()
        lonely_server.start()
        for run in runs:
            ended = await client.runs.wait(run.run_id, timeout_seconds=30)
            assert ended.status is RunStatus.SUCCEEDED
            assert ended.attempt == 1
    counts = Counter(key for _, key in executed(ledger))
    assert len(counts) == 300
    assert max(counts.values()) == 1


async def test_a_cancellation_reaches_the_node_at_once(
    lonely_server: ServerProcess, start_worker: StartWorker
) -> None:
    start_worker()
    async with AsyncClient(lonely_server.grpc_address) as client:
        run = await client.runs.create("sleepy", {"seconds": 60})
        async for event in client.runs.watch(run.run_id):
            if event.kind == "step_changed":
                break
        began = time.monotonic()
        await client.runs.cancel(run.run_id)
        ended = await client.runs.wait(run.run_id, timeout_seconds=20)
    assert ended.status is RunStatus.CANCELLED
    assert time.monotonic() - began < 1


async def test_nodes_save_and_load_artifacts(
    lonely_server: ServerProcess, start_worker: StartWorker
) -> None:
    start_worker()
    async with AsyncClient(lonely_server.grpc_address) as client:
        run = await client.runs.create("storing", {"size": 3_000_000})
        ended = await client.runs.wait(run.run_id, timeout_seconds=30)
        assert ended.status is RunStatus.SUCCEEDED, ended.error
        assert ended.output["read"] == ended.output["pieces"] == 3_000_000
        assert ended.output["text"] == "some text"
        found = await client.artifacts.get(ended.output["artifact"])
        kinds = [event.kind async for event in client.runs.watch(run.run_id)]
    assert found.run_id == run.run_id
    assert kinds.count("artifact_added") == 2


async def test_questions_are_asked_and_answered(
    lonely_server: ServerProcess, start_worker: StartWorker
) -> None:
    start_worker()
    async with AsyncClient(lonely_server.grpc_address) as client:
        run = await client.runs.create("interview", {})
        for answer in ("Ada", 36):
            async with asyncio.timeout(20):
                while not (await client.runs.get(run.run_id)).interrupts:
                    await asyncio.sleep(0.02)
            await client.runs.resume(run.run_id, answer)
            await asyncio.sleep(0)
        ended = await client.runs.wait(run.run_id, timeout_seconds=20)
    assert ended.output == {"name": "Ada", "age": 36}


async def test_events_deltas_and_state_come_through_in_order(
    lonely_server: ServerProcess, start_worker: StartWorker
) -> None:
    start_worker()
    async with AsyncClient(lonely_server.grpc_address) as client:
        emitter = await client.runs.create("emitter", {"count": 5000})
        talker = await client.runs.create("talker", {"count": 500})
        events = [event async for event in client.runs.watch(emitter.run_id)]
        chunks = [event async for event in client.runs.watch(talker.run_id)]
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    numbers = [e.data["payload"]["number"] for e in events if e.kind == "custom"]
    assert numbers == list(range(5000))
    words = [e.data["payload"] for e in chunks if e.kind == "output_chunk"]
    assert words == [f"word{number} " for number in range(500)]


async def test_failed_and_retried_nodes_and_parallel_ones(
    lonely_server: ServerProcess, start_worker: StartWorker
) -> None:
    start_worker()
    async with AsyncClient(lonely_server.grpc_address) as client:
        failing = await client.runs.create("failing", {"n": 5})
        fan = await client.runs.create("fan", {"texts": ["a b", "c"], "counts": []})
        ended = await client.runs.wait(failing.run_id, timeout_seconds=30)
        assert ended.status is RunStatus.FAILED
        assert ended.error is not None
        assert ended.error.reason == "NODE_FAILED"
        assert "n is 5" in ended.error.message
        assert (await client.runs.wait(fan.run_id, timeout_seconds=30)).output["counts"] == [2, 1]


async def test_two_workers_with_different_graphs_get_each_their_own(
    lonely_server: ServerProcess, start_worker: StartWorker
) -> None:
    one, other = start_worker(WORKER_GRAPHS), start_worker(GRAPHS)
    assert one.process is not None
    assert other.process is not None
    async with AsyncClient(lonely_server.grpc_address) as client:
        listed = [graph.graph_id async for graph in client.graphs.list()]
        assert {"place", "three_nodes"} <= set(listed)
        places = [await client.runs.create("place", {}) for _ in range(10)]
        numbers = [await client.runs.create("three_nodes", {"n": 1}) for _ in range(10)]
        for run in places:
            ended = await client.runs.wait(run.run_id, timeout_seconds=20)
            assert ended.output == {"pid": one.process.pid}
        for run in numbers:
            assert (await client.runs.wait(run.run_id, timeout_seconds=20)).output == {"n": 7}


@pytest.fixture
async def left(lonely_server: ServerProcess, start_worker: StartWorker):
    """A client of a server that only knows of graphs what a worker has told that is gone."""
    start_worker(WORKER_GRAPHS).end(signal.SIGTERM)
    async with AsyncClient(lonely_server.grpc_address) as client:
        yield client


async def test_a_server_without_code_checks_input(left: AsyncClient) -> None:
    with pytest.raises(Invalid) as wrong:
        await left.runs.create("checked", {"size": "large"})
    assert wrong.value.violations[0].field == "spec.input.size"
    assert wrong.value.reason == "INPUT_SCHEMA_MISMATCH"
    with pytest.raises(NotFound):
        await left.runs.create("nothing", {})


async def test_a_server_without_code_describes_and_remembers(
    left: AsyncClient, lonely_server: ServerProcess
) -> None:
    for _ in range(2):
        described = await left.graphs.get("checked")
        assert [node.name for node in described.nodes] == ["grow"]
        assert "shout" in [tool.name async for tool in left.graphs.tools()]
        lonely_server.stop()
        lonely_server.start()


async def test_a_server_without_code_takes_definitions_and_runs_that_wait(
    left: AsyncClient, start_worker: StartWorker
) -> None:
    says = {"tool": "shout", "arguments": {"word": "hey"}}
    await left.graphs.create({"graph_id": "loud", "nodes": {"say": says}, "edges": []})
    broken = {"tool": "shout", "arguments": {"word": 1}}
    with pytest.raises(Invalid):
        await left.graphs.create({"graph_id": "odd", "nodes": {"say": broken}, "edges": []})
    checked = await left.runs.create("checked", {"size": 1})
    loud = await left.runs.create("loud", {})
    assert (await left.runs.get(checked.run_id)).status is RunStatus.QUEUED
    worker = start_worker(WORKER_GRAPHS)
    assert worker.process is not None
    ended = await left.runs.wait(checked.run_id, timeout_seconds=20)
    assert ended.output == {"size": 2}
    said = await left.runs.wait(loud.run_id, timeout_seconds=20)
    assert said.output == {"said": "HEY", "pid": worker.process.pid}


async def test_sigterm_gives_unfinished_runs_back_without_burning_an_attempt(
    lonely_server: ServerProcess, start_worker: StartWorker, tmp_path: Path
) -> None:
    ledger = tmp_path / "ledger"
    first = start_worker(WORKER_GRAPHS, GRAPHS, "--drain-seconds", "0.3")
    async with AsyncClient(lonely_server.grpc_address) as client:
        runs = [await client.runs.create("counting", counting_input(ledger)) for _ in range(3)]
        sleepy = await client.runs.create("sleepy", {"seconds": 2})
        await eventually(lambda: len(executed(ledger)) >= 6)
        assert first.end(signal.SIGTERM) == 0
        for run in (*runs, sleepy):
            given_back = await client.runs.get(run.run_id)
            assert given_back.status is RunStatus.QUEUED
            assert given_back.attempt == 0
        start_worker()
        for run in (*runs, sleepy):
            ended = await client.runs.wait(run.run_id, timeout_seconds=30)
            assert (ended.status, ended.attempt) == (RunStatus.SUCCEEDED, 1)
    counts = Counter(key for _, key in executed(ledger))
    assert max(counts.values()) == 1
