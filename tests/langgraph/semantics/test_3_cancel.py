"""§2.5, §2.7, §3.1, §3.2 and §3.4: statuses, and what cancelling makes of them."""

import asyncio
from typing import Any

import httpx
import pytest
from langgraph_sdk.client import LangGraphClient
from langgraph_sdk.errors import NotFoundError
from tests.langgraph.semantics.asking import BRIEF, SLOW, ended, new_thread, parts_of, running


async def test_a_run_is_pending_then_running_then_success(client: LangGraphClient) -> None:
    thread = await new_thread(client)
    delayed = await client.runs.create(thread, "adds", input={}, after_seconds=1)
    assert delayed["status"] == "pending"
    assert (await ended(client, thread, delayed["run_id"]))["status"] == "success"
    active = await running(client, thread)
    assert (await client.runs.get(thread, active))["status"] == "running"
    assert (await client.threads.get(thread))["status"] == "busy"
    await client.runs.cancel(thread, active, wait=True)


async def test_an_exception_makes_run_and_thread_error(client: LangGraphClient) -> None:
    thread = await new_thread(client)
    found = await client.runs.wait(thread, "fails", input={}, raise_error=False)
    assert found["__error__"]["error"] == "ValueError"
    assert "boom" in found["__error__"]["message"]
    assert [run["status"] for run in await client.runs.list(thread)] == ["error"]
    kept = await client.threads.get(thread)
    assert kept["status"] == "error"
    assert kept["values"]["trail"] == ["before"]
    assert kept["error"]["error"] == "ValueError"
    state = await client.threads.get_state(thread)
    assert state["next"] == ["fail"]
    assert "boom" in state["tasks"][0]["error"]


async def test_cancelling_while_it_executes_makes_both_interrupted(client: LangGraphClient) -> None:
    thread = await new_thread(client)
    active = await running(client, thread)
    await client.runs.cancel(thread, active, wait=True)
    assert (await client.runs.get(thread, active))["status"] == "interrupted"
    kept = await client.threads.get(thread)
    assert kept["status"] == "interrupted"
    assert kept["error"]["error"] == "UserInterrupt"
    assert (await client.threads.get_state(thread))["next"] == ["wait"]


async def test_cancelling_what_is_pending_leaves_the_thread_idle(client: LangGraphClient) -> None:
    thread = await new_thread(client)
    pending = await client.runs.create(thread, "adds", input={}, after_seconds=60)
    await client.runs.cancel(thread, pending["run_id"], wait=True)
    assert (await client.runs.get(thread, pending["run_id"]))["status"] == "interrupted"
    assert (await client.threads.get(thread))["status"] == "idle"


async def test_rolling_back_restores_the_state_before(client: LangGraphClient) -> None:
    thread = await new_thread(client)
    await client.runs.wait(thread, "adds", input={})
    active = await running(client, thread)
    await client.runs.cancel(thread, active, wait=True, action="rollback")
    with pytest.raises(NotFoundError):
        await client.runs.get(thread, active)
    assert (await client.threads.get_state(thread))["values"]["trail"] == [
        *("first", "second", "third")
    ]
    assert (await client.threads.get(thread))["status"] == "idle"


@pytest.mark.parametrize("how", ["rollback", "delete"])
async def test_no_thread_stays_busy_behind_a_run_that_is_gone(
    client: LangGraphClient, how: str
) -> None:
    thread = await new_thread(client)
    active = await running(client, thread)
    if how == "delete":
        await client.runs.delete(thread, active)
    else:
        await client.runs.cancel(thread, active, action="rollback")
    async with asyncio.timeout(20):
        while (await client.threads.get(thread))["status"] == "busy":
            await asyncio.sleep(0.05)
    assert await client.runs.list(thread) == []


async def test_cancelling_a_finished_or_unknown_run_is_404(client: LangGraphClient) -> None:
    thread = await new_thread(client)
    run = await client.runs.create(thread, "adds", input={})
    await client.runs.join(thread, run["run_id"])
    for run_id in (run["run_id"], "00000000-0000-7000-8000-000000000000"):
        with pytest.raises(NotFoundError):
            await client.runs.cancel(thread, run_id)


async def test_cancel_answers_202_at_once_or_200_when_it_has_waited(
    client: LangGraphClient, url: str
) -> None:
    thread = await new_thread(client)
    async with httpx.AsyncClient(base_url=url) as plain:
        for wait, code in (("0", 202), ("1", 200)):
            active = await running(client, thread)
            path = f"/threads/{thread}/runs/{active}/cancel"
            answer = await plain.post(path, params={"wait": wait, "action": "interrupt"})
            assert answer.status_code == code
            assert answer.content == (b"" if wait == "0" else b"{}")
            await client.runs.join(thread, active)


async def test_the_open_streams_of_a_cancelled_run_close_without_an_error(
    client: LangGraphClient,
) -> None:
    thread = await new_thread(client)
    run = await client.runs.create(
        thread, "waits", input=SLOW, stream_mode="custom", stream_resumable=True
    )
    events = []
    async for part in client.runs.join_stream(thread, run["run_id"], last_event_id="-1"):
        events.append(part.event)
        if events.count("custom") == 1 and part.event == "custom":
            await client.runs.cancel(thread, run["run_id"])
    assert events[0] == "metadata"
    assert "error" not in events


