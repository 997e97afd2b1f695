"""What fails: nodes, limits, updates, branches; and what a run tells of it."""

import asyncio
import logging
from typing import Any, TypedDict

import pytest
from tests.engine.driving import drive, failure, output

from runwire.domain.outcome import Failed, Succeeded
from runwire.domain.run import RunStatus
from runwire.engine.authoring import Backoff, Command, Graph, Send
from runwire.engine.context import Context


class Count(TypedDict, total=False):
    n: int
    deep: list[Any]


def graph_of(function: Any, state: Any = Count, **options: Any) -> Graph:
    graph = Graph("g", state=state)
    graph.node(function, name="x", **options)
    return graph


async def test_a_failed_node_fails_the_run_and_the_log_has_the_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(state: Any) -> None:
        raise ValueError("n is " + "9" * 5000)

    with caplog.at_level(logging.WARNING):
        run = drive(graph_of(fail))
        outcome = await run.execute()
    assert isinstance(outcome, Failed)
    error = outcome.error
    assert (error.code, error.reason) == (2, "NODE_FAILED")
    assert error.message.startswith("node 'x' failed: ValueError: n is 999")
    assert len(error.message) == 2000
    assert error.metadata == {"node": "x", "attempt": "1", "exception": "ValueError"}
    assert "Traceback" in caplog.text
    step = run.leases.steps["x:1"]
    assert (step.status, step.ended_at is not None) == (RunStatus.FAILED, True)
    assert run.leases.told("x:1") == ["running", "failed"]


async def test_attempts_are_made_with_growing_pauses_until_one_succeeds() -> None:
    attempts = []

    async def sometimes(state: Any, context: Context) -> dict[str, Any]:
        attempts.append((context.attempt, context.effect_key))
        if context.attempt < 4:
            raise OSError("not yet")
        return {"n": context.attempt}

    backoff = Backoff(initial_seconds=1, factor=3, max_seconds=5)
    run = drive(graph_of(sometimes, retries=3, backoff=backoff, retry_on=OSError))
    run.random = 0.5
    assert isinstance(await run.execute(), Succeeded)
    assert run.slept == [0.5, 1.5, 2.5]
    assert attempts == [(n, "run-1/x:1") for n in (1, 2, 3, 4)]
    assert run.leases.told("x:1") == ["running", "failed"] * 3 + ["running", "succeeded"]
    messages = [
        e.detail.message for e in run.leases.events if getattr(e.detail, "message", "")
    ]  # fmt: skip
    assert messages[0] == "attempt 1 of 4 failed: node 'x' failed: OSError: not yet; next in 0.5 s"
    assert run.leases.steps["x:1"].attempt == 4


async def test_attempts_end_when_used_up_or_when_the_exception_is_another() -> None:
    def fail(state: Any) -> None:
        raise ValueError("no")

    run = drive(graph_of(fail, retries=2))
    outcome = await run.execute()
    assert isinstance(outcome, Failed)
    assert outcome.error.metadata["attempt"] == "3"
    run = drive(graph_of(fail, retries=2, retry_on=(OSError, KeyError)))
    outcome = await run.execute()
    assert isinstance(outcome, Failed)
    assert outcome.error.metadata["attempt"] == "1"
    assert run.slept == []


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("update", "words"),
    [
        ({"unknown": 1}, "key 'unknown', which its state lacks; keys: n, deep"),
        ({"n": "many"}, "key 'n' that does not fit: Input should be a valid integer"),
        ({"n": float("nan")}, "key 'n'"),
        ({"deep": [float("nan")]}, "key 'deep' that does not fit: not JSON"),
        ({"deep": [float("inf")]}, "key 'deep'"),
        ({"deep": [object()]}, "key 'deep' that does not fit: not JSON"),
        ({"deep": ["\ud800"]}, "surrogate"),
        ({"deep": nested(250)}, "nested deeper"),
        ({"deep": nested(199)}, "nested deeper"),
        ({"deep": nested(50_000)}, "key 'deep'"),
        ({3: 1}, "key 3"),
        ("text", "returned str; it must return an update"),
        ([{"n": 1}], "returned list"),
        (Command(update="x"), "returned str"),
    ],
)
async def test_a_wrong_update_is_refused_with_node_and_key(update: Any, words: str) -> None:
    run = drive(graph_of(lambda state: update, retries=3))
    outcome = await run.execute()
    assert isinstance(outcome, Failed)
    assert outcome.error.reason == "INVALID_UPDATE"
    assert outcome.error.message.startswith("node 'x' ")
    assert words in outcome.error.message
    assert run.slept == []


