"""Threads over HTTP, row by row, with the official client and without it."""

import asyncio
import sqlite3
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest
from langgraph_sdk.errors import ConflictError, NotFoundError
from tests.conftest import ServerProcess
from tests.langgraph.wire import Sdk, Wire, open_gate

NOBODY = "01a1fe91-6dfe-766a-827c-900fdec03f5f"
GRAPH = "three_nodes=tests/langgraph/graphs.py:three_nodes"
FIELDS = {
    *("thread_id", "created_at", "updated_at", "state_updated_at", "metadata", "config"),
    *("status", "values", "interrupts", "error"),
}


async def counted(sdk: Sdk, n: int = 1) -> str:
    """Return the id of a thread that a run has come to."""
    thread = await sdk.threads.create()
    await sdk.runs.wait(thread["thread_id"], "three_nodes", input={"n": n})
    return str(thread["thread_id"])


async def test_get_ok_answers_without_credentials(wire: Wire) -> None:
    answer = await wire.get("/ok", params={"check_db": 1})
    assert (answer.status_code, answer.json()["ok"]) == (200, True)


async def test_get_ok_asks_the_database_if_it_is_told_to(tmp_path: Path) -> None:
    process = ServerProcess(tmp_path, (GRAPH,), http_address="127.0.0.1:0")
    await asyncio.to_thread(process.start)
    try:
        async with httpx.AsyncClient(base_url=f"http://{process.http_address}") as client:
            assert (await client.get("/ok?check_db=1")).status_code == 200
            with sqlite3.connect(tmp_path / "data" / "runwire.db") as database:
                database.execute("ALTER TABLE runs RENAME TO elsewhere")
            broken = await client.get("/ok?check_db=1")
            assert (broken.status_code, broken.json()["ok"]) == (500, False)
            for query in ("", "?check_db=0"):
                assert (await client.get(f"/ok{query}")).status_code == 200
    finally:
        process.kill()


async def test_get_info_names_versions_and_flags(wire: Wire) -> None:
    found = (await wire.get("/info")).json()
    assert found["flags"]["assistants"] is True
    assert found["flags"]["crons"] is True
    assert found["version"]
    assert found["langgraph_py_version"]
    assert found["host"]["kind"] == "self-hosted"


async def test_post_threads_makes_one(sdk: Sdk) -> None:
    thread_id = str(uuid.uuid4())
    made = await sdk.threads.create(thread_id=thread_id.upper(), metadata={"k": [1, {"a": 2}]})
    assert set(made) == FIELDS
    assert made["thread_id"] == thread_id
    assert (made["status"], made["values"], made["metadata"]) == (
        "idle",
        None,
        {"k": [1, {"a": 2}]},
    )
    with pytest.raises(ConflictError):
        await sdk.threads.create(thread_id=thread_id)
    again = await sdk.threads.create(thread_id=thread_id, if_exists="do_nothing")
    assert again["created_at"] == made["created_at"]


async def test_post_threads_folds_the_graph_into_metadata(sdk: Sdk) -> None:
    made = await sdk.threads.create(graph_id="three_nodes")
    assert made["metadata"] == {"graph_id": "three_nodes"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{bad", "body"),
        (b"[]", "body"),
        (b'{"thread_id": "zz"}', "thread_id"),
        (b'{"metadata": 5}', "metadata"),
        (b'{"if_exists": "perhaps"}', "if_exists"),
        (b'{"ttl": {"ttl": "long"}}', "ttl.ttl"),
        (b'{"ttl": {"ttl": 1, "strategy": "burn"}}', "ttl.strategy"),
        (b'{"supersteps": [{"updates": 3}]}', "supersteps.0.updates"),
        (b'{"metadata": {"x": NaN}}', "body"),
    ],
)
async def test_post_threads_names_what_is_wrong(wire: Wire, body: bytes, field: str) -> None:
    answer = await wire.ask("POST", "/threads", content=body)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(f"{field}:")


