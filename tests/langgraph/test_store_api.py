"""The store over the LangGraph API, as its clients use it, endpoint by endpoint."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from langgraph_sdk import get_client, get_sync_client
from langgraph_sdk.client import LangGraphClient
from tests.conftest import ROOT, settings_in
from tests.postgres import TEMPLATE, Postgres

from runwire.domain.assistant import own_assistant_id
from runwire.server import Server, serve

pytestmark = pytest.mark.asyncio(loop_scope="module")

PLACE = str(ROOT / "tests/langgraph/stored_graphs.py")
INDEX = {"dims": 8, "embed": f"{PLACE}:embed", "fields": ["text"]}


@asynccontextmanager
async def serving(directory: Path, **more: Any) -> AsyncIterator[Server]:
    settings = settings_in(
        directory,
        graphs={"remembering": f"{PLACE}:remembering"},
        http_address="127.0.0.1:0",
        **more,
    )
    async with serve(settings) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module", scope="module", params=["sqlite", "postgresql"])
async def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Server]:
    more: dict[str, Any] = {"langgraph_store_index": INDEX}
    cluster: Postgres | None = None
    if request.param == "postgresql":
        cluster = request.getfixturevalue("postgres")
        more["database_url"] = cluster.new_database(TEMPLATE)
    async with serving(tmp_path_factory.mktemp("store"), **more) as running:
        yield running
    if cluster is not None:
        cluster.drop(more["database_url"])


@pytest_asyncio.fixture(loop_scope="module")
async def client(server: Server) -> AsyncIterator[LangGraphClient]:
    async with get_client(url=f"http://{server.http_address}") as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def http(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"http://{server.http_address}") as found:
        yield found


def refused(answer: httpx.Response, status: int, *words: str) -> None:
    assert answer.status_code == status, answer.text
    detail = answer.json()["detail"]
    assert all(word in detail for word in words), detail


async def test_put_get_and_delete_store_items(
    client: LangGraphClient, http: httpx.AsyncClient
) -> None:
    value = {"n": 2**70, "f": 5.0, "text": "ä\u0000", "deep": [{"a": None}]}
    item = {"namespace": ["a", "b"], "key": "k 1", "value": value}
    answer = await http.put("/store/items", json=item)
    assert (answer.status_code, answer.content) == (204, b"")
    answer = await http.get("/store/items?namespace=a.b&key=k%201")
    assert answer.json().keys() == {"namespace", "key", "value", "created_at", "updated_at"}
    assert '"f":5.0' in answer.text
    got = await client.store.get_item(["a", "b"], "k 1")
    assert (got["namespace"], got["key"], got["value"]) == (["a", "b"], "k 1", value)
    await client.store.put_item(["a", "b"], "k 1", {"other": 1})
    again = await client.store.get_item(["a", "b"], "k 1")
    assert (again["value"], again["created_at"]) == ({"other": 1}, got["created_at"])
    assert again["updated_at"] > got["updated_at"]
    for place in ("namespace=a.b&key=nope", "namespace=a&key=k%201"):
        answer = await http.get(f"/store/items?{place}")
        assert (answer.status_code, answer.json()) == (200, None)
    for _ in range(2):
        gone = {"namespace": ["a", "b"], "key": "k 1"}
        answer = await http.request("DELETE", "/store/items", json=gone)
        assert (answer.status_code, answer.content) == (204, b"")
    assert await client.store.get_item(["a", "b"], "k 1") is None


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"namespace": ["a.x", "b"]}, 422, ["namespace", "a.x"]),
        ({"namespace": [""]}, 422, ["namespace"]),
        ({"namespace": ["a\u0000"]}, 422, ["namespace"]),
        ({"namespace": []}, 400, ["namespace"]),
        ({"namespace": ["langgraph", "x"]}, 400, ["langgraph"]),
        ({"namespace": "a"}, 422, ["namespace"]),
        ({"key": 1}, 422, ["key"]),
        ({"key": "k" * 1025}, 422, ["key"]),
        ({"value": None}, 422, ["value"]),
        ({"value": [1]}, 422, ["value"]),
        ({"value": {"x": "y" * 1024 * 1024}}, 413, ["value", "1048576"]),
        ({"index": True}, 422, ["index"]),
        ({"index": [1]}, 422, ["index"]),
        ({"ttl": "x"}, 422, ["ttl"]),
        ({"ttl": -1}, 422, ["ttl"]),
    ],
)
async def test_put_store_items_refuses(
    http: httpx.AsyncClient, changes: dict[str, Any], status: int, words: list[str]
) -> None:
    item = {"namespace": ["refused"], "key": "k", "value": {}, **changes}
    refused(await http.put("/store/items", json=item), status, *words)
    found = await http.post("/store/items/search", json={"namespace_prefix": ["refused"]})
    assert found.json() == {"items": []}


async def test_get_and_delete_store_items_refuse(http: httpx.AsyncClient) -> None:
    refused(await http.get("/store/items?namespace=a"), 400, "key")
    refused(await http.get("/store/items?key=k"), 422, "namespace")
    gone = {"namespace": ["a.b"], "key": "k"}
    refused(await http.request("DELETE", "/store/items", json=gone), 422, "a.b")
    refused(await http.request("DELETE", "/store/items?namespace=a&key=k"), 422, "key")


async def test_post_store_items_search(client: LangGraphClient, http: httpx.AsyncClient) -> None:
    docs = {"one": {"n": 1}, "two": {"n": 2.5, "d": {"e": 1}}, "three": {"n": 3, "d": {"e": 2}}}
    for key, value in docs.items():
        await client.store.put_item(["found", "docs"], key, value)
    await client.store.put_item(["found"], "above", {"n": 9})

    async def keys(*prefix: str, **how: Any) -> list[str]:
        found = await client.store.search_items(prefix, **how)
        return [each["key"] for each in found["items"]]

    assert await keys("found") == ["above", "three", "two", "one"]
    assert await keys("found", "docs", limit=1, offset=1) == ["two"]
    assert await keys("found", "docs", filter={"n": {"$gte": 2.5}}) == ["three", "two"]
    assert await keys("found", "docs", filter={"d": {"e": 1}}) == ["two"]
    assert await keys("found", "docs", filter={"n": 3.0}) == ["three"]
    assert await keys("found", "docs", filter={"d": {"$ne": None}}) == ["three", "two"]
    assert await keys("fo") == []
    answer = await http.post("/store/items/search", json={"namespace_prefix": ["found", "docs"]})
    assert [each["score"] for each in answer.json()["items"]] == [None] * 3
    for body, words in (
        ({"filter": {"n": {"$foo": 1}}}, ["filter.n", "$foo"]),
        ({"namespace_prefix": ["a."]}, ["namespace_prefix"]),
        ({"limit": -1}, ["limit"]),
        ({"limit": 100_000}, ["limit"]),
    ):
        refused(await http.post("/store/items/search", json=body), 422, *words)
    for nothing in ({"content": b""}, {"json": {}}):
        assert len((await http.post("/store/items/search", **nothing)).json()["items"]) >= 4


async def test_searching_for_what_is_near(client: LangGraphClient) -> None:
    for key, text in (("a", "aaa"), ("b", "bbb"), ("ab", "ab"), ("none", "aaa")):
        index: Any = False if key == "none" else None
        await client.store.put_item(["near"], key, {"text": text}, index=index)
    found = (await client.store.search_items(["near"], query="aa"))["items"]
    assert [each["key"] for each in found] == ["a", "ab", "b", "none"]
    assert found[0]["score"] > found[1]["score"] > found[2]["score"]
    assert found[3]["score"] is None


async def test_post_store_namespaces(client: LangGraphClient, http: httpx.AsyncClient) -> None:
    for path in (["listed", "a", "x"], ["listed", "a", "y"], ["listed", "b", "x"], ["listed"]):
        await client.store.put_item(path, "k", {})

    async def listed(**how: Any) -> list[list[str]]:
        found = await client.store.list_namespaces(**{"prefix": ["listed"], **how})
        return found["namespaces"]

    assert await listed() == [
        ["listed"], ["listed", "a", "x"], ["listed", "a", "y"], ["listed", "b", "x"],
    ]  # fmt: skip
    assert await listed(max_depth=2) == [["listed"], ["listed", "a"], ["listed", "b"]]
    assert await listed(suffix=["x"]) == [["listed", "a", "x"], ["listed", "b", "x"]]
    assert await listed(prefix=["listed", "*", "x"]) == await listed(suffix=["x"])
    assert await listed(limit=1, offset=1) == [["listed", "a", "x"]]
    answer = await http.post("/store/namespaces", json={"prefix": ["listed"], "limit": 0})
    assert answer.json() == {"namespaces": []}
    refused(await http.post("/store/namespaces", json={"prefix": ["a.b"]}), 422, "prefix")
    refused(await http.post("/store/namespaces", json={"max_depth": -1}), 422, "max_depth")


async def test_nodes_share_the_store_with_callers(client: LangGraphClient) -> None:
    await client.store.put_item(["memories", "ada"], "cab", {"text": "cab"})
    told = await client.runs.wait(None, "remembering", input={"user": "ada", "text": "bead"})
    assert told["known"] == ["bead", "cab"]
    got = await client.store.get_item(["memories", "ada"], "bead")
    assert got["value"] == {"text": "bead"}


async def test_the_synchronous_client(server: Server) -> None:
    def use() -> None:
        with get_sync_client(url=f"http://{server.http_address}") as client:
            client.store.put_item(["sync"], "k", {"n": 1}, ttl=5)
            assert client.store.get_item(["sync"], "k", refresh_ttl=True)["value"] == {"n": 1}
            assert len(client.store.search_items(["sync"])["items"]) == 1
            assert client.store.list_namespaces(prefix=["sync"])["namespaces"] == [["sync"]]
            client.store.delete_item(["sync"], "k")
            assert client.store.get_item(["sync"], "k") is None

    await asyncio.to_thread(use)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def handled(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The URL of a server with handlers of the user's own."""
    async with serving(tmp_path_factory.mktemp("auth"), langgraph_auth=f"{PLACE}:auth") as running:
        yield f"http://{running.http_address}"


