"""States of threads as only the code of their graph can tell them."""

import json
from typing import Any
from uuid import uuid4

import pytest
from tests.langgraph.served import Served

from runwire.domain.errors import Error, Invalid, NotAllowed, NotFound
from runwire.domain.graph import GraphInfo, GraphKind
from runwire.domain.thread import ThreadId, ThreadStatus
from runwire.engine.registry import Registry
from runwire.graph_states import graph_states
from runwire.langgraph.graph import LangGraph
from runwire.langgraph.source import Use

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def thread_id() -> ThreadId:
    return ThreadId(str(uuid4()))


async def test_a_state_is_told_as_langgraphs_clients_read_it(
    served_on_both: Served, thread_id: ThreadId
) -> None:
    served, threads = served_on_both, served_on_both.parts.threading.threads
    run = await served.run("questions", {"log": []}, on_thread=thread_id, ends_at_interrupt=True)
    state = await threads.state(thread_id)
    assert state["values"] == {"log": ["before"]}
    assert state["next"] == ["ask"]
    (task,) = state["tasks"]
    assert task["name"] == "ask"
    assert task["path"] == ["__pregel_pull", "ask"]
    assert task["error"] is None
    assert task["interrupts"] == run.output["__interrupt__"] == state["interrupts"]
    assert state["metadata"]["run_id"] == run.run.run_id
    assert state["metadata"]["source"] == "loop"
    place = state["checkpoint"]
    assert place == {
        "thread_id": thread_id,
        "checkpoint_ns": "",
        "checkpoint_id": state["checkpoint_id"],
    }
    assert state["parent_checkpoint"]["checkpoint_id"] == state["parent_checkpoint_id"]
    older = await threads.state(thread_id, checkpoint=state["parent_checkpoint"])
    assert older["values"] == {"log": []}
    assert older["next"] == ["before"]
    with pytest.raises(NotFound, match="has no checkpoint"):
        await threads.state(thread_id, checkpoint={"checkpoint_id": str(uuid4())})


async def test_history_is_told_newest_first_filtered_and_before(
    served_on_both: Served, thread_id: ThreadId
) -> None:
    served, threads = served_on_both, served_on_both.parts.threading.threads
    for number in (1, 2):
        await served.run("three_nodes", {"n": number}, on_thread=thread_id)
    states = await threads.history(thread_id, limit=100)
    assert [each["values"].get("n") for each in states] == [9, 6, 3, 2, 7, 7, 4, 2, 1, None]
    assert states[0]["next"] == []
    assert states[-1]["metadata"]["source"] == "input"
    inputs = await threads.history(thread_id, metadata={"source": "input"})
    assert len(inputs) == 2
    before = states[3]["checkpoint"]
    assert list(await threads.history(thread_id, limit=2, before=before)) == list(states[4:6])


async def test_subgraphs_states_are_told_within_their_tasks(
    served: Served, thread_id: ThreadId
) -> None:
    threads = served.parts.threading.threads
    await served.run("nested_question", {"log": ["x"]}, on_thread=thread_id, ends_at_interrupt=True)
    state = await threads.state(thread_id, subgraphs=True)
    (task,) = state["tasks"]
    assert task["state"]["next"] == ["ask"]
    assert task["state"]["values"] == {"log": ["x"]}
    flat = (await threads.state(thread_id))["tasks"][0]
    assert flat["state"] is None
    inner = await threads.state(thread_id, checkpoint=flat["checkpoint"])
    assert inner["next"] == ["ask"]


async def test_a_thread_nobody_has_used_has_an_empty_state(
    served: Served, thread_id: ThreadId
) -> None:
    states = await states_of(served, "three_nodes", thread_id)
    assert states["values"] == {}
    assert states["next"] == states["tasks"] == states["interrupts"] == []
    assert states["checkpoint"] is None
    assert states["metadata"] is None


async def states_of(served: Served, graph_id: str, thread_id: str) -> Any:
    configurable = {"thread_id": thread_id, "checkpoint_ns": ""}
    return await served.states.state(graph_id, configurable, subgraphs=False)


async def test_an_update_goes_on_as_if_a_node_had_written_it(
    served_on_both: Served, thread_id: ThreadId
) -> None:
    served, threads = served_on_both, served_on_both.parts.threading.threads
    await served.run("three_nodes", {"n": 1}, on_thread=thread_id)
    made = await threads.update_state(thread_id, values={"n": 50}, as_node="first")
    thread = await served.thread(thread_id)
    assert json.loads(thread.values or b"") == {"n": 50}
    assert thread.status is ThreadStatus.INTERRUPTED
    state = await threads.state(thread_id)
    assert state["next"] == ["second"]
    assert state["metadata"]["source"] == "update"
    assert state["checkpoint_id"] == made["checkpoint_id"] or made["checkpoint"]["checkpoint_id"]
    run = await served.run("three_nodes", None, on_thread=thread_id)
    assert run.output == {"n": 103}
    assert (await served.thread(thread_id)).status is ThreadStatus.IDLE


@pytest.mark.parametrize(
    ("values", "as_node", "word"),
    [({"n": 1}, "nobody", "nobody"), (["no", "state"], "first", "refuses")],
)
async def test_an_update_that_does_not_fit_is_refused(
    served: Served, thread_id: ThreadId, values: Any, as_node: str, word: str
) -> None:
    await served.run("three_nodes", {"n": 1}, on_thread=thread_id)
    with pytest.raises(Invalid, match=word):
        await served.parts.threading.threads.update_state(thread_id, values=values, as_node=as_node)


async def test_supersteps_of_updates_make_a_state(served: Served, thread_id: ThreadId) -> None:
    configurable = {"thread_id": thread_id, "checkpoint_ns": ""}
    place, change, saved = await served.states.update(
        "three_nodes",
        configurable,
        [
            [{"values": {"n": 1}, "as_node": "__start__"}],
            [{"values": {"n": 5}, "as_node": "first"}],
        ],
    )
    assert json.loads(change.values or b"") == {"n": 5}
    assert place["checkpoint_id"]
    assert {each.thread_id for each in saved} == {thread_id}
    assert all(each.run_id == "" for each in saved)


async def test_a_graph_whose_code_is_elsewhere_says_so(served: Served, thread_id: str) -> None:
    with pytest.raises(Error, match="no graph nowhere"):
        await states_of(served, "nowhere", thread_id)


class Broken:
    """A factory that makes no graph."""

    graph_id = "broken"
    description = ""
    fixed = None

    def open(self, use: Use) -> Any:
        raise ValueError(f"no graph for {use.access.value}")


async def test_code_that_fails_is_the_callers_to_know(served: Served, thread_id: str) -> None:
    info = GraphInfo(graph_id="broken", kind=GraphKind.LANGGRAPH)
    registry = Registry()
    registry.host(LangGraph(Broken(), info, new_store=lambda *_: None))
    async with graph_states(registry, served.database) as states:
        with pytest.raises(NotAllowed, match=r"ValueError: no graph for threads\.read"):
            await states.state("broken", {"thread_id": thread_id}, subgraphs=False)
        with pytest.raises(NotAllowed, match=r"no graph for assistants\.read"):
            await states.schemas("broken")
