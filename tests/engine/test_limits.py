"""Limits of time and steps, lost leases, cancellation, pauses."""

import asyncio
import contextlib
import time
from datetime import timedelta
from typing import Any, TypedDict

import pytest
from tests.engine.driving import Crash, Driven, RecordingLeases, drive, failure, now

from runwire.domain.outcome import Cancelled, Failed, Succeeded
from runwire.domain.run import RunStatus
from runwire.engine.authoring import Graph
from runwire.engine.context import SyncContext
from runwire.engine.faults import LeaseLost, Paused


class Count(TypedDict, total=False):
    n: int
    deep: list[Any]


def graph_of(function: Any, state: Any = Count, **options: Any) -> Graph:
    graph = Graph("g", state=state)
    graph.node(function, name="x", **options)
    return graph


@pytest.mark.parametrize("retries", [0, 2])
async def test_a_node_that_takes_too_long_is_stopped(retries: int) -> None:
    async def sleep(state: Any) -> None:
        await asyncio.sleep(10)

    error = await failure(graph_of(sleep, timeout_seconds=0.01, retries=retries))
    assert (error.code, error.reason) == (4, "NODE_TIMEOUT")
    assert error.message == "node 'x' took longer than 0.01 s"
    assert error.metadata["attempt"] == str(retries + 1)


async def test_a_node_on_a_thread_that_takes_too_long_is_left_and_told() -> None:
    told = []

    def hang(state: Any, context: SyncContext) -> None:
        until = time.monotonic() + 5
        while time.monotonic() < until and not context.cancelled:
            time.sleep(0.002)
        told.append(context.cancelled)

    began = time.monotonic()
    error = await failure(graph_of(hang, timeout_seconds=0.02))
    assert error.reason == "NODE_TIMEOUT"
    assert time.monotonic() - began < 2
    for _ in range(200):
        if told:
            break
        await asyncio.sleep(0.005)
    assert told == [True]


async def test_a_timeout_error_of_the_node_itself_is_a_failure_of_the_node() -> None:
    async def fail(state: Any) -> None:
        raise TimeoutError("theirs")

    assert (await failure(graph_of(fail, timeout_seconds=5))).reason == "NODE_FAILED"


@pytest.mark.parametrize("started", [timedelta(0), timedelta(hours=-1)])
async def test_a_run_has_a_time_limit_counted_from_its_first_start(started: timedelta) -> None:
    async def sleep(state: Any) -> None:
        await asyncio.sleep(10)

    run = drive(graph_of(sleep), timeout_seconds=0.02, started_at=now() + started)
    outcome = await run.execute()
    assert isinstance(outcome, Failed)
    assert (outcome.error.code, outcome.error.reason) == (4, "RUN_TIMEOUT")
    assert [s.status for s in run.leases.steps.values()] == [RunStatus.CANCELLED]


async def test_a_node_that_ignores_the_end_of_time_is_the_last_one() -> None:
    graph = Graph("stubborn")

    @graph.node
    async def stubborn(state: Any) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(10)

    graph.node(lambda state: {"never": 1}, name="never")
    graph.edge("stubborn", "never")
    run = drive(graph, timeout_seconds=0.01)
    outcome = await run.execute()
    assert isinstance(outcome, Failed)
    assert outcome.error.reason == "RUN_TIMEOUT"
    assert "never:1" not in run.leases.steps


async def test_a_loop_without_end_is_stopped() -> None:
    graph = Graph("loop", max_steps=5)
    graph.node(lambda state: {"__next_node__": "x"}, name="x")
    run = drive(graph)
    outcome = await run.execute()
    assert isinstance(outcome, Failed)
    assert (outcome.error.code, outcome.error.reason) == (9, "MAX_STEPS_EXCEEDED")
    assert "5 steps" in outcome.error.message
    assert len(run.leases.steps) == 5


@pytest.mark.parametrize("refuse_after", [0, 1])
async def test_a_lost_lease_ends_the_attempt_at_once(refuse_after: int) -> None:
    graph = Graph("two")
    graph.node(lambda state: {}, name="a")

    @graph.node
    async def b(state: Any) -> None:
        await asyncio.sleep(10)

    graph.edge("a", "b")
    leases = RecordingLeases(refuse="LEASE_LOST", refuse_after=refuse_after)
    with pytest.raises(LeaseLost):
        await drive(graph, leases=leases).execute()
    assert len(leases.batches) == refuse_after


async def test_a_run_that_is_being_cancelled_is_told_by_its_next_commit() -> None:
    async def sleep(state: Any) -> None:
        await asyncio.sleep(10)

    leases = RecordingLeases(refuse="RUN_CANCELLING")
    run = drive(graph_of(sleep), leases=leases)
    assert isinstance(await run.execute(), Cancelled)
    assert run.last is not None
    assert [s.step_id for s in run.last.progress.steps] == ["x:1"]


async def test_an_error_of_the_port_is_not_taken_for_one_of_the_node() -> None:
    class Down(RecordingLeases):
        async def record(self, lease: Any, progress: Any) -> None:
            raise ConnectionError("down")

    graph = graph_of(lambda state: {"__next_node__": "x"})
    with pytest.raises(ConnectionError, match="down"):
        await drive(graph, leases=Down()).execute()


async def test_cancelling_the_attempt_cancels_its_nodes() -> None:
    seen: list[str] = []
    inside = asyncio.Event()

    async def node(state: Any) -> None:
        inside.set()
        try:
            await asyncio.sleep(10)
        finally:
            seen.append("cleaned up")

    run = drive(graph_of(node, timeout_seconds=60))
    running = asyncio.create_task(run.execute())
    await inside.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert seen == ["cleaned up"]


async def test_a_paused_attempt_stops_between_two_supersteps_and_goes_on_later() -> None:
    graph = Graph("pause", state=Count)
    run: Driven

    @graph.node
    async def first(state: Count) -> dict[str, Any]:
        assert run.recorder is not None
        run.recorder.paused = True
        return {"n": 1}

    @graph.node
    async def second(state: Count) -> dict[str, Any]:
        return {"n": state["n"] + 1}

    graph.edge("first", "second")
    run = drive(graph)
    with pytest.raises(Paused):
        await run.execute()
    assert run.leases.state() == {"n": 1}
    outcome = await run.execute()
    assert isinstance(outcome, Succeeded)
    assert outcome.output == b'{"n":2}'


async def test_a_graph_that_lost_a_node_fails_its_old_runs_clearly() -> None:
    before, after = Graph("g"), Graph("g")
    before.node(lambda state: {"n": 1}, name="a")
    before.node(lambda state: {}, name="gone")
    before.edge("a", "gone")
    after.node(lambda state: {}, name="a")
    run = drive(before, leases=RecordingLeases(crash_after=1))
    with pytest.raises(Crash):
        await run.execute()
    run.graph = after.compile()
    outcome = await run.execute()
    assert isinstance(outcome, Failed)
    assert (outcome.error.code, outcome.error.reason) == (9, "GRAPH_CHANGED")
    assert "checkpoint 1 goes on with node 'gone'" in outcome.error.message
