"""Whatever a run is doing when it is cancelled, it ends, and nothing counts afterwards."""

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import GRAPHS, ROOT, ServerProcess, settings_in

from runwire.server import serve
from runwire_client import AsyncClient, Client, Conflict, Event, NotAllowed, Run, RunStatus

GRACE_SECONDS = 1.0
"""What `settings_in` gives nodes to clean up."""


@pytest.fixture
async def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[AsyncClient]:
    """A client of a server in this process, whose nodes get a second to clean up."""
    monkeypatch.chdir(ROOT)
    async with (
        serve(settings_in(tmp_path)) as server,
        AsyncClient(server.grpc_address) as connected,
    ):
        yield connected


async def events_of(client: AsyncClient, run_id: str) -> list[Event]:
    """Return every event of a run, once the watch has ended by itself."""
    async with asyncio.timeout(30):
        return [event async for event in client.runs.watch(run_id)]


async def under_way(client: AsyncClient, graph_id: str, **given: Any) -> str:
    """Create a run and wait until its node has begun; return its id."""
    run = await client.runs.create(graph_id, given)
    if graph_id == "blocking":  # what blocks its loop cannot tell that it has begun
        await seen(client, run.run_id, "status_changed", RunStatus.RUNNING)
    else:
        await seen(client, run.run_id, "step_changed")
    return run.run_id


async def seen(client: AsyncClient, run_id: str, kind: str, status: str = "") -> Event:
    """Wait for an event; return it."""
    async with asyncio.timeout(30), client.runs.watch(run_id) as watch:
        async for event in watch:
            if event.kind == kind and (not status or event.data["to_status"] == status):
                return event
    raise AssertionError(f"run {run_id} ended without {kind} {status}")


async def let_pass(client: AsyncClient, seconds: float) -> None:
    """Let the server's time pass: a run that sleeps as long ends behind whatever else ends."""
    run = await client.runs.create("sleepy", {"seconds": seconds})
    assert (await client.runs.wait(run.run_id, timeout_seconds=30)).status is RunStatus.SUCCEEDED


def statuses(events: list[Event]) -> list[str]:
    return [event.data["to_status"] for event in events if event.kind == "status_changed"]


async def check_ended(client: AsyncClient, run_id: str, reason: str) -> Run:
    """Check that a run is CANCELLED through and through; return it."""
    events = await events_of(client, run_id)
    run = await client.runs.get(run_id)
    assert run.status is RunStatus.CANCELLED
    assert run.ended_at is not None
    assert (run.output, run.error, run.interrupts) == (None, None, ())
    assert [event.sequence for event in events] == list(range(1, run.last_sequence + 1))
    assert statuses(events)[-1] == RunStatus.CANCELLED
    assert events[-1].kind == "status_changed"
    assert events[-1].data["reason"] == reason
    assert events[-1].data["output"] is events[-1].data["error"] is None
    open_steps = [s.step_id async for s in client.runs.steps(run_id) if not s.status.final]
    assert open_steps == []
    return run


async def everything(client: AsyncClient, run_id: str) -> object:
    """Return all there is to know of a run."""
    run = await client.runs.get(run_id)
    state = await client.runs.state(run_id)
    return (
        run.message,
        state.message,
        [step.message async for step in client.runs.steps(run_id)],
        [checkpoint.message async for checkpoint in client.runs.checkpoints(run_id)],
        [event.message for event in await events_of(client, run_id)],
    )


@pytest.mark.parametrize(
    ("graph_id", "node_seconds"),
    [("sleepy", 600.0), ("thread_sleepy", 2.5), ("stubborn", 2.5), ("blocking", 2.5)],
)
async def test_a_running_run_ends_whatever_its_node_does(
    client: AsyncClient, graph_id: str, node_seconds: float
) -> None:
    run_id = await under_way(client, graph_id, seconds=node_seconds)
    loop = asyncio.get_running_loop()
    asked_at = loop.time()
    asked = await client.runs.cancel(run_id, "not needed")
    assert asked.status is RunStatus.CANCELLING
    assert (await client.runs.wait(run_id, timeout_seconds=20)).status is RunStatus.CANCELLED
    assert loop.time() - asked_at < GRACE_SECONDS + 1.0
    run = await check_ended(client, run_id, "not needed")
    assert run.started_at is not None

    before = await everything(client, run_id)
    if node_seconds < 60:
        await let_pass(client, node_seconds)
    assert await everything(client, run_id) == before


async def test_a_node_that_obeys_is_not_given_the_whole_grace(client: AsyncClient) -> None:
    run_id = await under_way(client, "sleepy", seconds=600)
    async with asyncio.timeout(GRACE_SECONDS * 0.8):
        await client.runs.cancel(run_id)
        await seen(client, run_id, "status_changed", RunStatus.CANCELLED)


async def test_what_a_node_told_before_stays(client: AsyncClient) -> None:
    run_id = await under_way(client, "ticker", seconds=600)
    await seen(client, run_id, "custom")
    await client.runs.cancel(run_id)
    run = await check_ended(client, run_id, "")
    events = await events_of(client, run_id)
    assert "custom" in [event.kind for event in events]
    assert statuses(events) == ["queued", "running", "cancelling", "cancelled"]
    assert run.last_sequence == len(events)


async def test_a_watch_that_is_open_ends(client: AsyncClient) -> None:
    run_id = await under_way(client, "sleepy", seconds=600)
    async with asyncio.TaskGroup() as tasks:
        watches = [tasks.create_task(events_of(client, run_id)) for _ in range(5)]
        await client.runs.cancel(run_id)
    assert {statuses(watch.result())[-1] for watch in watches} == {RunStatus.CANCELLED}


