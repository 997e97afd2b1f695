"""Graphs run: every kind of node and state, branches, loops, parallel steps."""

import asyncio
import itertools
import operator
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, NotRequired, TypedDict

from tests.engine.driving import RecordingLeases, drive, failure, output

from runwire.domain.checkpoint import FULL_EVERY
from runwire.domain.event import NewEvent, StateUpdated, StepChanged
from runwire.domain.graph import END, START
from runwire.domain.outcome import Succeeded
from runwire.domain.payload import decode, encode
from runwire.domain.run import RunStatus
from runwire.engine.authoring import Command, Graph, Send
from runwire.engine.context import Context


class Count(TypedDict):
    n: int
    log: Annotated[list[str], operator.add]
    note: NotRequired[str]


def chain(graph: Graph, *names: str) -> None:
    for source, target in itertools.pairwise(names):
        graph.edge(source, target)


async def test_every_kind_of_function_is_a_node() -> None:
    graph = Graph("kinds", state=Count)
    loop_thread = threading.get_ident()
    threads: dict[str, bool] = {}

    def here(name: str) -> dict[str, Any]:
        threads[name] = threading.get_ident() == loop_thread
        return {"log": [name]}

    @graph.node
    async def a(state: Count) -> dict[str, Any]:
        return here("a")

    @graph.node
    def b(state: Count, context: Any) -> dict[str, Any]:
        return here("b")

    @graph.node
    async def c() -> AsyncIterator[dict[str, Any]]:
        yield {"log": ["c1"], "note": "first"}
        yield here("c") | {"note": "second"}

    @graph.node
    def d(state: Count) -> Iterator[dict[str, Any]]:
        yield here("d")
        yield {"n": state["n"] + 1}

    @graph.node
    def e(state: Count) -> None:
        here("e")

    chain(graph, *"abcde")
    assert await output(graph, {"n": 1}) == {
        "n": 2,
        "log": ["a", "b", "c1", "c", "d"],
        "note": "second",
    }
    assert threads == {"a": True, "b": False, "c": True, "d": False, "e": False}


async def test_output_is_what_the_output_type_names() -> None:
    class Out(TypedDict):
        n: int

    graph = Graph("part", state=Count, output=Out)
    graph.node(lambda state: {"log": ["x"], "n": 7}, name="a")
    assert await output(graph, {"n": 1}) == {"n": 7}


async def test_parallel_steps_see_one_state_and_are_merged_in_order() -> None:
    graph = Graph("parallel", state=Count)
    both = asyncio.Barrier(2)

    @graph.node
    async def start(state: Count) -> None: ...

    @graph.node
    async def slow(state: Count) -> dict[str, Any]:
        await both.wait()
        await asyncio.sleep(0.02)
        return {"log": [f"slow {len(state['log'])}"]}

    @graph.node
    async def fast(state: Count) -> dict[str, Any]:
        await both.wait()
        return {"log": [f"fast {len(state['log'])}"], "note": "fast"}

    @graph.node
    async def join(state: Count) -> dict[str, Any]:
        return {"n": len(state["log"])}

    for name in ("slow", "fast"):
        graph.edge("start", name)
        graph.edge(name, "join")
    run = drive(graph, {"n": 0})
    outcome = await run.execute()
    assert isinstance(outcome, Succeeded)
    assert decode(outcome.output) == {"n": 2, "log": ["slow 0", "fast 0"], "note": "fast"}
    assert [c.nodes for c in run.leases.checkpoints] == [
        (),
        ("start",),
        ("slow", "fast"),
        ("join",),
    ]
    fast_pending = [s for b in run.leases.batches for s in b.steps if s.step_id == "fast:1"]
    assert [s.update for s in fast_pending if s.status is RunStatus.SUCCEEDED] == [
        b'{"log":["fast 0"],"note":"fast"}',
        None,
    ]
    assert run.leases.told("fast:1") == ["running", "succeeded"]


async def test_parallel_writes_of_one_key_without_a_reducer_fail_the_run() -> None:
    graph = Graph("clash")
    for name in "abc":
        graph.node(lambda state: {"x": 1}, name=name)
    graph.edge("a", "b")
    graph.edge("a", "c")
    error = await failure(graph)
    assert error.reason == "INVALID_UPDATE"
    assert "'b'" in error.message
    assert "'c'" in error.message
    assert "'x'" in error.message


async def test_sends_map_and_reduce() -> None:
    class Words(TypedDict):
        texts: list[str]
        counts: Annotated[list[int], operator.add]

    graph = Graph("fan", state=Words)
    visits = []

    @graph.node
    async def split(state: Words) -> None: ...

    @graph.node
    async def count(argument: Any, context: Context) -> dict[str, Any]:
        visits.append(context.step_id)
        return {"counts": [len(argument["text"].split())]}

    @graph.node
    async def total(state: Words) -> Command:
        return Command(update={"texts": []})

    graph.branch(
        "split", lambda state: [Send("count", {"text": t}) for t in state["texts"]], ["count"]
    )
    graph.edge("count", "total")
    given = {"texts": ["a b", "c", "d e f"]}
    assert await output(graph, given) == {"texts": [], "counts": [2, 1, 3]}
    assert visits == ["count:1", "count:2", "count:3"]


