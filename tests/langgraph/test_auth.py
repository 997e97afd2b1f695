"""§3.6: custom authentication over the LangGraph API; each expectation was seen on the reference.

Ada and Bob see what is their own: the handlers of projects/owned filter by `metadata.owner`.
"""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from langgraph_sdk import get_client
from langgraph_sdk.errors import AuthenticationError, ConflictError, NotFoundError

from runwire.cli.settings import load
from runwire.domain.assistant import own_assistant_id
from runwire.engine.loading import load_module
from runwire.server import serve

PROJECT = Path(__file__).parent / "projects/owned"
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A server of a folder that has nothing but a langgraph.json."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(PROJECT)
        settings = load(
            PROJECT,
            data_dir=tmp_path_factory.mktemp("owned"),
            http_address="127.0.0.1:0",
            grpc_address="127.0.0.1:0",
            drain_seconds=0.2,
        )
        async with serve(settings) as running:
            yield f"http://{running.http_address}"


@pytest_asyncio.fixture(loop_scope="module")
async def ada(url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=url, timeout=20, headers=of("ada")) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="module")
async def bob(url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=url, timeout=20, headers=of("bob")) as client:
        yield client


def of(name: str) -> dict[str, str]:
    return {"authorization": f"Bearer {name}"}


async def thread_of(client: httpx.AsyncClient) -> str:
    return str((await client.post("/threads", json={})).json()["thread_id"])


@contextmanager
def asked() -> Iterator[list[Any]]:
    """What the handlers are asked meanwhile."""
    module = load_module("auth.py", directory=PROJECT)
    module.ASKED.clear()
    yield module.ASKED


def detail(answer: httpx.Response) -> str:
    return str(answer.json()["detail"])


RUN = {"assistant_id": "agent", "input": {"said": ""}}


async def test_a_wrong_login_is_answered_as_the_handler_says(url: str) -> None:
    async with httpx.AsyncClient(base_url=url) as client:
        for headers in ({}, of("eve"), {"x-auth-scheme": "langsmith"}):
            answer = await client.post("/threads/search", json={}, headers=headers)
            assert (answer.status_code, answer.json()) == (401, {"detail": "who are you"})
            assert answer.headers["www-authenticate"] == "Bearer"
    async with get_client(url=url, headers=of("eve")) as sdk:
        with pytest.raises(AuthenticationError, match="who are you"):
            await sdk.threads.create()


@pytest.mark.parametrize("path", ["/ok", "/info", "/docs", "/openapi.json", "/metrics"])
async def test_what_tells_of_the_server_needs_no_login(path: str, url: str) -> None:
    async with httpx.AsyncClient(base_url=url) as client:
        assert (await client.get(path)).status_code == 200