async def test_a_run_that_waits_for_an_answer_ends_at_once(client: AsyncClient) -> None:
    run = await client.runs.create("approval", {"amount": 5})
    await seen(client, run.run_id, "status_changed", RunStatus.INTERRUPTED)
    cancelled = await client.runs.cancel(run.run_id, "nobody answers")
    assert cancelled.status is RunStatus.CANCELLED
    with pytest.raises(NotAllowed) as refusal:
        await client.runs.resume(run.run_id, {"approved": True})
    assert refusal.value.reason == "RUN_ALREADY_TERMINAL"
    assert (await client.runs.state(run.run_id)).interrupts == ()
    await check_ended(client, run.run_id, "nobody answers")


async def test_a_run_between_two_attempts_of_a_node_ends(client: AsyncClient) -> None:
    run = await client.runs.create("failing", {"n": 1})
    await seen(client, run.run_id, "step_changed", RunStatus.FAILED)
    await client.runs.cancel(run.run_id, "enough")
    await check_ended(client, run.run_id, "enough")


async def test_cancelling_again_changes_nothing(client: AsyncClient) -> None:
    run_id = await under_way(client, "stubborn", seconds=3)
    first = await client.runs.cancel(run_id, "the first reason")
    again = await client.runs.cancel(run_id, "another reason")
    assert first.status is again.status is RunStatus.CANCELLING
    assert first.message == again.message
    await client.runs.wait(run_id, timeout_seconds=20)
    ended = await check_ended(client, run_id, "the first reason")
    assert (await client.runs.cancel(run_id, "a third reason")).message == ended.message
    told = [event for event in await events_of(client, run_id) if event.kind == "status_changed"]
    assert [event.data["reason"] for event in told[-2:]] == ["the first reason"] * 2


async def test_a_reason_is_any_text(client: AsyncClient) -> None:
    run = await client.runs.create("approval", {"amount": 5})
    reason = "größer als erlaubt 🛑\nsiehe Anhang"
    await client.runs.cancel(run.run_id, reason)
    await client.runs.wait(run.run_id, timeout_seconds=20)
    await check_ended(client, run.run_id, reason)


async def test_an_etag_guards_a_cancellation(client: AsyncClient) -> None:
    run = await client.runs.create("approval", {"amount": 5})
    await seen(client, run.run_id, "status_changed", RunStatus.INTERRUPTED)
    with pytest.raises(Conflict):
        await client.runs.cancel(run.run_id, etag=run.etag)
    newest = await client.runs.get(run.run_id)
    assert (await client.runs.cancel(run.run_id, etag=newest.etag)).status is RunStatus.CANCELLED


@pytest.mark.parametrize("seed", range(4))
async def test_cancelling_at_any_instant_ends_the_run(client: AsyncClient, seed: int) -> None:
    """Somewhere between the first event and the last; both outcomes are fine, nothing between."""
    instants = random.Random(seed)

    async def one(seconds: float) -> RunStatus:
        run = await client.runs.create("three_nodes", {"n": 1})
        await asyncio.sleep(seconds)
        asked = None
        try:
            asked = await client.runs.cancel(run.run_id, "any instant")
        except NotAllowed as error:
            assert error.metadata["status"] == "SUCCEEDED"  # noqa: PT017 - or no error at all
        ended = await client.runs.wait(run.run_id, timeout_seconds=20)
        if asked is not None:
            await check_ended(client, run.run_id, "any instant")
            return ended.status
        assert ended.output == {"n": 7}
        events = await events_of(client, run.run_id)
        assert [event.sequence for event in events] == list(range(1, ended.last_sequence + 1))
        assert statuses(events) == ["queued", "running", "succeeded"]
        return ended.status

    ends = []
    for _ in range(8):
        async with asyncio.TaskGroup() as tasks:
            waits = [instants.uniform(0, 0.02) for _ in range(5)]
            ends += [tasks.create_task(one(seconds)) for seconds in waits]
    assert {end.result() for end in ends} <= {RunStatus.SUCCEEDED, RunStatus.CANCELLED}


def test_a_queued_run_ends_at_once_and_never_starts(tmp_path: Path) -> None:
    process = ServerProcess(tmp_path, (GRAPHS, "--max-runs", "1"))
    process.start()
    try:
        with Client(process.grpc_address) as client:
            busy = client.runs.create("ticker", {"seconds": 600})
            with client.runs.watch(busy.run_id) as watch:
                assert any(event.kind == "custom" for event in watch)
            waiting = client.runs.create("three_nodes", {"n": 1})
            behind = client.runs.create("three_nodes", {"n": 2})
            assert client.runs.get(waiting.run_id).status is RunStatus.QUEUED
            cancelled = client.runs.cancel(waiting.run_id, "changed my mind")
            assert cancelled.status is RunStatus.CANCELLED
            client.runs.cancel(busy.run_id)
            assert client.runs.wait(behind.run_id, timeout_seconds=20).output == {"n": 7 + 2}

            run = client.runs.get(waiting.run_id)
            assert (run.status, run.attempt, run.started_at) == (RunStatus.CANCELLED, 0, None)
            events = list(client.runs.watch(waiting.run_id))
            assert [event.data["to_status"] for event in events] == ["queued", "cancelled"]
            assert events[-1].data["reason"] == "changed my mind"
            assert list(client.runs.steps(waiting.run_id)) == []
    finally:
        process.kill()
