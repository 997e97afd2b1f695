"""RemoteGraph, unmodified: a graph here is a node there."""

from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph
from langgraph.pregel.remote import RemoteException, RemoteGraph
from langgraph.types import Command
from langgraph_sdk import get_sync_client
from langgraph_sdk.client import LangGraphClient
from tests.langgraph.semantics.asking import new_thread


def remote(client: LangGraphClient, graph: str) -> RemoteGraph:
    # With a client that somebody closes; one that it makes by itself stays open for ever.
    return RemoteGraph(graph, client=client)


async def on_new_thread(client: LangGraphClient) -> RunnableConfig:
    return {"configurable": {"thread_id": await new_thread(client)}}


async def test_invoke_returns_the_state(client: LangGraphClient) -> None:
    found = await remote(client, "adds").ainvoke({"trail": ["in"]})
    assert found["trail"] == ["in", "first", "second", "third"]


def test_invoke_also_without_asyncio(url: str) -> None:
    with get_sync_client(url=url, api_key=None) as client:
        assert RemoteGraph("adds", sync_client=client).invoke({})["n"] == 3


async def test_stream_gives_updates_and_values(client: LangGraphClient) -> None:
    modes: Any = ["updates", "values"]
    found = [part async for part in remote(client, "adds").astream({}, stream_mode=modes)]
    assert [next(iter(part.data)) for part in found if part.event == "updates"] == [
        *("first", "second", "third")
    ]
    assert found[-1].data["n"] == 3


async def test_stream_of_subgraphs_names_where_they_are(client: LangGraphClient) -> None:
    found = [
        part
        async for part in remote(client, "nests").astream({}, stream_mode="updates", subgraphs=True)
    ]
    inside = [space for space, _ in found if space]
    assert len(inside) == 3
    assert all(space[0].startswith("inner:") for space in inside)


async def test_messages_come_as_they_are_streamed(client: LangGraphClient) -> None:
    asked = {"messages": [{"role": "user", "content": "say"}]}
    found = [
        message["content"] if isinstance(message, dict) else message.content
        async for message, _ in remote(client, "chats").astream(asked, stream_mode="messages")
    ]
    assert "".join(found) == "one two three"


async def test_an_interrupt_is_told_and_answered(client: LangGraphClient) -> None:
    graph, config = remote(client, "asks"), await on_new_thread(client)
    found = await graph.ainvoke({}, config)
    assert found["__interrupt__"][0]["value"] == {"question": "well?"}
    state = await graph.aget_state(config)
    assert state.next == ("ask",)
    assert state.tasks[0].interrupts[0].value == {"question": "well?"}
    found = await graph.ainvoke(Command(resume="yes"), config)
    assert found["answer"] == "yes"
    assert (await graph.aget_state(config)).next == ()


async def test_state_is_read_changed_and_forked(client: LangGraphClient) -> None:
    graph, config = remote(client, "adds"), await on_new_thread(client)
    await graph.ainvoke({}, config)
    states = [state async for state in graph.aget_state_history(config)]
    assert [state.values.get("n") for state in states] == [3, 2, 1, None, None]
    changed = await graph.aupdate_state(config, {"trail": ["mine"]}, as_node="first")
    assert changed["configurable"]["checkpoint_id"]
    assert (await graph.aget_state(config)).next == ("second",)
    older = next(state for state in states if state.values.get("n") == 1)
    assert (await graph.aget_state(older.config)).next == ("second",)
    found = await graph.ainvoke(None, config)
    assert found["trail"] == ["first", "second", "third", "mine", "second", "third"]


async def test_the_graph_can_be_drawn(client: LangGraphClient) -> None:
    drawn = await remote(client, "nests").aget_graph(xray=True)
    assert {"__start__", "outer", "last", "__end__"} <= drawn.nodes.keys()
    assert any("first" in name for name in drawn.nodes)
    assert "outer" in (await remote(client, "nests").aget_graph()).draw_mermaid()


async def test_an_error_there_is_an_error_here(client: LangGraphClient) -> None:
    with pytest.raises(RemoteException, match="boom"):
        await remote(client, "fails").ainvoke({})


async def test_a_remote_graph_is_a_node(client: LangGraphClient) -> None:
    builder: Any = StateGraph(dict)
    builder.add_node("there", remote(client, "adds"))
    builder.add_edge(START, "there")
    builder.add_edge("there", END)
    found = await builder.compile().ainvoke({"trail": []})
    assert found["trail"] == ["first", "second", "third"]
