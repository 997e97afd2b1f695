"""§2.9: the event streaming protocol, version 2, over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.langgraph.protocol_wire import Protocol, ends, of, root_lives

HUMAN = {"messages": [{"type": "human", "content": "hi"}]}


@pytest.fixture
async def protocol(langgraph_url: str) -> AsyncIterator[Protocol]:
    async with httpx.AsyncClient(base_url=langgraph_url, timeout=30) as http:
        yield Protocol(http)


async def test_a_stream_may_be_opened_before_there_is_a_thread(protocol: Protocol) -> None:
    async with protocol.events() as events:
        assert events.response.headers["content-type"].startswith("text/event-stream")
        assert events.response.headers["cache-control"] == "no-store"
        assert (await protocol.http.get(f"/threads/{protocol.thread_id}")).status_code == 404
        run_id = await protocol.start("chat", HUMAN)
        found = await events.to_the_end_of_a_run()
        assert events.beats
        assert root_lives(found) == ["running", "completed"]
        assert found[0]["event_id"].startswith(f"synth:{run_id}:")
        second = await protocol.start("chat", HUMAN)
        more = await events.to_the_end_of_a_run()
    assert more[0]["event_id"].startswith(f"synth:{second}:")
    numbers = [each["seq"] for each in [*found, *more]]
    assert numbers == sorted(set(numbers))
    assert len(of(more, "values")[-1]["messages"]) == 4


async def test_numbers_do_not_depend_on_what_is_asked_for(protocol: Protocol) -> None:
    await protocol.start("nested", HUMAN)
    async with protocol.events() as events:
        everything = {each["event_id"]: each for each in await events.to_the_end_of_a_run()}
    narrow: list[dict[str, Any]] = [
        {"channels": ["lifecycle"]},
        {"channels": ["values", "lifecycle"], "namespaces": [[]], "depth": 0},
        {"channels": ["messages", "lifecycle"]},
    ]
    for asked in narrow:
        async with protocol.events(**asked) as events:
            for each in await events.to_the_end_of_a_run():
                assert everything[each["event_id"]] == each


async def test_since_goes_on_behind_a_number(protocol: Protocol) -> None:
    await protocol.start("chat", HUMAN)
    async with protocol.events() as events:
        found = await events.to_the_end_of_a_run()
    middle = len(found) // 2
    async with protocol.events(since=found[middle]["seq"]) as events:
        assert await events.to_the_end_of_a_run() == found[middle + 1 :]
    answer = await protocol.command("run.start", assistant_id="chat", input=HUMAN)
    through = answer["meta"]["applied_through_seq"]
    assert through >= found[-1]["seq"]
    async with protocol.events(since=through) as events:
        second = await events.to_the_end_of_a_run()
    assert root_lives(second) == ["running", "completed"]
    assert answer["result"]["run_id"] in second[0]["event_id"]


async def test_namespaces_are_prefixes_and_depth_counts_below_them(protocol: Protocol) -> None:
    await protocol.start("nested", HUMAN)
    both = ["values", "lifecycle"]
    async with protocol.events(both, namespaces=[[]], depth=0) as events:
        assert not any(each["params"]["namespace"] for each in await events.to_the_end_of_a_run())
    async with protocol.events(both, namespaces=[[]], depth=1) as events:
        found = await events.to_the_end_of_a_run()
        assert {len(each["params"]["namespace"]) for each in found} == {0, 1}
    async with protocol.events(both, namespaces=[["inner"]]) as events:
        found = await events.until(lambda each: each["params"]["data"].get("event") == "completed")
        assert {len(each["params"]["namespace"]) for each in found} == {1}


async def test_a_question_is_answered_by_input_respond(protocol: Protocol) -> None:
    async with protocol.events(["input", "lifecycle", "values"]) as events:
        await protocol.start("both_ask", {})
        asked = of(await events.to_the_end_of_a_run(), "input.requested")
        assert len(asked) == 2
        ids = [each["interrupt_id"] for each in asked]
        nothing = await protocol.command("input.respond", responses=[])
        assert nothing["error"] == "invalid_argument"
        unknown = await protocol.command(
            "input.respond", namespace=[], interrupt_id="nope", response=1
        )
        assert unknown["error"] == "no_such_interrupt"
        answers = [{"namespace": [], "interrupt_id": each, "response": each[:4]} for each in ids]
        done = await protocol.command("input.respond", responses=answers)
        assert done["type"] == "success", done
        rest = await events.to_the_end_of_a_run()
    assert of(rest, "input.answered") == [{"interrupt_ids": ids}]
    assert root_lives(rest) == ["running", "completed"]
    again = await protocol.command("input.respond", namespace=[], interrupt_id=ids[0], response=1)
    assert again["error"] == "no_such_interrupt"


async def test_an_answer_finds_the_run_configured_as_before(protocol: Protocol) -> None:
    made = await protocol.http.post(
        "/assistants", json={"graph_id": "approval", "context": {"wish": "tea"}}
    )
    assistant_id = made.json()["assistant_id"]
    async with protocol.events(["input", "lifecycle"]) as events:
        await protocol.start(assistant_id, {"amount": 3})
        [asked] = of(await events.to_the_end_of_a_run(), "input.requested")
        done = await protocol.command(
            "input.respond", namespace=[], interrupt_id=asked["interrupt_id"], response=True
        )
        assert done["type"] == "success", done
        assert root_lives(await events.to_the_end_of_a_run()) == ["running", "completed"]
    path = f"/threads/{protocol.thread_id}/runs"
    runs = (await protocol.http.get(path)).json()
    assert [each["kwargs"]["context"] for each in runs] == [{"wish": "tea"}] * 2


async def test_run_start_answers_what_a_thread_waits_for(protocol: Protocol) -> None:
    async with protocol.events(["values", "lifecycle"]) as events:
        await protocol.start("approval", {"amount": 3})
        assert root_lives(await events.to_the_end_of_a_run()) == ["running", "interrupted"]
        await protocol.start("approval", True)
        found = await events.to_the_end_of_a_run()
    assert of(found, "values")[-1] == {"amount": 3, "approved": True, "done": "paid"}


async def test_an_answer_may_change_the_state(protocol: Protocol) -> None:
    async with protocol.events(["values", "lifecycle", "input"]) as events:
        await protocol.start("approval", {"amount": 3})
        question = of(await events.to_the_end_of_a_run(), "input.requested")[0]
        await protocol.command(
            "input.respond",
            namespace=[],
            interrupt_id=question["interrupt_id"],
            response=True,
            update={"amount": 5},
        )
        found = await events.to_the_end_of_a_run()
    assert of(found, "values")[-1]["amount"] == 5


async def test_a_run_may_begin_at_a_checkpoint(protocol: Protocol) -> None:
    async with protocol.events(["values", "checkpoints", "lifecycle"]) as events:
        await protocol.start("chat", HUMAN)
        first = await events.to_the_end_of_a_run()
        start = of(first, "checkpoints")[-1]
        await protocol.start("chat", HUMAN)
        assert len(of(await events.to_the_end_of_a_run(), "values")[-1]["messages"]) == 4
        config = {"configurable": {"checkpoint_id": start["id"]}}
        await protocol.start("chat", HUMAN, config=config)
        forked = await events.to_the_end_of_a_run()
    assert len(of(forked, "values")[-1]["messages"]) == 4
    assert start["id"] in [each.get("parent_id") for each in of(forked, "checkpoints")]
    nowhere = {"configurable": {"checkpoint_id": "1ef4f797-8335-6428-8001-8a1503f9b875"}}
    answer = await protocol.command("run.start", assistant_id="chat", input=HUMAN, config=nowhere)
    assert answer["error"] == "no_such_checkpoint"


async def test_runs_wait_for_each_other_unless_told_otherwise(
    protocol: Protocol, gate: Path
) -> None:
    async with protocol.events(["lifecycle"]) as events:
        first = await protocol.start("slow", {"gate": str(gate)})
        await events.next()
        second = await protocol.start("chat", HUMAN)
        busy = await protocol.command(
            "run.start", assistant_id="chat", input=HUMAN, multitask_strategy="reject"
        )
        assert busy["type"] == "error"
        await asyncio.to_thread(gate.touch)
        found = [
            *await events.to_the_end_of_a_run(),
            *await events.to_the_end_of_a_run(),
        ]
        assert [first in each["event_id"] for each in found] == [True, False, False]
        assert second in found[1]["event_id"]
        third = await protocol.start("slow", {"seconds": 60})
        await events.until(lambda each: third in each["event_id"])
        await protocol.start("chat", HUMAN, multitaskStrategy="interrupt")
        last = [
            *await events.to_the_end_of_a_run(),
            *await events.to_the_end_of_a_run(),
        ]
    assert root_lives(last) == ["interrupted", "running", "completed"]


async def test_a_rolled_back_run_ends_for_those_who_watch_it(protocol: Protocol) -> None:
    async with protocol.events(["lifecycle"]) as events:
        await protocol.start("slow", {"seconds": 60})
        await events.next()
        await protocol.start("chat", HUMAN, multitask_strategy="rollback")
        found = [
            *await events.to_the_end_of_a_run(),
            *await events.to_the_end_of_a_run(),
        ]
    assert root_lives(found) == ["interrupted", "running", "completed"]


async def test_a_failed_run_says_why(protocol: Protocol) -> None:
    async with protocol.events() as events:
        await protocol.start("failing", {"n": 1})
        last = (await events.to_the_end_of_a_run())[-1]["params"]["data"]
    assert last == {"event": "failed", "graph_name": "failing", "error": "boom, as asked"}


async def test_runs_that_were_made_elsewhere_are_told(protocol: Protocol) -> None:
    made = await protocol.http.post("/threads", json={"thread_id": protocol.thread_id})
    assert made.status_code == 200
    async with protocol.events(["values", "lifecycle"]) as events:
        path = f"/threads/{protocol.thread_id}/runs"
        answer = await protocol.http.post(path, json={"assistant_id": "chat", "input": HUMAN})
        assert answer.status_code == 200
        found = await events.to_the_end_of_a_run()
    assert root_lives(found) == ["running", "completed"]
    assert len(of(found, "values")[-1]["messages"]) == 2


async def test_post_threads_id_commands_says_what_is_wrong(protocol: Protocol) -> None:
    path = f"/threads/{protocol.thread_id}/commands"
    for text in ("no json", "[]", '{"method": "run.start"}', '{"id": "x", "method": "a"}'):
        answer = await protocol.http.post(path, content=text)
        assert answer.status_code == 400, text
    codes = {
        "run.start": "invalid_argument",
        "input.respond": "invalid_argument",
        "no.such": "unknown_command",
        "agent.getTree": "no_such_run",
        "subscription.subscribe": "not_supported",
        "state.fork": "invalid_argument",
    }
    for method, code in codes.items():
        answer = await protocol.command(method)
        assert answer["error"] == code, method
        assert answer["message"]
    unknown = await protocol.command("run.start", assistant_id="no_such_graph", input={})
    assert unknown["error"] == "invalid_argument"
    wrong = await protocol.command(
        "run.start", assistant_id="chat", input=HUMAN, multitask_strategy="never"
    )
    assert wrong["error"] == "invalid_argument"
    assert "multitask_strategy" in wrong["message"]


async def test_post_threads_id_stream_events_refuses_a_wrong_subscription(
    protocol: Protocol,
) -> None:
    path = f"/threads/{protocol.thread_id}/stream/events"
    asked: list[Any] = [
        {},
        {"channels": []},
        {"channels": ["nope"]},
        {"channels": ["values"], "depth": -1},
        {"channels": ["values"], "since": "x"},
        {"channels": ["values"], "namespaces": "x"},
    ]
    for each in asked:
        answer = await protocol.http.post(path, json=each)
        assert answer.status_code == 400, each
        assert answer.json()["detail"]
    answer = await protocol.http.post(
        "/threads/no-uuid/stream/events", json={"channels": ["values"]}
    )
    assert answer.status_code in (400, 422)


async def test_state_and_tree_are_read_by_commands(protocol: Protocol, gate: Path) -> None:
    async with protocol.events(["lifecycle", "values"]) as events:
        run_id = await protocol.start("slow", {"gate": str(gate)})
        await events.until(lambda each: each["method"] == "values")
        tree = await protocol.command("agent.getTree")
        assert tree["result"]["tree"]["status"] == "running"
        await asyncio.to_thread(gate.touch)
        await events.until(ends)
    ended = await protocol.command("agent.getTree", run_id=run_id)
    assert ended["result"]["tree"]["status"] == "completed"
    state = await protocol.command("state.get", namespace=[], keys=["log"])
    assert state["result"]["values"] == {"log": ["begun", "waited"]}
    assert state["result"]["checkpoint"]["id"]
    listed = await protocol.command("state.listCheckpoints", limit=2)
    newest, _ = listed["result"]["checkpoints"]
    assert newest["id"] == state["result"]["checkpoint"]["id"]
    nowhere = await protocol.command("state.get", namespace=["nowhere:1"])
    assert nowhere["error"] == "no_such_namespace"
    forked = await protocol.command(
        "state.fork", checkpoint_id=state["result"]["checkpoint"]["id"], input={"seconds": 0}
    )
    assert forked["result"]["thread_id"] == protocol.thread_id
