"""Streams of runs and threads: framing, modes, ids, joining, coming back, leaving.

§2.1, §2.2, §2.6, §2.7 and §2.8.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.conftest import ServerProcess
from tests.langgraph.wire import Sdk, Stream, Told, Wire, open_gate, run_id_of

NOBODY = "01a1fe91-6dfe-766a-827c-900fdec03f5f"
SLOW = {"assistant_id": "slow", "stream_mode": ["custom", "values"], "stream_resumable": True}


def slow(gate: Path, **more: Any) -> dict[str, Any]:
    """Return the body of a run that waits for a gate once it has told so."""
    return {**SLOW, "input": {"gate": str(gate), "log": []}, **more}


def names(found: Sequence[Told]) -> list[str]:
    """Return the names of events."""
    return [each.name for each in found]


async def whole(wire: Wire, thread_id: str, body: Any) -> list[Told]:
    """Run something and return all that its stream tells."""
    async with wire.stream("POST", f"/threads/{thread_id}/runs/stream", body) as stream:
        return await stream.rest()


async def test_post_threads_id_runs_stream_is_framed_as_clients_expect_it(wire: Wire) -> None:
    thread_id = await wire.thread()
    answer = await wire.post(
        f"/threads/{thread_id}/runs/stream",
        {"assistant_id": "three_nodes", "input": {"n": 1}, "stream_resumable": True},
    )
    run_id = run_id_of(answer.headers)
    where = f"/threads/{thread_id}/runs/{run_id}"
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-accel-buffering"] == "no"
    assert answer.headers["content-location"] == where
    assert answer.headers["location"] == f"{where}/stream"
    first, *_, last = answer.content.split(b"\r\n\r\n")
    assert first == (
        b'event: metadata\r\ndata: {"run_id":"%b","attempt":1}\r\nid: 1' % run_id.encode()
    )
    assert last == b""
    ids = [int(line[4:]) for line in answer.text.splitlines() if line.startswith("id: ")]
    assert ids == sorted(set(ids))


async def test_the_default_mode_is_values(sdk: Sdk, wire: Wire) -> None:
    spelled: list[dict[str, Any]] = [{}, {"stream_mode": []}]
    for modes in spelled:
        found = await whole(
            wire,
            await wire.thread(),
            {"assistant_id": "three_nodes", "input": {"n": 1}, **modes},
        )
        assert names(found) == ["metadata", *["values"] * 4]
        assert [each.data["n"] for each in found[1:]] == [1, 2, 4, 7]


async def test_several_modes_interleave_in_the_order_of_their_making(wire: Wire) -> None:
    body = {
        "assistant_id": "three_nodes",
        "input": {"n": 1},
        "stream_mode": ["values", "updates", "tasks", "checkpoints", "debug", "tools", "lifecycle"],
    }
    found = await whole(wire, await wire.thread(), body)
    kinds = set(names(found))
    assert {"values", "updates", "tasks", "checkpoints", "debug"} <= kinds
    updates = [each.data for each in found if each.name == "updates"]
    assert updates == [{"first": {"n": 2}}, {"second": {"n": 4}}, {"third": {"n": 7}}]


async def test_messages_come_token_by_token(wire: Wire) -> None:
    body = {
        "assistant_id": "agent",
        "input": {"messages": [{"role": "user", "content": "6 times 7?"}]},
        "stream_mode": ["messages-tuple"],
    }
    found = await whole(wire, await wire.thread(), body)
    chunks = [each.data for each in found if each.name == "messages"]
    assert "".join(str(chunk["content"]) for chunk, _ in chunks).endswith("Hello world")
    assert chunks[-1][1]["langgraph_node"] == "agent"
    assert names(found)[0] == "metadata"
    partial = await whole(wire, await wire.thread(), {**body, "stream_mode": ["messages"]})
    assert {"messages/metadata", "messages/partial"} <= set(names(partial))


async def test_subgraphs_are_told_by_their_names_when_asked(wire: Wire) -> None:
    body = {
        "assistant_id": "nested",
        "input": {"messages": [{"role": "user", "content": "hi"}]},
        "stream_mode": ["updates"],
    }
    plain = await whole(wire, await wire.thread(), body)
    assert set(names(plain)) == {"metadata", "updates"}
    inner = await whole(wire, await wire.thread(), {**body, "stream_subgraphs": True})
    assert any(name.startswith("updates|inner:") for name in names(inner))


async def test_interrupts_are_told_as_values_and_updates(wire: Wire) -> None:
    body = {
        "assistant_id": "approval",
        "input": {"amount": 2},
        "stream_mode": ["values", "updates"],
    }
    found = await whole(wire, await wire.thread(), body)
    assert "error" not in names(found)
    asked = [each for each in found if "__interrupt__" in each.data]
    assert set(names(asked)) == {"values", "updates"}
    for each in asked:
        assert each.data["__interrupt__"][0]["value"] == {"amount": 2}


async def test_an_error_is_the_last_event(wire: Wire) -> None:
    found = await whole(wire, await wire.thread(), {"assistant_id": "failing", "input": {"n": 1}})
    assert found[-1].name == "error"
    assert found[-1].data == {"error": "ValueError", "message": "boom, as asked"}


async def test_without_resumable_there_are_no_ids_and_nothing_is_told_again(
    sdk: Sdk, wire: Wire, gate: Path
) -> None:
    thread_id = await wire.thread()
    body = slow(gate, stream_resumable=False)
    async with wire.stream("POST", f"/threads/{thread_id}/runs/stream", body) as first:
        told = await first.until("custom")
        assert told.id == ""
        path = f"/threads/{thread_id}/runs/{run_id_of(first.headers)}/stream"
        async with wire.stream("GET", path, headers={"Last-Event-ID": "-1"}) as joined:
            open_gate(gate)
            behind = await joined.rest()
        assert names(behind) == ["values"]
        assert behind[0].data["log"] == ["begun", "waited"]
        assert names(await first.rest()) == ["values"]
    async with wire.stream("GET", path, headers={"Last-Event-ID": "-1"}) as late:
        assert await late.rest() == []


@pytest.mark.parametrize("last_id", ["-1", "0"])
async def test_get_threads_id_runs_id_stream_tells_a_finished_run_from_the_start(
    wire: Wire, last_id: str
) -> None:
    thread_id = await wire.thread()
    body = {"assistant_id": "three_nodes", "input": {"n": 1}, "stream_resumable": True}
    async with wire.stream("POST", f"/threads/{thread_id}/runs/stream", body) as stream:
        path, first = stream.headers["location"], await stream.rest()
    async with wire.stream("GET", path, headers={"Last-Event-ID": last_id}) as again:
        assert await again.rest() == first


async def test_an_id_goes_on_behind_it_and_one_unknown_waits_for_news(wire: Wire) -> None:
    thread_id = await wire.thread()
    body = {"assistant_id": "three_nodes", "input": {"n": 1}, "stream_resumable": True}
    async with wire.stream("POST", f"/threads/{thread_id}/runs/stream", body) as stream:
        path, first = stream.headers["location"], await stream.rest()
    for position, event in enumerate(first):
        async with wire.stream("GET", path, headers={"Last-Event-ID": event.id}) as rest:
            assert await rest.rest() == first[position + 1 :]
    for unknown in ({}, {"Last-Event-ID": "99999"}, {"Last-Event-ID": "1795272346778-0"}):
        async with wire.stream("GET", path, headers=unknown) as nothing:
            assert await nothing.rest() == []


async def test_coming_back_to_a_living_run_neither_doubles_nor_misses(
    wire: Wire, gate: Path
) -> None:
    thread_id = await wire.thread()
    async with wire.stream("POST", f"/threads/{thread_id}/runs/stream", slow(gate)) as stream:
        path, told = stream.headers["location"], await stream.until("custom")
    async with wire.stream("GET", path, headers={"Last-Event-ID": told.id}) as back:
        open_gate(gate)
        assert names(await back.rest()) == ["values"]
    async with wire.stream("GET", path, headers={"Last-Event-ID": "-1"}) as everything:
        ids = [int(each.id) for each in await everything.rest()]
    assert ids == sorted(set(ids))


async def test_the_official_client_joins_and_comes_back(sdk: Sdk, wire: Wire, gate: Path) -> None:
    thread_id = await wire.thread()
    run = await sdk.runs.create(
        thread_id,
        "slow",
        input={"gate": str(gate), "log": []},
        stream_mode=["custom", "values"],
        stream_resumable=True,
    )
    found = []
    async for part in sdk.runs.join_stream(thread_id, run["run_id"], last_event_id="-1"):
        found.append(part)
        if part.event == "custom":
            open_gate(gate)
    assert [part.event for part in found] == ["metadata", "values", "values", "custom", "values"]
    behind = [
        part.event
        async for part in sdk.runs.join_stream(thread_id, run["run_id"], last_event_id=found[2].id)
    ]
    assert behind == ["custom", "values"]


async def test_joining_shows_the_modes_that_are_asked_for(wire: Wire) -> None:
    thread_id = await wire.thread()
    body = {
        "assistant_id": "nested",
        "input": {"messages": [{"role": "user", "content": "hi"}]},
        "stream_mode": ["updates", "values", "messages-tuple"],
        "stream_subgraphs": True,
        "stream_resumable": True,
    }
    async with wire.stream("POST", f"/threads/{thread_id}/runs/stream", body) as stream:
        path = stream.headers["location"]
        await stream.rest()
    again = {"Last-Event-ID": "0"}
    for mode, event in (("updates", "updates"), ("messages-tuple", "messages")):
        async with wire.stream("GET", path, headers=again, stream_mode=mode) as chosen:
            shown = names(await chosen.rest())
        assert {name.partition("|")[0] for name in shown} == {"metadata", event}
        assert any("|" in name for name in shown)
    async with wire.stream("GET", path, headers=again, stream_mode=["updates", "values"]) as two:
        assert {name.partition("|")[0] for name in names(await two.rest())} == {
            "metadata",
            "updates",
            "values",
        }


async def test_a_run_that_is_not_there_is_told_as_an_event(wire: Wire) -> None:
    thread_id = await wire.thread()
    for path in (f"/threads/{thread_id}/runs/{NOBODY}/stream", f"/runs/{NOBODY}/stream"):
        async with wire.stream("GET", path) as stream:
            [lost] = await stream.rest()
        assert (lost.name, lost.data["error"]) == ("error", "HTTPException")
        assert lost.data["message"].startswith("404")


async def test_post_runs_stream_and_get_runs_id_stream_need_no_thread(wire: Wire) -> None:
    body = {"assistant_id": "three_nodes", "input": {"n": 1}, "stream_resumable": True}
    async with wire.stream("POST", "/runs/stream", body) as stream:
        first = await stream.rest()
        run_id = run_id_of(stream.headers)
        assert stream.headers["content-location"] == f"/runs/{run_id}"
        assert stream.headers["location"] == f"/runs/{run_id}/stream"
    async with wire.stream(
        "GET", f"/runs/{run_id}/stream", headers={"Last-Event-ID": "-1"}
    ) as again:
        assert await again.rest() == first


async def test_heartbeats_come_while_nothing_else_does(wire: Wire, gate: Path) -> None:
    thread_id = await wire.thread()
    async with wire.stream("POST", f"/threads/{thread_id}/runs/stream", slow(gate)) as stream:
        await stream.until("custom")
        assert await stream.next() == Told(":", "heartbeat")
        open_gate(gate)
        assert names(await stream.rest()) == ["values"]


async def test_on_disconnect_continues_unless_it_is_to_cancel(
    sdk: Sdk, wire: Wire, gate: Path
) -> None:
    for more, status in (({"on_disconnect": "cancel"}, "interrupted"), ({}, "success")):
        thread_id = await wire.thread()
        body = slow(gate, **more)
        async with wire.stream("POST", f"/threads/{thread_id}/runs/stream", body) as stream:
            await stream.until("custom")
            run_id = run_id_of(stream.headers)
        if not more:
            open_gate(gate)
        await sdk.runs.join(thread_id, run_id)
        assert (await sdk.runs.get(thread_id, run_id))["status"] == status


@pytest.mark.parametrize("how", ["stream", "join"])
async def test_cancel_on_disconnect_of_those_who_join(
    sdk: Sdk, wire: Wire, gate: Path, how: str
) -> None:
    thread_id = await wire.thread()
    async with wire.stream("POST", f"/threads/{thread_id}/runs/stream", slow(gate)) as stream:
        await stream.until("custom")
        run_id = run_id_of(stream.headers)
        path = f"/threads/{thread_id}/runs/{run_id}/{how}?cancel_on_disconnect=true"
        async with wire.client.stream("GET", path) as joined:
            assert joined.status_code == 200
        rest = names(await stream.rest())
    assert "error" not in rest
    assert (await sdk.runs.get(thread_id, run_id))["status"] == "interrupted"


@pytest.mark.parametrize("action", ["interrupt", "rollback"])
async def test_a_cancelled_run_just_ends_its_streams(wire: Wire, gate: Path, action: str) -> None:
    thread_id = await wire.thread()
    async with wire.stream("POST", f"/threads/{thread_id}/runs/stream", slow(gate)) as stream:
        await stream.until("custom")
        path = f"/threads/{thread_id}/runs/{run_id_of(stream.headers)}/cancel"
        await wire.ask("POST", path, params={"action": action})
        assert await stream.rest() == []


@pytest.mark.parametrize("what", ["thread", "run"])
async def test_what_is_deleted_ends_its_streams(wire: Wire, gate: Path, what: str) -> None:
    thread_id = await wire.thread()
    async with wire.stream("POST", f"/threads/{thread_id}/runs/stream", slow(gate)) as stream:
        await stream.until("custom")
        path = f"/threads/{thread_id}"
        path += f"/runs/{run_id_of(stream.headers)}" if what == "run" else ""
        assert (await wire.ask("DELETE", path)).status_code == 204
        assert await stream.rest() == []


async def test_the_status_is_final_before_the_stream_ends(sdk: Sdk, wire: Wire) -> None:
    for graph in ("three_nodes", "failing"):
        thread_id = await wire.thread()
        body = {"assistant_id": graph, "input": {"n": 1}}
        async with wire.stream("POST", f"/threads/{thread_id}/runs/stream", body) as stream:
            await stream.rest()
            run = await sdk.runs.get(thread_id, run_id_of(stream.headers))
        assert run["status"] in ("success", "error")
        assert (await sdk.threads.get(thread_id))["status"] != "busy"


async def test_a_slow_reader_holds_up_nobody(sdk: Sdk, wire: Wire) -> None:
    thread_id = await wire.thread()
    path = f"/threads/{thread_id}/runs/stream"
    body = {
        **SLOW,
        "assistant_id": "agent",
        "input": {"messages": [{"role": "user", "content": "x" * 100_000}]},
    }
    async with wire.stream("POST", path, body) as standing:
        run_id = run_id_of(standing.headers)
        await sdk.runs.join(thread_id, run_id)
        assert await sdk.runs.wait(None, "three_nodes", input={"n": 1}) == {"n": 7}
        assert names(await standing.rest())[0] == "metadata"


async def run_done(stream: Stream) -> list[Told]:
    """Return what a thread's feed tells up to the end of a run."""
    found = []
    while (told := await stream.next()) is not None:
        if told.name != ":":
            found.append(told)
        if told.name == "metadata" and told.data.get("status") == "run_done":
            return found
    raise AssertionError("the feed has ended")


