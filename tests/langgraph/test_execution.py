"""Runs of LangGraph graphs through a server's own queue, worker and journal."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tests.langgraph.served import Happened, Served

from runwire.domain.quotas import Quotas
from runwire.domain.run import RunStatus
from runwire.domain.run_options import Durability
from runwire.domain.thread_checkpoint import CheckpointRead
from runwire.stores.namespaces import SqlNamespaceStore
from runwire.stores.thread_checkpoints import SqlThreadCheckpoints

pytestmark = pytest.mark.asyncio(loop_scope="module")

S = RunStatus


async def history(served: Served, thread_id: str) -> Sequence[CheckpointRead]:
    store = SqlThreadCheckpoints(served.database)
    return [each async for each in store.list(thread_id, checkpoint_ns="")]


def steps(happened: Happened) -> list[tuple[str, int, str]]:
    """(node, visit, status) of each step's events, in order."""
    return [
        (each.step_changed.node, each.step_changed.visit, each.step_changed.to_status)
        for each in happened.events
        if each.HasField("step_changed")
    ]


@pytest.mark.parametrize("durability", list(Durability))
async def test_a_graph_runs_to_its_end_and_tells_its_values(
    served_on_both: Served, durability: Durability
) -> None:
    run = await served_on_both.run("three_nodes", {"n": 1}, durability=durability)
    assert run.run.status is S.SUCCEEDED
    assert run.output == {"n": 7}
    assert run.told() == [("values", {"n": n}) for n in (1, 2, 4, 7)]
    assert [each.sequence for each in run.events] == list(range(1, len(run.events) + 1))
    saved = await history(served_on_both, run.run.own_thread)
    assert len(saved) == (1 if durability is Durability.EXIT else 5)
    assert {each.checkpoint.run_id for each in saved} == {run.run.run_id}


async def test_steps_and_states_are_told_of_any_graph(served: Served) -> None:
    run = await served.run("fan", {"log": []}, stream_modes=("updates",))
    ran = steps(run)
    assert [name for name, _, status in ran if status == 5] == ["start", "one", "one", "one"]
    assert sorted(visit for name, visit, status in ran if (name, status) == ("one", 5)) == [1, 2, 3]
    updated = [each.state_updated for each in run.events if each.HasField("state_updated")]
    assert [tuple(each.nodes) for each in updated] == [("start",), ("one", "one", "one")]
    assert (await served.parts.states.state(run.run.run_id, "")).values == run.run.output.data  # type: ignore[union-attr]
    page = await served.parts.states.steps(run.run.run_id, page_size=10, page_token="")
    assert [(each.node, each.visit, each.superstep) for each in page.items] == [
        ("start", 1, 1),
        ("one", 1, 2),
        ("one", 2, 2),
        ("one", 3, 2),
    ]
    assert {each.status for each in page.items} == {S.SUCCEEDED}


async def test_a_thread_goes_on_where_the_run_before_has_left_it(served: Served) -> None:
    thread_id = str(uuid4())
    first = await served.run("fan", {"log": ["mine"]}, thread_id=thread_id)
    second = await served.run("fan", {"log": ["again"]}, thread_id=thread_id)
    assert second.output["log"][: len(first.output["log"])] == first.output["log"]
    assert len(second.output["log"]) == 10


async def test_every_stream_mode_is_told_under_its_name(served: Served) -> None:
    modes = ("values", "updates", "debug", "tasks", "checkpoints", "custom")
    run = await served.run("ledger", {"log": []}, stream_modes=modes)
    assert {name for name, _ in run.told()} == set(modes)
    assert [next(iter(each)) for each in run.told("updates")] == [f"node_{n:02}" for n in range(12)]
    assert run.told("custom")[0] == {"at": "node_00"}
    begun, ended = run.told("tasks")[:2]
    assert begun["name"] == "node_00"
    assert begun["input"] == {"log": []}
    assert ended["result"] == {"log": ["node_00"]}
    assert ended["error"] is None
    checkpoint = run.told("checkpoints")[-1]
    assert checkpoint["next"] == []
    assert checkpoint["values"]["log"][-1] == "node_11"
    assert {each["type"] for each in run.told("debug")} == {"checkpoint", "task", "task_result"}


async def test_only_the_modes_asked_for_are_told(served: Served) -> None:
    run = await served.run("three_nodes", {"n": 1}, stream_modes=("updates",))
    assert {name for name, _ in run.told()} == {"updates"}
    assert run.output == {"n": 7}