async def test_what_is_made_has_an_owner(ada: httpx.AsyncClient) -> None:
    with asked() as calls:
        answer = await ada.post("/threads", json={"metadata": {"k": 1}})
    assert answer.json()["metadata"] == {"k": 1, "owner": "ada"}
    ((resource, action, value),) = calls
    assert (resource, action) == ("threads", "create")
    assert str(value["thread_id"]) == answer.json()["thread_id"]
    assert (value["metadata"]["k"], value["if_exists"]) == (1, "raise")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"metadata": {"x": 1}}),
        ("DELETE", "", None),
        ("GET", "/state", None),
        ("POST", "/state", {"values": {"said": "x"}}),
        ("POST", "/state/checkpoint", {"checkpoint": {"checkpoint_ns": ""}}),
        ("GET", "/history", None),
        ("POST", "/history", {}),
        ("GET", "/runs", None),
        ("POST", "/runs", RUN),
        ("POST", "/runs/wait", RUN),
        ("POST", "/runs/stream", RUN),
        ("GET", "/runs/{run}", None),
        ("DELETE", "/runs/{run}", None),
        ("POST", "/runs/{run}/cancel", None),
        ("GET", "/runs/{run}/join", None),
        ("GET", "/stream", None),
        ("POST", "/stream/events", {"channels": ["values"]}),
    ],
)
async def test_what_belongs_to_another_is_not_there(
    method: str, path: str, body: Any, ada: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    thread = await thread_of(ada)
    run = (await ada.post(f"/threads/{thread}/runs", json=RUN)).json()["run_id"]
    await ada.get(f"/threads/{thread}/runs/{run}/join")
    answer = await bob.request(method, f"/threads/{thread}{path.format(run=run)}", json=body)
    assert answer.status_code == 404, answer.text
    left = await ada.get(f"/threads/{thread}/runs/{run}")
    assert left.json()["status"] == "success"


async def test_a_joined_stream_of_another_says_so_in_an_event(
    ada: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    thread = await thread_of(ada)
    run = (await ada.post(f"/threads/{thread}/runs", json=RUN)).json()["run_id"]
    answer = await bob.get(f"/threads/{thread}/runs/{run}/stream")
    assert answer.status_code == 200
    lines = answer.text.replace("\r\n", "\n").splitlines()
    assert "event: error" in lines
    (data,) = [json.loads(line[6:]) for line in lines if line.startswith("data: ")]
    assert data == {"error": "HTTPException", "message": f"404: no thread {thread}"}


async def test_events_of_a_thread_that_is_not_there_are_404(ada: httpx.AsyncClient) -> None:
    path = f"/threads/{uuid4()}/stream/events"
    assert (await ada.post(path, json={"channels": ["values"]})).status_code == 404


@pytest.mark.parametrize("if_exists", ["raise", "do_nothing"])
async def test_an_id_of_another_is_taken(
    if_exists: str, ada: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    thread = await thread_of(ada)
    answer = await bob.post("/threads", json={"thread_id": thread, "if_exists": if_exists})
    assert answer.status_code == 409, answer.text
    again = await ada.post("/threads", json={"thread_id": thread, "if_exists": "do_nothing"})
    assert again.status_code == 200


async def test_a_copy_of_another_is_a_conflict(
    ada: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    thread = await thread_of(ada)
    assert (await bob.post(f"/threads/{thread}/copy")).status_code == 409
    copied = await ada.post(f"/threads/{thread}/copy")
    assert copied.json()["metadata"]["owner"] == "ada"


async def test_a_search_finds_what_is_ones_own(
    ada: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    thread, mark = await thread_of(ada), str(uuid4())
    await ada.patch(f"/threads/{thread}", json={"metadata": {"mark": mark}})
    where = {"metadata": {"mark": mark}}
    for client, found in ((ada, [thread]), (bob, [])):
        answer = await client.post("/threads/search", json=where)
        assert [each["thread_id"] for each in answer.json()] == found
        assert (await client.post("/threads/count", json=where)).json() == len(found)


async def test_a_run_knows_whose_it_is(ada: httpx.AsyncClient) -> None:
    agent = load_module("agent.py", directory=PROJECT)
    thread = await thread_of(ada)
    agent.OPENED.clear()
    with asked() as calls:
        answer = await ada.post(f"/threads/{thread}/runs/wait", json=RUN)
    assert answer.json() == {"said": "ada of acme: ['ada:all']"}
    assert agent.OPENED == [("threads.create_run", "ada")]
    first = calls[0]
    assert first[:2] == ("threads", "create_run")
    assert str(first[2]["thread_id"]) == thread
    assert str(first[2]["assistant_id"]) == own_assistant_id("agent")
    assert first[2]["kwargs"]["input"] == {"said": ""}
    agent.OPENED.clear()
    state = await ada.get(f"/threads/{thread}/state")
    assert state.json()["values"] == {"said": "ada of acme: ['ada:all']"}
    assert agent.OPENED == [("threads.read", "ada")]


async def test_a_run_without_a_thread_has_an_owner_too(bob: httpx.AsyncClient) -> None:
    answer = await bob.post("/runs/wait", json=RUN)
    assert answer.json() == {"said": "bob of borg: ['bob:all']"}


async def test_own_assistants_are_hidden_and_run_all_the_same(ada: httpx.AsyncClient) -> None:
    own = own_assistant_id("agent")
    assert (await ada.post("/assistants/search", json={})).json() == []
    for path in ("", "/graph", "/schemas", "/subgraphs"):
        assert (await ada.get(f"/assistants/{own}{path}")).status_code == 404
    assert (await ada.get("/assistants/agent/graph")).status_code == 404
    assert (await ada.post("/runs/wait", json=RUN)).status_code == 200


async def test_assistants_belong_to_who_made_them(url: str) -> None:
    agent = load_module("agent.py", directory=PROJECT)
    async with get_client(url=url, headers=of("ada")) as sdk:
        made = await sdk.assistants.create("agent", name="hers")
        assert made["metadata"] == {"owner": "ada"}
        agent.OPENED.clear()
        drawn = await sdk.assistants.get_graph(made["assistant_id"])
        assert [node["id"] for node in drawn["nodes"]] == ["__start__", "say", "__end__"]
        assert agent.OPENED == [("assistants.read", "ada")]
        renamed = await sdk.assistants.update(made["assistant_id"], name="still hers")
        assert (renamed["name"], renamed["metadata"]) == ("still hers", {"owner": "ada"})
        assert len(await sdk.assistants.get_versions(made["assistant_id"])) == 2
        await sdk.assistants.set_latest(made["assistant_id"], 1)
        result = await sdk.runs.wait(None, made["assistant_id"], input={"said": ""})
        assert result == {"said": "ada of acme: ['ada:all']"}


async def test_assistants_of_another_are_not_there(url: str, bob: httpx.AsyncClient) -> None:
    async with get_client(url=url, headers=of("ada")) as sdk:
        theirs = (await sdk.assistants.create("agent"))["assistant_id"]
    async with get_client(url=url, headers=of("bob")) as sdk:
        with pytest.raises(NotFoundError):
            await sdk.assistants.get(theirs)
        with pytest.raises(NotFoundError):
            await sdk.assistants.update(theirs, name="his")
        with pytest.raises(NotFoundError):
            await sdk.runs.create(None, theirs, input={"said": ""})
        with pytest.raises(ConflictError):
            await sdk.assistants.create("agent", assistant_id=theirs)
        assert await sdk.assistants.search() == []
    refused = await bob.delete(f"/assistants/{theirs}")
    assert (refused.status_code, detail(refused)) == (403, "Forbidden")


async def test_the_store_is_scoped_by_the_handler(url: str) -> None:
    async with (
        get_client(url=url, headers=of("ada")) as ada,
        get_client(url=url, headers=of("bob")) as bob,
    ):
        await ada.store.put_item(["docs"], key="k", value={"v": 1})
        item = await ada.store.get_item(["docs"], key="k")
        assert (item["namespace"], item["value"]) == (["ada", "docs"], {"v": 1})
        assert not await bob.store.get_item(["docs"], key="k")
        assert not await bob.store.get_item(["ada", "docs"], key="k")
        found = await ada.store.search_items(["docs"])
        assert [each["namespace"] for each in found["items"]] == [["ada", "docs"]]
        assert (await bob.store.search_items([]))["items"] == []
        assert (await ada.store.list_namespaces())["namespaces"] == [["ada", "docs"]]
        assert (await bob.store.list_namespaces())["namespaces"] == []
        await bob.store.delete_item(["docs"], key="k")
        assert await ada.store.get_item(["docs"], key="k")
        await ada.store.delete_item(["docs"], key="k")
        assert not await ada.store.get_item(["docs"], key="k")
