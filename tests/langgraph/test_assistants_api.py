"""Assistants over the LangGraph API, as its clients use it, endpoint by endpoint."""

import asyncio
import re
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from langgraph_sdk import get_client, get_sync_client
from langgraph_sdk.client import LangGraphClient
from langgraph_sdk.errors import ConflictError, NotFoundError
from tests.conftest import ROOT, settings_in
from tests.postgres import TEMPLATE, Postgres

from runwire.domain.assistant import own_assistant_id
from runwire.server import Server, serve

pytestmark = pytest.mark.asyncio(loop_scope="module")

GRAPHS = {name: f"tests/langgraph/graphs.py:{name}" for name in ("three_nodes", "nested", "agent")}
KEYS = {
    "assistant_id", "graph_id", "config", "context", "metadata", "name", "created_at",
    "updated_at", "version", "description",
}  # fmt: skip
OF_GRAPHS = uuid.UUID("6ba7b821-9dad-11d1-80b4-00c04fd430c8")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00")


@pytest_asyncio.fixture(loop_scope="module", scope="module", params=["sqlite", "postgresql"])
async def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Server]:
    directory: Path = tmp_path_factory.mktemp("assistants")
    more: dict[str, Any] = {}
    cluster: Postgres | None = None
    if request.param == "postgresql":
        cluster = request.getfixturevalue("postgres")
        more = {"database_url": cluster.new_database(TEMPLATE)}
    graphs = {name: str(ROOT / place) for name, place in GRAPHS.items()}
    config = {"nested": {"configurable": {"mood": "good"}, "tags": ["x"]}}
    settings = settings_in(
        directory,
        graphs={**graphs, "native": str(ROOT / "tests/graphs.py:graphs")},
        http_address="127.0.0.1:0",
        langgraph_config=config,
        **more,
    )
    async with serve(settings) as running:
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


async def refused(answer: httpx.Response, status: int, *words: str) -> None:
    assert answer.status_code == status, answer.text
    detail = answer.json()["detail"]
    assert all(word in detail for word in words), detail


async def test_every_graph_of_langgraph_has_an_assistant_from_the_start(
    client: LangGraphClient,
) -> None:
    own = await client.assistants.search(metadata={"created_by": "system"}, limit=100)
    assert {each["graph_id"] for each in own} == set(GRAPHS)
    for each in own:
        graph_id = each["graph_id"]
        assert each["assistant_id"] == str(uuid.uuid5(OF_GRAPHS, graph_id))
        assert (each["name"], each["version"]) == (graph_id, 1)
    nested = await client.assistants.get(own_assistant_id("nested"))
    assert nested["config"] == {"configurable": {"mood": "good"}, "tags": ["x"]}
    assert nested["context"] == {"mood": "good"}


async def test_post_assistants(client: LangGraphClient, http: httpx.AsyncClient) -> None:
    made = await client.assistants.create(
        "three_nodes",
        context={"model": "x"},
        metadata={"m": 1},
        name="Bob",
        description="says hello",
        assistant_id="05F07D36-5C2E-4461-BCC2-FA6C7CC0347E",
    )
    assert made.keys() == KEYS
    assert made["assistant_id"] == "05f07d36-5c2e-4461-bcc2-fa6c7cc0347e"
    assert (made["graph_id"], made["version"], made["name"]) == ("three_nodes", 1, "Bob")
    assert made["config"] == {"configurable": {"model": "x"}}
    assert made["description"] == "says hello"
    assert TIME.fullmatch(made["created_at"]), made["created_at"]
    assert await client.assistants.get(made["assistant_id"]) == made
    plain = (await http.post("/assistants", json={"graph_id": "agent", "unknown": 1})).json()
    assert (plain["name"], plain["description"], plain["config"]) == ("Untitled", None, {})
    assert uuid.UUID(plain["assistant_id"]).version == 7
    same = {"graph_id": "agent", "assistant_id": made["assistant_id"]}
    await refused(await http.post("/assistants", json=same), 409, "exists")
    with pytest.raises(ConflictError):
        await client.assistants.create("agent", assistant_id=made["assistant_id"])
    again = await client.assistants.create(
        "agent", assistant_id=made["assistant_id"], if_exists="do_nothing"
    )
    assert again == made


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"graph_id": "nope"}, 404, ["nope", "agent, nested, three_nodes"]),
        ({"graph_id": "numbers"}, 404, ["numbers"]),
        ({}, 422, ["graph_id"]),
        ({"graph_id": "agent", "metadata": [1]}, 422, ["metadata"]),
        ({"graph_id": "agent", "if_exists": "maybe"}, 422, ["if_exists"]),
        ({"graph_id": "agent", "assistant_id": "abc"}, 422, ["assistant_id", "UUID"]),
        ({"graph_id": "agent", "name": "x" * 1001}, 422, ["name"]),
        (
            {"graph_id": "agent", "context": {"a": 1}, "config": {"configurable": {"a": 1}}},
            400,
            ["context", "configurable"],
        ),
        ([], 422, ["object"]),
    ],
)
async def test_post_assistants_refuses(
    http: httpx.AsyncClient, body: Any, status: int, words: list[str]
) -> None:
    await refused(await http.post("/assistants", json=body), status, *words)


