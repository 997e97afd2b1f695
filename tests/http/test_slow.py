"""Clients that are slow, broken or gone: what they cost, and how they are told."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.conftest import eventually
from tests.http.conftest import Edge, edge_in

from httprule.limits import Edge as Limits
from runwire.domain.event import Custom
from runwire.domain.payload import Payload
from runwire.http import app as http_app
from runwire.http import connection

COUNT = 60
BIG = Payload(data=b'"' + b"x" * 200_000 + b'"')


async def new_run(edge: Edge) -> str:
    async with httpx.AsyncClient(base_url=f"http://{edge.address}") as rest:
        spec = {"graphId": "echo", "input": {"json": {}}}
        return str((await rest.post("/v1/runs", json={"spec": spec})).json()["run"]["runId"])


async def fill(edge: Edge, count: int) -> str:
    """Return a run with many large events."""
    run_id = await new_run(edge)
    claim = await edge.app.claimed()
    for _ in range(count):
        await edge.app.tell(claim, Custom(type="test.big", payload=BIG))
    return run_id


async def ask(edge: Edge, text: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await edge.connect()
    writer.write(text.replace("\n", "\r\n").encode())
    await writer.drain()
    return reader, writer


async def closed(reader: asyncio.StreamReader, seconds: float = 10) -> bytes:
    """Return all that comes until the connection is closed."""
    found = b""
    async with asyncio.timeout(seconds):
        try:
            while data := await reader.read(65536):
                found += data
        except ConnectionResetError:
            pass
    return found


async def read_all(edge: Edge, run_id: str) -> None:
    """Read a watch until every large event was seen."""
    async with (
        httpx.AsyncClient(base_url=f"http://{edge.address}") as rest,
        rest.stream("GET", f"/v1/runs/{run_id}:watch") as answer,
    ):
        size = 0
        async for line in answer.aiter_lines():
            size += len(line)
            if size > COUNT * 200_000:
                break


def told(caplog: pytest.LogCaptureFixture, word: str) -> Callable[[], bool]:
    """Return whether the log has a message, or a call with a code."""
    return lambda: any(word in (r.message, getattr(r, "code", "")) for r in caplog.records)


async def test_who_takes_nothing_is_cut_off_and_slows_nobody_else(
    edge: Edge, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(connection, "STALLED_SECONDS", 1.0)
    caplog.set_level("INFO")
    run_id = await fill(edge, COUNT)
    reader, _writer = await ask(edge, f"GET /v1/runs/{run_id}:watch HTTP/1.1\nHost: x\n\n")
    await read_all(edge, run_id)
    await eventually(told(caplog, "RESOURCE_EXHAUSTED"))
    await eventually(told(caplog, "a client takes nothing: cut off"))
    assert len(await closed(reader)) < COUNT * 200_000


async def test_who_reads_again_in_time_is_told_where_to_go_on(
    edge: Edge, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    run_id = await fill(edge, COUNT)
    reader, _writer = await ask(edge, f"GET /v1/runs/{run_id}:watch HTTP/1.1\nHost: x\n\n")
    await eventually(told(caplog, "RESOURCE_EXHAUSTED"))
    said = bytearray()
    async with asyncio.timeout(20):
        while not said.endswith(b"\r\n0\r\n\r\n"):
            said += await reader.read(65536)
    seen = [int(each) for each in re.findall(rb'"result":{"nextSequence":"(\d+)"', said)]
    error = json.loads(re.findall(rb'\n{"error":(.*)}\n', said)[0])
    assert error["details"][0]["reason"] == "WATCH_TOO_SLOW"
    assert error["details"][0]["metadata"] == {"next_sequence": str(seen[-1])}


async def test_a_client_that_goes_away_cancels_its_call(
    edge: Edge, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "runwire.access")
    run_id = await new_run(edge)
    for path in (f"/v1/runs/{run_id}:watch", f"/v1/runs/{run_id}:wait", "/v1/runs:watch"):
        caplog.clear()
        reader, writer = await ask(edge, f"GET {path} HTTP/1.1\nHost: x\n\n")
        if path.endswith(":watch"):
            assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
        else:
            await asyncio.sleep(0.1)  # nothing tells that a call waits
        writer.close()
        await eventually(lambda: [getattr(r, "code", "") for r in caplog.records] == ["CANCELLED"])


async def test_an_upload_that_breaks_off_can_be_resumed(edge: Edge) -> None:
    head = (
        "POST /v1/artifacts:upload?artifact_id=broken HTTP/1.1\nHost: x\n"
        "Content-Type: text/plain\nContent-Length: 300000\n\n"
    )
    _, writer = await ask(edge, head)
    writer.write(b"x" * 200_000)
    await writer.drain()
    await asyncio.sleep(0.1)  # nothing tells how much of it was read
    writer.close()
    async with httpx.AsyncClient(base_url=f"http://{edge.address}") as rest:
        artifact: Any = None

        async def look() -> Any:
            answer = await rest.get("/v1/artifacts/broken")
            return answer.json().get("artifact")

        async with asyncio.timeout(10):
            while not (artifact := await look()) or "sizeBytes" not in artifact:
                await asyncio.sleep(0.05)
        assert artifact["status"] == "ARTIFACT_STATUS_UPLOADING"
        have = int(artifact["sizeBytes"])
        rest_of_it = await rest.post(
            "/v1/artifacts:upload",
            params={"artifactId": "broken", "writeOffset": have},
            content=b"x" * (300_000 - have),
        )
        assert rest_of_it.status_code == 200, rest_of_it.text
        assert rest_of_it.json()["artifact"]["sizeBytes"] == "300000"


async def test_an_upload_that_stands_still_is_told(edge: Edge) -> None:
    head = "POST /v1/artifacts:upload HTTP/1.1\nHost: x\nContent-Length: 1000\n\n"
    reader, _writer = await ask(edge, head + "x")
    answer = await closed_or_answer(reader)
    assert b"429" in answer.splitlines()[0]
    assert b"UPLOAD_TOO_SLOW" in answer


async def closed_or_answer(reader: asyncio.StreamReader) -> bytes:
    """Return an answer with its body."""
    async with asyncio.timeout(10):
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.splitlines()
            if line.lower().startswith(b"content-length")
        )
        return head + await reader.readexactly(length)


@pytest.fixture
async def hasty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Edge]:
    """An edge that waits half a second for anything."""
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.5)
    monkeypatch.setattr(http_app, "Edge", lambda **named: Limits(**named, silence_seconds=0.5))
    async with edge_in(tmp_path) as served:
        yield served


@pytest.mark.parametrize("begun", ["", "GET", "GET /v1/runs HTTP/1.1\nHost: x\nX-", "\n\n"])
async def test_a_slow_head_is_not_waited_for(hasty: Edge, begun: str) -> None:
    reader, _writer = await ask(hasty, begun)
    assert await closed(reader, 5) == b""


async def test_a_head_that_trickles_is_not_waited_for(hasty: Edge) -> None:
    reader, writer = await ask(hasty, "GET /healthz HTTP/1.1\nHost: x\n")

    async def trickle() -> None:
        for number in range(1000):
            writer.write(f"X-{number}: 1\r\n".encode())
            await asyncio.sleep(0.05)

    task = asyncio.ensure_future(trickle())
    assert await closed(reader, 5) == b""
    task.cancel()


async def test_a_slow_body_is_told_and_closed(hasty: Edge) -> None:
    head = "POST /v1/runs HTTP/1.1\nHost: x\nContent-Type: application/json\nContent-Length: 9\n\n{"
    reader, _writer = await ask(hasty, head)
    answer = await closed(reader, 5)
    assert b" 408 " in answer.splitlines()[0]
    assert b"BODY_TOO_SLOW" in answer


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("GET / HTTP/1.1\nHost: x\nX: " + "x" * 40_000 + "\n\n", 431),
        ("GET / HTTP/1.1\nHost: x\nX: " + "x" * 40_000, 431),
        ("GET /" + "x" * 40_000 + " HTTP/1.1\nHost: x\n\n", 431),
        ("GET / HTTP/1.1\nHost: x\n" + "X: 1\n" * 20_000 + "\n", 431),
        ("GET / HTTP/9.9\n\n", 400),
        ("nonsense\n\n", 400),
        ("POST /v1/runs HTTP/1.1\nHost: x\nContent-Length: x\n\n", 400),
        ("POST / HTTP/1.1\nHost: x\nContent-Length: 1\nTransfer-Encoding: chunked\n\n", 400),
        ("POST / HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\nzz\n", 400),
    ],
)
async def test_what_is_no_request_is_refused_and_closed(edge: Edge, text: str, status: int) -> None:
    reader, _writer = await ask(edge, text)
    answer = await closed(reader, 5)
    assert f"HTTP/1.1 {status} ".encode() in answer
    body = json.loads(answer.rpartition(b"\r\n\r\n")[2])
    assert body["code"] in (3, 5, 8)


async def test_a_connection_is_kept_for_the_next_request(edge: Edge) -> None:
    reader, writer = await ask(edge, "GET /healthz HTTP/1.1\nHost: x\n\n" * 3)
    for _ in range(3):
        assert (await closed_or_answer(reader)).startswith(b"HTTP/1.1 200 ")
    writer.write(b"GET /v1/runs HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert (await closed(reader)).endswith(b"\r\n\r\n{}")
