"""What nodes tell: in order, before their end, bounded, and the same on threads."""

import asyncio
import io
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.engine.driving import RecordingLeases, drive, failure, output

from runwire.domain.event import (
    ArtifactAdded,
    Custom,
    LogEntry,
    NewEvent,
    OutputChunk,
    Progress,
    StepChanged,
)
from runwire.domain.outcome import Failed, Succeeded
from runwire.domain.payload import decode
from runwire.engine.authoring import Graph
from runwire.engine.context import Context, SyncContext
from runwire.engine.recorder import MAX_EVENTS
from runwire.engine.threads import Threads


def graph_of(function: Any, **options: Any) -> Graph:
    graph = Graph("g")
    graph.node(function, name="x", **options)
    return graph


def details(events: list[NewEvent]) -> list[Any]:
    return [e.detail for e in events if not isinstance(e.detail, StepChanged)][:-1]


async def asynchronous(state: Any, context: Context) -> None:
    await context.emit("org.example.done", {"n": 2**70})
    await context.write("tokens", "Ha")
    await context.progress(1.5, "over")
    await context.log("careful", "warning", rows=3)
    await context.log("plain")


def on_a_thread(state: Any, context: SyncContext) -> None:
    context.emit("org.example.done", {"n": 2**70})
    context.write("tokens", "Ha")
    context.progress(1.5, "over")
    context.log("careful", 4, rows=3)
    context.log("plain")


@pytest.mark.parametrize("function", [asynchronous, on_a_thread])
async def test_nodes_tell_events_chunks_progress_and_log_lines(function: Any) -> None:
    run = drive(graph_of(function))
    assert isinstance(await run.execute(), Succeeded)
    event, chunk, progress, log, plain = details(run.leases.events)
    assert isinstance(event, Custom)
    assert (event.type, decode(event.payload.data)) == ("org.example.done", {"n": 2**70})
    assert isinstance(chunk, OutputChunk)
    assert (chunk.channel, chunk.payload.data) == ("tokens", b'"Ha"')
    assert progress == Progress(fraction=1.0, message="over")
    assert log == LogEntry(severity=4, message="careful", fields=b'{"rows":3}')
    assert plain == LogEntry(severity=6, message="plain")
    statuses = [e.detail for e in run.leases.events if isinstance(e.detail, StepChanged)]
    assert isinstance(run.leases.events[0].detail, StepChanged)
    assert run.leases.events[-2].detail is statuses[-1]
    assert {e.step_id for e in run.leases.events[:-1]} == {"x:1"}


@pytest.mark.parametrize(
    "tell",
    [
        lambda context: context.emit(""),
        lambda context: context.emit("a.b", float("nan")),
        lambda context: context.emit("a.b", "x" * 1_100_000),
        lambda context: context.log("x", "loud"),
        lambda context: context.log("x", 9),
        lambda context: context.log("\ud800"),
        lambda context: context.log("x" * 1_100_000),
        lambda context: context.progress(float("nan")),
    ],
)
async def test_what_cannot_be_told_is_refused_in_the_node(tell: Any) -> None:
    async def node(state: Any, context: Context) -> None:
        await tell(context)

    assert (await failure(graph_of(node))).reason == "NODE_FAILED"


async def test_the_context_says_where_it_is() -> None:
    async def node(state: Any, context: Context) -> dict[str, Any]:
        return {
            "is": [
                context.run_id, context.graph_id, context.node, context.visit, context.attempt,
                context.step_id, context.effect_key, dict(context.labels), context.cancelled,
            ]
        }  # fmt: skip

    found = await output(graph_of(node), labels={"team": "a"})
    assert found["is"] == ["run-1", "g", "x", 1, 1, "x:1", "run-1/x:1", {"team": "a"}, False]


@pytest.mark.parametrize("threaded", [False, True])
async def test_whoever_tells_too_much_waits_until_it_is_on_disk(threaded: bool) -> None:
    count = 5 * MAX_EVENTS
    leases = RecordingLeases(wait_seconds=0.01)

    async def node(state: Any, context: Context) -> None:
        for number in range(count):
            await context.emit("n", number)

    def threaded_node(state: Any, context: SyncContext) -> None:
        for number in range(count):
            context.emit("n", number)

    run = drive(graph_of(threaded_node if threaded else node), leases=leases)
    assert isinstance(await run.execute(), Succeeded)
    assert max(len(batch.events) for batch in leases.batches) <= 2 * MAX_EVENTS + 10
    found = [e.detail.payload.data for e in leases.events if isinstance(e.detail, Custom)]
    assert found == [str(number).encode() for number in range(count)]


async def test_whoever_never_waits_is_stopped_at_last() -> None:
    async def node(state: Any, context: Context) -> None:
        for number in range(20 * MAX_EVENTS):
            context.emit("n", number)

    error = await failure(graph_of(node))
    assert "BufferError" in error.message


