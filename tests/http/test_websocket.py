"""Watches over WebSocket."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.conftest import eventually
from tests.http.conftest import Edge, edge_in
from tests.http.test_rest import created
from tests.http.test_slow import COUNT, fill, new_run, told
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from runwire.http import connection
from runwire.server import Server


@asynccontextmanager
async def socket(address: str, path: str, **options: Any) -> AsyncIterator[ClientConnection]:
    """Open a WebSocket; left in time, whatever the other side does."""
    async with asyncio.timeout(20), connect(f"ws://{address}{path}", **options) as opened:
        yield opened


def results(texts: list[str]) -> list[Any]:
    return [json.loads(text)["result"] for text in texts]


async def rest_of(watch: ClientConnection) -> list[str]:
    """Return all that comes until the connection is closed."""
    texts: list[str] = []
    try:
        while True:
            texts.append(str(await watch.recv()))
    except ConnectionClosed:
        return texts


def sequences(messages: list[Any]) -> list[int]:
    return [
        int(event["sequence"])
        for message in messages
        for event in message.get("batch", {}).get("events", [])
    ]


async def test_a_run_is_followed_to_its_end(web: Server, rest: httpx.AsyncClient) -> None:
    run = await created(rest)
    path = f"/v1/runs/{run['runId']}/ws"
    async with socket(web.http_address, path) as watch:
        messages = results([str(text) async for text in watch])
        assert watch.close_code == 1000
    assert "started" in messages[0]
    assert "ended" in messages[-1]
    seen = sequences(messages)
    assert seen == list(range(1, len(seen) + 1))
    async with socket(web.http_address, f"{path}?from_sequence=4") as watch:
        assert sequences(results([str(text) async for text in watch])) == seen[3:]


async def test_all_runs_are_followed_and_resumed(web: Server, rest: httpx.AsyncClient) -> None:
    path = "/v1/runs/ws?filter=graph_id%3D%22three_nodes%22"
    async with socket(web.http_address, path) as watch:
        (first,) = results([str(await watch.recv())])
    run = await created(rest)
    await created(rest, {"graphId": "keeper", "input": {"json": {}}})
    token = first["resumeToken"]
    seen: list[Any] = []
    async with socket(web.http_address, f"{path}&resumeToken={token}") as watch:
        while not any("SUCCEEDED" in json.dumps(event) for event in seen):
            (message,) = results([str(await watch.recv())])
            seen += message.get("events", [])
    assert {event["runId"] for event in seen} == {run["runId"]}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/runs/nope/ws", 404),
        ("/v1/runs/nope/ws?from_sequence=x", 400),
        ("/v1/runs/ws?filter=%28", 400),
        ("/v1/runs/ws?nope=1", 400),
        ("/v1/nothing/ws", 404),
        ("/v1/runs", 400),
        ("/readyz", 404),
    ],
)
async def test_what_is_refused_is_refused_with_a_status(edge: Edge, path: str, status: int) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with socket(edge.address, path):
            pass
    assert refused.value.response.status_code == status
    body = json.loads(refused.value.response.body)
    assert body["message"]
    assert body["details"]


async def test_only_known_pages_may_connect(tmp_path: Path) -> None:
    async with edge_in(tmp_path, cors_origins=["https://known.example"]) as edge:
        own = f"http://{edge.address}"
        for origin in (None, "https://known.example", own):
            async with socket(edge.address, "/v1/runs/ws", origin=origin) as watch:
                await watch.recv()
        with pytest.raises(InvalidStatus) as refused:
            async with socket(edge.address, "/v1/runs/ws", origin="https://other.example"):
                pass
        assert refused.value.response.status_code == 403


async def test_a_browser_shows_its_token_as_a_subprotocol(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    admit = edge.rpc.surroundings.guard.admit

    async def noted(method: Any, context: Any, request_id: str) -> Any:
        shown = dict(context.invocation_metadata())
        seen.append((shown.get("authorization"), shown.get("x-runwire-namespace")))
        return await admit(method, context, request_id)

    monkeypatch.setattr(edge.rpc.surroundings.guard, "admit", noted)
    async with socket(edge.address, "/v1/runs/ws", subprotocols=["bearer", "a.b-c"]) as watch:
        await watch.recv()
        assert watch.subprotocol == "bearer"
    both = ["bearer", "a", "namespace", "default"]
    async with socket(edge.address, "/v1/runs/ws", subprotocols=both) as watch:
        await watch.recv()
        assert watch.subprotocol == "bearer"
    headers = {"Authorization": "Bearer d"}
    async with socket(edge.address, "/v1/runs/ws", additional_headers=headers) as watch:
        await watch.recv()
        assert watch.subprotocol is None
    unknown = ["bearer", "a", "chat", "b"]
    async with socket(edge.address, "/v1/runs/ws", subprotocols=unknown) as watch:
        await watch.recv()
        assert watch.subprotocol is None
    assert seen == [
        ("Bearer a.b-c", None),
        ("Bearer a", "default"),
        ("Bearer d", None),
        (None, None),
    ]


async def test_who_goes_away_cancels_the_watch(
    edge: Edge, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "runwire.access")
    run_id = await new_run(edge)
    async with socket(edge.address, f"/v1/runs/{run_id}/ws") as watch:
        await watch.recv()
        await watch.send("what clients say is ignored")
        caplog.clear()
    await eventually(told(caplog, "CANCELLED"))


async def test_who_is_too_slow_is_closed_and_told_where_to_go_on(
    edge: Edge, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    run_id = await fill(edge, COUNT)
    async with socket(
        edge.address, f"/v1/runs/{run_id}/ws", max_queue=1, ping_interval=None
    ) as watch:
        await eventually(told(caplog, "RESOURCE_EXHAUSTED"))
        got = [message for message in map(json.loads, await rest_of(watch)) if "result" in message]
    expected = f"WATCH_TOO_SLOW next_sequence={got[-1]['result']['nextSequence']}"
    assert (watch.close_code, watch.close_reason) == (4408, expected)


async def test_who_takes_nothing_is_cut_off(
    edge: Edge, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(connection, "STALLED_SECONDS", 1.0)
    caplog.set_level("INFO")
    run_id = await fill(edge, COUNT)
    path = f"/v1/runs/{run_id}/ws"
    async with socket(edge.address, path, max_queue=1, ping_interval=None) as watch:
        await eventually(told(caplog, "a client takes nothing: cut off"))
        await rest_of(watch)
    assert watch.close_code == 1006


async def test_a_server_that_leaves_says_so(edge: Edge) -> None:
    run_id = await new_run(edge)
    async with socket(edge.address, f"/v1/runs/{run_id}/ws") as watch:
        await watch.recv()
        edge.rpc.draining.begin()
        texts = await rest_of(watch)
        assert json.loads(texts[-1])["error"]["code"] == 14
        assert watch.close_code == 1012
        assert str(watch.close_reason).startswith("SERVER_DRAINING next_sequence=")


async def test_a_dead_peer_is_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runwire.http.server.PING_SECONDS", 0.2)
    async with edge_in(tmp_path) as edge:
        run_id = await new_run(edge)
        reader, writer = await edge.connect()
        writer.write(
            f"GET /v1/runs/{run_id}/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        async with asyncio.timeout(10):  # it reads, but never answers a ping
            while await reader.read(65536):
                pass