async def test_keys_that_nobody_knows_are_left_alone(wire: Wire) -> None:
    assert (await wire.post("/threads", {"future": {"a": 1}})).status_code == 200


async def test_get_threads_id_shows_what_a_run_has_left(sdk: Sdk) -> None:
    thread = await sdk.threads.get(await counted(sdk))
    assert thread["status"] == "idle"
    assert thread["values"] == {"n": 7}
    assert thread["metadata"]["graph_id"] == "three_nodes"
    assert uuid.UUID(thread["metadata"]["assistant_id"]).version == 5


async def test_get_threads_id_with_its_time_to_live(wire: Wire) -> None:
    thread_id = await wire.thread(ttl=30)
    found = (await wire.get(f"/threads/{thread_id}", params={"include": "ttl"})).json()
    assert (found["ttl"]["ttl_minutes"], found["ttl"]["strategy"]) == (30, "delete")
    assert "ttl" not in (await wire.get(f"/threads/{thread_id}")).json()


@pytest.mark.parametrize(
    "path", ["/threads/{}", "/threads/{}/state", "/threads/{}/history", "/threads/{}/runs"]
)
async def test_a_thread_that_is_not_there_is_404_and_a_malformed_id_422(
    wire: Wire, path: str
) -> None:
    lost = await wire.get(path.format(NOBODY))
    assert (lost.status_code, NOBODY in lost.json()["detail"]) == (404, True)
    assert (await wire.get(path.format("three"))).status_code == 422


async def test_patch_threads_id_merges_metadata(sdk: Sdk, wire: Wire) -> None:
    thread_id = await wire.thread(metadata={"a": 1, "b": 1})
    changed = await sdk.threads.update(thread_id, metadata={"b": 2, "c": 3})
    assert changed["metadata"] == {"a": 1, "b": 2, "c": 3}
    short = await wire.ask(
        "PATCH",
        f"/threads/{thread_id}",
        json={"metadata": {"d": 4}},
        headers={"Prefer": "return=minimal"},
    )
    assert (short.status_code, short.content) == (204, b"")
    assert (await sdk.threads.get(thread_id))["metadata"]["d"] == 4


async def test_delete_threads_id_takes_its_run_along(sdk: Sdk, wire: Wire, gate: Path) -> None:
    thread_id = await wire.thread()
    run = await sdk.runs.create(thread_id, "slow", input={"gate": str(gate), "log": []})
    assert (await wire.ask("DELETE", f"/threads/{thread_id}")).status_code == 204
    with pytest.raises(NotFoundError):
        await sdk.threads.get(thread_id)
    assert (await wire.get(f"/threads/{thread_id}/runs/{run['run_id']}")).status_code == 404
    assert (await wire.ask("DELETE", f"/threads/{thread_id}")).status_code == 404


async def test_post_threads_search_filters_sorts_and_tells_where_to_go_on(
    sdk: Sdk, wire: Wire
) -> None:
    tag = uuid.uuid4().hex
    ids = [await wire.thread(metadata={"tag": tag, "n": n}) for n in range(3)]
    answer = await wire.post("/threads/search", {"metadata": {"tag": tag}, "limit": 2})
    assert [each["thread_id"] for each in answer.json()] == [ids[2], ids[1]]
    assert answer.headers["x-pagination-total"] == "3"
    assert answer.headers["x-pagination-next"] == "2"
    rest = await wire.post("/threads/search", {"metadata": {"tag": tag}, "limit": 2, "offset": 2})
    assert [each["thread_id"] for each in rest.json()] == [ids[0]]
    assert "x-pagination-next" not in rest.headers
    oldest = await sdk.threads.search(
        metadata={"tag": tag}, sort_by="created_at", sort_order="asc", select=["thread_id"]
    )
    assert oldest == [{"thread_id": each} for each in ids]
    named = await sdk.threads.search(ids=[ids[1]])
    assert [each["thread_id"] for each in named] == [ids[1]]