async def test_get_threads_id_stream_tells_run_after_run(sdk: Sdk, wire: Wire) -> None:
    thread_id = await wire.thread()
    seen: list[Told] = []
    async with wire.stream("GET", f"/threads/{thread_id}/stream") as feed:
        for n in (1, 2):
            run: Any = await sdk.runs.create(thread_id, "three_nodes", input={"n": n})
            found = await run_done(feed)
            assert names(found) == ["metadata", *["values"] * 4, "metadata"]
            assert found[0].data["run_id"] == found[-1].data["run_id"] == run["run_id"]
            seen += found
    assert len({each.id for each in seen}) == len(seen)
    assert all(each.id for each in seen)
    for last_id in ("-", "0"):
        headers = {"Last-Event-ID": last_id}
        async with wire.stream("GET", f"/threads/{thread_id}/stream", headers=headers) as again:
            assert [*await run_done(again), *await run_done(again)] == seen
    headers = {"Last-Event-ID": seen[3].id}
    async with wire.stream("GET", f"/threads/{thread_id}/stream", headers=headers) as behind:
        assert [*await run_done(behind), *await run_done(behind)] == seen[4:]
    wrong = {"Last-Event-ID": "-1"}
    assert (await wire.get(f"/threads/{thread_id}/stream", headers=wrong)).status_code == 422


