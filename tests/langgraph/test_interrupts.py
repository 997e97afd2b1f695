"""Questions of LangGraph graphs: asked, answered, and what they make of runs and threads."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest
from tests.langgraph.served import PATIENCE, Served

from runwire.domain.run import Run, RunId, RunStatus
from runwire.domain.run_options import Durability
from runwire.domain.thread import ThreadId, ThreadStatus

pytestmark = pytest.mark.asyncio(loop_scope="module")

S = RunStatus
ENDS = {"ends_at_interrupt": True, "stream_modes": ("values", "updates")}


async def until_waiting(served: Served, run_id: RunId) -> Run:
    """Wait until a run waits for an answer."""
    async with asyncio.timeout(PATIENCE):
        async for event in served.follow(run_id):
            if event.status_changed.to_status == 3:
                run = await served.parts.runs.get(run_id)
                if run.status is S.INTERRUPTED:
                    return run
    raise AssertionError("it does not wait")


async def answer(served: Served, run: Run, value: Any) -> None:
    (asked,) = run.open_interrupts
    await served.parts.runs.resume(
        run.run_id, interrupt_id=asked.interrupt_id, answer=json.dumps(value).encode(), etag=""
    )


@pytest.mark.parametrize("durability", list(Durability))
async def test_a_question_ends_the_run_and_the_thread_keeps_it(
    served_on_both: Served, durability: Durability
) -> None:
    served, thread_id = served_on_both, str(uuid4())
    ask = {"on_thread": thread_id, "durability": durability, **ENDS}
    run = await served.run("questions", {"log": ["given"]}, **ask)
    assert run.run.status is S.SUCCEEDED
    (asked,) = run.output["__interrupt__"]
    assert asked["value"] == {"question": "one?"}
    assert run.output["log"] == ["given", "before"]
    assert run.told("updates")[-1] == {"__interrupt__": [{**asked, "response_schema": None}]}
    assert run.told("values")[-1]["__interrupt__"][0]["id"] == asked["id"]
    assert "interrupt_raised" in run.kinds
    thread = await served.thread(thread_id)
    assert thread.status is ThreadStatus.INTERRUPTED
    assert list(thread.interrupts.values()) == [[asked]]
    assert json.loads(thread.values or b"") == {"log": ["given", "before"]}

    run = await served.run("questions", None, command={"resume": "yes"}, **ask)
    (asked,) = run.output["__interrupt__"]
    assert asked["value"] == {"question": "two?"}
    run = await served.run("questions", None, command={"resume": {asked["id"]: 2}}, **ask)
    assert run.output == {"log": ["given", "before", "one=yes", "two=2"]}
    thread = await served.thread(thread_id)
    assert thread.status is ThreadStatus.IDLE
    assert not thread.interrupts


async def test_a_run_of_its_own_waits_for_answers_and_goes_on(served_on_both: Served) -> None:
    served = served_on_both
    run_id = await served.create("questions", {"log": []}, stream_modes=("updates",))
    waiting = await until_waiting(served, run_id)
    assert json.loads(waiting.open_interrupts[0].value) == {"question": "one?"}
    assert waiting.open_interrupts[0].node == "ask"
    await answer(served, waiting, "yes")
    async with asyncio.timeout(PATIENCE):
        while True:
            waiting = await served.parts.runs.get(run_id)
            if waiting.open_interrupts and b"two" in waiting.open_interrupts[0].value:
                break
            await asyncio.sleep(0.02)
    await answer(served, waiting, {"any": "thing"})
    run = await served.ended(run_id)
    assert run.run.status is S.SUCCEEDED
    assert run.output == {"log": ["before", "one=yes", "two={'any': 'thing'}"]}
    updates = [each for each in run.told("updates") if "__interrupt__" not in each]
    assert [next(iter(each)) for each in updates] == ["before", "ask"]


async def test_two_questions_at_once_are_answered_by_their_ids(served: Served) -> None:
    thread_id = str(uuid4())
    ask = {"on_thread": thread_id, **ENDS}
    run = await served.run("both_ask", {"log": []}, **ask)
    ids = {each["value"]: each["id"] for each in run.output["__interrupt__"]}
    assert set(ids) == {"left", "right"}
    assert len((await served.thread(thread_id)).interrupts) == 2
    one = await served.run("both_ask", None, command={"resume": {ids["left"]: 1}}, **ask)
    assert [each["value"] for each in one.output["__interrupt__"]] == ["right"]
    assert len((await served.thread(thread_id)).interrupts) == 1
    both = await served.run("both_ask", None, command={"resume": {ids["right"]: 2}}, **ask)
    assert both.output == {"log": ["left=1", "right=2"]}


async def test_a_question_within_a_subgraph_reaches_the_thread(served: Served) -> None:
    thread_id = str(uuid4())
    ask = {"on_thread": thread_id, **ENDS}
    run = await served.run("nested_question", {"log": []}, **ask)
    assert [each["value"] for each in run.output["__interrupt__"]] == ["inner?"]
    assert len((await served.thread(thread_id)).interrupts) == 1
    run = await served.run("nested_question", None, command={"resume": "ok"}, **ask)
    assert run.output["log"][-1] == "inner=ok"


async def test_a_command_updates_and_goes_elsewhere(served: Served) -> None:
    thread_id = str(uuid4())
    ask = {"on_thread": thread_id, **ENDS}
    await served.run("approval", {"amount": 7}, **ask)
    run = await served.run(
        "approval", None, command={"update": {"amount": 8}, "goto": "refuse"}, **ask
    )
    assert run.output["done"] == "refused"
    assert run.output["amount"] == 8
    sending = {"goto": [{"node": "one", "input": {"part": "x"}}]}
    await served.run("fan", {"log": []}, on_thread=(other := str(uuid4())))
    sent = await served.run("fan", None, command=sending, on_thread=other)
    assert sent.output["log"][-1] == "one x"
    assert len(sent.output["log"]) == 5


@pytest.mark.parametrize(("stop", "seen"), [(("second",), {"n": 2}), (("*",), {"n": 1})])
async def test_a_run_stops_before_the_nodes_it_is_asked_to(
    served: Served, stop: tuple[str, ...], seen: dict[str, int]
) -> None:
    thread_id = str(uuid4())
    ask = {"on_thread": thread_id, **ENDS}
    run = await served.run("three_nodes", {"n": 1}, interrupt_before=stop, **ask)
    assert run.run.status is S.SUCCEEDED
    assert {"__interrupt__": []} in run.told("updates")
    thread = await served.thread(thread_id)
    assert thread.status is ThreadStatus.INTERRUPTED
    assert not thread.interrupts
    assert json.loads(thread.values or b"") == seen
    on = await served.run("three_nodes", None, **ask)
    assert on.output == {"n": 7}
    assert (await served.thread(thread_id)).status is ThreadStatus.IDLE


async def test_a_run_stops_after_a_node_and_a_run_of_its_own_asks_for_a_nod(
    served: Served,
) -> None:
    run_id = await served.create("three_nodes", {"n": 1}, interrupt_after=("first",))
    waiting = await until_waiting(served, run_id)
    await answer(served, waiting, None)
    run = await served.ended(run_id)
    assert run.output == {"n": 7}


async def test_a_strict_answer_to_nothing_fails(served: Served) -> None:
    thread_id = str(uuid4())
    await served.run("questions", {"log": []}, on_thread=thread_id, **ENDS)
    wrong = {"0" * 32: 1}
    run = await served.run(
        "questions",
        None,
        command={"resume": wrong},
        strict_resume=True,
        on_thread=thread_id,
        **ENDS,
    )
    assert run.run.error is not None
    assert run.run.error.metadata["error"] == "UnknownInterruptError"


async def test_a_run_forks_from_a_checkpoint(served: Served) -> None:
    thread_id = str(uuid4())
    await served.run("three_nodes", {"n": 1}, on_thread=thread_id)
    states = await served.parts.threading.threads.history(ThreadId(thread_id), limit=10)
    after_first = next(each for each in states if each["values"] == {"n": 2})
    run = await served.run(
        "three_nodes",
        None,
        on_thread=thread_id,
        checkpoint={"checkpoint_id": after_first["checkpoint"]["checkpoint_id"]},
        stream_modes=("updates",),
    )
    assert [next(iter(each)) for each in run.told("updates")] == ["second", "third"]
    assert run.output == {"n": 7}


async def test_a_failure_leaves_the_thread_in_error_with_what_was_done(served: Served) -> None:
    thread_id = str(uuid4())
    await served.run("failing", {"n": 1}, on_thread=thread_id)
    thread = await served.thread(thread_id)
    assert thread.status is ThreadStatus.ERROR
    assert thread.error == {"error": "ValueError", "message": "boom, as asked"}
    assert json.loads(thread.values or b"") == {"n": 2}
    state = await served.parts.threading.threads.state(ThreadId(thread_id))
    assert state["next"] == ["boom"]
    assert state["tasks"][0]["error"] == "ValueError('boom, as asked')"