async def test_post_threads_search_by_values_and_status_and_what_is_extracted(
    sdk: Sdk, wire: Wire
) -> None:
    thread_id = await counted(sdk, 1000)
    body = {"values": {"n": 2005}, "status": "idle", "extract": {"count": "values.n", "no": "x[0]"}}
    found = (await wire.post("/threads/search", body)).json()
    assert [each["thread_id"] for each in found] == [thread_id]
    assert found[0]["extracted"] == {"count": 2005, "no": None}


@pytest.mark.parametrize(
    "body", [{"limit": 0}, {"limit": 1001}, {"offset": -1}, {"sort_by": "x"}, {"status": "well"}]
)
async def test_post_threads_search_refuses_what_makes_no_sense(
    wire: Wire, body: dict[str, Any]
) -> None:
    answer = await wire.post("/threads/search", body)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(next(iter(body)))


async def test_post_threads_count_is_a_bare_number(sdk: Sdk, wire: Wire) -> None:
    tag = uuid.uuid4().hex
    for _ in range(2):
        await wire.thread(metadata={"tag": tag})
    assert await sdk.threads.count(metadata={"tag": tag}) == 2
    assert (await wire.post("/threads/count", {"metadata": {"tag": tag}})).text == "2"


async def test_post_threads_count_by_values_and_status(sdk: Sdk) -> None:
    await counted(sdk, 4321)
    assert await sdk.threads.count(values={"n": 8647}) == 1
    assert await sdk.threads.count(values={"n": 8647}, status="idle") == 1
    assert await sdk.threads.count(values={"n": 8647}, status="error") == 0


@pytest.mark.parametrize(
    "by", ["thread_id", "status", "created_at", "updated_at", "state_updated_at"]
)
async def test_post_threads_search_sorts_by_each_time_and_name(wire: Wire, by: str) -> None:
    tag = uuid.uuid4().hex
    for _ in range(3):
        await wire.thread(metadata={"tag": tag})
    up, down = [
        (await wire.post("/threads/search", {"metadata": {"tag": tag}, **how})).json()
        for how in ({"sort_by": by, "sort_order": "asc"}, {"sort_by": by, "sort_order": "desc"})
    ]
    assert [each[by] for each in up] == sorted(each[by] for each in up)
    assert [each[by] for each in down] == [each[by] for each in up][::-1]


async def test_post_and_patch_threads_with_a_time_to_live_and_what_then(wire: Wire) -> None:
    thread_id = await wire.thread(ttl={"ttl": 5, "strategy": "keep_latest"})
    path = f"/threads/{thread_id}?include=ttl"
    found = (await wire.get(path)).json()["ttl"]
    assert (found["ttl_minutes"], found["strategy"]) == (5, "keep_latest")
    await wire.ask("PATCH", f"/threads/{thread_id}", json={"ttl": {"ttl": 60}})
    found = (await wire.get(path)).json()["ttl"]
    assert (found["ttl_minutes"], found["strategy"]) == (60, "delete")


async def test_get_threads_id_storage_is_not_served(wire: Wire) -> None:
    answer = await wire.get(f"/threads/{await wire.thread()}/storage")
    assert (answer.status_code, answer.json()["detail"][:14]) == (404, "nothing is at ")


async def test_post_threads_id_copy_has_state_and_history_under_another_id(sdk: Sdk) -> None:
    thread_id = await counted(sdk)
    await sdk.threads.copy(thread_id)
    copied = (await sdk.threads.search(limit=1))[0]
    assert copied["thread_id"] != thread_id
    assert (copied["status"], copied["values"]) == ("idle", {"n": 7})
    ours, theirs = [
        [each["values"] for each in await sdk.threads.get_history(found)]
        for found in (thread_id, copied["thread_id"])
    ]
    assert ours == theirs


async def test_post_threads_id_copy_of_nothing_is_409(wire: Wire) -> None:
    answer = await wire.ask("POST", f"/threads/{NOBODY}/copy")
    assert answer.status_code == 409