@dataclass
class Item:
    name: str
    due: date


async def test_a_node_that_is_sent_a_value_is_given_the_type_it_names() -> None:
    graph = Graph("typed")

    @graph.node
    def start(state: Any) -> Command:
        return Command(goto=Send("use", Item("tea", date(2026, 1, 2))))

    @graph.node
    def use(item: Item) -> dict[str, Any]:
        return {"year": item.due.year}

    assert await output(graph) == {"year": 2026}


async def test_a_loop_by_next_node_and_one_by_command() -> None:
    graph = Graph("loops", state=Count)

    @graph.node
    async def up(state: Count) -> dict[str, Any]:
        return {"n": state["n"] + 1, "__next_node__": "up" if state["n"] < 3 else "down"}

    @graph.node
    async def down(state: Count) -> Command:
        return Command(update={"n": state["n"] - 1}, goto="down" if state["n"] > 1 else END)

    run = drive(graph, {"n": 0})
    outcome = await run.execute()
    assert isinstance(outcome, Succeeded)
    assert decode(outcome.output)["n"] == 0
    assert list(run.leases.steps) == [f"up:{i}" for i in range(1, 5)] + [
        f"down:{i}" for i in range(1, 5)
    ]


async def test_branches_choose_the_entry_several_ways_and_the_end() -> None:
    graph = Graph("branches", state=Count)

    async def choose(state: Count) -> list[str]:
        return ["left", "right"] if state["n"] else ["none"]

    graph.node(lambda state: {"log": ["left"]}, name="left")
    graph.node(lambda state: {"log": ["right"]}, name="right")
    graph.branch(START, choose, {"left": "left", "right": "right", "none": END})
    assert (await output(graph, {"n": 1}))["log"] == ["left", "right"]
    run = drive(graph, {"n": 0})
    assert isinstance(await run.execute(), Succeeded)
    assert [c.number for c in run.leases.checkpoints] == [0]


async def test_checkpoints_are_differences_with_a_full_one_now_and_then() -> None:
    graph, steps = Graph("long", state=Count), 60

    @graph.node
    async def grow(state: Count) -> dict[str, Any]:
        more = {"__next_node__": "grow"} if len(state["log"]) + 1 < steps else {}
        return {"log": ["x" * 50], "n": state["n"] + 1, **more}

    run = drive(graph, {"n": 0})
    assert isinstance(await run.execute(), Succeeded)
    checkpoints = run.leases.checkpoints
    assert all(item.full for item in checkpoints if item.number % FULL_EVERY == 0)
    stored = sum(len(item.body) for item in checkpoints)
    assert stored < 6 * len(encode(run.leases.state()))  # not its square
    assert run.leases.state() == {"n": steps, "log": ["x" * 50] * steps}
    assert checkpoints[-1].visits == {"grow": steps}


async def test_one_step_is_one_commit_and_the_last_is_left_to_the_worker() -> None:
    graph = Graph("commits", state=Count)
    for name in "abc":
        graph.node(lambda state: {"n": state["n"] + 1}, name=name)
    chain(graph, *"abc")
    run = drive(graph, {"n": 0})
    await run.execute()
    # On a slow machine the beginning of a step may be recorded before its end.
    saved = [batch for batch in run.leases.batches if batch.checkpoints]
    assert [[c.number for c in batch.checkpoints] for batch in saved] == [[0, 1], [2], [3]]
    assert [s.status for s in saved[0].steps] == [RunStatus.SUCCEEDED]
    told = [event for batch in run.leases.batches for event in batch.events]
    kinds = [type(event.detail) for event in told if isinstance(event, NewEvent)]
    assert kinds[:3] == [StepChanged, StepChanged, StateUpdated]
    assert run.last is not None
    assert run.last.progress.checkpoints[0].next == ()


async def test_a_long_node_is_seen_running_while_it_runs() -> None:
    graph = Graph("long")
    leases = RecordingLeases()

    @graph.node
    async def wait(state: Any) -> dict[str, Any]:
        for _ in range(200):
            await asyncio.sleep(0.005)
            if leases.batches:
                return {"seen": [s.status for s in leases.batches[0].steps]}
        return {}

    run = drive(graph, leases=leases)
    outcome = await run.execute()
    assert isinstance(outcome, Succeeded)
    assert decode(outcome.output) == {"seen": ["running"]}
    assert run.leases.batches[0].checkpoints[0].number == 0


async def test_a_trivial_run_costs_the_executor_little() -> None:
    graph = Graph("trivial", state=Count)

    @graph.node
    async def a(state: Count) -> dict[str, Any]:
        return {"n": state["n"] + 1}

    graph.node(a, name="b")
    graph.node(a, name="c")
    chain(graph, *"abc")
    costs = []
    for _ in range(5):
        runs = [drive(graph, {"n": 1}) for _ in range(100)]
        began = time.process_time()
        for run in runs:
            await run.execute()
        costs.append((time.process_time() - began) / len(runs))
    assert min(costs) < 0.001  # 0.25 ms on an idle machine
