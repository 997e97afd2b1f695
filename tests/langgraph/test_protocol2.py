"""Runs that speak the event streaming protocol: what they record, and what is told of it."""

import json
from collections.abc import AsyncIterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.langgraph import graphs
from tests.langgraph.served import Happened, Served, serving

from runwire.http.langgraph.tape import Tape
from runwire.v1 import event_pb2
from runwire.v1.run_pb2 import RUN_STATUS_RUNNING

GRAPHS = {
    "agent": graphs.agent,
    "approval": graphs.approval,
    "both_ask": graphs.both_ask,
    "nested": graphs.nested,
    "nested_question": graphs.nested_question,
    "failing": graphs.failing,
    "slow": graphs.slow,
}
OPTIONS: dict[str, Any] = {"protocol": 2, "ends_at_interrupt": True}
HUMAN = {"messages": [{"role": "user", "content": "6 times 7?"}]}


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path, GRAPHS) as served:
        yield served


def told(happened: Happened) -> list[dict[str, Any]]:
    """The events of the protocol, each as it is sent."""
    tape = Tape(happened.run)
    return [json.loads(said.json()) for event in happened.events for said in tape.read(event)]


def of(events: Sequence[dict[str, Any]], method: str) -> list[Any]:
    return [each["params"]["data"] for each in events if each["method"] == method]


def lives(events: Sequence[dict[str, Any]]) -> list[tuple[str, int]]:
    """What happened to which depth of graphs."""
    return [
        (each["params"]["data"]["event"], len(each["params"]["namespace"]))
        for each in events
        if each["method"] == "lifecycle"
    ]


def chunk(event: event_pb2.RunEvent) -> bytes:
    return event.output_chunk.payload.data


async def test_tokens_come_in_blocks_of_a_message(served: Served) -> None:
    events = told(await served.run("agent", HUMAN, **OPTIONS))
    assert lives(events) == [("running", 0), ("completed", 0)]
    messages = of(events, "messages")
    assert messages[0]["event"] == "message-start"
    assert messages[0]["metadata"]["langgraph_node"]
    ids = list(dict.fromkeys(each["id"] for each in messages))
    assert len(ids) == 2
    last = [each for each in messages if each["id"] == ids[1]]
    assert [each["event"] for each in last][-2:] == ["content-block-finish", "message-finish"]
    text = "".join(each["delta"].get("text", "") for each in last if "delta" in each)
    values = of(events, "values")
    assert text
    assert values[-1]["messages"][-1]["content"][0]["text"] == text
    assert [each["event"] for each in of(events, "tools")] == ["tool-started", "tool-finished"]


async def test_numbers_grow_and_ids_are_the_same_whenever_they_are_read(served: Served) -> None:
    happened = await served.run("agent", HUMAN, **OPTIONS)
    events, again = told(happened), told(happened)
    numbers = [each["seq"] for each in events]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] < 2**53
    assert len({each["event_id"] for each in events}) == len(events)
    assert events == again
    later = told(await served.run("agent", HUMAN, **OPTIONS))
    assert later[0]["seq"] > numbers[-1]


async def test_a_checkpoint_comes_before_the_values_in_it(served: Served) -> None:
    happened = await served.run("agent", HUMAN, **OPTIONS)
    events = [each for each in told(happened) if each["method"] in ("checkpoints", "values")]
    steps = [each["params"]["data"] for each in events if each["method"] == "checkpoints"]
    assert all(step["parent_id"] for step in steps[1:])
    for before, each in pairwise(events):
        if each["method"] == "values":
            assert before["method"] == "checkpoints"


async def test_a_question_is_asked_once_where_it_was_asked(served: Served) -> None:
    happened = await served.run("nested_question", {"text": "?"}, **OPTIONS)
    events = told(happened)
    asked = [each for each in events if each["method"] == "input.requested"]
    assert len(asked) == 1
    assert len(asked[0]["params"]["namespace"]) == 1
    question = asked[0]["params"]["data"]
    assert question["payload"] == question["value"]
    assert lives(events) == [
        ("running", 0),
        ("started", 1),
        ("interrupted", 1),
        ("interrupted", 0),
    ]
    assert asked[0]["seq"] < events[-1]["seq"]


