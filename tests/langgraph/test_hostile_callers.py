"""Every route of the LangGraph API, tried by those who may not: generated from the routes."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import pytest_asyncio
from starlette.routing import Route, WebSocketRoute
from tests.conftest import ROOT
from tests.langgraph.hostile import BODIES, NOBODY, filled
from tests.langgraph.test_callers_api import guarded

from runwire.domain.caller import Role
from runwire.http.langgraph.application import routes
from runwire.http.langgraph.routing import SERVICE
from runwire.rpc.access import ACCESS

SECRET = "not for others"  # noqa: S105 - what is looked for in answers
OPEN = {("GET", "/ok"), ("GET", "/info")}
PATIENCE = 20
pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True)
class Way:
    """A route, and the method that it stands for."""

    method: str
    path: str
    rpc: str = ""

    @property
    def content(self) -> bytes:
        body = BODIES.get((self.method, self.path))
        return b"" if body is None else json.dumps(body).encode()


def ways() -> Sequence[Way]:
    """Return all there are."""
    parts: Any = SimpleNamespace(off=frozenset(), auth=None)
    found = []
    for each in routes(parts):
        assert isinstance(each, Route | WebSocketRoute)
        if isinstance(each, Route):
            rpc = getattr(each.endpoint, "_rpc", "")
            methods = (each.methods or set()) - {"HEAD"}
            found += [Way(method, each.path, rpc) for method in sorted(methods)]
    return found


WAYS = [way for way in ways() if (way.method, way.path) not in OPEN]


@dataclass
class Ours:
    """What a runner of all graphs has made: of a graph that others may not see."""

    client: httpx.AsyncClient
    keys: dict[str, str]
    known: dict[str, str]

    async def ask(self, who: str, method: str, path: str, **more: Any) -> tuple[int, str]:
        """Return the status and up to 64 kB of an answer; of a stream what comes first."""
        headers = {"x-api-key": self.keys[who]} if who else {}
        async with self.client.stream(method, path, headers=headers, **more) as answer:
            if answer.headers.get("content-type", "").startswith("text/event-stream"):
                return answer.status_code, await anext(answer.aiter_text(), "")
            return answer.status_code, (await answer.aread()).decode()

    async def seen(self) -> dict[str, Any]:
        """Return all of it, as its owner sees it."""
        thread = f"/threads/{self.known['thread_id']}"
        paths = (thread, f"{thread}/state", f"{thread}/history", f"{thread}/runs")
        asked: list[tuple[str, str, Any]] = [("GET", path, None) for path in paths]
        asked += [
            ("GET", f"{thread}/runs/{self.known['run_id']}", None),
            ("GET", f"/assistants/{self.known['assistant_id']}", None),
            ("GET", f"/runs/crons/{self.known['cron_id']}", None),
            ("POST", "/store/items/search", {}),
        ]
        found = {}
        for method, path, body in asked:
            status, text = await self.ask("runner", method, path, json=body)
            assert status == 200, (path, text)
            found[path] = json.loads(text)
        return found


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def ours(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ours]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        directory = tmp_path_factory.mktemp("hostile")
        async with (
            guarded(directory, auth=True) as (server, keys),
            httpx.AsyncClient(base_url=f"http://{server.http_address}", timeout=PATIENCE) as client,
        ):
            yield Ours(client, keys, await _made(client, keys["runner"]))


async def _made(client: httpx.AsyncClient, key: str) -> dict[str, str]:
    async def made(path: str, name: str, **body: Any) -> str:
        answer = await client.post(path, json=body, headers={"x-api-key": key})
        assert answer.status_code == 200, answer.text
        return str(answer.json()[name])

    marked = {"metadata": {"note": SECRET}}
    thread = await made("/threads", "thread_id", **marked)
    run = {"assistant_id": "approval", "input": {"amount": 1}, **marked}
    await made(f"/threads/{thread}/runs/wait", "amount", **run)
    later = await made(f"/threads/{thread}/runs", "run_id", **run, after_seconds=3600)
    assistant = await made("/assistants", "assistant_id", graph_id="approval", **marked)
    cron = await made("/runs/crons", "cron_id", schedule="0 0 1 1 *", **run)
    item = {"namespace": ["a"], "key": "k", "value": {"note": SECRET}}
    answer = await client.put("/store/items", json=item, headers={"x-api-key": key})
    assert answer.status_code == 204
    return {"thread_id": thread, "run_id": later, "assistant_id": assistant, "cron_id": cron}


async def test_there_is_a_body_for_every_route_that_takes_one() -> None:
    taking = {(way.method, way.path) for way in WAYS if way.method not in ("GET", "DELETE")}
    assert len(WAYS) > 55
    assert taking <= set(BODIES)
    assert {(method, path) for method, path in BODIES if method != "DELETE"} <= taking


async def test_strangers_are_refused_everywhere(ours: Ours) -> None:
    shown = cycle(({}, {"x-api-key": "rw_wrong_wrong"}, {"authorization": "Bearer x"}))
    for way, headers in zip(WAYS, shown, strict=False):
        path = filled(way.path, ours.known)
        # No body is read before it is known who sends it.
        answer = await ours.client.request(way.method, path, content=b"{not JSON", headers=headers)
        assert answer.status_code == 401, (way, answer.text)
        assert answer.json().keys() == {"detail"}
        assert answer.headers["www-authenticate"] == "Bearer"
    for method, path in OPEN:
        assert (await ours.client.request(method, path)).status_code == 200


async def test_readers_may_look_and_no_more(ours: Ours) -> None:
    before = await ours.seen()
    refused = 0
    for way in WAYS:
        path = filled(way.path, ours.known)
        if not way.path.endswith(("/join", "/stream")):
            status, text = await ours.ask("reader", way.method, path, content=way.content)
            assert way.rpc.startswith(SERVICE)
            may = Role.READER in ACCESS[way.rpc].roles
            assert (status != 403) is may, (way, status, text)
            refused += not may
    assert refused > 25
    assert await ours.seen() == before


@pytest.mark.parametrize("who", ["narrow", "other"])
async def test_what_is_not_theirs_is_neither_shown_nor_changed(ours: Ours, who: str) -> None:
    before = await ours.seen()
    for way in WAYS:
        path = filled(way.path, ours.known)
        for content in _aimed(way, ours.known):
            status, text = await ours.ask(who, way.method, path, content=content)
            assert status < 500, (way, text)
            assert SECRET not in text, (way, text)
            assert "amount" not in text, (way, text)
    # Somebody else's namespace has ids of its own, so the same ones may be taken there.
    assert await ours.seen() == before


def _aimed(way: Way, known: dict[str, str]) -> Sequence[bytes]:
    """Return bodies that name what is not the caller's wherever something may be named."""
    body = json.loads(way.content or b"null")
    if not isinstance(body, dict):
        return [way.content]
    thread, run = known["thread_id"], known["run_id"]
    ids = ("thread_id", "assistant_id", "cron_id")
    aims = [body, *({**body, name: known[name]} for name in ids if name in body)]
    aims += [{**body, "thread_ids": [thread]}] if "thread_ids" in body else []
    aims += [{"metadata": {}}] if "metadata" in body else []
    if "run_ids" in body:
        aims += [{"thread_id": thread, "run_ids": [run]}, {"status": "all"}]
    if way.path.endswith("/commands"):
        commands = _commands(known)
        aims += [{"id": 1, "method": method, "params": params} for method, params in commands]
    return [json.dumps(each).encode() for each in aims]


