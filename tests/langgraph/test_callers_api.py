"""Who may call the LangGraph API: keys, roles, namespaces, scopes, and handlers of users' own."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from langgraph_sdk import get_client
from langgraph_sdk.errors import (
    AuthenticationError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    UnprocessableEntityError,
)
from tests.conftest import ROOT, settings_in
from tests.langgraph.wire import Wire

from runwire.operations import create_key
from runwire.rpc.access import ACCESS
from runwire.server import Server, serve
from runwire.stores.database import migrate
from runwire_client import AsyncClient

GRAPHS = {
    name: f"tests/langgraph/graphs.py:{name}" for name in ("three_nodes", "approval", "failing")
}
USUAL: Any = {"namespace": "default", "graphs": (), "lifetime_seconds": 600}
GRANTS: Any = {
    "admin": {"role": "admin", "namespace": "*"},
    "runner": {"role": "runner"},
    "reader": {"role": "reader"},
    "other": {"role": "runner", "namespace": "team-b"},
    "narrow": {"role": "runner", "graphs": ("three*",)},
}
GUARD = "tests/langgraph/projects/guarded/guard.py:auth"


@asynccontextmanager
async def guarded(directory: Path, **changes: Any) -> AsyncIterator[tuple[Server, dict[str, str]]]:
    """A server with keys for a few callers."""
    settings = settings_in(
        directory, http_address="127.0.0.1:0", graphs=GRAPHS, **{"audit": "off", **changes}
    )
    (directory / "data").mkdir()
    migrate(settings.database_url)
    keys = {
        name: create_key(settings, display_name=name, **{**USUAL, **grant}).secret
        for name, grant in GRANTS.items()
    }
    async with serve(settings) as running:
        async with AsyncClient(running.grpc_address, api_key=keys["admin"]) as client:
            await client.namespaces.create("team-b")
        yield running, keys


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def door(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[tuple[str, dict[str, str]]]:
    """The address of a server that asks for keys, below a prefix, and keys."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        directory = tmp_path_factory.mktemp("keys")
        async with guarded(directory, auth=True, langgraph_prefix="/lg") as (server, keys):
            yield f"http://{server.http_address}/lg", keys


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def own(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The address of a server whose user says who may do what."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        directory = tmp_path_factory.mktemp("own")
        async with guarded(directory, langgraph_auth=GUARD) as (server, _):
            yield f"http://{server.http_address}"


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_every_route_stands_for_a_method_that_there_is() -> None:
    named = {
        f"/runwire.v1.{word}"
        for file in (ROOT / "server/runwire/http/langgraph").glob("*.py")
        for word in file.read_text().split('"')
        if re.fullmatch(r"[A-Z]\w+Service/\w+", word)
    }
    assert len(named) > 15
    assert named <= set(ACCESS)


async def test_without_a_key_only_ok_and_info_answer(door: tuple[str, dict[str, str]]) -> None:
    url, _ = door
    async with httpx.AsyncClient() as client:
        for path, status in (("/ok", 200), ("/info", 200), ("/threads", 401), ("/runs", 401)):
            method = "GET" if status == 200 else "POST"
            answer = await client.request(method, f"{url}{path}", content=b"{not even JSON")
            assert answer.status_code == status
            if status == 401:
                assert answer.json().keys() == {"detail"}
                assert answer.headers["www-authenticate"] == "Bearer"
    async with get_client(url=url, api_key="rw_wrong_wrong") as stranger:
        with pytest.raises(AuthenticationError):
            await stranger.threads.create()


async def test_keys_and_roles_count(door: tuple[str, dict[str, str]]) -> None:
    url, keys = door
    async with (
        get_client(url=url, api_key=keys["runner"]) as runner,
        get_client(url=url, api_key=keys["reader"]) as reader,
    ):
        thread = await runner.threads.create()
        assert await runner.runs.wait(thread["thread_id"], "three_nodes", input={"n": 1}) == {
            "n": 7
        }
        parts = [
            part.event
            async for part in runner.runs.stream(
                thread["thread_id"], "three_nodes", input={"n": 1}, stream_resumable=True
            )
        ]
        assert parts == ["metadata", *["values"] * 4]
        assert (await reader.threads.get(thread["thread_id"]))["values"] == {"n": 7}
        with pytest.raises(PermissionDeniedError):
            await reader.threads.create()
        with pytest.raises(PermissionDeniedError):
            await reader.runs.create(thread["thread_id"], "three_nodes", input={"n": 1})


async def test_namespaces_know_nothing_of_each_other(door: tuple[str, dict[str, str]]) -> None:
    url, keys = door
    async with (
        get_client(url=url, api_key=keys["runner"]) as ours,
        get_client(url=url, api_key=keys["other"]) as theirs,
    ):
        thread = await theirs.threads.create()
        thread_id = thread["thread_id"]
        assert await theirs.runs.wait(thread_id, "three_nodes", input={"n": 1}) == {"n": 7}
        [run] = await theirs.runs.list(thread_id)
        assert run["thread_id"] == thread_id
        state = await theirs.threads.get_state(thread_id)
        assert state["checkpoint"]["thread_id"] == thread_id
        assert [each["thread_id"] for each in await theirs.threads.search()] == [thread_id]
        for call in (ours.threads.get, ours.threads.get_state, ours.runs.list):
            with pytest.raises(NotFoundError):
                await call(thread_id)
        again = await ours.threads.create(thread_id=thread_id)
        assert again["values"] is None
        assert await ours.runs.list(thread_id) == []


async def test_scopes_hide_other_graphs(door: tuple[str, dict[str, str]]) -> None:
    url, keys = door
    async with (
        get_client(url=url, api_key=keys["runner"]) as all_graphs,
        get_client(url=url, api_key=keys["narrow"]) as narrow,
    ):
        thread = await all_graphs.threads.create()
        thread_id = thread["thread_id"]
        await all_graphs.runs.wait(thread_id, "approval", input={"amount": 1})
        [run] = await all_graphs.runs.list(thread_id)
        with pytest.raises(NotFoundError):
            await narrow.threads.get(thread_id)
        with pytest.raises(NotFoundError):
            await narrow.runs.get(thread_id, run["run_id"])
        with pytest.raises(UnprocessableEntityError):
            await narrow.runs.create(None, "approval", input={"amount": 1})
        assert await narrow.runs.wait(None, "three_nodes", input={"n": 1}) == {"n": 7}


async def test_any_page_may_call_where_callers_show_keys(
    door: tuple[str, dict[str, str]],
) -> None:
    url, keys = door
    async with httpx.AsyncClient() as client:
        origin = {"origin": "https://chat.example.com"}
        answer = await client.post(
            f"{url}/threads", json={}, headers={**origin, "x-api-key": keys["runner"]}
        )
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] in ("*", origin["origin"])
        rest = await client.post(f"{url.removesuffix('/lg')}/v1/runs", json={}, headers=origin)
        assert rest.status_code == 403