async def test_post_threads_prune_deletes_or_keeps_the_latest(sdk: Sdk, wire: Wire) -> None:
    first, second = await counted(sdk), await counted(sdk)
    kept = await wire.post("/threads/prune", {"thread_ids": [first], "strategy": "keep_latest"})
    assert kept.json() == {"pruned_count": 1}
    assert len(await sdk.threads.get_history(first)) == 1
    assert (await sdk.threads.get_state(first))["values"] == {"n": 7}
    gone = await wire.post("/threads/prune", {"thread_ids": [second, NOBODY]})
    assert gone.json() == {"pruned_count": 1}
    assert await sdk.threads.prune([second, NOBODY]) == {"pruned_count": 0}
    assert (await wire.get(f"/threads/{second}")).status_code == 404


async def test_get_threads_id_state_of_one_without_runs_is_empty(sdk: Sdk, wire: Wire) -> None:
    state = await sdk.threads.get_state(await wire.thread())
    assert state["values"] == {}
    assert state["next"] == []
    assert state["checkpoint"] is None
    assert state["metadata"] is None


async def test_get_threads_id_state_newest_by_checkpoint_and_selected(sdk: Sdk, wire: Wire) -> None:
    thread_id = await counted(sdk)
    newest = await sdk.threads.get_state(thread_id)
    assert newest["values"] == {"n": 7}
    assert newest["checkpoint"]["thread_id"] == thread_id
    assert newest["checkpoint_id"] == newest["checkpoint"]["checkpoint_id"]
    before = newest["parent_checkpoint"]
    assert before is not None
    for place in (before, before["checkpoint_id"]):
        found = await sdk.threads.get_state(
            thread_id, **({"checkpoint": place} if place is before else {"checkpoint_id": place})
        )
        assert found["values"] == {"n": 4}
        assert found["next"] == ["third"]
    path = f"/threads/{thread_id}/state"
    by_path = (await wire.get(f"{path}/{before['checkpoint_id']}")).json()
    assert by_path["values"] == {"n": 4}
    chosen = (await wire.get(path, params={"select": ["values.n", "next"]})).json()
    assert chosen == {"values": {"n": 7}, "next": []}


async def test_get_threads_id_state_has_all_that_clients_read(sdk: Sdk, wire: Wire) -> None:
    thread_id = await wire.thread()
    await sdk.runs.wait(thread_id, "approval", input={"amount": 1.5})
    state = (await wire.get(f"/threads/{thread_id}/state")).json()
    assert set(state) == {
        *("values", "next", "tasks", "metadata", "created_at", "checkpoint"),
        *("parent_checkpoint", "interrupts", "checkpoint_id", "parent_checkpoint_id"),
    }
    assert set(state["checkpoint"]) == {"thread_id", "checkpoint_ns", "checkpoint_id"}
    [task] = state["tasks"]
    assert set(task) == {
        *("id", "name", "path", "error", "interrupts", "checkpoint", "state", "result")
    }
    assert set(task["interrupts"][0]) - {"response_schema"} == {"id", "value"}


async def test_post_threads_id_state_checkpoint_says_which_and_what(sdk: Sdk, wire: Wire) -> None:
    thread_id = await counted(sdk)
    path = f"/threads/{thread_id}/state/checkpoint"
    before = (await sdk.threads.get_state(thread_id))["parent_checkpoint"]
    places: list[Any] = [before, {"checkpoint_id": before["checkpoint_id"]}]
    for place in places:
        body = {"checkpoint": place, "subgraphs": True, "select": ["values.n", "next"]}
        found = (await wire.post(path, body)).json()
        assert found == {"values": {"n": 4}, "next": ["third"]}
    newest = await wire.post(path, {"checkpoint": {"thread_id": thread_id, "checkpoint_ns": ""}})
    assert newest.json()["values"] == {"n": 7}
    lost = await wire.post(f"/threads/{NOBODY}/state/checkpoint", {"checkpoint": {}})
    assert lost.status_code == 404