async def test_nan_in_a_typed_float_and_in_what_pydantic_writes_is_refused() -> None:
    class Precise(TypedDict, total=False):
        ratio: float
        when: dict[int, Any]

    for update in ({"ratio": float("nan")}, {"when": {1: float("nan")}}):
        error = await failure(graph_of(lambda state, update=update: update, state=Precise))
        assert error.reason == "INVALID_UPDATE"
    assert await output(graph_of(lambda state: {"when": {1: None}}, state=Precise)) == {
        "when": {"1": None}
    }


async def test_an_update_as_deep_as_allowed_survives_being_stored() -> None:
    given = nested(190)
    graph = graph_of(lambda state: {"deep": given})
    graph.node(lambda state: {"n": len(state["deep"])}, name="y")
    graph.edge("x", "y")
    run = drive(graph)
    assert isinstance(await run.execute(), Succeeded)
    assert run.leases.state() == {"deep": given, "n": 1}


async def test_an_update_that_is_too_large_is_refused_and_artifacts_are_named() -> None:
    error = await failure(graph_of(lambda state: {"deep": ["x" * 1_100_000]}))
    assert (error.code, error.reason) == (8, "PAYLOAD_TOO_LARGE")
    assert "artifacts.save" in error.message


@pytest.mark.parametrize("goto", ["nowhere", ["x", "nowhere"], Send("nowhere", 1), 7])
async def test_going_nowhere_is_refused(goto: Any) -> None:
    error = await failure(graph_of(lambda state: Command(goto=goto)))
    assert error.reason == "INVALID_GOTO"
    assert "node 'x' goes to" in error.message


@pytest.mark.parametrize(
    ("choose", "words"),
    [
        (lambda state: "nowhere", "answered 'nowhere'; it knows 'go'"),
        (lambda state: state["missing"], "failed: KeyError: 'missing'"),
    ],
)
async def test_a_branch_that_fails_is_named(choose: Any, words: str) -> None:
    graph = graph_of(lambda state: {"n": 1})
    graph.branch("x", choose, {"go": "x", "end": "__end__"})
    run = drive(graph)
    outcome = await run.execute()
    assert isinstance(outcome, Failed)
    assert outcome.error.reason == "BRANCH_FAILED"
    assert outcome.error.message.startswith("the branch after 'x' ")
    assert words in outcome.error.message
    assert run.leases.steps["x:1"].status is RunStatus.SUCCEEDED


async def test_when_one_parallel_step_fails_the_others_are_stopped() -> None:
    graph = Graph("parallel")
    stopped = []

    @graph.node
    async def start(state: Any) -> None: ...

    @graph.node
    async def bad(state: Any) -> None:
        await asyncio.sleep(0.005)
        raise ValueError("bad")

    @graph.node
    async def good(state: Any) -> dict[str, Any]:
        return {"good": 1}

    @graph.node
    async def slow(state: Any) -> None:
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            stopped.append(True)
            raise

    for name in ("bad", "good", "slow"):
        graph.edge("start", name)
    run = drive(graph)
    outcome = await run.execute()
    assert isinstance(outcome, Failed)
    assert "'bad'" in outcome.error.message
    assert stopped == [True]
    assert {i: s.status.value for i, s in run.leases.steps.items()} == {
        "start:1": "succeeded",
        "bad:1": "failed",
        "good:1": "succeeded",
        "slow:1": "cancelled",
    }


async def test_a_node_that_exits_or_cancels_itself_fails_only_its_run() -> None:
    def leave(state: Any) -> None:
        raise SystemExit(3)

    async def cancel(state: Any) -> None:
        raise asyncio.CancelledError

    assert (await failure(graph_of(leave, retries=1))).message == "node 'x' failed: SystemExit: 3"
    assert (await failure(graph_of(cancel, retries=1))).metadata["exception"] == "CancelledError"
