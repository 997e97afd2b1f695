"""Graphs on our saver and on LangGraph's own in memory have the same histories."""

import asyncio
import itertools
import operator
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any, TypedDict

import pytest
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langgraph.channels.delta import DeltaChannel
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.types import Command, Send, interrupt
from sqlalchemy import Table, func, select
from tests.conftest import now

from runwire.engine.crossing import CrossingCheckpoints
from runwire.langgraph.saver import JournalSaver
from runwire.stores.database import Database
from runwire.stores.saved_tables import thread_blobs, thread_checkpoints, thread_writes
from runwire.stores.thread_checkpoints import SqlThreadCheckpoints

CONFIG: Any = {"configurable": {"thread_id": "thread"}}
Graph = Any
Saver = BaseCheckpointSaver[Any]


def joined(before: list[int], writes: Sequence[list[int]]) -> list[int]:
    return [*before, *(one for write in writes for one in write)]


class State(TypedDict, total=False):
    messages: Annotated[list[AnyMessage], add_messages]
    numbers: Annotated[list[int], operator.add]
    deltas: Annotated[list[int], DeltaChannel(joined, snapshot_frequency=5)]
    latest: Any
    text: str


def node(name: str, plan: random.Random) -> Callable[[State], Any]:
    """Return a node that writes some of the state; the same ones whenever it is called."""
    kinds = plan.sample(["messages", "numbers", "deltas", "latest", "text"], k=plan.randint(1, 4))
    asks = plan.random() < 0.2

    def run(state: State) -> Any:
        count = len(state.get("numbers", [])) + len(state.get("messages", []))
        update: dict[str, Any] = {
            "messages": [AIMessage(f"{name} {count}", id=f"{name}-{count}")],
            "numbers": [count] * (count % 3),
            "deltas": [count, -count],
            "latest": {"by": name, "nested": [{"n": count}], "text": "x" * count},
            "text": "y" * (count * 9),
        }
        if asks and count % 2:
            update["latest"] = interrupt({"from": name, "count": count})
        return {key: update[key] for key in kinds}

    return run


def random_graph(seed: int, saver: Saver) -> Graph:
    """Return a graph of a few nodes in a row, some of which branch out and send."""
    plan = random.Random(seed)
    inner = StateGraph(State)
    inner.add_node("inside", node("inside", plan))
    inner.add_edge(START, "inside")
    builder = StateGraph(State)
    names = [f"node{number}" for number in range(plan.randint(2, 4))]
    for name in names:
        builder.add_node(name, node(name, plan))
    builder.add_node("sub", inner.compile())
    builder.add_node("sent", lambda state: {"numbers": [state["one"]], "deltas": [state["one"]]})
    builder.add_edge(START, names[0])
    for before, after in itertools.pairwise(names):
        builder.add_edge(before, after)
    builder.add_conditional_edges(
        names[0], lambda _: [Send("sent", {"one": one}) for one in range(3)], ["sent"]
    )
    builder.add_edge(names[-1], "sub")
    builder.add_edge("sub", END)
    return builder.compile(checkpointer=saver)


async def drive(graph: Graph, seed: int) -> None:
    """Take turns: inputs, answers, updates of the state, forks."""
    plan = random.Random(seed)
    for turn in range(plan.randint(4, 9)):
        state = await graph.aget_state(CONFIG)
        kind = plan.choice(["input", "input", "update", "fork"]) if turn else "input"
        durability = plan.choice(["sync", "async", "exit"])
        if state.next:
            given: Any = Command(resume=f"answer {turn}")
        elif kind == "update":
            await graph.aupdate_state(CONFIG, {"numbers": [turn], "latest": [turn]}, "node0")
            given = None
        else:
            given = {"messages": [HumanMessage(f"turn {turn}", id=f"h{turn}")], "text": "t" * turn}
        config = CONFIG
        if kind == "fork" and given is not None and not state.next:
            past = [each.config async for each in graph.aget_state_history(CONFIG)]
            config = past[plan.randrange(len(past))]
        named = {**config, "metadata": {"run_id": f"run{turn}"}}
        await graph.ainvoke(given, named, durability=durability)


async def story(graph: Graph) -> list[Mapping[str, Any]]:
    """Return a thread's history, without ids and times."""
    found = []
    ids: dict[str, int] = {}
    async for state in graph.aget_state_history(CONFIG):
        config = (state.parent_config or {}).get("configurable", {})
        ids[state.config["configurable"]["checkpoint_id"]] = len(ids)
        tasks = [
            {
                "name": task.name,
                "error": task.error,
                "asked": [one.value for one in task.interrupts],
                "result": task.result,
            }
            for task in state.tasks
        ]
        told = {"values": state.values, "next": state.next, "tasks": tasks}
        metadata = {key: value for key, value in state.metadata.items() if key != "parents"}
        found.append({**told, "metadata": metadata, "parent": config.get("checkpoint_id")})
    return [{**each, "parent": ids.get(each["parent"])} for each in found]


def saver_on(database: Database) -> JournalSaver:
    return JournalSaver(CrossingCheckpoints(SqlThreadCheckpoints(database)), now=now)