async def test_a_body_that_is_no_json(http: httpx.AsyncClient) -> None:
    await refused(await http.post("/assistants", content=b"{"), 422, "JSON")


async def test_get_assistants_id(client: LangGraphClient, http: httpx.AsyncClient) -> None:
    unknown = str(uuid.uuid4())
    await refused(await http.get(f"/assistants/{unknown}"), 404, unknown)
    await refused(await http.get("/assistants/agent"), 422, "UUID")
    with pytest.raises(NotFoundError):
        await client.assistants.get(unknown)
    own = own_assistant_id("agent")
    assert (await http.get(f"/assistants/{own.upper()}")).json()["assistant_id"] == own


async def test_patch_assistants_id(client: LangGraphClient, http: httpx.AsyncClient) -> None:
    made = await client.assistants.create("agent", metadata={"m": 1, "n": 2}, context={"z": 1})
    path = f"/assistants/{made['assistant_id']}"
    changed = await client.assistants.update(made["assistant_id"], metadata={"n": 3, "o": 4})
    assert changed["metadata"] == {"m": 1, "n": 3, "o": 4}
    assert (changed["version"], changed["context"]) == (2, {"z": 1})
    assert changed["updated_at"] > changed["created_at"] == made["created_at"]
    config = {"configurable": {"q": 1}, "recursion_limit": 5}
    changed = await client.assistants.update(made["assistant_id"], config=config)
    assert (changed["config"], changed["context"]) == (config, {"q": 1})
    changed = await client.assistants.update(made["assistant_id"], context={"r": 1})
    assert changed["config"] == {"configurable": {"r": 1}}
    changed = (await http.patch(path, json={"config": {"tags": ["a"]}})).json()
    assert (changed["config"], changed["context"]) == ({"tags": ["a"]}, {"r": 1})
    changed = await client.assistants.update(
        made["assistant_id"], graph_id="nested", name="Carl", description="new"
    )
    assert (changed["graph_id"], changed["name"], changed["version"]) == ("nested", "Carl", 6)
    both = {"context": {"r": 1}, "config": {"configurable": {"s": 1}}}
    await refused(await http.patch(path, json=both), 400, "context")
    await refused(await http.patch(path, json={"graph_id": "nope"}), 404, "nope")
    await refused(await http.patch(f"/assistants/{uuid.uuid4()}", json={}), 404, "no assistant")
    assert (await http.patch(path, json={})).json()["version"] == 7


