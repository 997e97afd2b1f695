"""After a crash a run goes on from what is recorded, repeats no finished step, ends the same."""

import asyncio
import operator
from collections import Counter
from typing import Annotated, Any, TypedDict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.engine.driving import Crash, RecordingLeases, drive

from runwire.domain.outcome import Failed, Interrupted, Succeeded
from runwire.domain.payload import decode
from runwire.domain.run import RunStatus
from runwire.domain.step import Step
from runwire.engine.authoring import Command, Graph, Send
from runwire.engine.context import Context, interrupt


class State(TypedDict):
    log: Annotated[list[str], operator.add]
    n: int
    parts: Annotated[dict[str, int], lambda before, new: {**before, **new}]


Layers = list[list[bool]]
"""Per layer its nodes; whether each goes on by Send."""


def graph_of(layers: Layers, ran: Counter[str], delays: list[float]) -> Graph:
    """Return a graph of layers, every node of which leads to all of the next."""
    graph = Graph("layers", state=State)

    def node_of(name: str, sends: list[str], delay: float) -> Any:
        async def node(state: Any, context: Context) -> Command:
            ran[context.step_id] += 1
            await asyncio.sleep(delay)
            update = {"log": [context.step_id], "parts": {context.step_id: context.visit}}
            return Command(update=update, goto=[Send(to, {"by": name}) for to in sends] or None)

        return node

    names = [
        [f"{depth}{index}" for index in range(len(layer))] for depth, layer in enumerate(layers)
    ]
    following = [*names[1:], []]
    for layer, own, after in zip(layers, names, following, strict=True):
        for sends, name in zip(layer, own, strict=True):
            delay = delays[int(name) % len(delays)]
            graph.node(node_of(name, after if sends else [], delay), name=name, goto=after)
            for target in after if not sends else []:
                graph.edge(name, target)
    for name in names[0]:
        graph.edge("__start__", name)
    return graph


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(
    layers=st.lists(st.lists(st.booleans(), min_size=1, max_size=3), min_size=1, max_size=4),
    delays=st.lists(st.sampled_from([0, 0.001, 0.003]), min_size=1, max_size=5),
    crashes=st.lists(st.integers(1, 3), max_size=6),
)
def test_a_run_that_crashes_after_any_commit_ends_as_if_it_had_not(
    layers: Layers, delays: list[float], crashes: list[int]
) -> None:
    asyncio.run(_crash_and_compare(layers, delays, crashes))


async def _crash_and_compare(layers: Layers, delays: list[float], crashes: list[int]) -> None:
    expected = await drive(graph_of(layers, Counter(), delays), {"n": 1}).execute()
    assert isinstance(expected, Succeeded)
    ran: Counter[str] = Counter()
    run = drive(graph_of(layers, ran, delays), {"n": 1})
    kept: list[Any] = []
    for crash in crashes:
        run.leases = RecordingLeases(crash_after=len(kept) + crash)
        run.leases.batches = kept
        try:
            outcome = await run.execute()
        except Crash:
            kept = run.leases.batches
            finished = {i for i, s in run.leases.steps.items() if s.status is RunStatus.SUCCEEDED}
            for step_id in finished:
                ran[step_id] = -1000  # from now on it must not run
            continue
        break
    else:
        run.leases = RecordingLeases()
        run.leases.batches = kept
        outcome = await run.execute()
    assert outcome == expected
    assert run.leases.state() == decode(expected.output)
    assert all(count == -1000 or count > 0 for count in ran.values())
    numbers = [item.number for item in run.leases.checkpoints]
    assert numbers == list(range(len(numbers)))
    assert all(s.update is None and s.checkpoint is not None for s in run.leases.steps.values())


async def test_attempts_are_counted_on_after_a_crash_and_it_costs_no_retry() -> None:
    graph = Graph("g")
    attempts = []

    @graph.node(retries=1)
    async def node(state: Any, context: Context) -> dict[str, Any]:
        attempts.append(context.attempt)
        await asyncio.sleep(0.03 if len(attempts) == 1 else 0)
        if len(attempts) < 3:
            raise ValueError("no")
        return {"attempt": context.attempt}

    run = drive(graph, leases=RecordingLeases(crash_after=1))
    with pytest.raises(Crash):
        await run.execute()
    kept, run.leases = run.leases.batches, RecordingLeases()
    run.leases.batches = kept
    outcome = await run.execute()
    assert isinstance(outcome, Succeeded)
    assert attempts == [1, 2, 3]