async def test_handlers_of_the_users_own_keep_items_apart(handled: str) -> None:
    async with (
        get_client(url=handled, api_key="ada") as ada,
        get_client(url=handled, api_key="bob") as bob,
    ):
        await ada.store.put_item(["x"], "k", {"n": 1})
        assert (await ada.store.get_item(["x"], "k"))["namespace"] == ["ada", "x"]
        assert await bob.store.get_item(["x"], "k") is None
        assert (await bob.store.search_items(["x"]))["items"] == []
        assert (await bob.store.list_namespaces())["namespaces"] == []
        await bob.store.delete_item(["x"], "k")
        assert await ada.store.get_item(["x"], "k") is not None
    async with httpx.AsyncClient(base_url=handled) as nobody:
        refused(await nobody.get("/store/items?namespace=x&key=k"), 401, "who are you?")


async def test_handlers_of_the_users_own_keep_assistants_apart(handled: str) -> None:
    async with get_client(url=handled, api_key="ada") as ada:
        made = await ada.assistants.create("remembering")
        assert made["metadata"] == {"owner": "ada"}
        [found] = await ada.assistants.search()
        assert found == made
        assert await ada.assistants.get_schemas(made["assistant_id"])
        told = await ada.runs.wait(None, "remembering", input={"user": "ada", "text": "x"})
        assert told["known"] == ["x"]
    async with httpx.AsyncClient(base_url=handled, headers={"x-api-key": "bob"}) as bob:
        assert (await bob.post("/assistants/search", json={})).json() == []
        assert (await bob.post("/assistants/count", json={})).json() == 0
        path = f"/assistants/{made['assistant_id']}"
        for method, more, body in (
            ("GET", "", None),
            ("PATCH", "", {"name": "x"}),
            ("DELETE", "", None),
            ("GET", "/graph", None),
            ("GET", "/schemas", None),
            ("GET", "/subgraphs", None),
            ("POST", "/versions", {}),
            ("POST", "/latest", {"version": 1}),
        ):
            refused(await bob.request(method, path + more, json=body), 404)
        refused(await bob.get(f"/assistants/{own_assistant_id('remembering')}"), 404)
        refused(await bob.get("/assistants/remembering/graph"), 404)
        same = {"graph_id": "remembering", "assistant_id": made["assistant_id"]}
        refused(await bob.post("/assistants", json={**same, "if_exists": "do_nothing"}), 409)