async def test_post_assistants_id_versions_and_latest(
    client: LangGraphClient, http: httpx.AsyncClient
) -> None:
    made = await client.assistants.create("agent", metadata={"n": 1}, name="one")
    assistant_id = made["assistant_id"]
    for n in (2, 3):
        await client.assistants.update(assistant_id, metadata={"n": n}, graph_id="nested")
    found = await client.assistants.get_versions(assistant_id)
    assert [each["version"] for each in found] == [3, 2, 1]
    assert found[2].keys() == KEYS - {"updated_at"}
    assert found[2]["created_at"] == made["created_at"] < found[0]["created_at"]
    some = await client.assistants.get_versions(assistant_id, limit=1, offset=1)
    assert [each["version"] for each in some] == [2]
    some = await client.assistants.get_versions(assistant_id, metadata={"n": 1})
    assert [each["version"] for each in some] == [1]
    chosen = await client.assistants.set_latest(assistant_id, 1)
    assert (chosen["version"], chosen["graph_id"], chosen["metadata"]) == (1, "agent", {"n": 1})
    assert (await client.assistants.get(assistant_id))["version"] == 1
    assert (await client.assistants.update(assistant_id, name="x"))["version"] == 4
    path = f"/assistants/{assistant_id}"
    assert (await http.post(f"{path}/latest?version=2")).json()["version"] == 2
    await refused(await http.post(f"{path}/latest", json={"version": 99}), 404, "version 99")
    await refused(await http.post(f"{path}/latest", json={}), 422, "version")
    await refused(await http.post(f"{path}/versions", json={"limit": 0}), 422, "limit")
    missing = f"/assistants/{uuid.uuid4()}"
    await refused(await http.post(f"{missing}/versions", json={}), 404, "no assistant")
    await refused(await http.post(f"{missing}/latest", json={"version": 1}), 404, "no assistant")


async def test_post_assistants_search_and_count(
    client: LangGraphClient, http: httpx.AsyncClient
) -> None:
    mark = {"search": str(uuid.uuid4())}
    for n, (name, graph_id) in enumerate(
        [("Zoe", "agent"), ("adam", "nested"), ("Bea", "agent"), ("50%", "agent")]
    ):
        metadata = {**mark, "n": n, "tags": ["a", str(n)]}
        await client.assistants.create(graph_id, name=name, metadata=metadata)

    async def names(**body: Any) -> list[str]:
        body["metadata"] = {**mark, **body.get("metadata", {})}
        answer = await http.post("/assistants/search", json={**body, "select": ["name"]})
        assert all(each.keys() == {"name"} for each in answer.json())
        return [each["name"] for each in answer.json()]

    assert await names() == ["50%", "Bea", "adam", "Zoe"]
    assert await names(sort_by="name", sort_order="asc") == ["50%", "adam", "Bea", "Zoe"]
    assert (await names(sort_by="graph_id"))[0] == "adam"
    assert await names(name="A") == ["Bea", "adam"]
    assert await names(name="%") == ["50%"]
    assert await names(graph_id="nested") == ["adam"]
    assert await names(metadata={"tags": ["2"]}) == ["Bea"]
    answer = await http.post("/assistants/search", json={"metadata": mark, "limit": 3})
    assert (answer.headers["x-pagination-total"], answer.headers["x-pagination-next"]) == ("4", "3")
    answer = await http.post("/assistants/search", json={"metadata": mark, "limit": 3, "offset": 3})
    assert answer.headers["x-pagination-total"] == "4"
    assert "x-pagination-next" not in answer.headers
    assert len(answer.json()) == 1
    assert await client.assistants.count(metadata=mark) == 4
    assert await client.assistants.count(metadata=mark, graph_id="agent", name="e") == 2
    found = await client.assistants.search(
        metadata=mark, limit=2, sort_by="created_at", sort_order="asc", response_format="object"
    )
    assert (found["next"], [each["name"] for each in found["assistants"]]) == ("2", ["Zoe", "adam"])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"limit": 0}, 422),
        ({"limit": 1001}, 422),
        ({"offset": -1}, 422),
        ({"sort_by": "foo"}, 422),
        ({"sort_order": "foo"}, 422),
        ({"select": ["foo"]}, 422),
        ({"graph_id": "nope"}, 404),
        ({"metadata": 5}, 422),
    ],
)
async def test_post_assistants_search_refuses(
    http: httpx.AsyncClient, body: Any, status: int
) -> None:
    await refused(await http.post("/assistants/search", json=body), status)