async def test_the_feed_is_joined_with_the_official_client(sdk: Sdk, wire: Wire) -> None:
    thread_id = await wire.thread()
    await sdk.runs.wait(thread_id, "three_nodes", input={"n": 1})
    found = []
    feed: Any = await sdk.threads.join_stream(thread_id, last_event_id="-")
    async for part in feed:
        found.append(part.event)
        if isinstance(part.data, dict) and part.data.get("status") == "run_done":
            break
    assert found == ["metadata", *["values"] * 4, "metadata"]


async def test_the_feed_shows_lifecycles_or_what_is_done_by_hand(sdk: Sdk, wire: Wire) -> None:
    thread_id = await wire.thread()
    async with wire.stream("GET", f"/threads/{thread_id}/stream", stream_modes="lifecycle") as feed:
        await sdk.runs.create(thread_id, "three_nodes", input={"n": 1})
        assert names(await run_done(feed)) == ["metadata", "metadata"]
    async with wire.stream(
        "GET", f"/threads/{thread_id}/stream", stream_mode="state_update"
    ) as feed:
        await sdk.threads.update_state(thread_id, {"n": 100}, as_node="third")
        told = await feed.until("state_update")
    assert told.data["state"]["values"] == {"n": 100}
    assert told.data["state"]["checkpoint"]["thread_id"] == thread_id
    odd = await wire.get(f"/threads/{thread_id}/stream", params={"stream_modes": "odd"})
    assert odd.status_code == 422