async def test_cancelling_many_takes_ids_or_a_status_and_not_both(
    client: LangGraphClient, url: str
) -> None:
    thread = await new_thread(client)
    runs = [await client.runs.create(thread, "waits", input=SLOW) for _ in range(3)]
    ids = [run["run_id"] for run in runs]
    async with httpx.AsyncClient(base_url=url) as plain:
        both = {"status": "all", "thread_id": thread, "run_ids": ids}
        assert (await plain.post("/runs/cancel", json=both)).status_code == 422
        assert (await plain.post("/runs/cancel", json={})).status_code == 422
        named = {"thread_id": thread, "run_ids": ids}
        assert (await plain.post("/runs/cancel", json=named)).status_code == 204
        for run_id in ids:
            assert (await ended(client, thread, run_id))["status"] == "interrupted"
        assert (await plain.post("/runs/cancel", json=named)).status_code == 404


async def test_deleting_a_thread_ends_its_run(client: LangGraphClient) -> None:
    thread = await new_thread(client)
    active = await running(client, thread)
    await client.threads.delete(thread)
    for ask in (client.threads.get(thread), client.runs.get(thread, active)):
        with pytest.raises(NotFoundError):
            await ask


async def test_on_disconnect_cancel_stops_the_run(client: LangGraphClient) -> None:
    thread = await new_thread(client)
    stream = client.runs.stream(
        thread, "waits", input=SLOW, stream_mode="custom", on_disconnect="cancel"
    )
    async for part in stream:
        if part.event == "custom":
            break
    await stream.aclose()
    async with asyncio.timeout(20):
        while (await client.runs.list(thread))[0]["status"] != "interrupted":
            await asyncio.sleep(0.05)


async def test_a_run_goes_on_when_its_stream_is_dropped(client: LangGraphClient) -> None:
    thread = await new_thread(client)
    stream = client.runs.stream(thread, "waits", input=BRIEF, stream_mode="custom")
    async for part in stream:
        if part.event == "custom":
            break
    await stream.aclose()
    run = (await client.runs.list(thread))[0]
    assert (await ended(client, thread, run["run_id"]))["status"] == "success"


async def test_streaming_a_cancelled_run_gives_what_came_before(client: LangGraphClient) -> None:
    thread = await new_thread(client)
    active = await running(client, thread)
    await client.runs.cancel(thread, active, wait=True)
    found = await parts_of(client.runs.join_stream(thread, active, last_event_id="-1"))
    assert found[0][0] == "metadata"
    assert ("custom", {"step": 0}) in found


async def test_a_run_goes_on_when_who_waits_for_it_leaves(
    client: LangGraphClient, url: str
) -> None:
    thread = await new_thread(client)
    body = {"assistant_id": "waits", "input": BRIEF}
    async with (
        httpx.AsyncClient(base_url=url) as plain,
        plain.stream("POST", f"/threads/{thread}/runs/wait", json=body) as answer,
    ):
        run_id = answer.headers["content-location"].rsplit("/", 1)[1]
    assert (await ended(client, thread, run_id))["status"] == "success"


@pytest.mark.parametrize("word", ["pending", "running", "all"])
async def test_cancelling_by_status_finds_all_that_have_it(
    client: LangGraphClient, url: str, word: str
) -> None:
    thread, other = await new_thread(client), await new_thread(client)
    active = await running(client, thread)
    pending = (await client.runs.create(other, "adds", input={}, after_seconds=600))["run_id"]
    async with httpx.AsyncClient(base_url=url) as plain:
        answer = await plain.post("/runs/cancel", json={"status": word})
        assert (answer.status_code, answer.content) == (204, b"")
        left = {"pending": (thread, active), "running": (other, pending)}.get(word)
        if left:
            assert (await client.runs.get(*left))["status"] in ("pending", "running")
            assert (await plain.post("/runs/cancel", json={"status": "all"})).status_code == 204
        for of, run_id in ((thread, active), (other, pending)):
            assert (await ended(client, of, run_id))["status"] == "interrupted"
        assert (await plain.post("/runs/cancel", json={"status": "all"})).status_code == 404


async def test_joining_a_failed_run_tells_why(client: LangGraphClient, url: str) -> None:
    thread = await new_thread(client)
    with pytest.raises(Exception, match="ValueError: boom"):
        await client.runs.wait(thread, "fails", input={})
    (run,) = await client.runs.list(thread)
    async with httpx.AsyncClient(base_url=url) as plain:
        answer = await plain.get(f"/threads/{thread}/runs/{run['run_id']}/join")
    told = {"error": "ValueError", "message": "boom"}
    assert (answer.status_code, answer.json()) == (200, {"__error__": told})
    kept: Any = await client.threads.get(thread)
    assert kept["error"] == told
    state = await client.threads.get_state(thread)
    assert state["tasks"][0]["error"] == "ValueError('boom')"
