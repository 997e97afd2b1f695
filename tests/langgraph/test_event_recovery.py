"""The event streaming protocol over a server that is killed: nothing is missing or doubled."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.conftest import ServerProcess
from tests.langgraph.protocol_wire import Event, Events, Protocol, of, root_lives

HUMAN = {"messages": [{"type": "human", "content": "hi"}]}
TOKENS = 5


@pytest.fixture
def killable(tmp_path: Path) -> Iterator[ServerProcess]:
    running = ServerProcess(
        tmp_path,
        ("slow_chat=tests/langgraph/chat_graphs.py:slow_chat",),
        http_address="127.0.0.1:0",
    )
    running.start()
    yield running
    running.stop()


async def test_a_killed_server_goes_on_with_the_stream(killable: ServerProcess) -> None:
    url = f"http://{killable.http_address}"
    async with httpx.AsyncClient(base_url=url, timeout=30) as http:
        protocol = Protocol(http)
        async with protocol.events() as events:
            run_id = await protocol.start("slow_chat", HUMAN)
            before = await _tokens(events)
            await asyncio.to_thread(killable.kill)
            before += await _rest(events)
    await asyncio.to_thread(killable.start)
    async with httpx.AsyncClient(base_url=f"http://{killable.http_address}", timeout=30) as http:
        protocol = Protocol(http, protocol.thread_id)
        async with protocol.events(since=before[-1]["seq"]) as events:
            behind = await events.to_the_end_of_a_run()
        async with protocol.events() as events:
            everything = await events.to_the_end_of_a_run()
    assert [*before, *behind] == everything
    assert all(run_id in each["event_id"] for each in everything)
    assert root_lives(everything) == ["running", "running", "completed"]
    _one_answer(everything)


async def _tokens(events: Events) -> list[Event]:
    """Return events up to some tokens."""
    found: list[Event] = []
    while sum("delta" in each for each in of(found, "messages")) < TOKENS:
        found.append(await events.next())
    return found


async def _rest(events: Events) -> list[Event]:
    """Return what still comes over a connection that breaks."""
    found: list[Event] = []
    try:
        while True:
            found.append(await events.next())
    except (httpx.HTTPError, EOFError):
        return found


def _one_answer(events: list[Event]) -> None:
    """The answer was begun twice: the first is called off, the second is whole."""
    messages = of(events, "messages")
    kinds = [each["event"] for each in messages]
    assert kinds.count("message-start") == 2
    assert kinds.count("message-finish") == 1
    broken = kinds.index("error")
    assert kinds[broken + 1] == "message-start"
    said = [each["delta"]["text"] for each in messages[broken:] if "delta" in each]
    final = of(events, "values")[-1]["messages"]
    assert [each["type"] for each in final] == ["human", "ai"]
    assert final[1]["content"][0]["text"] == "".join(said)
    assert final[1]["id"] == messages[-1]["id"]
