"""The event streaming protocol over a WebSocket, by hand."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tests.conftest import ServerProcess, settings_in
from tests.langgraph.protocol_wire import PATIENCE, Event, ends, of, root_lives
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from runwire.operations import create_key

HUMAN = {"messages": [{"type": "human", "content": "hi"}]}


class Socket:
    """One connection, spoken to by hand."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.events: list[Event] = []
        self._id = 0

    async def command(self, method: str, **params: Any) -> Event:
        """Send a command; return its answer, and keep the events that come before it."""
        self._id += 1
        return await self.send({"id": self._id, "method": method, "params": params})

    async def send(self, message: Any) -> Event:
        """Send something; return the answer."""
        await self.connection.send(message if isinstance(message, str) else json.dumps(message))
        while (found := await self.next())["type"] == "event":
            self.events.append(found)
        return found

    async def to_the_end_of_a_run(self) -> list[Event]:
        """Return the events up to the end of a run."""
        while not (self.events and ends(self.events[-1])):
            self.events.append(await self.next())
        found, self.events = self.events, []
        return found

    async def next(self) -> Event:
        """Return the next message."""
        async with asyncio.timeout(PATIENCE):
            return dict(json.loads(await self.connection.recv()))


@asynccontextmanager
async def opened(url: str, thread_id: str = "", **how: Any) -> AsyncIterator[Socket]:
    place = f"{url.replace('http', 'ws')}/threads/{thread_id or uuid4()}/stream/events"
    async with connect(place, **how) as connection:
        yield Socket(connection)


async def test_ws_threads_id_stream_events_shares_commands_and_events(langgraph_url: str) -> None:
    async with opened(langgraph_url) as socket:
        made = await socket.command("subscription.subscribe", channels=["lifecycle", "values"])
        name = made["result"]["subscription_id"]
        started = await socket.command("run.start", assistant_id="approval", input={"amount": 3})
        found = await socket.to_the_end_of_a_run()
        assert root_lives(found) == ["running", "interrupted"]
        assert started["result"]["run_id"] in found[0]["event_id"]
        kept = await socket.command("subscription.reconnect", run_id="x", subscriptions=[name])
        assert kept["result"] == {"restored": True}
        gone = await socket.command("subscription.unsubscribe", subscription_id=name)
        assert gone["type"] == "success"
        again = await socket.command("subscription.unsubscribe", subscription_id=name)
        assert again["error"] == "no_such_subscription"
        lost = await socket.command("subscription.reconnect", run_id="x", subscriptions=[name])
        assert lost["result"] == {"restored": False}


async def test_subscriptions_made_at_once_are_told_in_one_order(langgraph_url: str) -> None:
    async with opened(langgraph_url) as socket:
        await socket.command("run.start", assistant_id="chat", input=HUMAN)
        for number, channels in enumerate((["lifecycle"], ["values"], ["lifecycle", "messages"])):
            params = {"channels": channels}
            wish = {"id": 10 + number, "method": "subscription.subscribe", "params": params}
            await socket.connection.send(json.dumps(wish))
        answers = [await socket.next() for _ in range(3)]
        assert [each["id"] for each in answers] == [10, 11, 12]
        found = await socket.to_the_end_of_a_run()
    numbers = [each["seq"] for each in found]
    assert numbers == sorted(set(numbers))
    assert {each["method"] for each in found} == {"lifecycle", "values", "messages"}
    assert len(of(found, "values")[-1]["messages"]) == 2


async def test_what_is_wrong_is_said_and_the_connection_stays(langgraph_url: str) -> None:
    async with opened(langgraph_url) as socket:
        assert (await socket.send("no json"))["error"] == "invalid_argument"
        assert (await socket.send([1]))["error"] == "invalid_argument"
        assert (await socket.send({"id": 5}))["id"] == 5
        assert (await socket.command("no.such"))["error"] == "unknown_command"
        wrong = await socket.command("subscription.subscribe", channels=["nope"])
        assert wrong["error"] == "invalid_argument"
        for _ in range(64):
            made = await socket.command("subscription.subscribe", channels=["values"])
            assert made["type"] == "success"
        more = await socket.command("subscription.subscribe", channels=["values"])
        assert "64" in more["message"]


async def test_no_thread_can_have_such_an_id(langgraph_url: str) -> None:
    async with opened(langgraph_url, "no-uuid") as socket:
        assert (await socket.next())["message"]
        with pytest.raises(ConnectionClosed) as closed:
            await socket.next()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4422


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[ServerProcess]:
    running = ServerProcess(
        tmp_path,
        ("chat=tests/langgraph/chat_graphs.py:chat",),
        http_address="127.0.0.1:0",
        settings={"RUNWIRE_AUTH": "true"},
    )
    running.start()
    yield running
    running.stop()


def key_in(directory: Path, role: str) -> str:
    """Return the secret of a new key."""
    made = create_key(
        settings_in(directory),
        display_name=role,
        role=role,
        namespace="default",
        graphs=(),
        lifetime_seconds=None,
    )
    return made.secret


async def test_each_command_needs_its_role(guarded: ServerProcess, tmp_path: Path) -> None:
    url, thread_id = f"http://{guarded.http_address}", str(uuid4())
    reader, runner = key_in(tmp_path, "reader"), key_in(tmp_path, "runner")
    with pytest.raises(InvalidStatus) as refused:
        async with opened(url):
            pass
    assert refused.value.response.status_code == 401
    start = {"assistant_id": "chat", "input": HUMAN}
    async with (
        opened(url, thread_id, additional_headers={"x-api-key": reader}) as watching,
        opened(url, thread_id, subprotocols=["bearer", runner]) as running,
    ):
        assert running.connection.subprotocol == "bearer"
        await watching.command("subscription.subscribe", channels=["lifecycle"])
        denied = await watching.command("run.start", **start)
        assert denied["error"] == "permission_denied"
        assert (await running.command("run.start", **start))["type"] == "success"
        assert root_lives(await watching.to_the_end_of_a_run()) == ["running", "completed"]
        state = await watching.command("state.get", namespace=[])
        assert len(state["result"]["values"]["messages"]) == 2


async def test_a_server_that_goes_away_says_so(guarded: ServerProcess, tmp_path: Path) -> None:
    url = f"http://{guarded.http_address}"
    headers = {"x-api-key": key_in(tmp_path, "runner")}
    async with opened(url, additional_headers=headers) as socket:
        await socket.command("subscription.subscribe", channels=["lifecycle"])
        stopping = asyncio.create_task(asyncio.to_thread(guarded.stop))
        with pytest.raises(ConnectionClosed) as closed:
            await socket.connection.recv()
    await stopping
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012
    guarded.start()
