"""§2.2 and §2.3: messages as streams tell them, whoever says them, and wherever."""

from typing import Any

import pytest
from langgraph_sdk.client import LangGraphClient
from tests.langgraph.semantics.asking import parts_of

SAY: Any = {"messages": [{"role": "user", "content": "say"}]}


async def streamed(client: LangGraphClient, mode: Any, **more: Any) -> list[tuple[str, Any]]:
    """Return what a graph tells that has a chat within, and then a node that says something."""
    stream = client.runs.stream(None, "chats_inside", input=SAY, stream_mode=mode, **more)
    return [each for each in await parts_of(stream) if each[0] != "end"]


async def test_without_subgraphs_what_a_model_says_in_one_comes_once_and_whole(
    client: LangGraphClient,
) -> None:
    found = await streamed(client, "messages-tuple")
    said = [data for event, data in found if event == "messages"]
    assert [(each["type"], each["content"]) for each, _ in said] == [
        ("ai", "one two three"),
        ("ai", "by the way"),
    ]
    assert [told["langgraph_node"] for _, told in said] == ["inner", "told"]
    assert not [event for event, _ in found if "|" in event]


async def test_with_subgraphs_it_comes_piece_by_piece_from_where_it_is_said(
    client: LangGraphClient,
) -> None:
    found = await streamed(client, "messages-tuple", stream_subgraphs=True)
    inside = [data for event, data in found if event.startswith("messages|inner:")]
    assert [each["content"] for each, _ in inside if each["content"]] == ["one ", "two ", "three"]
    assert {told["langgraph_node"] for _, told in inside} == {"speak"}
    assert all(told["checkpoint_ns"].startswith("inner:") for _, told in inside)
    assert [data[0]["content"] for event, data in found if event == "messages"] == ["by the way"]


async def test_messages_that_are_not_streamed_are_complete(client: LangGraphClient) -> None:
    found = await streamed(client, "messages")
    names = ["messages/metadata", "messages/complete"]
    assert [event for event, _ in found] == ["metadata", *names, *names]
    for (_, of), (_, (message,)) in (found[1:3], found[3:5]):
        assert list(of) == [message["id"]]
        assert of[message["id"]]["metadata"]["langgraph_node"] in ("inner", "told")


async def test_messages_so_far_have_one_name_wherever_they_are_said(
    client: LangGraphClient,
) -> None:
    found = await streamed(client, "messages", stream_subgraphs=True)
    kinds = {event for event, _ in found} - {"metadata"}
    assert kinds == {"messages/metadata", "messages/partial", "messages/complete"}
    partial = [data[0] for event, data in found if event == "messages/partial"]
    assert partial[-1]["content"] == "one two three"
    assert {each["type"] for each in partial} == {"ai"}


@pytest.mark.parametrize("spelled", [{"role": "user"}, {"type": "human"}])
async def test_messages_are_plain_objects_however_they_came_in(
    client: LangGraphClient, spelled: dict[str, str]
) -> None:
    asked = {"messages": [{**spelled, "content": "say", "id": "q"}]}
    found: Any = await client.runs.wait(None, "chats", input=asked)
    human, ai = found["messages"]
    assert (human["type"], human["content"], human["id"]) == ("human", "say", "q")
    shared = {"content", "type", "id", "name", "additional_kwargs", "response_metadata"}
    assert shared <= human.keys()
    assert shared | {"tool_calls", "invalid_tool_calls", "usage_metadata"} <= ai.keys()
    assert (ai["type"], ai["content"]) == ("ai", "one two three")