async def test_large_events_count_by_their_bytes() -> None:
    leases = RecordingLeases(wait_seconds=0.005)

    async def node(state: Any, context: Context) -> None:
        for _ in range(30):
            await context.emit("large", "x" * 300_000)

    assert isinstance(await drive(graph_of(node), leases=leases).execute(), Succeeded)
    assert max(len(batch.events) for batch in leases.batches) < 15


async def test_what_a_node_says_after_its_time_is_not_recorded() -> None:
    late: list[str] = []
    done = threading.Event()

    def node(state: Any, context: SyncContext) -> None:
        time.sleep(0.05)
        try:
            context.emit("late")
        except RuntimeError as error:
            late.append(str(error))
        done.set()

    run = drive(graph_of(node, timeout_seconds=0.01))
    assert isinstance(await run.execute(), Failed)
    await asyncio.to_thread(done.wait, 2)
    assert "step x:1 has ended" in late[0]
    assert details(run.leases.events) == []


async def test_artifacts_from_anything_and_back(tmp_path: Path) -> None:
    async def stream() -> AsyncIterator[bytes]:
        yield b"stre"
        yield b"am"

    async def node(state: Any, context: Context) -> dict[str, Any]:
        path = Path(state["path"])
        saved = [
            await context.artifacts.save("a.txt", "text"),
            await context.artifacts.save("b", b"bytes"),
            await context.artifacts.save("c.json", path),
            await context.artifacts.save("d.bin", io.BytesIO(b"file"), "image/png"),
            await context.artifacts.save("e", stream()),
        ]
        assert (await context.artifacts.describe(saved[0].artifact_id)).filename == "a.txt"
        chunks = [chunk async for chunk in context.artifacts.open(saved[4].artifact_id)]
        assert chunks == [b"stre", b"am"]
        loaded = [(await context.artifacts.load(s.artifact_id)).decode() for s in saved]
        return {"loaded": loaded, "types": [s.content_type for s in saved]}

    await _check_artifacts(node, tmp_path / "c.json")


async def test_artifacts_on_a_thread(tmp_path: Path) -> None:
    def node(state: Any, context: SyncContext) -> dict[str, Any]:
        contents: list[Any] = [
            "text",
            b"bytes",
            Path(state["path"]),
            io.BytesIO(b"file"),
            b"stream",
        ]
        names = ["a.txt", "b", "c.json", "d.bin", "e"]
        kinds = [None, None, None, "image/png", None]
        saved = [
            context.artifacts.save(name, content, kind)
            for name, content, kind in zip(names, contents, kinds, strict=True)
        ]
        assert context.artifacts.describe(saved[0].artifact_id).filename == "a.txt"
        assert b"".join(context.artifacts.open(saved[4].artifact_id)) == b"stream"
        loaded = [context.artifacts.load(s.artifact_id).decode() for s in saved]
        return {"loaded": loaded, "types": [s.content_type for s in saved]}

    await _check_artifacts(node, tmp_path / "c.json")


async def _check_artifacts(node: Any, path: Path) -> None:
    await asyncio.to_thread(path.write_text, "{}")
    run = drive(graph_of(node), {"path": str(path)})
    outcome = await run.execute()
    assert isinstance(outcome, Succeeded), outcome
    found = decode(outcome.output)
    assert found["loaded"] == ["text", "bytes", "{}", "file", "stream"]
    assert found["types"] == [
        "text/plain",
        "application/octet-stream",
        "application/json",
        "image/png",
        "application/octet-stream",
    ]
    added = [e.detail for e in run.leases.events if isinstance(e.detail, ArtifactAdded)]
    assert [a.filename for a in added] == ["a.txt", "b", "c.json", "d.bin", "e"]


async def test_threads_are_bounded_and_the_next_function_waits_its_turn() -> None:
    threads, running, most = Threads(3), 0, 0
    guard = threading.Lock()

    def work() -> int:
        nonlocal running, most
        with guard:
            running += 1
            most = max(most, running)
        time.sleep(0.005)
        with guard:
            running -= 1
        return threading.get_ident()

    async with asyncio.TaskGroup() as group:
        calls = [group.create_task(threads.call(work)) for _ in range(20)]
    assert most == 3
    assert len(Counter(call.result() for call in calls)) <= 4


async def test_threads_that_hang_starve_nobody() -> None:
    threads, let_go = Threads(2), threading.Event()
    try:
        for _ in range(4):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await threads.call(let_go.wait)
        async with asyncio.timeout(2):
            assert await threads.call(lambda: "free") == "free"
    finally:
        let_go.set()


async def test_a_step_that_waits_for_a_thread_can_be_cancelled() -> None:
    threads, let_go = Threads(1), threading.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(threads.call(let_go.wait))
        await asyncio.sleep(0)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await threads.call(lambda: None)
        let_go.set()
    assert await threads.call(lambda: 1) == 1


async def test_exceptions_and_context_cross_to_the_thread_and_back() -> None:
    def fail() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        await Threads().call(fail)
    with pytest.raises(RuntimeError):
        await Threads().call(lambda: next(iter(())))