async def test_every_question_is_asked(served: Served) -> None:
    events = told(await served.run("both_ask", {}, **OPTIONS))
    assert len({each["interrupt_id"] for each in of(events, "input.requested")}) == 2


async def test_questions_are_kept_longer_than_what_was_streamed(served: Served) -> None:
    happened = await served.run("approval", {"amount": 3}, **OPTIONS)
    kept = [each for each in happened.events if not each.HasField("output_chunk")]
    events = told(Happened(happened.run, kept))
    assert of(events, "input.requested") == of(told(happened), "input.requested")
    assert [each["method"] for each in events] == ["lifecycle", "input.requested", "lifecycle"]


async def test_subgraphs_are_told_apart_by_namespaces(served: Served) -> None:
    events = told(await served.run("nested", HUMAN, **OPTIONS))
    assert ("started", 1) in lives(events)
    assert ("completed", 1) in lives(events)
    deep = [each for each in events if each["method"] == "values" and each["params"]["namespace"]]
    assert deep


async def test_a_failure_says_why(served: Served) -> None:
    events = told(await served.run("failing", {}, **OPTIONS))
    assert events[-1]["method"] == "lifecycle"
    last = events[-1]["params"]["data"]
    assert last["event"] == "failed"
    assert last["error"]
    assert "Traceback" not in last["error"]


async def test_a_cancelled_run_is_interrupted_with_all_that_was_under_way(served: Served) -> None:
    run_id = await served.create("slow", {"seconds": 60}, **OPTIONS)
    await served.until(run_id, "v2:custom")
    await served.parts.runs.cancel(run_id, reason="", etag="")
    events = told(await served.ended(run_id))
    assert lives(events)[0] == ("running", 0)
    assert lives(events)[-1] == ("interrupted", 0)


async def test_what_authors_write_is_custom(served: Served) -> None:
    events = told(await served.run("nested", HUMAN, **OPTIONS))
    assert of(events, "custom") == [{"inner": "speaks"}]
    assert [list(each) for each in of(events, "updates")] == [["speak"], ["nod"], ["inner"]]


async def test_runs_of_the_older_protocol_are_translated(served: Served) -> None:
    happened = await served.run(
        "approval", {"amount": 3}, stream_modes=("values", "updates"), ends_at_interrupt=True
    )
    events = told(happened)
    assert lives(events) == [("running", 0), ("interrupted", 0)]
    assert of(events, "values")[0] == {"amount": 3}
    assert all("__interrupt__" not in each for each in of(events, "values"))
    assert of(events, "input.requested")[0]["payload"] == {"amount": 3}


async def test_another_attempt_ends_what_the_lost_one_left_open(served: Served) -> None:
    happened = await served.run("nested", HUMAN, **OPTIONS)
    start = next(n for n, each in enumerate(happened.events) if b"-start" in chunk(each))
    lost = happened.events[: start + 1]
    began = next(each for each in lost if each.status_changed.to_status == RUN_STATUS_RUNNING)
    again = event_pb2.RunEvent()
    again.CopyFrom(began)
    again.sequence = lost[-1].sequence + 1
    again.status_changed.attempt = 2
    events = told(Happened(happened.run, [*lost, again]))
    begun = of(events, "messages")[0]
    assert events[-2]["params"]["data"] | {"message": ""} == {
        "event": "error",
        "id": begun["id"],
        "run_id": begun["run_id"],
        "message": "",
    }
    assert events[-2]["params"]["namespace"] != []
    assert lives(events)[-1] == ("running", 0)


async def test_a_deleted_run_ends(served: Served) -> None:
    happened = await served.run("nested", HUMAN, **OPTIONS)
    tape = Tape(happened.run)
    events = [
        json.loads(said.json())
        for event in happened.events
        if not event.HasField("status_changed") or event.status_changed.attempt
        if b'"completed"' not in chunk(event)
        for said in tape.read(event)
    ]
    end = [json.loads(said.json()) for said in tape.vanish(events[-1]["params"]["timestamp"])]
    assert lives(end) == [("interrupted", 1), ("interrupted", 0)]
    assert events[-1]["seq"] < end[0]["seq"] < end[1]["seq"]
    assert tape.vanish(0) == ()
