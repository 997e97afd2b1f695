"""Threads over gRPC, by both Python clients, against a server process with LangGraph's graphs."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.clients.test_client_real_server import Threaded
from tests.conftest import ServerProcess

from runwire_client import (
    AlreadyExists,
    AsyncClient,
    Client,
    Command,
    Conflict,
    DeadlineExceeded,
    Event,
    Invalid,
    MultitaskStrategy,
    NotFound,
    OnCompletion,
    Run,
    RunOptions,
    RunStatus,
    StateUpdate,
    ThreadCheckpoint,
    ThreadStatus,
    Ttl,
    TtlStrategy,
)

SECONDS = 30


class ThreadedClient:
    """The sync client with the interface of the other one."""

    def __init__(self, client: Client, twin: AsyncClient) -> None:
        self.runs = Threaded(client.runs, type(twin.runs))
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


async def ran(client: Any, graph_id: str, given: Any = None, **more: Any) -> Run:
    created = await client.runs.create(graph_id, given, **more)
    run: Run = await client.runs.wait(created.run_id, timeout_seconds=SECONDS)
    return run


async def listed(items: AsyncIterator[Any]) -> list[Any]:
    return [item async for item in items]


async def begun(client: Any, run_id: str) -> None:
    """Wait until a run has told that it waits."""
    async with client.runs.watch(run_id) as watch:
        async for event in watch:
            if event.kind == "output_chunk" and event.data["channel"] == "custom":
                return
    pytest.fail(f"run {run_id} ended first")


async def gone(client: Any, run_id: str) -> None:
    """Wait until a run that is rolled back is deleted."""
    async with asyncio.timeout(SECONDS):
        while True:
            try:
                await client.runs.wait(run_id, timeout_seconds=1)
            except NotFound:
                return
            except DeadlineExceeded:
                continue


async def test_runs_of_a_thread_go_on_from_its_state(client: Any) -> None:
    thread = await client.threads.create(metadata={"user": "ann", "big": 2**70})
    assert (thread.status, thread.graph_id, thread.values) == (ThreadStatus.IDLE, "", None)
    first = await ran(client, "ledger", {"log": ["0"]}, thread_id=thread.thread_id)
    assert first.status is RunStatus.SUCCEEDED
    assert first.thread_id == thread.thread_id
    await ran(client, "ledger", {"log": ["1"]}, thread_id=thread.thread_id)
    found = await client.threads.get(thread.thread_id)
    assert len(found.values["log"]) == 2 + 2 * 12
    assert (found.graph_id, found.metadata["user"], found.metadata["big"]) == (
        *("ledger", "ann"),
        2**70,
    )
    assert found.state_updated_at is not None
    assert found.updated_at >= found.created_at


async def test_create_honours_ids_and_existing_threads(client: Any) -> None:
    name = f"grpc-{uuid4()}"
    made = await client.threads.create(name, metadata={"n": 1}, ttl=Ttl(3600))
    assert (made.thread_id, made.ttl) == (name, Ttl(3600))
    assert made.expires_at is not None
    with pytest.raises(AlreadyExists) as refused:
        await client.threads.create(name)
    assert refused.value.reason == "THREAD_EXISTS"
    again = await client.threads.create(name, metadata={"n": 2}, allow_existing=True)
    assert again.metadata == {"n": 1}


async def test_create_with_supersteps_has_their_state(client: Any) -> None:
    steps = [[StateUpdate({"n": 5}, "__input__")], [StateUpdate({"n": 6}, "first")]]
    thread = await client.threads.create(graph_id="three_nodes", supersteps=steps)
    state = await client.threads.state(thread.thread_id)
    assert (state.values, state.next_nodes) == ({"n": 6}, ("second",))
    ended = await ran(client, "three_nodes", thread_id=thread.thread_id)
    assert ended.output == {"n": 15}


async def test_update_merges_metadata_and_sets_a_time_to_live(client: Any) -> None:
    thread = await client.threads.create(metadata={"a": 1, "b": {"c": 2}})
    await client.threads.update(thread.thread_id, metadata={"b": 3})
    ttl = Ttl(60, TtlStrategy.KEEP_LATEST)
    changed = await client.threads.update(thread.thread_id, ttl=ttl)
    assert changed.metadata == {"a": 1, "b": 3}
    assert changed.ttl == ttl


async def test_list_finds_by_metadata_values_status_and_pages(client: Any) -> None:
    mark = uuid4().hex
    ids = []
    for number in range(5):
        metadata = {"mark": mark, "tags": ["x", str(number)]}
        ids.append((await client.threads.create(metadata=metadata)).thread_id)
    await ran(client, "three_nodes", {"n": 4}, thread_id=ids[2])
    threads = client.threads
    found = await listed(threads.list(metadata={"mark": mark}, page_size=2))
    assert [each.thread_id for each in found] == ids[::-1]
    tagged = await listed(threads.list(metadata={"mark": mark, "tags": ["3"]}))
    assert [each.thread_id for each in tagged] == [ids[3]]
    [valued] = await listed(threads.list(values={"n": 13}, metadata={"mark": mark}, full=True))
    assert (valued.thread_id, valued.values) == (ids[2], {"n": 13})
    named = await listed(threads.list(thread_ids=ids[:2], order_by="thread_id"))
    assert [each.thread_id for each in named] == sorted(ids[:2])
    assert named[0].values is None
    of_graph = await listed(threads.list(graph_id="three_nodes", metadata={"mark": mark}))
    assert [each.thread_id for each in of_graph] == [ids[2]]
    none = threads.list(status=ThreadStatus.BUSY, metadata={"mark": mark})
    assert await listed(none) == []


async def test_state_and_history_at_any_checkpoint(client: Any) -> None:
    thread_id = (await client.threads.create()).thread_id
    empty = await client.threads.state(thread_id)
    assert (empty.checkpoint, empty.values) == (None, {})
    await ran(client, "three_nodes", {"n": 1}, thread_id=thread_id)
    states = await listed(client.threads.history(thread_id, page_size=2))
    assert [each.values.get("n") for each in states] == [7, 4, 2, 1, None]
    assert [each.next_nodes for each in states][:2] == [(), ("third",)]
    assert states[0].parent_checkpoint == states[1].checkpoint
    old = await client.threads.state(thread_id, states[2].checkpoint)
    assert (old.values, old.tasks[0].node) == ({"n": 2}, "second")
    newest = await client.threads.state(thread_id)
    assert newest.checkpoint == states[0].checkpoint
    before = client.threads.history(thread_id, before=states[1].checkpoint.checkpoint_id)
    assert [each.values.get("n") for each in await listed(before)] == [2, 1, None]
    by_step = await listed(client.threads.history(thread_id, metadata={"step": 1}))
    assert [each.metadata["step"] for each in by_step] == [1]


async def test_update_state_forks_the_history(client: Any) -> None:
    thread_id = (await client.threads.create()).thread_id
    await ran(client, "three_nodes", {"n": 1}, thread_id=thread_id)
    states = await listed(client.threads.history(thread_id))
    made = await client.threads.update_state(
        thread_id, {"n": 100}, as_node="first", checkpoint=states[2].checkpoint
    )
    assert isinstance(made, ThreadCheckpoint)
    state = await client.threads.state(thread_id)
    assert (state.checkpoint, state.values, state.next_nodes) == (made, {"n": 100}, ("second",))
    ended = await ran(client, "three_nodes", thread_id=thread_id)
    assert ended.output == {"n": 203}
    with pytest.raises(Invalid):
        await client.threads.update_state(thread_id, {"n": 1}, as_node="nobody")


async def test_a_run_from_a_checkpoint_replays_from_there(client: Any) -> None:
    thread_id = (await client.threads.create()).thread_id
    await ran(client, "three_nodes", {"n": 1}, thread_id=thread_id)
    states = await listed(client.threads.history(thread_id))
    options = RunOptions(checkpoint=states[2].checkpoint)
    ended = await ran(client, "three_nodes", thread_id=thread_id, options=options)
    assert ended.output == {"n": 7}
    assert ended.options.checkpoint == states[2].checkpoint


async def test_copy_has_state_and_history_and_prune_cuts_it(client: Any) -> None:
    thread_id = (await client.threads.create(metadata={"a": 1})).thread_id
    await ran(client, "three_nodes", {"n": 1}, thread_id=thread_id)
    copied = await client.threads.copy(thread_id)
    assert copied.thread_id != thread_id
    assert (copied.values, copied.metadata["a"]) == ({"n": 7}, 1)
    assert len(await listed(client.threads.history(copied.thread_id))) == 5
    count = await client.threads.prune([copied.thread_id], TtlStrategy.KEEP_LATEST)
    assert count == 1
    [left] = await listed(client.threads.history(copied.thread_id))
    assert left.values == {"n": 7}
    with pytest.raises(NotFound):
        await client.threads.prune([copied.thread_id, "nothing-1"])
    assert await client.threads.prune([copied.thread_id]) == 1
    with pytest.raises(NotFound) as refused:
        await client.threads.get(copied.thread_id)
    assert refused.value.reason == "THREAD_NOT_FOUND"
    assert len(await listed(client.threads.history(thread_id))) == 5


async def test_a_question_is_answered_by_resume_run_or_by_a_command(client: Any) -> None:
    thread_id = (await client.threads.create()).thread_id
    created = await client.runs.create("approval", {"amount": 9}, thread_id=thread_id)
    async with client.runs.watch(created.run_id) as watch:
        async for event in watch:
            if event.data.get("to_status") is RunStatus.INTERRUPTED:
                break
    thread = await client.threads.get(thread_id)
    assert thread.status is ThreadStatus.INTERRUPTED
    assert thread.interrupts[0].value == {"amount": 9}
    await client.runs.resume(created.run_id, True)
    ended = await client.runs.wait(created.run_id, timeout_seconds=SECONDS)
    assert ended.output["done"] == "paid"

    options = RunOptions(ends_at_interrupt=True)
    asked = await ran(client, "approval", {"amount": 2}, thread_id=thread_id, options=options)
    assert asked.status is RunStatus.SUCCEEDED
    assert asked.output["__interrupt__"][0]["value"] == {"amount": 2}
    waiting = await client.threads.get(thread_id)
    answer = {waiting.interrupts[0].interrupt_id: False}
    ended = await ran(
        client, "approval", thread_id=thread_id, options=RunOptions(command=Command(answer))
    )
    assert ended.output["done"] == "refused"
    assert (await client.threads.get(thread_id)).status is ThreadStatus.IDLE


async def test_options_are_kept_with_the_run(client: Any) -> None:
    thread_id = (await client.threads.create()).thread_id
    given = RunOptions(
        config={"tags": ["a"], "recursion_limit": 9},
        context={"who": "ann"},
        metadata={"turn": 1},
        stream_modes=("updates", "values"),
        interrupt_after=("first",),
        multitask=MultitaskStrategy.ENQUEUE,
    )
    run = await ran(client, "told", {"log": []}, thread_id=thread_id, options=given)
    kept = (await client.runs.get(run.run_id)).options
    assert (kept.stream_modes, kept.interrupt_after) == (("updates", "values"), ("first",))
    assert kept.config["recursion_limit"] == 9
    assert kept.context == {"who": "ann"}
    assert kept.metadata["turn"] == 1
    assert run.assistant_id


async def test_a_thread_that_has_to_be_there(client: Any) -> None:
    options = RunOptions(create_thread=False)
    with pytest.raises(NotFound) as refused:
        await client.runs.create("three_nodes", {"n": 1}, thread_id="not-there", options=options)
    assert refused.value.reason == "THREAD_NOT_FOUND"


@pytest.mark.parametrize("what", [OnCompletion.KEEP, OnCompletion.DELETE])
async def test_a_run_may_have_a_thread_made_for_it(client: Any, what: OnCompletion) -> None:
    options = RunOptions(on_completion=what, metadata={"made": uuid4().hex})
    created = await client.runs.create("three_nodes", {"n": 1}, options=options)
    if what is OnCompletion.KEEP:
        await client.runs.wait(created.run_id, timeout_seconds=SECONDS)
        thread = await client.threads.get(created.thread_id)
        assert thread.values == {"n": 7}
        return
    done = await client.runs.wait(created.run_id, timeout_seconds=SECONDS)
    assert (done.output, done.thread_id) == ({"n": 7}, "")
    with pytest.raises(NotFound):
        await client.threads.get(created.run_id)


async def test_a_run_without_a_thread_stays_when_it_has_ended(client: Any) -> None:
    run = await ran(client, "three_nodes", {"n": 1})
    assert (run.output, run.thread_id) == ({"n": 7}, "")
    assert (await client.runs.get(run.run_id)).status is RunStatus.SUCCEEDED


async def test_strategies_cancel_and_roll_back(client: Any, tmp_path: Path) -> None:
    thread_id = (await client.threads.create()).thread_id
    await ran(client, "slow", {"log": ["old"]}, thread_id=thread_id)
    waits = {"log": ["new"], "gate": str(tmp_path / "gate")}
    modes = RunOptions(stream_modes=("custom",))
    run = await client.runs.create("slow", waits, thread_id=thread_id, options=modes)
    await begun(client, run.run_id)
    assert (await client.threads.get(thread_id)).status is ThreadStatus.BUSY
    reject = RunOptions(multitask=MultitaskStrategy.REJECT)
    with pytest.raises(Conflict) as refused:
        await client.runs.create("slow", waits, thread_id=thread_id, options=reject)
    assert refused.value.reason == "THREAD_BUSY"
    with pytest.raises(Conflict):
        await client.threads.update_state(thread_id, {"log": ["x"]})
    await client.runs.cancel(run.run_id, "not wanted", roll_back=True)
    await gone(client, run.run_id)
    left = await client.threads.get(thread_id)
    assert left.values["log"] == ["old", "begun", "waited"]
    assert left.status is ThreadStatus.IDLE
    with pytest.raises(Invalid):
        await client.runs.cancel(run.run_id, etag="r1", roll_back=True)


async def test_cancel_runs_of_a_thread_and_by_status(client: Any, tmp_path: Path) -> None:
    thread_id = (await client.threads.create()).thread_id
    waits = {"log": [], "gate": str(tmp_path / "gate")}
    modes = RunOptions(stream_modes=("custom",))
    first = await client.runs.create("slow", waits, thread_id=thread_id, options=modes)
    await begun(client, first.run_id)
    second = await client.runs.create("slow", waits, thread_id=thread_id)
    assert await client.threads.cancel_runs(thread_id, [second.run_id]) == 1
    assert await client.threads.cancel_runs(thread_id, [second.run_id]) == 0
    assert await client.threads.cancel_runs(thread_id, statuses=()) == 1
    for run in (first, second):
        ended = await client.runs.wait(run.run_id, timeout_seconds=SECONDS)
        assert ended.status is RunStatus.CANCELLED
    thread = await client.threads.get(thread_id)
    assert (thread.status, thread.error.kind) == (ThreadStatus.INTERRUPTED, "UserInterrupt")
    with pytest.raises(NotFound):
        await client.threads.cancel_runs(thread_id, ["nothing-1"])
    with pytest.raises(Invalid):
        await client.threads.cancel_runs()


async def test_delete_takes_runs_along(client: Any) -> None:
    thread_id = (await client.threads.create()).thread_id
    run = await ran(client, "three_nodes", {"n": 1}, thread_id=thread_id)
    await client.threads.delete(thread_id)
    with pytest.raises(NotFound):
        await client.threads.state(thread_id)
    with pytest.raises(NotFound):
        await client.runs.get(run.run_id)


async def test_a_watch_has_the_events_of_every_run_one_after_the_other(client: Any) -> None:
    thread_id = (await client.threads.create()).thread_id
    told = RunOptions(stream_modes=("updates",))
    async with client.threads.watch(thread_id, from_start=True) as watch:
        runs = [
            await client.runs.create("three_nodes", {"n": 1}, thread_id=thread_id, options=told)
            for _ in range(3)
        ]
        events = await until_ended(watch, runs[2].run_id)
    executed = [each.run_id for each in events if each.kind == "output_chunk"]
    assert executed == [run.run_id for run in runs for _ in range(3)]
    for run in runs:
        sequences = [each.sequence for each in events if each.run_id == run.run_id]
        whole = [each.sequence async for each in client.runs.watch(run.run_id)]
        assert sequences == whole == list(range(1, len(sequences) + 1))


async def test_a_watch_goes_on_behind_a_token(client: Any) -> None:
    thread_id = (await client.threads.create()).thread_id
    first = await client.runs.create("three_nodes", {"n": 1}, thread_id=thread_id)
    async with client.threads.watch(thread_id, from_start=True) as watch:
        events = await until_ended(watch, first.run_id)
        token = watch.resume_token
    second = await client.runs.create("three_nodes", {"n": 2}, thread_id=thread_id)
    async with client.threads.watch(thread_id, resume_token=token) as watch:
        events += await until_ended(watch, second.run_id)
    for run in (first, second):
        found = {each.sequence for each in events if each.run_id == run.run_id}
        assert found == set(range(1, max(found) + 1))
    with pytest.raises(Invalid):
        await anext(client.threads.watch(thread_id, resume_token="made up"))  # noqa: S106


async def until_ended(watch: Any, run_id: str) -> list[Event]:
    """Return the events of a thread until one of its runs has ended."""
    events = []
    async with asyncio.timeout(SECONDS):
        async for event in watch:
            events.append(event)
            if event.run_id == run_id and ended(event):
                return events
    raise AssertionError("the watch ended first")


def ended(event: Event) -> bool:
    return event.data.get("to_status") is RunStatus.SUCCEEDED and not event.step_id


async def test_a_watch_ends_with_its_thread(client: Any) -> None:
    thread_id = (await client.threads.create()).thread_id
    async with client.threads.watch(thread_id, heartbeat_seconds=1) as watch:
        await client.threads.delete(thread_id)
        with pytest.raises(NotFound):
            async with asyncio.timeout(SECONDS):
                await anext(watch)


@pytest.fixture
async def rest(langgraph_server: ServerProcess) -> AsyncIterator[httpx.AsyncClient]:
    url = f"http://{langgraph_server.http_address}/v1"
    async with httpx.AsyncClient(base_url=url, timeout=SECONDS) as connected:
        yield connected


async def test_a_thread_over_rest(rest: httpx.AsyncClient) -> None:
    body = {"metadata": {"json": {"big": 12345678901234567890}}}
    thread = (await rest.post("/threads", json=body)).json()["thread"]
    path = f"/threads/{thread['threadId']}"
    assert b'"big":12345678901234567890' in (await rest.get(path)).content.replace(b": ", b":")
    spec = {
        "graphId": "three_nodes",
        "threadId": thread["threadId"],
        "input": {"json": {"n": 1}},
        "options": {"streamModes": ["updates"], "durability": "DURABILITY_SYNC"},
    }
    run = (await rest.post("/runs", json={"spec": spec})).json()["run"]
    done = (await rest.get(f"/runs/{run['runId']}:wait")).json()["run"]
    assert done["output"]["json"] == {"n": 7}
    assert done["spec"]["options"]["durability"] == "DURABILITY_SYNC"
    state = (await rest.get(f"{path}/state")).json()["state"]
    assert state["values"]["json"] == {"n": 7}
    states = (await rest.get(f"{path}/states?pageSize=2")).json()
    assert len(states["states"]) == 2
    assert states["nextPageToken"]


async def test_threads_over_rest(rest: httpx.AsyncClient) -> None:
    mark = uuid4().hex
    metadata = {"json": {"mark": mark}}
    thread = (await rest.post("/threads", json={"metadata": metadata})).json()["thread"]
    path = f"/threads/{thread['threadId']}"
    found = (await rest.post("/threads:search", json={"metadata": metadata})).json()
    assert [each["threadId"] for each in found["threads"]] == [thread["threadId"]]
    assert found["totalSize"] == "1"
    idle = (await rest.get("/threads?status=THREAD_STATUS_IDLE&pageSize=1")).json()
    assert len(idle["threads"]) == 1
    more = {"metadata": {"json": {"more": 1}}, "updateMask": "metadata"}
    patched = (await rest.patch(path, json=more)).json()["thread"]
    assert patched["metadata"]["json"] == {"mark": mark, "more": 1}
    assert (await rest.delete(path)).json() == {}
    assert (await rest.get(path)).status_code == 404


async def test_a_watch_of_a_thread_over_rest_goes_on_by_its_last_event(
    rest: httpx.AsyncClient,
) -> None:
    thread = (await rest.post("/threads", json={})).json()["thread"]
    spec = {"graphId": "three_nodes", "threadId": thread["threadId"], "input": {"json": {"n": 1}}}
    run = (await rest.post("/runs", json={"spec": spec})).json()["run"]
    await rest.get(f"/runs/{run['runId']}:wait")
    path = f"/threads/{thread['threadId']}:watch?fromStart=true"
    first = await until_succeeded(rest, path, "")
    assert first.runs == {run["runId"]}
    more = (await rest.post("/runs", json={"spec": spec})).json()["run"]
    again = await until_succeeded(rest, path, first.last_id)
    assert again.runs == {more["runId"]}


@dataclass
class Streamed:
    """What a stream of server-sent events has brought."""

    last_id: str = ""
    runs: set[str] = field(default_factory=set)


async def until_succeeded(rest: httpx.AsyncClient, path: str, last_id: str) -> Streamed:
    """Read a watch of a thread, from behind an event on, until a run has succeeded."""
    found = Streamed(last_id)
    headers = {"accept": "text/event-stream", **({"last-event-id": last_id} if last_id else {})}
    async with rest.stream("GET", path, headers=headers) as stream:
        assert stream.status_code == 200
        over = False
        async for line in stream.aiter_lines():
            if line.startswith("data:"):
                batch = json.loads(line.removeprefix("data:")).get("batch", {})
                events = batch.get("events", ())
                found.runs |= {each["runId"] for each in events}
                over = "RUN_STATUS_SUCCEEDED" in line and "toStatus" in line
            if line.startswith("id:"):
                found.last_id = line.removeprefix("id:").strip()
            if not line and over:
                return found
    raise AssertionError("the watch ended first")