async def test_the_feed_ends_with_its_thread(wire: Wire) -> None:
    thread_id = await wire.thread()
    async with wire.stream("GET", f"/threads/{thread_id}/stream") as feed:
        await wire.ask("DELETE", f"/threads/{thread_id}")
        assert await feed.rest() == []


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server process that a test may kill."""
    process = ServerProcess(
        tmp_path,
        ("slow=tests/langgraph/graphs.py:slow",),
        http_address="127.0.0.1:0",
        settings={"RUNWIRE_LEASE_SECONDS": "1", "RUNWIRE_RENEW_SECONDS": "0.3"},
    )
    process.start()
    yield process
    if process.process is not None:
        process.stop()


async def until_told(stream: Stream, name: str, then: Callable[[], Any]) -> list[Told]:
    """Return what a stream tells until it breaks off, having done something at a certain event."""
    found: list[Told] = []
    try:
        while (told := await stream.next()) is not None:
            found.append(told)
            if told.name == name:
                await asyncio.to_thread(then)
    except httpx.TransportError:
        return found
    raise AssertionError("the stream has ended, as if that were all")


async def test_streams_go_on_once_the_server_is_back(mortal: ServerProcess, tmp_path: Path) -> None:
    gates = tmp_path / "first", tmp_path / "second"
    async with httpx.AsyncClient(base_url=f"http://{mortal.http_address}", timeout=30) as client:
        wire = Wire(client)
        killed, seen = await broken_off(wire, gates[0], mortal.kill)
        await asyncio.to_thread(mortal.start)
        rest = await back_to(wire, killed, seen, gates[0])
        assert [each.data["attempt"] for each in rest if each.name == "metadata"] == [2]
        stopped, seen = await broken_off(wire, gates[1], mortal.stop)
        forget_deltas(mortal, killed)
        await asyncio.to_thread(mortal.start)
        await back_to(wire, stopped, seen, gates[1])
        await check_made_up_for(wire, killed)


async def broken_off(wire: Wire, gate: Path, end: Callable[[], Any]) -> tuple[str, list[Told]]:
    """Start a run, and end the server while it goes on; return where it is, and what was told."""
    path = f"/threads/{await wire.thread()}/runs/stream"
    async with wire.stream("POST", path, slow(gate)) as stream:
        return stream.headers["location"], await until_told(stream, "custom", end)


async def back_to(wire: Wire, where: str, seen: Sequence[Told], gate: Path) -> list[Told]:
    """Let a run go on, and return what is told of it from where the stream broke off."""
    open_gate(gate)
    async with wire.stream("GET", where, headers={"Last-Event-ID": seen[-1].id}) as back:
        rest = await back.rest()
    assert rest[-1].data["log"] == ["begun", "waited"]
    ids = [int(each.id) for each in (*seen, *rest)]
    assert ids == sorted(set(ids))
    return rest


def forget_deltas(server: ServerProcess, where: str) -> None:
    """Do to one run what retention does to all of them after a while."""
    with sqlite3.connect(server.directory / "data" / "runwire.db") as database:
        run_id = where.split("/")[-2]
        database.execute("DELETE FROM segments WHERE run_id = ? AND delta", (run_id,))


async def check_made_up_for(wire: Wire, where: str) -> None:
    """What retention has removed is told, and the final values stand for what it led to."""
    found = []
    async with wire.stream("GET", where, headers={"Last-Event-ID": "-1"}) as late:
        while (told := await late.next()) is not None:
            found.append(told)
    assert any(each.name == ":" and "removed by retention" in each.data for each in found)
    assert [each.name for each in found if each.name != ":"] == ["metadata", "metadata", "values"]
    assert found[-1].data["log"] == ["begun", "waited"]
