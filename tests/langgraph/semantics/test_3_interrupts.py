"""§2.4 and §3.5: interrupts, commands, checkpoints, forks, durability, what runs are given."""

from typing import Any

import httpx
import pytest
from langgraph_sdk.client import LangGraphClient
from tests.langgraph.semantics.asking import ended, new_thread, parts_of


async def test_an_interrupt_ends_the_run_with_success_and_the_thread_waits(
    client: LangGraphClient,
) -> None:
    thread = await new_thread(client)
    found = await client.runs.wait(thread, "asks", input={})
    assert found["trail"] == ["before"]
    assert found["__interrupt__"][0]["value"] == {"question": "well?"}
    assert [run["status"] for run in await client.runs.list(thread)] == ["success"]
    kept = await client.threads.get(thread)
    assert kept["status"] == "interrupted"
    ((task_id, asked),) = kept["interrupts"].items()
    assert asked[0]["value"] == {"question": "well?"}
    state = await client.threads.get_state(thread)
    assert state["next"] == ["ask"]
    assert state["tasks"][0]["id"] == task_id
    assert state["tasks"][0]["interrupts"][0]["id"] == found["__interrupt__"][0]["id"]


async def test_the_stream_tells_of_an_interrupt_in_values_and_updates(
    client: LangGraphClient,
) -> None:
    thread = await new_thread(client)
    modes: Any = ["values", "updates"]
    found = await parts_of(client.runs.stream(thread, "asks", input={}, stream_mode=modes))
    last = {event: data for event, data in found if event != "end"}
    assert last["values"]["__interrupt__"][0]["value"] == {"question": "well?"}
    assert last["updates"]["__interrupt__"][0]["value"] == {"question": "well?"}


async def test_resume_takes_a_value(client: LangGraphClient) -> None:
    thread = await new_thread(client)
    await client.runs.wait(thread, "asks", input={})
    found = await client.runs.wait(thread, "asks", command={"resume": {"well": True}})
    assert found["answer"] == {"well": True}
    assert found["trail"] == ["before", "ask", "after"]
    kept = await client.threads.get(thread)
    assert (kept["status"], kept["interrupts"]) == ("idle", {})


async def test_resume_takes_an_answer_by_interrupt_id(client: LangGraphClient) -> None:
    thread = await new_thread(client)
    found = await client.runs.wait(thread, "asks_twice", input={})
    ids = {asked["value"]: asked["id"] for asked in found["__interrupt__"]}
    answers = {ids["left"]: "L", ids["right"]: "R"}
    found = await client.runs.wait(thread, "asks_twice", command={"resume": answers})
    assert sorted(found["trail"]) == ["left=L", "right=R"]


async def test_resume_with_nothing_waiting_does_nothing(client: LangGraphClient) -> None:
    thread = await new_thread(client)
    await client.runs.wait(thread, "adds", input={})
    await client.runs.wait(thread, "adds", command={"resume": "what?"})
    assert [run["status"] for run in await client.runs.list(thread)] == ["success"] * 2
    state = await client.threads.get_state(thread)
    assert state["values"]["trail"] == ["first", "second", "third"]


async def test_a_command_can_update_and_go_elsewhere(client: LangGraphClient) -> None:
    thread = await new_thread(client)
    await client.runs.wait(thread, "adds", input={})
    found = await client.runs.wait(
        thread, "adds", command={"update": {"trail": ["x"]}, "goto": "third"}
    )
    assert found["trail"] == ["first", "second", "third", "x", "third"]
    send = {"node": "third", "input": {"n": 100}}
    found = await client.runs.wait(thread, "adds", command={"goto": [send]})
    assert found["n"] == 101


async def test_interrupt_before_and_after_stop_there_and_null_goes_on(
    client: LangGraphClient,
) -> None:
    thread = await new_thread(client)
    found = await client.runs.wait(thread, "adds", input={}, interrupt_before=["second"])
    assert found["trail"] == ["first"]
    assert (await client.threads.get(thread))["status"] == "interrupted"
    found = await client.runs.wait(thread, "adds", input=None, interrupt_after=["second"])
    assert found["trail"] == ["first", "second"]
    found = await client.runs.wait(thread, "adds", input=None)
    assert found["trail"] == ["first", "second", "third"]
    assert (await client.threads.get(thread))["status"] == "idle"


async def test_interrupt_after_every_node(client: LangGraphClient) -> None:
    thread = await new_thread(client)
    for count in (1, 2, 3):
        given: Any = {} if count == 1 else None
        found = await client.runs.wait(thread, "adds", input=given, interrupt_after="*")
        assert len(found["trail"]) == count
    assert [run["status"] for run in await client.runs.list(thread)] == ["success"] * 3


async def test_a_checkpoint_id_forks_the_thread(client: LangGraphClient) -> None:
    thread = await new_thread(client)
    await client.runs.wait(thread, "adds", input={})
    history = await client.threads.get_history(thread)
    after_first = next(state for state in history if state["values"].get("n") == 1)
    chosen = after_first["checkpoint"]["checkpoint_id"]
    found = await client.runs.wait(thread, "adds", input=None, checkpoint_id=chosen)
    assert found["trail"] == ["first", "second", "third"]
    found = await client.runs.wait(
        thread, "adds", input={"trail": ["again"]}, checkpoint=after_first["checkpoint"]
    )
    assert found["trail"] == ["first", "again", "first", "second", "third"]


