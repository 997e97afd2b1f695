"""Requests that are wrong in every way there is: refused by name, and nobody notices otherwise."""

import asyncio
import json
import random
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress

import httpx
import pytest
from tests.conftest import ServerProcess
from tests.langgraph.hostile import LAST_IDS, PARAMETERS, PYTHON, RUN, WORDS, Sent, requests
from tests.postgres import TEMPLATE, Postgres

from runwire.domain.payload import decode

SHARE = 0.009
NUL = b"\\u0000"
PLACES = re.compile(r"/(state|history|commands)")
AT_ONCE = 8
ENOUGH_SECONDS = 1.0
MAX_ANSWER = 5000


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerProcess]:
    settings, url = {}, ""
    if request.param == "postgresql":
        cluster: Postgres = request.getfixturevalue("postgres")
        url = settings["RUNWIRE_DATABASE_URL"] = cluster.new_database(TEMPLATE)
    running = ServerProcess(
        tmp_path_factory.mktemp("hostile"),
        ("three_nodes=tests/langgraph/graphs.py:three_nodes",),
        http_address="127.0.0.1:0",
        settings=settings,
    )
    running.start()
    yield running
    running.kill()
    if url:
        cluster.drop(url)


async def test_no_request_makes_it_fail(server: ServerProcess) -> None:
    async with httpx.AsyncClient(base_url=f"http://{server.http_address}", timeout=30) as client:
        known = await _made(client)
        wrong: list[str] = []
        left = iter(_chosen(known))

        async def some() -> None:
            for sent in left:
                wrong.extend(f"{sent}: {why}" for why in await _faults(client, sent))

        async with asyncio.TaskGroup() as tasks:
            for _ in range(AT_ONCE):
                tasks.create_task(some())
        assert wrong == []
        answer = await client.post("/runs/wait", json=RUN)
        assert answer.json() == {"n": 7}
    told = [line for line in server.lines if "a request failed" in line or "is let go" in line]
    assert told == []


def _chosen(known: dict[str, str]) -> Sequence[Sent]:
    """Return some of all: always the same, and of those with NUL more, which few databases hold."""
    chance = random.Random(7)
    found = [
        each
        for each in requests(known)
        if chance.random() < SHARE
        or (NUL in each.content and PLACES.search(each.path) and chance.random() < 0.2)
    ]
    thread = f"/threads/{known['thread_id']}"
    run = f"{thread}/runs/{known['run_id']}"
    for name in PARAMETERS:
        for word in WORDS:
            path = chance.choice((f"{thread}/runs", f"{run}/stream", f"{thread}/history", thread))
            with suppress(UnicodeEncodeError):
                found.append(Sent("GET", path, params={name: word.encode().decode()}))
    paths = (f"{run}/stream", f"{thread}/stream")
    found += [
        Sent("GET", path, headers={"last-event-id": each}) for path in paths for each in LAST_IDS
    ]
    found += [Sent("GET", f"{thread}/state/{word}") for word in ("%00", "x", "%ff", "a" * 9000)]
    return found


async def _made(client: httpx.AsyncClient) -> dict[str, str]:
    found = {}
    for path, name, body in (
        ("/threads", "thread_id", {}),
        ("/assistants", "assistant_id", {"graph_id": "three_nodes"}),
        ("/runs/crons", "cron_id", {**RUN, "schedule": "0 0 1 1 *", "enabled": False}),
    ):
        answer = await client.post(path, json=body)
        assert answer.status_code == 200, answer.text
        found[name] = answer.json()[name]
    answer = await client.post(f"/threads/{found['thread_id']}/runs", json=RUN)
    return {**found, "run_id": answer.json()["run_id"]}


async def _faults(client: httpx.AsyncClient, sent: Sent) -> Sequence[str]:
    """Return what is wrong with an answer."""
    headers = {name: value.encode("latin-1") for name, value in sent.headers.items()}
    request = client.build_request(
        sent.method, sent.path, content=sent.content, headers=headers, params=sent.params or None
    )
    response = await client.send(request, stream=True)
    data = b""
    try:
        # Streams may have no end: the beginning will do.
        async with asyncio.timeout(ENOUGH_SECONDS):
            async for chunk in response.aiter_bytes():
                data += chunk
    except TimeoutError:
        pass
    finally:
        await response.aclose()
    text = data.decode()
    status = response.status_code
    found = [f"status {status}: {text[:500]}"] if status >= 500 or "internal error" in text else []
    if PYTHON.search(text):
        found.append(f"tells of the inside: {text[:500]}")
    if 400 <= status < 500:
        document = decode(data)
        of_command = document.get("type") == "error" and "/commands" in sent.path
        if not of_command and (
            set(document) != {"detail"} or not isinstance(document["detail"], str)
        ):
            found.append(f"has another shape: {text[:500]}")
        if len(data) > MAX_ANSWER:
            found.append("says too much")
    return found


async def test_large_deep_and_slow_bodies_are_refused(server: ServerProcess) -> None:
    async with httpx.AsyncClient(base_url=f"http://{server.http_address}", timeout=30) as client:
        answer = await client.post("/threads", content=b'{"metadata": ' + b"[" * 100_000)
        assert (answer.status_code, "nested deeper" in answer.json()["detail"]) == (422, True)

        async def endless() -> AsyncIterator[bytes]:
            for _ in range(200):
                yield b" " * 1_000_000

        with suppress(httpx.WriteError, httpx.ReadError):  # it hangs up, having said why
            answer = await client.post("/threads", content=endless())
            assert (answer.status_code, "larger than" in answer.json()["detail"]) == (413, True)
        many = {"thread_ids": ["00000000-0000-4000-8000-000000000000"] * 10_000}
        answer = await client.post("/threads/prune", content=json.dumps(many))
        assert (answer.status_code, "thread_ids" in answer.json()["detail"]) == (422, True)
        item = {"namespace": [str(n) for n in range(1000)], "key": "k", "value": {}}
        answer = await client.put("/store/items", json=item)
        assert (answer.status_code, "namespace" in answer.json()["detail"]) == (422, True), (
            answer.text
        )
        assert (await client.get("/ok")).status_code == 200
