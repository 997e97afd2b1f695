"""Graphs of LangGraph are executed by workers that have no database, threads and all."""

import asyncio
import signal
from collections import Counter
from pathlib import Path

import pytest
from tests.conftest import ROOT, ServerProcess, eventually, settings_in
from tests.workers.conftest import StartWorker

from runwire.remote import outbox
from runwire.server import serve
from runwire.worker import working
from runwire_client import AsyncClient, Run, RunOptions, RunStatus

GRAPHS = "tests/langgraph/graphs.py"
NODES = [f"node_{number:02}" for number in range(12)]


def graphs(*names: str) -> tuple[str, ...]:
    return tuple(f"{name}={GRAPHS}:{name}" for name in names)


async def interrupted(client: AsyncClient, run_id: str) -> Run:
    """Wait until a run asks."""
    async for event in client.runs.watch(run_id):
        if event.kind == "status_changed":
            run = await client.runs.get(run_id)
            if run.status is RunStatus.INTERRUPTED:
                return run
    raise AssertionError("it has ended")


async def test_a_thread_goes_on_from_run_to_run(
    lonely_server: ServerProcess, start_worker: StartWorker
) -> None:
    start_worker(*graphs("ledger", "fan"))
    async with AsyncClient(lonely_server.grpc_address) as client:
        for turn in range(1, 4):
            run = await client.runs.create("ledger", {"log": [f"turn {turn}"]}, thread_id="thread")
            ended = await client.runs.wait(run.run_id, timeout_seconds=20)
            assert ended.status is RunStatus.SUCCEEDED, ended.error
            expected = [word for i in range(1, turn + 1) for word in (f"turn {i}", *NODES)]
            assert ended.output["log"] == expected
        alone = await client.runs.create("fan", {"log": []})
        ended = await client.runs.wait(alone.run_id, timeout_seconds=20)
        assert ended.output["log"] == ["start", "one a", "one b", "one c"]


async def test_questions_are_asked_and_answered(
    lonely_server: ServerProcess, start_worker: StartWorker
) -> None:
    start_worker(*graphs("questions"))
    async with AsyncClient(lonely_server.grpc_address) as client:
        run = await client.runs.create("questions", {"log": []})
        for answer in ("first", "second"):
            stopped = await interrupted(client, run.run_id)
            [asked] = stopped.interrupts
            await client.runs.resume(run.run_id, answer, interrupt_id=asked.interrupt_id)
        ended = await client.runs.wait(run.run_id, timeout_seconds=20)
    assert ended.output["log"] == ["before", "one=first", "two=second"]


@pytest.mark.parametrize("who", ["worker", "server"])
async def test_what_was_done_before_a_kill_stays_done(
    lonely_server: ServerProcess, start_worker: StartWorker, tmp_path: Path, who: str
) -> None:
    ledger = tmp_path / "ledger"

    def executed() -> list[str]:
        return ledger.read_text().split() if ledger.exists() else []

    worker = start_worker(*graphs("ledger"))
    async with AsyncClient(lonely_server.grpc_address) as client:
        given = {"log": [], "ledger": str(ledger), "pause": 0.1}
        run = await client.runs.create("ledger", given, thread_id="thread")
        await eventually(lambda: len(executed()) >= 4)
        if who == "worker":
            worker.end(signal.SIGKILL)
            start_worker(*graphs("ledger"))
        else:
            lonely_server.kill()
            lonely_server.start()
        ended = await client.runs.wait(run.run_id, timeout_seconds=30)
    assert ended.status is RunStatus.SUCCEEDED, ended.error
    assert ended.output["log"] == NODES
    counts = Counter(executed())
    assert set(counts) == set(NODES)
    # The node that was under way, and at most one whose end was not on disk yet.
    assert sum(counts.values()) <= len(NODES) + (2 if who == "worker" else 0)
    assert ended.attempt == (2 if who == "worker" else 1)


@pytest.mark.parametrize(
    ("name", "reason"), [(r"half \udc80", "NOT_STORABLE"), (r"nothing \0", "INVALID_FIELD")]
)
async def test_a_record_that_cannot_be_stored_fails_its_run(
    tmp_path: Path, name: str, reason: str
) -> None:
    """A worker cannot send half a character, and the server takes no NUL from it."""
    naming = str(ROOT / "tests/langgraph/misbehaving.py:naming")
    connected, loop = asyncio.Event(), asyncio.get_running_loop()

    def tell(_: str) -> None:
        loop.call_soon_threadsafe(connected.set)

    async with serve(settings_in(tmp_path, graphs={}, worker=False)) as server:
        crew = settings_in(tmp_path / "worker", graphs={"naming": naming})
        async with (
            working(crew, [server.grpc_address], on_connected=tell),
            AsyncClient(server.grpc_address) as client,
            asyncio.timeout(20),
        ):
            await connected.wait()
            run = await client.runs.create("naming", {"value": name}, thread_id="thread")
            ended = await client.runs.wait(run.run_id, timeout_seconds=20)
            thread = await client.threads.get("thread")
    assert ended.error is not None
    assert (ended.status, ended.attempt) == (RunStatus.FAILED, 1)
    assert ended.error.reason == reason
    assert thread.status == "error"


@pytest.mark.parametrize("modes", [(), ("values",)])
async def test_a_record_that_no_server_takes_fails_its_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, modes: tuple[str, ...]
) -> None:
    """Else it would be sent again and again, and the run would never end."""
    monkeypatch.setattr(outbox, "MAX_RECORD_BYTES", 1024 * 1024)
    grows = str(ROOT / "tests/langgraph/projects/many/graphs.py:grows")
    connected, loop = asyncio.Event(), asyncio.get_running_loop()

    def tell(_: str) -> None:
        loop.call_soon_threadsafe(connected.set)

    async with serve(settings_in(tmp_path, graphs={}, worker=False)) as server:
        settings = settings_in(tmp_path / "worker", graphs={"grows": grows})
        async with (
            working(settings, [server.grpc_address], on_connected=tell),
            AsyncClient(server.grpc_address) as client,
            asyncio.timeout(20),
        ):
            await connected.wait()
            options = RunOptions(stream_modes=modes)
            run = await client.runs.create(
                "grows", {"mebibytes": 2}, thread_id="thread", options=options
            )
            ended = await client.runs.wait(run.run_id, timeout_seconds=20)
            thread = await client.threads.get("thread")
    assert ended.error is not None
    assert (ended.status, ended.attempt) == (RunStatus.FAILED, 1)
    assert ended.error.reason == "RECORD_TOO_LARGE"
    assert "artifacts" in ended.error.message
    assert thread.status == "error"