async def test_the_state_can_be_changed_as_if_a_node_had(client: LangGraphClient) -> None:
    thread = await new_thread(client)
    await client.runs.wait(thread, "asks", input={})
    await client.threads.update_state(thread, {"answer": "mine"}, as_node="ask")
    state = await client.threads.get_state(thread)
    assert state["next"] == ["after"]
    found = await client.runs.wait(thread, "asks", input=None)
    assert (found["answer"], found["trail"]) == ("mine", ["before", "after"])


@pytest.mark.parametrize(("durability", "count"), [("sync", 5), ("async", 5), ("exit", 1)])
async def test_durability_says_how_many_checkpoints_there_are(
    client: LangGraphClient, durability: Any, count: int
) -> None:
    thread = await new_thread(client)
    await client.runs.wait(thread, "adds", input={}, durability=durability)
    assert len(await client.threads.get_history(thread, limit=100)) == count


async def test_if_not_exists_rejects_or_creates(client: LangGraphClient) -> None:
    unknown = "6f0a7d2e-52c1-4bd4-8f5e-0d1b64ac6a11"
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        await client.runs.wait(unknown, "adds", input={})
    found = await client.runs.wait(unknown, "adds", input={}, if_not_exists="create")
    assert found["n"] == 3
    assert (await client.threads.get(unknown))["status"] == "idle"


async def test_an_unknown_assistant_is_refused(client: LangGraphClient) -> None:
    thread = await new_thread(client)
    with pytest.raises(httpx.HTTPStatusError, match=r"404|422"):
        await client.runs.wait(thread, "no_such_graph", input={})
    assert await client.runs.list(thread) == []


async def test_after_seconds_waits_before_it_begins(client: LangGraphClient) -> None:
    thread = await new_thread(client)
    run = await client.runs.create(thread, "adds", input={}, after_seconds=1)
    now = (await client.threads.get(thread))["created_at"]
    assert run["created_at"] > now
    assert (await ended(client, thread, run["run_id"]))["status"] == "success"


async def test_a_stateless_run_leaves_no_thread(client: LangGraphClient) -> None:
    before = await client.threads.count()
    found = await client.runs.wait(None, "adds", input={})
    assert found["trail"] == ["first", "second", "third"]
    assert await client.threads.count() == before


async def test_a_stateless_run_can_keep_its_thread(client: LangGraphClient) -> None:
    run = await client.runs.create(None, "adds", input={}, on_completion="keep")
    await client.runs.join(run["thread_id"], run["run_id"])
    state = await client.threads.get_state(run["thread_id"])
    assert state["values"]["n"] == 3


async def test_metadata_of_a_run_goes_to_its_checkpoints(client: LangGraphClient) -> None:
    thread = str((await client.threads.create(metadata={"who": "me"}))["thread_id"])
    await client.runs.wait(thread, "adds", input={}, metadata={"why": "test"})
    kept = await client.threads.get(thread)
    assert kept["metadata"]["graph_id"] == "adds"
    assert kept["metadata"]["assistant_id"]
    newest = await client.threads.get_state(thread)
    assert newest["metadata"]["why"] == "test"
    assert newest["metadata"]["step"] == 3
    assert (await client.runs.list(thread))[0]["metadata"]["why"] == "test"


async def test_a_run_is_told_who_and_what_it_is(client: LangGraphClient) -> None:
    thread = await new_thread(client)
    run = await client.runs.create(
        thread,
        "shows",
        input={},
        config={"tags": ["blue"], "configurable": {"flavour": "mint"}},
    )
    seen: Any = (await client.runs.join(thread, run["run_id"]))["seen"]  # type: ignore[call-overload]
    told = seen["configurable"]
    assert told["thread_id"] == thread
    assert told["run_id"] == run["run_id"]
    assert told["graph_id"] == "shows"
    assert told["assistant_id"] == run["assistant_id"]
    assert told["flavour"] == "mint"
    assert seen["tags"] == ["blue"]


async def test_context_reaches_the_runtime(client: LangGraphClient) -> None:
    found: Any = await client.runs.wait(None, "shows", input={}, context={"flavour": "rum"})
    assert found["seen"]["context"] == {"flavour": "rum"}


async def test_an_assistant_configures_its_runs(client: LangGraphClient) -> None:
    made = await client.assistants.create("shows", context={"flavour": "plum"})
    found: Any = await client.runs.wait(None, made["assistant_id"], input={})
    assert found["seen"]["context"] == {"flavour": "plum"}


async def test_too_many_steps_are_an_error(client: LangGraphClient) -> None:
    thread = await new_thread(client)
    found: Any = await client.runs.wait(
        thread, "loops", input={}, config={"recursion_limit": 5}, raise_error=False
    )
    assert found["__error__"]["error"] == "GraphRecursionError"
    assert (await client.threads.get(thread))["status"] == "error"
