"""The official Python clients over the event streaming protocol, unmodified."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, Literal

import pytest
from langgraph.pregel.remote import RemoteGraph
from langgraph_sdk.client import LangGraphClient, SyncLangGraphClient

HUMAN = {"messages": [{"role": "user", "content": "hi"}]}
PATIENCE = 20

Kind = Literal["sse", "websocket"]
KINDS = pytest.mark.parametrize("kind", ["sse", "websocket"])


@KINDS
async def test_messages_come_token_by_token(sdk: LangGraphClient, kind: Kind) -> None:
    async with asyncio.timeout(PATIENCE):
        async with sdk.threads.stream(assistant_id="chat", transport=kind) as thread:
            await thread.run.start(input=HUMAN)
            # The client reads on only while its messages are asked for.
            messages = [message async for message in thread.messages]
            assert [[part async for part in each.text] for each in messages] == [
                ["Hello", " wor", "ld"]
            ]
            values = await thread.output
        assert [each["type"] for each in values["messages"]] == ["human", "ai"]


@KINDS
async def test_a_second_turn_is_told_alone(sdk: LangGraphClient, kind: Kind) -> None:
    async with asyncio.timeout(PATIENCE):
        async with sdk.threads.stream(assistant_id="chat", transport=kind) as thread:
            for turn in (1, 2):
                await thread.run.start(input=HUMAN)
                messages = [message async for message in thread.messages]
                assert len(messages) == 1, turn
        state = await sdk.threads.get_state(thread.thread_id)
        assert len(state["values"]["messages"]) == 4


@KINDS
async def test_a_question_is_asked_and_answered(sdk: LangGraphClient, kind: Kind) -> None:
    async with asyncio.timeout(PATIENCE):
        async with sdk.threads.stream(assistant_id="approval", transport=kind) as thread:
            await thread.run.start(input={"amount": 3})
            async for _ in thread.values:
                if thread.interrupted:
                    break
            assert [each["value"] for each in thread.interrupts] == [{"amount": 3}]
            assert (await sdk.threads.get(thread.thread_id))["status"] == "interrupted"
            await thread.run.respond(True)
            assert (await thread.output)["done"] == "paid"
            with pytest.raises(RuntimeError, match="no outstanding interrupt"):
                await thread.run.respond(True)


@KINDS
async def test_subgraphs_are_discovered(sdk: LangGraphClient, kind: Kind) -> None:
    async with asyncio.timeout(PATIENCE):
        async with sdk.threads.stream(assistant_id="nested", transport=kind) as thread:
            await thread.run.start(input=HUMAN)
            found = [each async for each in thread.subgraphs]
            assert [each.graph_name for each in found] == ["inner"]
            messages = [each async for each in found[0].messages]
            assert [await each.text for each in messages] == ["Hello world", "nod"]


@KINDS
async def test_tools_updates_and_checkpoints(sdk: LangGraphClient, kind: Kind) -> None:
    names: list[str] = []
    async with asyncio.timeout(PATIENCE):
        async with sdk.threads.stream(assistant_id="agent", transport=kind) as thread:
            await thread.run.start(input=HUMAN)
            channels = ["values", "tool_calls", "updates", "checkpoints"]
            async with aclosing(_told(thread, channels)) as told:
                async for name, item in told:
                    names.append(name)
                    if name == "tool_calls":
                        call = item
            assert call.name == "multiply"
            assert call.input == {"a": 6, "b": 7}
            assert (await call.output)["content"] == "42"
    assert set(names) == set(channels)


async def _told(thread: Any, channels: list[str]) -> AsyncIterator[tuple[str, Any]]:
    async for each in thread.interleave_projections(channels):
        yield each


@KINDS
async def test_a_failure_is_raised(sdk: LangGraphClient, kind: Kind) -> None:
    async with asyncio.timeout(PATIENCE):
        async with sdk.threads.stream(assistant_id="failing", transport=kind) as thread:
            await thread.run.start(input={"n": 1})
            with pytest.raises(RuntimeError, match="boom, as asked"):
                await thread.output


async def test_custom_events_have_their_names(sdk: LangGraphClient) -> None:
    async with asyncio.timeout(PATIENCE):
        async with sdk.threads.stream(assistant_id="nested") as thread:
            custom = thread.subscribe(["custom", "lifecycle"])
            await thread.run.start(input=HUMAN)
            found = [each async for each in custom if each["method"] == "custom"]
            assert [each["params"]["data"] for each in found] == [{"inner": "speaks"}]


def test_the_synchronous_client_streams(sync_sdk: SyncLangGraphClient) -> None:
    with sync_sdk.threads.stream(assistant_id="chat") as thread:
        thread.run.start(input=HUMAN)
        assert [str(message.text) for message in list(thread.messages)] == ["Hello world"]
        assert len(thread.output["messages"]) == 2


async def test_a_remote_graph_streams_events(sdk: LangGraphClient) -> None:
    graph = RemoteGraph("chat", client=sdk)
    async with asyncio.timeout(PATIENCE):
        async with await graph.astream_events(HUMAN, version="v3") as run:
            messages = [message async for message in run.messages]
            assert [await each.text for each in messages] == ["Hello world"]
            assert len((await run.output())["messages"]) == 2


def test_a_remote_graph_streams_events_without_a_loop(sync_sdk: SyncLangGraphClient) -> None:
    graph = RemoteGraph("chat", sync_client=sync_sdk)
    with graph.stream_events(HUMAN, version="v3") as run:
        assert [str(message.text) for message in list(run.messages)] == ["Hello world"]
        assert len(run.output["messages"]) == 2
