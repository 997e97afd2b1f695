"""Server-sent events: positions, resuming without a gap, heartbeats, and how streams end."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.http.conftest import edge_in
from tests.http.test_rest import created

from httprule.limits import Edge as Limits
from runwire.http import app as http_app

ACCEPT = {"accept": "text/event-stream"}


@dataclass(frozen=True)
class Event:
    """One event as a browser would have it; comments are events of the kind ":"."""

    kind: str
    id: str
    data: Any


async def events(answer: httpx.Response) -> AsyncIterator[Event]:
    """Yield what a stream says, by the rules of the format."""
    assert answer.headers["content-type"] == "text/event-stream"
    kind, last, data = "message", "", ""
    async for line in answer.aiter_lines():
        name, _, value = line.partition(":")
        if not line:
            if data:
                yield Event(kind, last, json.loads(data))
            kind, data = "message", ""
        elif not name:
            yield Event(":", last, value)
        elif name == "event":
            kind = value.strip()
        elif name == "id":
            last = value.strip()
        elif name == "data":
            data += value.strip()


def sequences(data: Any) -> list[int]:
    return [int(event["sequence"]) for event in data.get("batch", {}).get("events", [])]


async def test_a_run_is_followed_to_its_end(rest: httpx.AsyncClient) -> None:
    run = await created(rest)
    url = f"/v1/runs/{run['runId']}:watch"
    async with rest.stream("GET", url, headers=ACCEPT) as answer:
        assert answer.headers["cache-control"] == "no-cache"
        found = [event async for event in events(answer)]
    assert "started" in found[0].data
    assert "ended" in found[-2].data
    assert found[-1].kind == "end"
    assert all(event.id == event.data["nextSequence"] for event in found[:-1])


async def test_who_comes_back_goes_on_without_gap_or_double(rest: httpx.AsyncClient) -> None:
    spec = {"graphId": "ticker", "input": {"json": {"seconds": 1.5}}}
    run = await created(rest, spec)
    url = f"/v1/runs/{run['runId']}:watch?fromSequence=1"
    seen: list[int] = []
    last, connections, ended = "", 0, False
    while not ended:
        headers = ACCEPT | ({"last-event-id": last} if last else {})
        connections += 1
        async with rest.stream("GET", url, headers=headers) as answer:
            batches = 0
            async for event in events(answer):
                last, ended = event.id, ended or event.kind == "end"
                if event.kind == "message":
                    seen += sequences(event.data)
                    batches += "batch" in event.data
                if batches == 1 and connections <= 20:
                    break  # the connection is lost behind every batch
    assert seen == list(range(1, len(seen) + 1))
    assert len(seen) > 7
    assert connections > 4


async def test_all_runs_are_followed_and_resumed_by_token(rest: httpx.AsyncClient) -> None:
    async with rest.stream("GET", "/v1/runs:watch", headers=ACCEPT) as answer:
        token = (await anext(events(answer))).id
    run = await created(rest)
    headers = ACCEPT | {"last-event-id": token}
    seen: list[int] = []
    async with rest.stream("GET", "/v1/runs:watch", headers=headers) as answer:
        async for event in events(answer):
            own = [e for e in event.data.get("events", []) if e["runId"] == run["runId"]]
            seen += [int(each["sequence"]) for each in own]
            if any(e.get("statusChanged", {}).get("toStatus", "").endswith("DED") for e in own):
                break
    assert seen == list(range(1, len(seen) + 1))


async def test_a_run_is_not_created_again_by_coming_back(rest: httpx.AsyncClient) -> None:
    body = {"spec": {"graphId": "three_nodes", "input": {"json": {"n": 1}}}}
    headers = ACCEPT | {"last-event-id": "3"}
    answer = await rest.post("/v1/runs:createAndWatch", json=body, headers=headers)
    assert answer.status_code == 400
    assert (await rest.get("/v1/runs")).json() == {}


async def test_a_refused_watch_is_no_stream(rest: httpx.AsyncClient) -> None:
    answer = await rest.get("/v1/runs/nope:watch", headers=ACCEPT)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/json"


async def test_a_silent_stream_has_heartbeats(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A second is the shortest heartbeat of a watch itself; the edge's are quicker here.
    monkeypatch.setattr(http_app, "Edge", lambda **named: Limits(**named, heartbeat_seconds=0.05))
    async with edge_in(tmp_path) as edge, asyncio.timeout(10):
        base = f"http://{edge.address}"
        async with (
            httpx.AsyncClient(base_url=base) as rest,
            rest.stream("GET", "/v1/runs:watch", headers=ACCEPT) as answer,
        ):
            stream = events(answer)
            found = [await anext(stream) for _ in range(4)]
        assert [event.kind for event in found] == ["message", ":", ":", ":"]


async def test_a_stream_ends_with_an_error_when_the_server_leaves(tmp_path: Path) -> None:
    async with edge_in(tmp_path) as edge:
        base = f"http://{edge.address}"
        async with httpx.AsyncClient(base_url=base, timeout=20) as rest:
            async with (
                rest.stream("GET", "/v1/runs:watch", headers=ACCEPT) as sse,
                rest.stream("GET", "/v1/runs:watch") as lines,
            ):
                told = events(sse)
                assert (await anext(told)).kind == "message"
                each = lines.aiter_lines()
                assert "result" in json.loads(await anext(each))
                edge.rpc.leave()
                assert (await rest.get("/readyz")).status_code == 503
                assert (await rest.get("/healthz")).status_code == 200
                edge.rpc.draining.begin()
                last = await anext(told)
                assert (last.kind, last.data["code"]) == ("error", 14)
                assert json.loads(await anext(each))["error"]["code"] == 14
            gone = await rest.get("/v1/runs:watch")
            assert gone.status_code == 503
            assert gone.headers["retry-after"] == "1"
