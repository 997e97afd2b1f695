"""The store's items over gRPC, by both Python clients, and over REST."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.clients.test_client_real_server import Threaded
from tests.conftest import ServerProcess

from runwire_client import AsyncClient, Client, Invalid, NotFound

SECONDS = 30


class ThreadedClient:
    """The sync client with the interface of the other one."""

    def __init__(self, client: Client, twin: AsyncClient) -> None:
        self.store = Threaded(client.store, type(twin.store))


@pytest.fixture(params=["async", "sync"])
async def client(
    request: pytest.FixtureRequest, langgraph_server: ServerProcess
) -> AsyncIterator[Any]:
    """A client of the server: the one for asyncio, then the one for threads."""
    target = langgraph_server.grpc_address
    async with AsyncClient(target) as connected:
        if request.param == "async":
            yield connected
            return
        with Client(target) as threaded:
            yield ThreadedClient(threaded, connected)


async def listed(items: AsyncIterator[Any]) -> list[Any]:
    return [item async for item in items]


async def test_an_item_from_put_to_delete(client: Any) -> None:
    path = ("users", uuid4().hex)
    await client.store.put(path, "likes", {"food": "soup", "big": 2**70})
    item = await client.store.get(path, "likes")
    assert (item.path, item.key, item.value) == (path, "likes", {"food": "soup", "big": 2**70})
    assert item.score is None
    assert item.expires_at is None
    await client.store.put(path, "likes", {"food": "tea"}, ttl_seconds=3600)
    changed = await client.store.get(path, "likes")
    assert changed.value == {"food": "tea"}
    assert changed.created_at == item.created_at
    assert changed.expires_at is not None
    await client.store.delete(path, "likes")
    await client.store.delete(path, "likes")
    with pytest.raises(NotFound) as refused:
        await client.store.get(path, "likes")
    assert refused.value.reason == "ITEM_NOT_FOUND"


async def test_search_by_prefix_filter_and_page(client: Any) -> None:
    mark = uuid4().hex
    for number in range(5):
        kind = "even" if number % 2 == 0 else "odd"
        await client.store.put((mark, kind), f"n{number}", {"n": number, "kind": kind})
    store = client.store
    found = await listed(store.search((mark,), page_size=2))
    assert {each.key for each in found} == {f"n{number}" for number in range(5)}
    even = await listed(store.search((mark,), filter={"kind": "even"}))
    assert {each.value["n"] for each in even} == {0, 2, 4}
    more = await listed(store.search((mark,), filter={"n": {"$gte": 3}}))
    assert {each.value["n"] for each in more} == {3, 4}
    below = await listed(store.search((mark, "odd")))
    assert {each.key for each in below} == {"n1", "n3"}


async def test_paths_that_hold_items(client: Any) -> None:
    mark = uuid4().hex
    for path in ((mark, "a", "x"), (mark, "a", "y"), (mark, "b", "x")):
        await client.store.put(path, "k", {})
    store = client.store
    assert await listed(store.paths((mark,), page_size=1)) == [
        (mark, "a", "x"),
        (mark, "a", "y"),
        (mark, "b", "x"),
    ]
    assert await listed(store.paths((mark,), ("x",))) == [(mark, "a", "x"), (mark, "b", "x")]
    assert await listed(store.paths((mark, "*", "x"), max_depth=2)) == [(mark, "a"), (mark, "b")]


async def test_what_is_wrong_is_named(client: Any) -> None:
    wrong: list[tuple[Any, str]] = [
        (client.store.put((), "k", {}), "path"),
        (client.store.put(("a.b",), "k", {}), "path[0]"),
        (client.store.put(("a",), "", {}), "key"),
        (client.store.put(("a",), "k", [1]), "value"),
        (client.store.put(("a",), "k", {}, ttl_seconds=0), "ttl"),
        (listed(client.store.search(filter={"n": {"$near": 1}})), "filter.n"),
    ]
    for call, field in wrong:
        with pytest.raises(Invalid) as refused:
            await call
        assert [each.field for each in refused.value.violations] == [field]


async def test_many_at_once_all_arrive(client: Any) -> None:
    mark = uuid4().hex
    async with asyncio.TaskGroup() as tasks:
        for number in range(50):
            tasks.create_task(client.store.put((mark,), str(number), {"n": number}))
    found = await listed(client.store.search((mark,), page_size=20))
    assert sorted(each.value["n"] for each in found) == list(range(50))


async def test_the_same_over_rest(langgraph_server: ServerProcess) -> None:
    url = f"http://{langgraph_server.http_address}/v1"
    async with httpx.AsyncClient(base_url=url, timeout=SECONDS) as rest:
        mark = uuid4().hex
        body = {"path": [mark, "b"], "key": "k/1", "value": {"json": {"n": 1.50}}}
        assert (await rest.put("/store/items", json=body)).status_code == 200
        query = {"path": [mark, "b"], "key": "k/1"}
        item = (await rest.get("/store/items", params=query)).json()["item"]
        assert item["value"]["json"] == {"n": 1.5}
        wanted = {"pathPrefix": [mark], "filter": {"json": {"n": 1.5}}}
        found = (await rest.post("/store/items:search", json=wanted)).json()["items"]
        assert [each["key"] for each in found] == ["k/1"]
        paths = (await rest.get("/store/paths", params={"prefix": mark})).json()["paths"]
        assert paths == [{"parts": [mark, "b"]}]
        assert (await rest.delete("/store/items", params=query)).status_code == 200
        assert (await rest.get("/store/items", params=query)).status_code == 404