async def test_post_threads_id_state_takes_null_and_what_the_graph_takes(
    sdk: Sdk, wire: Wire
) -> None:
    thread_id = await counted(sdk)
    path = f"/threads/{thread_id}/state"
    made = await wire.post(path, {"values": None, "as_node": "second"})
    assert made.status_code == 200
    state = await sdk.threads.get_state(thread_id)
    assert (state["values"], state["next"]) == ({"n": 7}, ["third"])
    for values in ([{"n": 1}], 5):
        answer = await wire.post(path, {"values": values, "as_node": "first"})
        assert (answer.status_code, answer.json()["detail"][:7]) == (400, "values:")
    by_id = {"values": {"n": 9}, "as_node": "first", "checkpoint_id": state["checkpoint_id"]}
    assert (await wire.post(path, by_id)).status_code == 200
    assert (await sdk.threads.get_state(thread_id))["parent_checkpoint"] == state["checkpoint"]


async def test_get_threads_id_state_of_subgraphs_is_shown_when_asked(sdk: Sdk) -> None:
    thread = await sdk.threads.create()
    await sdk.runs.wait(thread["thread_id"], "approval", input={"amount": 3.5})
    state = await sdk.threads.get_state(thread["thread_id"], subgraphs=True)
    assert state["next"] == ["ask"]
    [task] = state["tasks"]
    assert task["name"] == "ask"
    assert task["interrupts"][0]["value"] == {"amount": 3.5}
    assert state["interrupts"][0]["value"] == {"amount": 3.5}


async def test_post_threads_id_state_makes_a_checkpoint(sdk: Sdk, wire: Wire) -> None:
    thread_id = await counted(sdk)
    made = await sdk.threads.update_state(thread_id, {"n": 100}, as_node="first")
    assert set(made["checkpoint"]) >= {"thread_id", "checkpoint_ns", "checkpoint_id"}
    assert made["checkpoint"]["thread_id"] == thread_id
    state = await sdk.threads.get_state(thread_id)
    assert (state["values"], state["next"]) == ({"n": 100}, ["second"])
    assert (await sdk.threads.get(thread_id))["values"] == {"n": 100}
    assert await sdk.runs.wait(thread_id, "three_nodes", input=None) == {"n": 203}
    refused = await wire.post(f"/threads/{thread_id}/state", {"values": {"n": 1}, "as_node": "no"})
    assert refused.status_code == 400


async def test_post_threads_id_state_without_a_graph_or_with_a_run_under_way(
    sdk: Sdk, wire: Wire, gate: Path
) -> None:
    thread_id = await wire.thread()
    answer = await wire.post(f"/threads/{thread_id}/state", {"values": {"log": ["x"]}})
    assert answer.status_code == 400
    run = await sdk.runs.create(thread_id, "slow", input={"gate": str(gate), "log": []})
    busy = await wire.post(f"/threads/{thread_id}/state", {"values": {"log": ["x"]}})
    assert busy.status_code == 409
    open_gate(gate)
    await sdk.runs.join(thread_id, run["run_id"])
    assert (
        await wire.post(f"/threads/{thread_id}/state", {"values": {"log": ["x"]}})
    ).status_code == 200


async def test_post_threads_id_state_of_a_checkpoint_is_a_fork(sdk: Sdk) -> None:
    thread_id = await counted(sdk)
    history = await sdk.threads.get_history(thread_id)
    first = next(each for each in history if each["next"] == ["second"])
    await sdk.threads.update_state(
        thread_id, {"n": 10}, as_node="first", checkpoint=first["checkpoint"]
    )
    assert await sdk.runs.wait(thread_id, "three_nodes", input=None) == {"n": 23}


async def test_patch_threads_id_state_merges_the_metadata_of_the_thread(
    sdk: Sdk, wire: Wire
) -> None:
    thread_id = await wire.thread()
    answer = await wire.ask("PATCH", f"/threads/{thread_id}/state", json={"metadata": {"a": 1}})
    assert answer.status_code == 200
    assert (await sdk.threads.get(thread_id))["metadata"] == {"a": 1}