@pytest.mark.parametrize("seed", range(5))
async def test_histories_are_the_same(database: Database, seed: int) -> None:
    ours, theirs = random_graph(seed, saver_on(database)), random_graph(seed, InMemorySaver())
    await drive(theirs, seed)
    await drive(ours, seed)
    told = await story(ours)
    assert told == await story(theirs)
    assert len(told) > 4
    # And again, by a saver that knows nothing yet.
    assert await story(random_graph(seed, saver_on(database))) == told


async def values_of(graph: Graph, thread_id: str = "thread") -> dict[str, Any]:
    """Return the state at every checkpoint."""
    config: Any = {"configurable": {"thread_id": thread_id}}
    return {
        state.config["configurable"]["checkpoint_id"]: (state.values, state.next)
        async for state in graph.aget_state_history(config)
    }


def count(database: Database, table: Table) -> Awaitable[int]:
    query = select(func.count()).select_from(table)
    return database.read(lambda connection: connection.execute(query).scalar_one())


@pytest.mark.parametrize("seed", range(20, 24))
async def test_what_is_left_after_deleting_runs_is_as_it_was(database: Database, seed: int) -> None:
    saver = saver_on(database)
    graph = random_graph(seed, saver)
    await drive(graph, seed)
    before = await values_of(graph)
    await saver.acopy_thread("thread", "copy")
    assert await values_of(graph, "copy") == before
    gone = {f"run{number}" for number in random.Random(seed).sample(range(4), k=2)}
    root: Any = {"configurable": {"thread_id": "thread", "checkpoint_ns": ""}}
    runs = {one.checkpoint["id"]: one.metadata.get("run_id") async for one in saver.alist(root)}
    await saver.adelete_for_runs(sorted(gone))
    left = await values_of(random_graph(seed, saver_on(database)))
    assert {key: before[key] for key in left} == left
    assert before.keys() > left.keys() >= {key for key, run in runs.items() if run not in gone}
    assert await values_of(graph, "copy") == before  # copies are of no run


@pytest.mark.parametrize("seed", range(20, 24))
async def test_what_is_left_after_pruning_is_as_it_was(database: Database, seed: int) -> None:
    saver = saver_on(database)
    graph = random_graph(seed, saver)
    await drive(graph, seed)
    before, blobs = await values_of(graph), await count(database, thread_blobs)
    await saver.aprune(["thread"])
    fresh = random_graph(seed, saver_on(database))
    kept = await values_of(fresh)
    assert {key: before[key] for key in kept} == kept
    assert max(kept) == max(before)
    assert len(kept) < len(before)
    assert await count(database, thread_blobs) < blobs
    await fresh.ainvoke({"numbers": [1]}, CONFIG)  # and it goes on
    await saver.aprune(["thread"], strategy="delete")
    for table in (thread_checkpoints, thread_blobs, thread_writes):
        assert await count(database, table) == 0


async def test_rolling_back_the_newest_run_leaves_nothing_of_it(database: Database) -> None:
    saver = saver_on(database)
    graph = random_graph(1, saver)
    stories, rows = [], []
    tables = (thread_checkpoints, thread_blobs, thread_writes)
    for turn in range(4):
        named = {**CONFIG, "metadata": {"run_id": f"run{turn}"}}
        await graph.ainvoke({"numbers": [turn], "deltas": [turn]}, named)
        stories.append(await story(graph))
        rows.append([await count(database, table) for table in tables])
    for turn in (3, 2, 1):
        await saver.adelete_for_runs([f"run{turn}"])
        assert await story(graph) == stories[turn - 1]
        assert [await count(database, table) for table in tables] == rows[turn - 1]


async def test_reads_what_was_put_a_moment_ago_from_threads(database: Database) -> None:
    saver = saver_on(database)
    graph = random_graph(3, saver)

    def work() -> Any:
        graph.invoke({"numbers": [1], "text": "a"}, CONFIG)
        graph.update_state(CONFIG, {"numbers": [5]}, "node0")
        told = [one.checkpoint["id"] for one in saver.list(CONFIG, limit=3)]
        saver.copy_thread("thread", "copy")
        state = graph.get_state(CONFIG).values
        saver.delete_for_runs(["nobody"])
        saver.prune(["copy"])
        saver.delete_thread("copy")
        return told, state, saver.get_tuple({"configurable": {"thread_id": "copy"}})

    told, state, copied = await asyncio.to_thread(work)
    assert told == sorted(told, reverse=True)
    assert state["numbers"][-1] == 5
    assert copied is None
    assert (await graph.aget_state(CONFIG)).values == state


async def test_who_would_block_the_loop_is_refused(database: Database) -> None:
    saver = saver_on(database)
    for asked in (
        lambda: saver.get_tuple(CONFIG),
        lambda: list(saver.list(CONFIG)),
        lambda: saver.put_writes(
            {"configurable": {"thread_id": "t", "checkpoint_id": "c"}}, [("a", 1)], "task"
        ),
        lambda: saver.delete_thread("thread"),
        lambda: random_graph(3, saver).invoke({"numbers": [1]}, CONFIG),
    ):
        with pytest.raises(RuntimeError, match="would block the loop that runs all nodes"):
            asked()


async def test_it_can_be_used_on_another_loop(database: Database) -> None:
    graph = random_graph(4, saver_on(database))

    def elsewhere() -> Any:
        return asyncio.run(graph.ainvoke({"numbers": [1], "text": "b"}, CONFIG))

    output = await asyncio.to_thread(elsewhere)
    assert (await graph.aget_state(CONFIG)).values["numbers"] == output["numbers"]