def asking(graph: Graph, name: str, questions: int, *, threaded: bool) -> Counter[str]:
    """Add a node that asks some questions; return how often it ran to where."""
    ran: Counter[str] = Counter()

    def ask() -> dict[str, Any]:
        ran["begun"] += 1
        answers = [interrupt({"question": number}) for number in range(questions)]
        ran["ended"] += 1
        return {"log": [f"{name}: {answer}" for answer in answers]}

    async def node(state: Any) -> dict[str, Any]:
        return ask()

    graph.node((lambda state: ask()) if threaded else node, name=name)
    return ran


@pytest.mark.parametrize("threaded", [False, True])
async def test_a_node_asks_twice_and_runs_from_its_start_each_time(threaded: bool) -> None:
    graph = Graph("ask", state=State)
    ran = asking(graph, "a", 2, threaded=threaded)
    run = drive(graph, {"n": 1})
    outcome = await run.execute()
    assert isinstance(outcome, Interrupted)
    assert [(i.interrupt_id, i.value) for i in outcome.interrupts] == [
        ("a:1:0", b'{"question":0}'),
    ]
    assert run.leases.steps["a:1"].status is RunStatus.INTERRUPTED
    assert run.leases.told("a:1") == ["running", "interrupted"]
    run.answer("yes")
    outcome = await run.execute()
    assert isinstance(outcome, Interrupted)
    assert [i.interrupt_id for i in outcome.interrupts] == ["a:1:1"]
    run.answer({"no": 2**70})
    outcome = await run.execute()
    assert isinstance(outcome, Succeeded)
    assert decode(outcome.output)["log"] == ["a: yes", f"a: {{'no': {2**70}}}"]
    assert ran == {"begun": 3, "ended": 1}
    assert run.leases.steps["a:1"].attempt == 3


async def test_parallel_steps_ask_together_and_one_that_is_done_is_kept() -> None:
    graph = Graph("ask", state=State)
    graph.node(lambda state: {}, name="start")
    first = asking(graph, "first", 1, threaded=False)
    second = asking(graph, "second", 1, threaded=True)
    ran = Counter[str]()

    @graph.node
    async def done(state: Any, context: Context) -> dict[str, Any]:
        ran[context.step_id] += 1
        await asyncio.sleep(0.02)  # the last to end: recorded with the outcome
        return {"log": ["done"]}

    for name in ("first", "done", "second"):
        graph.edge("start", name)
    run = drive(graph, {"n": 1})
    outcome = await run.execute()
    assert isinstance(outcome, Interrupted)
    assert [i.interrupt_id for i in outcome.interrupts] == ["first:1:0", "second:1:0"]
    assert run.leases.steps["done:1"].update is not None
    run.answer(1, 2)
    outcome = await run.execute()
    assert isinstance(outcome, Succeeded)
    assert decode(outcome.output)["log"] == ["first: 1", "done", "second: 2"]
    assert (ran["done:1"], first["begun"], second["begun"]) == (1, 2, 2)
    assert run.leases.told("done:1") == ["running", "succeeded"]


async def test_a_question_that_the_node_swallows_is_still_asked() -> None:
    graph = Graph("swallow", state=State)

    @graph.node(retries=3)
    async def node(state: Any) -> dict[str, Any]:
        try:
            return {"n": interrupt("how many?", schema=int)}
        except Exception:  # noqa: BLE001 - as careless authors do
            return {"n": -1}

    run = drive(graph, {"n": 1})
    outcome = await run.execute()
    assert isinstance(outcome, Interrupted)
    assert decode(outcome.interrupts[0].answer_schema) == {"type": "integer"}
    run.answer(7)
    outcome = await run.execute()
    assert isinstance(outcome, Succeeded)
    assert decode(outcome.output)["n"] == 7


async def test_an_answer_comes_as_the_type_that_was_asked_for() -> None:
    graph = Graph("typed")

    class Answer(TypedDict):
        approved: bool

    @graph.node
    def node(state: Any) -> dict[str, Any]:
        return {"approved": interrupt(None, schema=Answer)["approved"]}

    run = drive(graph)
    await run.execute()
    run.answer({"approved": "maybe"})
    outcome = await run.execute()
    assert isinstance(outcome, Failed)
    assert outcome.error.reason == "INVALID_ANSWER"


def test_a_question_outside_a_node_is_refused() -> None:
    with pytest.raises(RuntimeError, match="inside a node only"):
        interrupt("anybody there?")


async def test_a_fork_with_nothing_left_to_do_succeeds_with_its_state() -> None:
    graph = Graph("g", state=State)
    graph.node(lambda state: {"n": 2}, name="a")
    run = drive(graph, {"n": 1})
    await run.execute()
    batches = len(run.leases.batches)
    outcome = await run.execute()
    assert isinstance(outcome, Succeeded)
    assert decode(outcome.output)["n"] == 2
    assert run.leases.batches[batches:] == [type(run.leases.batches[0])(number=1)]
    assert isinstance(run.leases.steps["a:1"], Step)