async def test_post_and_get_threads_id_history_newest_first_and_pages_by_before(
    sdk: Sdk, wire: Wire
) -> None:
    thread_id = await counted(sdk)
    whole = await sdk.threads.get_history(thread_id)
    assert [each["values"].get("n") for each in whole] == [7, 4, 2, 1, None][: len(whole)]
    path, third = f"/threads/{thread_id}/history", whole[1]["checkpoint"]
    spelled: list[Any] = [third["checkpoint_id"], third, {"configurable": third}]
    for before in spelled:
        found = (await wire.post(path, {"before": before, "limit": 1})).json()
        assert [each["checkpoint_id"] for each in found] == [whole[2]["checkpoint_id"]]
    by_query = await wire.get(path, params={"limit": 2, "before": third["checkpoint_id"]})
    assert [each["checkpoint_id"] for each in by_query.json()] == [
        each["checkpoint_id"] for each in whole[2:4]
    ]
    chosen = (await wire.post(path, {"limit": 1, "select": ["next"]})).json()
    assert chosen == [{"next": []}]


async def test_post_threads_id_history_of_a_checkpoint_and_ten_without_a_limit(
    sdk: Sdk, wire: Wire
) -> None:
    thread_id = await counted(sdk)
    for _ in range(3):
        await sdk.runs.wait(thread_id, "three_nodes", input={"n": 1})
    assert len((await wire.post(f"/threads/{thread_id}/history")).json()) == 10
    [newest, *_] = await sdk.threads.get_history(thread_id)
    found = await sdk.threads.get_history(thread_id, checkpoint=newest["checkpoint"], limit=1)
    assert [each["checkpoint_id"] for each in found] == [newest["checkpoint_id"]]


async def test_post_threads_id_history_filters_by_metadata(sdk: Sdk) -> None:
    thread_id = await counted(sdk)
    found = await sdk.threads.get_history(thread_id, metadata={"source": "input"})
    assert [each["metadata"]["source"] for each in found] == ["input"]


async def test_post_threads_with_supersteps_has_their_state(sdk: Sdk) -> None:
    made = await sdk.threads.create(
        graph_id="three_nodes",
        supersteps=[
            {"updates": [{"values": {"n": 5}, "as_node": "__input__"}]},
            {"updates": [{"values": {"n": 6}, "as_node": "first"}]},
        ],
    )
    state = await sdk.threads.get_state(made["thread_id"])
    assert (state["values"], state["next"]) == ({"n": 6}, ["second"])


def test_the_client_without_a_loop_does_the_same(sync_sdk: Sdk) -> None:
    thread = sync_sdk.threads.create(metadata={"way": "sync"})
    assert sync_sdk.runs.wait(thread["thread_id"], "three_nodes", input={"n": 1}) == {"n": 7}
    assert sync_sdk.threads.get_state(thread["thread_id"])["values"] == {"n": 7}
    assert sync_sdk.threads.search(ids=[thread["thread_id"]])[0]["values"] == {"n": 7}
    sync_sdk.threads.delete(thread["thread_id"])
    with pytest.raises(NotFoundError):
        sync_sdk.threads.get(thread["thread_id"])


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [("http://localhost:3000", True), ("http://127.0.0.1:5173", True), ("https://evil.de", False)],
)
async def test_pages_of_this_machine_may_call_and_read_where_the_run_is(
    wire: Wire, origin: str, allowed: bool
) -> None:
    asked = {"origin": origin, "access-control-request-method": "POST"}
    preflight = await wire.ask("OPTIONS", "/threads", headers=asked)
    assert (preflight.headers.get("access-control-allow-origin") == origin) is allowed
    answer: httpx.Response = await wire.post("/threads", {}, headers={"origin": origin})
    assert answer.status_code == (200 if allowed else 403)
    if allowed:
        exposed = answer.headers["access-control-expose-headers"].lower()
        assert {"content-location", "location", "x-pagination-total"} <= set(exposed.split(", "))
