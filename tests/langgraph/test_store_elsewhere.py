"""Nodes of a worker that lives elsewhere use the server's store."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.conftest import ROOT, settings_in
from tests.langgraph.test_store import shown

from runwire.domain.assistant_ports import ItemQuery
from runwire.domain.errors import Exhausted, Invalid, Unavailable
from runwire.domain.item import ItemChange
from runwire.langgraph.store import RunwireStore
from runwire.remote.items import RemoteItems
from runwire.server import Server, serve
from runwire.worker import working
from runwire_client import AsyncClient

GRAPH = {"remembering": str(ROOT / "tests/langgraph/stored_graphs.py:remembering")}


@pytest.fixture
async def server(tmp_path: Path, database_url: str) -> AsyncIterator[Server]:
    settings = settings_in(tmp_path, graphs={}, worker=False, database_url=database_url)
    async with serve(settings) as running:
        yield running


@pytest.fixture
async def items(server: Server) -> AsyncIterator[RemoteItems]:
    async with AsyncClient(server.grpc_address) as client:
        yield RemoteItems(lambda: (client._channel, None))


async def test_a_run_remembers_what_another_has_put(server: Server, tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "worker", graphs=GRAPH)
    connected, loop = asyncio.Event(), asyncio.get_running_loop()

    def tell(_: str) -> None:
        loop.call_soon_threadsafe(connected.set)

    async with (
        working(settings, [server.grpc_address], on_connected=tell),
        AsyncClient(server.grpc_address) as client,
    ):
        await asyncio.wait_for(connected.wait(), 20)
        known = []
        for text in ("one", "two"):
            run = await client.runs.create("remembering", {"user": "ada", "text": text})
            ended = await client.runs.wait(run.run_id, timeout_seconds=20)
            known.append(sorted(ended.output["known"]))
    assert known == [["one"], ["one", "two"]]


async def test_everything_that_a_store_does(items: RemoteItems) -> None:
    store = RunwireStore(items, "default")
    value = {"n": 2**70, "f": 5.0, "text": "ä\x00"}
    await store.aput(("a", "b"), "", value, index=["text"], ttl=5)
    await store.aput(("a",), "k", {"n": 3}, index=False)
    got = await store.aget(("a", "b"), "")
    assert got is not None
    assert (got.value, got.namespace, got.key) == (value, ("a", "b"), "")
    assert got.created_at.tzinfo is not None
    [found] = await store.asearch(("a",), filter={"n": {"$lt": 4}}, query="x", limit=1)
    assert shown(found) == {"namespace": ("a",), "key": "k", "value": {"n": 3}}
    assert found.score is None
    assert await store.alist_namespaces(prefix=("*",), suffix=("b",)) == [("a", "b")]
    assert await store.alist_namespaces(max_depth=1) == [("a",)]
    assert await items.get("team", ("a",), "k") is None
    await store.adelete(("a",), "k")
    assert await store.aget(("a",), "k") is None
    with pytest.raises(Invalid, match=r"filter\.n"):
        await store.asearch(("a",), filter={"n": {"$like": 1}})


async def test_very_much_at_once(items: RemoteItems) -> None:
    text = "x" * 900_000
    many = [ItemChange(path=("a",), key=str(n), value={"t": text, "n": n}) for n in range(6)]
    await items.change("default", many)
    found = await items.find(ItemQuery(namespace="default", prefix=("a",), limit=100))
    assert sorted(each.value["n"] for each in found) == list(range(6))
    with pytest.raises(Exhausted, match="value is"):
        await items.put("default", ("a",), "k", {"t": "x" * 1024 * 1024})


async def test_without_a_server_it_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runwire.remote.items.PATIENCE_SECONDS", 0)
    with pytest.raises(Unavailable, match="no server"):
        await RemoteItems(lambda: None).get("default", ("a",), "k")