async def test_locations_are_without_the_prefix(door: tuple[str, dict[str, str]]) -> None:
    url, keys = door
    async with httpx.AsyncClient(base_url=url, headers={"x-api-key": keys["runner"]}) as client:
        answer = await client.post("/runs", json={"assistant_id": "three_nodes", "input": {"n": 1}})
        assert answer.headers["content-location"].startswith("/runs/")
        outside = await client.get(f"{url.removesuffix('/lg')}/threads")
        assert outside.status_code == 404


async def test_own_handlers_say_who_calls(own: str) -> None:
    async with httpx.AsyncClient(base_url=own) as client:
        answer = await client.post("/threads", json={})
        assert (answer.status_code, answer.json()) == (401, {"detail": "who are you?"})
        assert (await client.get("/info")).status_code == 200


async def test_own_handlers_filter_what_is_seen(own: str) -> None:
    async with (
        get_client(url=own, api_key="ann") as ann,
        get_client(url=own, api_key="bob") as bob,
    ):
        thread: Any = await ann.threads.create()
        thread_id = thread["thread_id"]
        assert thread["metadata"]["owner"] == "ann"
        await ann.runs.wait(thread_id, "three_nodes", input={"n": 1})
        [run] = await ann.runs.list(thread_id)
        for call in (bob.threads.get, bob.threads.get_state, bob.runs.list):
            with pytest.raises(NotFoundError):
                await call(thread_id)
        with pytest.raises(NotFoundError):
            await bob.runs.get(thread_id, run["run_id"])
        with pytest.raises(NotFoundError):
            await bob.runs.create(thread_id, "three_nodes", input={"n": 1})
        with pytest.raises(NotFoundError):
            await bob.threads.update(thread_id, metadata={"a": 1})
        with pytest.raises(ConflictError):
            await bob.threads.create(thread_id=thread_id)
        with pytest.raises(PermissionDeniedError):
            await bob.threads.delete(thread_id)
        assert await bob.threads.search() == []
        assert await bob.threads.count() == 0
        assert [each["thread_id"] for each in await ann.threads.search()] == [thread_id]
        await ann.threads.delete(thread_id)


async def test_own_handlers_filter_streams_of_what_is_not_theirs(own: str) -> None:
    async with (
        get_client(url=own, api_key="ann") as ann,
        httpx.AsyncClient(base_url=own, headers={"x-api-key": "bob"}, timeout=20) as client,
    ):
        wire = Wire(client)
        thread = await ann.threads.create()
        run: Any = await ann.runs.create(
            thread["thread_id"], "three_nodes", input={"n": 1}, stream_resumable=True
        )
        alone: Any = await ann.runs.create(None, "three_nodes", input={"n": 1})
        path = f"/threads/{thread['thread_id']}/runs/{run['run_id']}/stream"
        for where in (path, f"/runs/{alone['run_id']}/stream"):
            async with wire.stream("GET", where, headers={"Last-Event-ID": "-1"}) as stream:
                [lost] = await stream.rest()
            assert (lost.name, lost.data["message"][:3]) == ("error", "404")
        assert (await ann.runs.join(thread["thread_id"], run["run_id"])) == {"n": 7}