async def test_tokens_of_a_model_are_told_as_tuples_and_accumulated(served: Served) -> None:
    given = {"messages": [{"role": "user", "content": "six times seven?"}]}
    run = await served.run("agent", given, stream_modes=("messages-tuple", "messages"))
    tuples = run.told("messages")
    assert [each[0]["content"] for each in tuples if each[0]["content"]] == [
        "42",
        "Hello",
        " wor",
        "ld",
    ]
    metadata = tuples[-1][1]
    assert metadata["langgraph_node"] == "agent"
    assert metadata["run_id"] == run.run.run_id
    assert metadata["graph_id"] == "agent"
    partial = [each[0] for each in run.told("messages/partial")]
    assert partial[-1]["content"] == "Hello world"
    assert partial[-1]["type"] == "ai"
    assert partial[1]["tool_calls"][0]["args"] == {"a": 6, "b": 7}
    assert [each[0]["type"] for each in run.told("messages/complete")] == ["tool"]
    assert all(len(each) == 1 for each in run.told("messages/metadata"))
    assert run.output["messages"][-1]["content"] == "Hello world"


async def test_subgraphs_are_told_behind_their_namespace_if_asked_for(served: Served) -> None:
    given = {"messages": [{"role": "user", "content": "hi"}]}
    modes = ("updates", "messages-tuple", "custom")
    run = await served.run("nested", given, stream_modes=modes, stream_subgraphs=True)
    names = [name.partition("|") for name, _ in run.told()]
    inner = {place for _, bar, place in names if bar}
    assert len(inner) == 1
    assert inner.pop().startswith("inner:")
    assert {mode for mode, bar, _ in names if bar} == {"updates", "messages", "custom"}
    assert [mode for mode, bar, _ in names if not bar] == ["updates"]
    without = await served.run("nested", given, stream_modes=modes)
    assert [name for name, _ in without.told()] == ["messages", "messages", "updates"]
    assert [each[0]["content"] for each in without.told("messages")] == ["Hello world", "nod"]


async def test_langchains_own_events_are_told(served: Served) -> None:
    run = await served.run("three_nodes", {"n": 1}, stream_modes=("events", "values"))
    kinds = {each["event"] for each in run.told("events")}
    assert {"on_chain_start", "on_chain_end", "on_chain_stream"} <= kinds
    assert run.told("values")[-1] == {"n": 7}
    assert run.output == {"n": 7}


async def test_what_json_does_not_know_is_told_as_something_it_does(served: Served) -> None:
    run = await served.run("odd", {}, stream_modes=("values", "custom"))
    assert run.told("custom") == [{"nan": None, "object": None, "huge": 2**70, "5": "five"}]
    assert run.output == {"odd": {"set": [1], "nan": None, "bytes": "YWJj", "huge": "2**70"}}


async def test_what_a_node_raises_is_the_runs_error(served_on_both: Served) -> None:
    thread_id = str(uuid4())
    run = await served_on_both.run(
        "failing", {"n": 1}, thread_id=thread_id, stream_modes=("values", "tasks")
    )
    assert run.run.status is S.FAILED
    assert run.run.error is not None
    assert run.run.error.reason == "NODE_FAILED"
    assert run.run.error.message == "boom, as asked"
    assert run.run.error.metadata["error"] == "ValueError"
    assert run.run.error.metadata["node"] == "boom"
    assert run.told("tasks")[-1]["error"] == {"error": "ValueError", "message": "boom, as asked"}
    assert steps(run)[-1][0] == "boom"
    assert steps(run)[-1][2] == 6


async def test_a_recursion_limit_ends_a_loop(served: Served) -> None:
    run = await served.run("endless", {"n": 0}, config={"recursion_limit": 5})
    assert run.run.error is not None
    assert run.run.error.metadata["error"] == "GraphRecursionError"
    assert "Recursion limit of 5" in run.run.error.message


async def test_a_run_without_input_and_state_fails_as_the_library_says(served: Served) -> None:
    run = await served.run("three_nodes", None)
    assert run.run.error is not None
    assert run.run.error.metadata["error"] == "EmptyInputError"


