"""Assistants over gRPC, by both Python clients, and over REST."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.clients.test_client_real_server import Threaded
from tests.conftest import ServerProcess

from runwire_client import AlreadyExists, AsyncClient, Client, Invalid, NotFound, RunOptions

SECONDS = 30


class ThreadedClient:
    """The sync client with the interface of the other one."""

    def __init__(self, client: Client, twin: AsyncClient) -> None:
        self.runs = Threaded(client.runs, type(twin.runs))
        self.assistants = Threaded(client.assistants, type(twin.assistants))
        self.threads = Threaded(client.threads, type(twin.threads))


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


async def test_an_assistant_from_creation_to_deletion(client: Any) -> None:
    name = str(uuid4())
    made = await client.assistants.create(
        "told",
        assistant_id=name,
        display_name="Critic",
        description="Says what is wrong",
        context={"who": "ann"},
        metadata={"team": "risk"},
    )
    assert (made.assistant_id, made.graph_id, made.version) == (name, "told", 1)
    assert (made.display_name, made.context) == ("Critic", {"who": "ann"})
    with pytest.raises(AlreadyExists):
        await client.assistants.create("told", assistant_id=name)
    again = await client.assistants.create("ledger", assistant_id=name, allow_existing=True)
    assert again.graph_id == "told"
    second = await client.assistants.update(
        name, display_name="Critic 2", metadata={"more": True}, config={"tags": ["x"]}
    )
    assert (second.version, second.metadata) == (2, {"team": "risk", "more": True})
    versions = await listed(client.assistants.versions(name, page_size=1))
    assert [each.version for each in versions] == [2, 1]
    back = await client.assistants.set_version(name, 1)
    assert (back.version, back.display_name) == (1, "Critic")
    assert (await client.assistants.get(name)).version == 1
    with pytest.raises(NotFound):
        await client.assistants.set_version(name, 9)
    await client.assistants.delete(name)
    with pytest.raises(NotFound) as refused:
        await client.assistants.get(name)
    assert refused.value.reason == "ASSISTANT_NOT_FOUND"


async def test_list_finds_by_graph_name_and_metadata(client: Any) -> None:
    mark = uuid4().hex
    ids = [
        (
            await client.assistants.create(
                graph, display_name=f"{mark} Zoë", metadata={"mark": mark, "n": number}
            )
        ).assistant_id
        for number, graph in enumerate(("ledger", "told", "ledger"))
    ]
    assistants = client.assistants
    found = await listed(assistants.list(metadata={"mark": mark}, page_size=2))
    assert [each.assistant_id for each in found] == ids[::-1]
    of_graph = await listed(assistants.list(graph_id="ledger", metadata={"mark": mark}))
    assert [each.assistant_id for each in of_graph] == [ids[2], ids[0]]
    named = await listed(
        assistants.list(display_name=f"{mark.upper()} ZO", order_by="assistant_id")
    )
    assert [each.assistant_id for each in named] == sorted(ids)
    with pytest.raises(Invalid) as refused:
        await listed(assistants.list(order_by="colour"))
    assert [each.field for each in refused.value.violations] == ["order_by"]


async def test_every_graph_has_an_assistant_of_its_own(client: Any) -> None:
    own = await listed(client.assistants.list(graph_id="nested", metadata={"created_by": "system"}))
    assert [each.display_name for each in own] == ["nested"]
    run = await client.runs.create(assistant_id=own[0].assistant_id, input={"messages": []})
    assert (run.graph_id, run.assistant_id) == ("nested", own[0].assistant_id)


async def test_a_run_is_configured_by_its_assistant(client: Any) -> None:
    made = await client.assistants.create("told", context={"who": "ann", "tone": "dry"})
    given = RunOptions(context={"tone": "warm"})
    run = await client.runs.create(assistant_id=made.assistant_id, input={"log": []}, options=given)
    kept = (await client.runs.get(run.run_id)).options
    assert kept.context == {"who": "ann", "tone": "warm"}
    ended = await client.runs.wait(run.run_id, timeout_seconds=SECONDS)
    assert ended.error is None
    with pytest.raises(Invalid) as refused:
        await client.runs.create("ledger", assistant_id=made.assistant_id)
    assert [each.field for each in refused.value.violations] == ["spec.graph_id"]
    with pytest.raises(NotFound):
        await client.runs.create(assistant_id=str(uuid4()))


async def test_what_langgraph_says_of_a_graph(client: Any) -> None:
    drawing = await client.assistants.graph("three_nodes")
    names = {"__start__", "first", "second", "third", "__end__"}
    assert {each.node_id for each in drawing.nodes} == names
    assert ("first", "second") in {(each.source, each.target) for each in drawing.edges}
    [nested] = await listed(
        client.assistants.list(graph_id="nested", metadata={"created_by": "system"})
    )
    deep = await client.assistants.graph(nested.assistant_id, depth=-1)
    assert any("speak" in each.node_id for each in deep.nodes)
    schemas = await client.assistants.schemas(nested.assistant_id)
    assert schemas.graph_id == "nested"
    assert "messages" in schemas.input_schema["properties"]
    [(name, inner)] = await listed(client.assistants.subgraphs(nested.assistant_id))
    assert (name, "messages" in inner.state_schema["properties"]) == ("inner", True)
    with pytest.raises(NotFound):
        await client.assistants.graph("no-such-graph")


async def test_deleting_an_assistant_can_take_its_threads_along(client: Any) -> None:
    made = await client.assistants.create("three_nodes")
    thread = await client.threads.create()
    run = await client.runs.create(
        assistant_id=made.assistant_id, input={"n": 1}, thread_id=thread.thread_id
    )
    await client.runs.wait(run.run_id, timeout_seconds=SECONDS)
    await client.assistants.delete(made.assistant_id, delete_threads=True)
    with pytest.raises(NotFound):
        await client.threads.get(thread.thread_id)


async def test_the_same_over_rest(langgraph_server: ServerProcess) -> None:
    url = f"http://{langgraph_server.http_address}/v1"
    async with httpx.AsyncClient(base_url=url, timeout=SECONDS) as rest:
        body = {"graphId": "told", "displayName": "Rest", "metadata": {"json": {"n": 5.0}}}
        made = (await rest.post("/assistants", json=body)).json()["assistant"]
        path = f"/assistants/{made['assistantId']}"
        assert b'"n":5.0' in (await rest.get(path)).content.replace(b" ", b"")
        change = {"description": "said", "updateMask": "description"}
        assert (await rest.patch(path, json=change)).json()["assistant"]["version"] == 2
        back = await rest.post(f"{path}:setVersion", json={"version": 1})
        assert "description" not in back.json()["assistant"]
        drawn = (await rest.get(f"{path}/graph?depth=-1")).json()["graph"]
        assert drawn["nodes"]
        found = (await rest.get("/assistants?graphId=told&pageSize=1")).json()
        assert len(found["assistants"]) == 1
        assert (await rest.get(f"{path}/schemas")).json()["schemas"]["graphId"] == "told"
        assert (await rest.delete(path)).status_code == 200
        assert (await rest.get(path)).status_code == 404