async def test_get_assistants_id_graph(client: LangGraphClient, http: httpx.AsyncClient) -> None:
    own = own_assistant_id("nested")
    drawn = await client.assistants.get_graph(own)
    assert {each["id"] for each in drawn["nodes"]} >= {"__start__", "__end__"}
    assert all(each.keys() >= {"source", "target"} for each in drawn["edges"])
    assert (await http.get("/assistants/nested/graph")).json() == drawn
    deeper = await client.assistants.get_graph(own, xray=True)
    assert len(deeper["nodes"]) > len(drawn["nodes"])
    for xray in ("0", "-1", "abc"):
        await refused(await http.get(f"/assistants/nested/graph?xray={xray}"), 422, "xray")
    await refused(await http.get("/assistants/none/graph"), 422, "UUID")
    await refused(await http.get(f"/assistants/{uuid.uuid4()}/graph"), 404)


async def test_get_assistants_id_schemas_and_subgraphs(
    client: LangGraphClient, http: httpx.AsyncClient
) -> None:
    own = own_assistant_id("nested")
    schemas = await client.assistants.get_schemas(own)
    assert schemas.keys() == {
        "graph_id", "input_schema", "output_schema", "state_schema", "config_schema",
        "context_schema",
    }  # fmt: skip
    assert schemas["graph_id"] == "nested"
    subgraphs = await client.assistants.get_subgraphs(own)
    assert subgraphs
    for name, found in subgraphs.items():
        assert "graph_id" not in found
        assert await client.assistants.get_subgraphs(own, namespace=name) == {name: found}
    deep = await client.assistants.get_subgraphs(own, recurse=True)
    assert deep.keys() >= subgraphs.keys()
    assert await client.assistants.get_subgraphs(own_assistant_id("three_nodes")) == {}
    for path in ("schemas", "subgraphs"):
        await refused(await http.get(f"/assistants/nested/{path}"), 422, "UUID")
        await refused(await http.get(f"/assistants/{uuid.uuid4()}/{path}"), 404)


async def test_delete_assistants_id(client: LangGraphClient, http: httpx.AsyncClient) -> None:
    made = await client.assistants.create("agent")
    answer = await http.delete(f"/assistants/{made['assistant_id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    await refused(await http.delete(f"/assistants/{made['assistant_id']}"), 404)
    await refused(await http.delete("/assistants/agent"), 422)


async def test_delete_assistants_id_with_its_threads(
    client: LangGraphClient, http: httpx.AsyncClient
) -> None:
    made = await client.assistants.create("three_nodes")
    threads = [await client.threads.create() for _ in range(3)]
    for thread in threads[:2]:
        await client.runs.wait(thread["thread_id"], made["assistant_id"], input={"n": 1})
    await client.assistants.delete(made["assistant_id"], delete_threads=True)
    for thread in threads[:2]:
        with pytest.raises(NotFoundError):
            await client.threads.get(thread["thread_id"])
    assert await client.threads.get(threads[2]["thread_id"])


async def test_a_graphs_own_assistant_stays_deleted(
    client: LangGraphClient, http: httpx.AsyncClient
) -> None:
    own = own_assistant_id("agent")
    await client.assistants.update(own, name="mine")
    await client.assistants.delete(own)
    await refused(await http.get(f"/assistants/{own}"), 404)
    thread = await client.threads.create()
    answer = await http.post(
        f"/threads/{thread['thread_id']}/runs", json={"assistant_id": "agent", "input": {}}
    )
    assert answer.status_code in (404, 422)
    made = await client.assistants.create("agent", assistant_id=own)
    assert (made["version"], made["name"], made["metadata"]) == (1, "Untitled", {})


async def test_the_synchronous_client(server: Server) -> None:
    def use() -> None:
        with get_sync_client(url=f"http://{server.http_address}") as client:
            made = client.assistants.create("agent", name="sync")
            assert client.assistants.get(made["assistant_id"]) == made
            assert client.assistants.update(made["assistant_id"], name="x")["version"] == 2
            assert client.assistants.search(name="x", limit=1)
            assert client.assistants.count(name="X") >= 1
            client.assistants.delete(made["assistant_id"])

    await asyncio.to_thread(use)
