"""§3.3: a second run of a thread while one is active, by its strategy."""

from typing import Any

import httpx
import pytest
from langgraph_sdk.client import LangGraphClient
from langgraph_sdk.errors import ConflictError, NotFoundError
from tests.langgraph.semantics.asking import BRIEF, ended, new_thread, parts_of, running


async def asked(client: LangGraphClient, how: str, thread: str) -> None:
    """Ask for a run that must not come in."""
    more: dict[str, Any] = {"input": {}, "multitask_strategy": "reject"}
    if how == "create":
        await client.runs.create(thread, "adds", **more)
    elif how == "stream":
        await parts_of(client.runs.stream(thread, "adds", **more))
    else:
        await client.runs.wait(thread, "adds", **more)


@pytest.mark.parametrize("how", ["create", "stream", "wait"])
async def test_reject_answers_409_and_creates_nothing(client: LangGraphClient, how: str) -> None:
    thread = await new_thread(client)
    active = await running(client, thread)
    # The client's `wait` raises httpx's error, which names the code; the others their own.
    with pytest.raises((ConflictError, httpx.HTTPStatusError), match=r"409|busy"):
        await asked(client, how, thread)
    assert [run["run_id"] for run in await client.runs.list(thread)] == [active]
    await client.runs.cancel(thread, active, wait=True)


async def test_reject_is_no_matter_on_an_idle_thread(client: LangGraphClient) -> None:
    thread = await new_thread(client)
    for _ in range(2):
        found = await client.runs.wait(thread, "adds", input={}, multitask_strategy="reject")
    assert found["trail"] == ["first", "second", "third"] * 2


async def test_enqueue_runs_one_after_the_other_in_order(client: LangGraphClient) -> None:
    thread = await new_thread(client)
    runs = [
        await client.runs.create(thread, "waits", input=BRIEF, multitask_strategy="enqueue")
        for _ in range(3)
    ]
    listed = await client.runs.list(thread)
    assert [run["run_id"] for run in listed] == [run["run_id"] for run in reversed(runs)]
    assert sum(run["status"] == "running" for run in listed) <= 1
    assert (await ended(client, thread, runs[2]["run_id"]))["status"] == "success"
    state = await client.threads.get_state(thread)
    assert state["values"]["trail"] == ["before", "wait", "after"] * 3


async def test_enqueue_is_what_happens_without_a_strategy(client: LangGraphClient) -> None:
    thread = await new_thread(client)
    active = await running(client, thread)
    second = await client.runs.create(thread, "adds", input={})
    assert second["status"] == "pending"
    assert second["multitask_strategy"] == "enqueue"
    await client.runs.cancel(thread, active, wait=True)
    assert (await ended(client, thread, second["run_id"]))["status"] == "success"


async def test_interrupt_cancels_the_active_run_and_goes_on_from_its_state(
    client: LangGraphClient,
) -> None:
    thread = await new_thread(client)
    active = await running(client, thread)
    pending = await client.runs.create(thread, "adds", input={})
    found = await client.runs.wait(thread, "adds", input={}, multitask_strategy="interrupt")
    assert found["trail"] == ["before", "first", "second", "third"]
    for run_id in (active, pending["run_id"]):
        assert (await client.runs.get(thread, run_id))["status"] == "interrupted"
    assert (await client.threads.get(thread))["status"] == "idle"


async def test_rollback_deletes_the_active_run_and_its_checkpoints(client: LangGraphClient) -> None:
    thread = await new_thread(client)
    await client.runs.wait(thread, "adds", input={})
    before = await client.threads.get_history(thread, limit=100)
    active = await running(client, thread)
    found = await client.runs.wait(thread, "adds", input={}, multitask_strategy="rollback")
    assert found["trail"] == ["first", "second", "third"] * 2
    with pytest.raises(NotFoundError):
        await client.runs.get(thread, active)
    after = await client.threads.get_history(thread, limit=100)
    ids = [state["checkpoint"]["checkpoint_id"] for state in after]
    assert ids[-len(before) :] == [state["checkpoint"]["checkpoint_id"] for state in before]
    assert not [state for state in after if state["metadata"].get("run_id") == active]


async def test_rollback_of_a_first_run_leaves_an_idle_thread(client: LangGraphClient) -> None:
    thread = await new_thread(client)
    active = await running(client, thread)
    await client.runs.cancel(thread, active, wait=True, action="rollback")
    assert (await client.threads.get(thread))["status"] == "idle"
    assert await client.runs.list(thread) == []