def _commands(known: dict[str, str]) -> Sequence[tuple[str, Any]]:
    return (
        ("run.start", {"assistant_id": "three_nodes", "input": {"n": 1}}),
        (
            "run.start",
            {"assistant_id": "three_nodes", "input": {"n": 1}, "multitaskStrategy": "rollback"},
        ),
        ("input.respond", {"interrupt_id": "x", "response": 1}),
        ("state.get", {}),
        ("state.listCheckpoints", {}),
        ("state.fork", {"checkpoint_id": NOBODY}),
        ("agent.getTree", {"run_id": known["run_id"]}),
    )


async def test_nobody_makes_a_thread_one_of_a_graph_that_they_may_not_see(ours: Ours) -> None:
    of_it = {"metadata": {"graph_id": "approval"}}
    step = {"updates": [{"values": {"amount": 3}, "as_node": "ask"}]}
    status, text = await ours.ask(
        "narrow", "POST", "/threads", json={**of_it, "supersteps": [step]}
    )
    assert (status, "out of your scope" in text) == (403, True)
    _, text = await ours.ask("narrow", "POST", "/threads", json={})
    path = f"/threads/{json.loads(text)['thread_id']}"
    for where in (path, f"{path}/state"):
        status, text = await ours.ask("narrow", "PATCH", where, json=of_it)
        assert (status, "out of your scope" in text) == (403, True)
    assert (await ours.ask("narrow", "GET", path))[0] == 200


async def test_runs_of_other_graphs_on_a_shared_thread_stay_hidden(ours: Ours) -> None:
    _, text = await ours.ask("runner", "POST", "/threads", json={})
    path = f"/threads/{json.loads(text)['thread_id']}"
    for assistant, given in (("approval", {"amount": 1}), ("three_nodes", {"n": 1})):
        run = {"assistant_id": assistant, "input": given}
        assert (await ours.ask("runner", "POST", f"{path}/runs/wait", json=run))[0] == 200
    _, text = await ours.ask("runner", "GET", f"{path}/runs")
    newer, older = json.loads(text)
    assert [
        each["run_id"] for each in json.loads((await ours.ask("narrow", "GET", f"{path}/runs"))[1])
    ] == [newer["run_id"]]
    assert (await ours.ask("narrow", "GET", f"{path}/runs/{newer['run_id']}"))[0] == 200
    for method, end in (("GET", ""), ("DELETE", ""), ("POST", "/cancel")):
        where = f"{path}/runs/{older['run_id']}{end}"
        assert (await ours.ask("narrow", method, where))[0] == 404


async def test_the_store_is_for_those_who_see_all_graphs(ours: Ours) -> None:
    """As over gRPC: items are those of all graphs."""
    status, text = await ours.ask("narrow", "POST", "/store/items/search", json={})
    assert (status, "all graphs" in text) == (403, True)