async def test_nodes_are_told_whose_run_they_are_of(served: Served) -> None:
    run = await served.run(
        "told",
        {},
        thread_id=(thread_id := str(uuid4())),
        assistant_id="an-assistant",
        context={"wish": "tea"},
        metadata={"of": "mine"},
        config={"tags": ["one"], "configurable": {"flavour": "green", "__pregel_x": 1}},
        user={"identity": "ann", "permissions": ["read"], "team": "blue"},
    )
    seen = run.output["seen"]
    configurable = seen["configurable"]
    assert configurable["run_id"] == run.run.run_id
    assert configurable["thread_id"] == thread_id
    assert configurable["graph_id"] == "told"
    assert configurable["assistant_id"] == "an-assistant"
    assert configurable["flavour"] == "green"
    assert configurable["user_id"] == configurable["langgraph_auth_user_id"] == "ann"
    assert configurable["langgraph_auth_user"]["team"] == "blue"
    assert configurable["langgraph_auth_permissions"] == ["read"]
    assert seen["metadata"]["of"] == "mine"
    assert seen["tags"] == ["one"]
    assert seen["context"] == {"wish": "tea"}
    saved = (await history(served, thread_id))[0].checkpoint
    assert saved.metadata["run_id"] == run.run.run_id
    assert saved.metadata["graph_id"] == "told"
    assert saved.metadata["assistant_id"] == "an-assistant"
    assert saved.metadata["of"] == "mine"


async def test_a_namespace_keeps_its_threads_to_itself(served: Served) -> None:
    await SqlNamespaceStore(served.database).add("blue", "", Quotas())
    thread_id = str(uuid4())
    mine = await served.run("fan", {"log": ["mine"]}, thread_id=thread_id)
    whole = f"blue/{thread_id}"
    theirs = await served.run("fan", {"log": ["theirs"]}, thread_id=whole, namespace="blue")
    assert mine.output["log"][0] == "mine"
    assert theirs.output["log"][0] == "theirs"
    assert len(await history(served, whole)) == len(await history(served, thread_id))
    again = await served.run("fan", {"log": []}, thread_id=whole, namespace="blue")
    assert again.output["log"][0] == "theirs"


async def test_nodes_keep_what_outlives_their_threads_in_the_store(
    served_on_both: Served,
) -> None:
    runs = [
        await served_on_both.run("remembering", {"n": 0}, thread_id=str(uuid4())) for _ in range(3)
    ]
    assert [each.output for each in runs] == [{"n": 1}, {"n": 2}, {"n": 3}]


async def test_a_run_that_takes_too_long_fails(served: Served) -> None:
    run = await served.run("slow", {"seconds": 30}, timeout_seconds=0.3)
    assert run.run.error is not None
    assert run.run.error.reason == "RUN_TIMEOUT"
    assert run.run.error.metadata["error"] == "TimeoutError"


@pytest.mark.parametrize("threaded", [False, True])
async def test_a_cancelled_run_ends_and_its_node_with_it(
    served: Served, tmp_path: Path, threaded: bool
) -> None:
    given = {"log": [], "seconds": 30, "threaded": threaded, "gate": str(tmp_path / "gate")}
    run_id = await served.create("slow", given, stream_modes=("custom",))
    await served.until(run_id, "custom")
    await served.parts.runs.cancel(run_id, reason="enough", etag="")
    run = await served.ended(run_id)
    (tmp_path / "gate").touch()  # lets the thread end
    assert run.run.status is S.CANCELLED


async def test_parallel_nodes_are_told_as_each_ends(served: Served, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    given = {"log": [], "ledger": str(tmp_path / "ledger"), "gate": str(gate)}
    run_id = await served.create("parallel", given, stream_modes=("updates",))
    early = await served.until(run_id, "updates")
    assert not gate.exists()
    assert next(iter(early.told("updates")[0])) in ("quick", "quicker")
    gate.touch()
    run = await served.ended(run_id)
    assert [next(iter(each)) for each in run.told("updates")][-2:] == ["slow", "last"]


async def test_forty_runs_at_once_all_come_to_their_end(served_on_both: Served) -> None:
    async def one(number: int) -> Any:
        run_id = await served_on_both.create("three_nodes", {"n": number})
        run = await served_on_both.parts.runs.wait(run_id, timeout_seconds=20)
        return json.loads(run.output.data)["n"] if run.output else run.error

    async with asyncio.TaskGroup() as tasks:
        made = [tasks.create_task(one(number)) for number in range(40)]
    assert [each.result() for each in made] == [(n + 1) * 2 + 3 for n in range(40)]


async def test_nothing_of_a_run_without_a_thread_is_left_once_it_is_deleted(
    served_on_both: Served,
) -> None:
    run = await served_on_both.run("three_nodes", {"n": 1})
    assert await history(served_on_both, run.run.own_thread)
    await served_on_both.parts.runs.delete(run.run.run_id, etag="")
    assert not await history(served_on_both, run.run.own_thread)
