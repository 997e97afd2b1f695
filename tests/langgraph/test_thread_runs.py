"""Threads and their runs through the app, with real graphs, over both databases."""

import asyncio
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tests.langgraph.served import Served

from runwire.app.configured import configured
from runwire.app.runs import NewRun
from runwire.app.thread_runs import NewThreadRun, ThreadRuns
from runwire.app.threads import Threads
from runwire.clock import now
from runwire.domain.assistant import Assistant, AssistantId, own_assistant_id
from runwire.domain.caller import ANYBODY, Caller
from runwire.domain.errors import (
    AlreadyExists,
    Conflict,
    Denied,
    Error,
    Invalid,
    NotFound,
)
from runwire.domain.payload import Payload
from runwire.domain.run import OnEnd, Run, RunId, RunStatus
from runwire.domain.run_options import RunOptions
from runwire.domain.thread import Multitask, Thread, ThreadId, ThreadStatus
from runwire.domain.work import Created
from runwire.stores.thread_checkpoints import SqlThreadCheckpoints

pytestmark = pytest.mark.asyncio(loop_scope="module")

S, T, M = RunStatus, ThreadStatus, Multitask


class Driver:
    """What a caller does."""

    def __init__(self, served: Served, directory: Path) -> None:
        self.served = served
        self.directory = directory
        self.threads: Threads = served.parts.threading.threads
        self.runs: ThreadRuns = served.parts.threading.thread_runs

    async def thread(self, **metadata: Any) -> ThreadId:
        made = await self.threads.create(ANYBODY, metadata=metadata)
        return made.thread_id

    async def start(
        self,
        graph: str,
        given: Any = None,
        thread_id: str = "",
        multitask: Multitask = M.ENQUEUE,
        *,
        caller: Caller = ANYBODY,
        options: dict[str, Any] | None = None,
        **more: Any,
    ) -> Run:
        said = {"ends_at_interrupt": True, "stream_modes": ("custom",), **(options or {})}
        new = NewThreadRun(
            assistant=graph,
            thread_id=thread_id,
            input=None if given is None else Payload(json.dumps(given).encode()),
            options=RunOptions(multitask=multitask, **said),
            **more,
        )
        return (await self.runs.create(new, caller)).run

    async def ended(self, run: Run) -> Run:
        return (await self.served.ended(run.run_id)).run

    async def run(self, *how: Any, **more: Any) -> Run:
        return await self.ended(await self.start(*how, **more))

    async def get(self, thread_id: str) -> Thread:
        return await self.threads.get(ThreadId(thread_id))

    async def values(self, thread_id: str) -> Any:
        state = await self.threads.state(ThreadId(thread_id))
        return state["values"]

    async def waiting(self, thread_id: str) -> tuple[Run, Path]:
        """Start a run that waits in its second node for a file; return it once it does."""
        gate = self.directory / str(uuid4())
        run = await self.start("slow", {"log": [], "gate": str(gate)}, thread_id)
        await self.served.until(run.run_id, "custom")
        return run, gate


@pytest.fixture
def driver(served_on_both: Served, tmp_path: Path) -> Driver:
    return Driver(served_on_both, tmp_path)


async def test_runs_of_a_thread_share_its_state(driver: Driver) -> None:
    name = await driver.thread(owner="x")
    first = await driver.run("three_nodes", {"n": 1}, name)
    assert (first.status, first.thread_id) == (S.SUCCEEDED, name)
    thread = await driver.get(name)
    assert thread.status is T.IDLE
    assert json.loads(thread.values or b"") == {"n": 7}
    own = own_assistant_id("three_nodes")
    assert thread.metadata == {"owner": "x", "graph_id": "three_nodes", "assistant_id": own}
    assert first.options is not None
    known = {"graph_id": "three_nodes", "assistant_id": own}
    assert first.options.metadata == {"created_by": "system", "owner": "x", **known}
    await driver.run("three_nodes", {"n": 10}, name)
    assert await driver.values(name) == {"n": 25}
    history = await driver.threads.history(name, limit=100)
    assert len(history) == 10
    runs = await driver.runs.find(name)
    assert [run.status for run in runs] == [S.SUCCEEDED] * 2
    assert runs[1].run_id == first.run_id


async def test_a_thread_that_is_not_there_is_told_or_made(driver: Driver) -> None:
    name = str(uuid4())
    with pytest.raises(NotFound) as missing:
        await driver.start("three_nodes", {"n": 1}, name)
    assert missing.value.reason == "THREAD_NOT_FOUND"
    run = await driver.run("three_nodes", {"n": 1}, name, create_thread=True)
    assert run.thread_id == name
    for wrong, reason in (("nobody", "ASSISTANT_NOT_FOUND"), (str(uuid4()), "ASSISTANT_NOT_FOUND")):
        with pytest.raises(NotFound) as missing:
            await driver.start(wrong, {"n": 1}, name)
        assert missing.value.reason == reason
    with pytest.raises(NotFound) as missing:
        await driver.start(
            "three_nodes", None, name, options={"checkpoint": {"checkpoint_id": "none"}}
        )
    assert missing.value.reason == "CHECKPOINT_NOT_FOUND"
    with pytest.raises((Denied, NotFound)):
        await driver.start("three_nodes", {"n": 1}, name, caller=Caller(graphs=("slow",)))
    assert len(await driver.runs.find(ThreadId(name))) == 1


async def test_a_thread_waits_for_an_answer_and_goes_on(driver: Driver) -> None:
    name = await driver.thread()
    run = await driver.run("approval", {"amount": 5.0}, name)
    assert run.status is S.SUCCEEDED
    thread = await driver.get(name)
    assert thread.status is T.INTERRUPTED
    [[asked]] = thread.interrupts.values()
    assert asked["value"] == {"amount": 5.0}
    await driver.run("approval", None, name, options={"command": {"resume": True}})
    thread = await driver.get(name)
    assert (thread.status, thread.interrupts) == (T.IDLE, {})
    assert (await driver.values(name))["done"] == "paid"


async def test_a_run_that_fails_leaves_its_error(driver: Driver) -> None:
    name = await driver.thread()
    run = await driver.run("failing", {}, name)
    assert run.status is S.FAILED
    thread = await driver.get(name)
    assert thread.status is T.ERROR
    assert thread.error is not None
    assert set(thread.error) == {"error", "message"}


async def test_rejected_enqueued_and_interrupting(driver: Driver) -> None:
    name = await driver.thread()
    run, gate = await driver.waiting(name)
    assert (await driver.get(name)).status is T.BUSY
    with pytest.raises(Conflict) as busy:
        await driver.start("slow", {"log": ["x"]}, name, M.REJECT)
    assert busy.value.reason == "THREAD_BUSY"
    with pytest.raises(Conflict):
        await driver.threads.update_state(name, values={"log": ["x"]})
    behind = await driver.start("slow", {"log": ["behind"]}, name)
    gate.touch()
    assert (await driver.ended(run)).status is S.SUCCEEDED
    assert (await driver.ended(behind)).status is S.SUCCEEDED
    assert await driver.values(name) == {
        "log": ["begun", "waited", "behind", "begun", "waited"],
        "gate": str(gate),
    }
    run, gate = await driver.waiting(name)
    taken = await driver.start("slow", {"log": ["taken"], "gate": ""}, name, M.INTERRUPT)
    assert (await driver.ended(run)).status is S.CANCELLED
    assert (await driver.ended(taken)).status is S.SUCCEEDED
    # What the other had done stays.
    assert (await driver.values(name))["log"][-4:] == ["begun", "taken", "begun", "waited"]
    assert (await driver.get(name)).status is T.IDLE


async def test_a_run_that_is_rolled_back_was_never_there(driver: Driver) -> None:
    name = await driver.thread()
    await driver.run("slow", {"log": ["first"]}, name)
    before = await driver.threads.history(name, limit=100)
    run, _ = await driver.waiting(name)
    assert len(await driver.threads.history(name, limit=100)) > len(before)
    later = await driver.start("slow", {"log": ["later"]}, name, M.ROLLBACK)
    with pytest.raises(NotFound):
        await driver.runs.get(name, run.run_id)
    assert (await driver.ended(later)).status is S.SUCCEEDED
    with pytest.raises(NotFound):
        await driver.served.parts.runs.get(run.run_id)
    assert (await driver.values(name))["log"] == ["first", "begun", "waited", "later", "begun",
                                                  "waited"]  # fmt: skip
    # By cancelling, too, also of a thread's first run.
    name = await driver.thread()
    run, _ = await driver.waiting(name)
    await driver.runs.cancel(name, run.run_id, on_end=OnEnd.ROLL_BACK)
    await gone(driver, run.run_id)
    assert await driver.threads.history(name, limit=100) == []
    assert (await driver.get(name)).status is T.IDLE
    with pytest.raises(NotFound):
        await driver.runs.cancel(name, run.run_id)


async def gone(driver: Driver, run_id: RunId) -> None:
    """Wait until a run is no more."""
    async with asyncio.timeout(20):
        while True:
            try:
                await driver.served.parts.runs.wait(run_id, timeout_seconds=1)
            except NotFound:
                return


async def test_a_cancelled_run_leaves_its_thread_interrupted(driver: Driver) -> None:
    name = await driver.thread()
    run, _ = await driver.waiting(name)
    await driver.runs.cancel(name, run.run_id, reason="enough")
    assert (await driver.ended(run)).status is S.CANCELLED
    thread = await driver.get(name)
    assert (thread.status, thread.error) == (
        T.INTERRUPTED,
        {"error": "UserInterrupt", "message": "enough"},
    )
    state = await driver.threads.state(name)
    assert (state["next"], state["values"]["log"]) == (["wait"], ["begun"])
    assert json.loads(thread.values or b"") == state["values"]


async def test_what_gives_way_leaves_its_values(driver: Driver) -> None:
    name = await driver.thread()
    await driver.run("slow", {"log": ["first"]}, name)
    run, _ = await driver.waiting(name)
    failing = await driver.start("failing", {"n": 1}, name, M.INTERRUPT)
    assert (await driver.ended(run)).status is S.CANCELLED
    assert (await driver.ended(failing)).status is S.FAILED
    run, _ = await driver.waiting(name)
    await driver.runs.cancel(name, run.run_id)
    await driver.ended(run)
    thread = await driver.get(name)
    log = json.loads(thread.values or b"")["log"]
    assert log == ["first", "begun", "waited", "begun", "begun"]
    assert log == (await driver.values(name))["log"]


async def test_a_thread_that_is_deleted_takes_its_run_with_it(driver: Driver) -> None:
    name = await driver.thread()
    run, _ = await driver.waiting(name)
    await driver.threads.delete(name)
    for missing in (driver.get(name), driver.threads.state(name), driver.runs.find(name)):
        with pytest.raises(NotFound):
            await missing
    with pytest.raises(NotFound):
        await driver.served.parts.runs.get(run.run_id)
    # The worker has room for others.
    assert (await driver.run("three_nodes", {"n": 1}, name, create_thread=True)).output
    assert await driver.values(name) == {"n": 7}


async def test_what_a_run_without_a_thread_saves_goes_with_its_end(driver: Driver) -> None:
    run = await driver.run("three_nodes", {"n": 1})
    assert run.thread_id == ""
    with pytest.raises(NotFound):
        await driver.get(run.run_id)
    assert (await driver.runs.get(ThreadId(run.run_id), run.run_id)).status is S.SUCCEEDED
    checkpoints = SqlThreadCheckpoints(driver.served.database)
    assert await checkpoints.read(run.own_thread, "") is None
    slow, gate = await driver.waiting("")
    assert await checkpoints.read(slow.own_thread, "") is not None
    gate.touch()
    assert (await driver.ended(slow)).checkpoint_bytes == 0
    assert await checkpoints.read(slow.own_thread, "") is None
    kept = await driver.run("three_nodes", {"n": 1}, keep_thread=True)
    assert await driver.values(kept.thread_id) == {"n": 7}
    asked = [str(uuid4())] * 2
    again = [await driver.start("three_nodes", {"n": 1}, request_id=each) for each in asked]
    assert again[0].run_id == again[1].run_id


async def test_several_runs_are_created_at_once(driver: Driver) -> None:
    names = [await driver.thread() for _ in range(2)]
    new = [
        NewThreadRun(assistant="three_nodes", thread_id=name, input=Payload(b'{"n":%d}' % n))
        for n in range(3)
        for name in names
    ]
    made = await driver.runs.create_many(new, ANYBODY)
    assert [each.run.thread_id for each in made] == [each.thread_id for each in new]
    for each in made:
        assert (await driver.ended(each.run)).status is S.SUCCEEDED
    assert [await driver.values(name) for name in names] == [{"n": 9}] * 2
    wrong = NewThreadRun(assistant="nobody", input=Payload(b"{}"))
    with pytest.raises(NotFound):
        await driver.runs.create_many([new[0], wrong], ANYBODY)
    assert len(await driver.runs.find(ThreadId(names[0]))) == 3


async def test_many_runs_are_cancelled_by_status_or_by_name(driver: Driver) -> None:
    caller = Caller(namespace="default")
    name, other = await driver.thread(), await driver.thread()
    run, _ = await driver.waiting(name)
    behind = [await driver.start("three_nodes", {"n": 1}, name) for _ in range(3)]
    plain = await driver.served.parts.runs.create(
        NewRun(graph_id="three_nodes", start_delay_seconds=3600.0, labels={"k": "v"})
    )
    assert await driver.runs.cancel_many(caller, thread_id=other, run_ids=[run.run_id]) == 0
    assert await driver.runs.cancel_many(caller, thread_id=name, run_ids=[behind[0].run_id]) == 1
    assert await driver.runs.cancel_many(caller, statuses=[S.QUEUED]) == 2
    # Of no thread, so none of these.
    assert (await driver.served.parts.runs.get(plain.run.run_id)).status is S.QUEUED
    assert await driver.runs.cancel_many(caller, statuses=[S.RUNNING], on_end=OnEnd.ROLL_BACK) == 1
    assert await driver.runs.cancel_many(caller, statuses=[S.QUEUED, S.RUNNING]) == 0
    await gone(driver, run.run_id)
    assert {each.status for each in await driver.runs.find(name)} == {S.CANCELLED}


async def test_a_run_that_goes_on_can_be_deleted(driver: Driver) -> None:
    name = await driver.thread()
    done = await driver.run("three_nodes", {"n": 1}, name)
    await driver.runs.delete(name, done.run_id)
    run, _ = await driver.waiting(name)
    await driver.runs.delete(name, run.run_id)
    assert await driver.runs.find(name) == []
    await gone(driver, run.run_id)
    assert (await driver.get(name)).status is not T.BUSY
    with pytest.raises(NotFound):
        await driver.runs.delete(name, run.run_id)


async def test_a_run_of_later_can_be_cancelled_before(driver: Driver) -> None:
    name = await driver.thread()
    run = await driver.start("three_nodes", {"n": 1}, name, after_seconds=3600.0)
    assert (run.ready_at - run.created_at).total_seconds() == 3600
    assert (await driver.get(name)).status is T.BUSY
    await driver.runs.cancel(name, run.run_id)
    assert (await driver.get(name)).status is T.IDLE


async def test_state_is_changed_copied_and_begun_with(driver: Driver) -> None:
    name = await driver.thread()
    assert (await driver.threads.state(name))["checkpoint"] is None
    assert await driver.threads.history(name) == ()
    with pytest.raises(Invalid) as wrong:
        await driver.threads.update_state(name, values={"n": 1})
    assert wrong.value.reason == "THREAD_WITHOUT_GRAPH"
    await driver.run("three_nodes", {"n": 1}, name)
    made = await driver.threads.update_state(name, values={"n": 100})
    assert made["checkpoint_id"]
    assert json.loads((await driver.get(name)).values or b"") == {"n": 100}
    copy = await driver.threads.copy(name, ANYBODY)
    assert await driver.values(copy.thread_id) == {"n": 100}
    await driver.run("three_nodes", {"n": 1}, copy.thread_id)
    assert await driver.values(name) == {"n": 100}
    begun = await driver.threads.create(
        ANYBODY,
        metadata={"graph_id": "three_nodes"},
        supersteps=[[{"values": {"n": 5}, "as_node": "__start__"}]],
    )
    assert await driver.values(begun.thread_id) == {"n": 5}
    assert await driver.threads.prune([name, copy.thread_id], keep_latest=True) == 2
    assert len(await driver.threads.history(name)) == 1
    assert await driver.values(name) == {"n": 100}


async def test_filters_hide_threads_of_others(driver: Driver) -> None:
    mine = {"owner": str(uuid4())}
    name = (await driver.threads.create(ANYBODY, metadata=mine)).thread_id
    other = {"owner": "nobody"}
    assert (await driver.threads.get(name, also=mine)).thread_id == name
    for hidden in (
        driver.threads.get(name, also=other),
        driver.threads.delete(name, also=other),
        driver.threads.update(name, metadata={"a": 1}, also=other),
        driver.threads.copy(name, ANYBODY, also=other),
        driver.start("three_nodes", {"n": 1}, name, also=other),
        driver.start("three_nodes", {"n": 1}, name, also=other, create_thread=True),
    ):
        with pytest.raises(NotFound):
            await hidden
    with pytest.raises(AlreadyExists):
        await driver.threads.create(ANYBODY, thread_id=name, if_exists="do_nothing", also=other)
    found = await driver.threads.find(ANYBODY, metadata=mine)
    assert ([each.thread_id for each in found.items], found.total) == ([name], 1)
    assert (await driver.threads.find(ANYBODY, metadata=mine, also=other)).total == 0
    run = await driver.run("three_nodes", {"n": 1}, name, also=mine)
    assert run.status is S.SUCCEEDED


async def test_fifty_runs_at_once_that_may_not_share_a_thread(driver: Driver) -> None:
    name = await driver.thread()

    async def one() -> Created | Error:
        try:
            new = NewThreadRun(
                assistant="three_nodes",
                thread_id=name,
                input=Payload(b'{"n":1}'),
                options=RunOptions(multitask=M.REJECT),
                after_seconds=3600.0,
            )
            return await driver.runs.create(new, ANYBODY)
        except Error as error:
            return error

    async with asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(one()) for _ in range(50)]
    kinds = sorted(type(task.result()).__name__ for task in asked)
    assert kinds == ["Conflict"] * 49 + ["Created"]


async def test_a_run_that_knows_of_no_threads_comes_to_one_all_the_same(driver: Driver) -> None:
    """As CreateRun over gRPC asks for runs."""
    create = driver.served.parts.runs.create
    name = str(uuid4())
    given = Payload(b'{"amount":1.0}')
    first = (await create(NewRun(graph_id="approval", input=given, thread_id=name))).run
    assert (first.concurrency_key, first.concurrency_limit) == (f"thread:{name}", 1)
    async with asyncio.timeout(20):
        while (await driver.served.parts.runs.get(first.run_id)).status is not S.INTERRUPTED:
            await asyncio.sleep(0.01)
    thread = await driver.get(name)
    assert (thread.status, thread.graph_id) == (T.INTERRUPTED, "approval")
    second = (await create(NewRun(graph_id="approval", input=given, thread_id=name))).run
    assert (await driver.served.parts.runs.get(first.run_id)).status is S.CANCELLED
    assert second.options is not None
    with pytest.raises(Invalid):
        await create(NewRun(graph_id="approval", thread_id=name, concurrency_key="k"))
    alone = await driver.served.ended(
        (await create(NewRun(graph_id="three_nodes", input=Payload(b'{"n":1}')))).run.run_id
    )
    assert (alone.run.thread_id, alone.output) == ("", {"n": 7})


async def test_an_assistant_says_what_a_run_does_not() -> None:
    at = now()
    assistant = Assistant(
        assistant_id=AssistantId("a"),
        graph_id="g",
        config={"tags": ["x"], "recursion_limit": 5, "configurable": {"model": "m", "k": 1}},
        context={"lang": "en"},
        created_at=at,
        updated_at=at,
    )
    said = RunOptions(config={"tags": ["y"], "configurable": {"k": 2}}, context={"tone": "dry"})
    meant = configured(said, assistant)
    assert meant.assistant_id == "a"
    assert meant.config == {
        "tags": ["x", "y"],
        "recursion_limit": 5,
        "configurable": {"model": "m", "k": 2},
    }
    assert meant.context == {"lang": "en", "tone": "dry"}
    assert configured(RunOptions(), assistant).context == {"lang": "en"}


async def test_a_resumed_run_that_is_rolled_back_leaves_what_was_asked(driver: Driver) -> None:
    name = await driver.thread()
    gate = driver.directory / str(uuid4())
    await driver.run("asking_twice", {"log": [], "gate": str(gate)}, name)
    await driver.run("asking_twice", None, name, options={"command": {"resume": "a"}})
    before = await driver.threads.state(name)
    assert [each["value"] for each in before["interrupts"]] == ["two?"]
    saved = SqlThreadCheckpoints(driver.served.database)
    asked = await saved.read(name, "")
    again = {"options": {"command": {"resume": "undone"}}}
    resumed = await driver.start("asking_twice", None, name, **again)
    await driver.served.until(resumed.run_id, "custom")
    await driver.runs.cancel(name, resumed.run_id, on_end=OnEnd.ROLL_BACK)
    await gone(driver, resumed.run_id)
    thread = await driver.get(name)
    assert thread.status is T.INTERRUPTED
    [[question]] = thread.interrupts.values()
    assert question["value"] == "two?"
    assert await driver.threads.state(name) == before
    assert await saved.read(name, "") == asked
    # Also when another takes its place.
    resumed = await driver.start("asking_twice", None, name, **again)
    await driver.served.until(resumed.run_id, "custom")
    gate.touch()
    last = await driver.run(
        "asking_twice", None, name, M.ROLLBACK, options={"command": {"resume": "b"}}
    )
    assert last.status is S.SUCCEEDED
    assert await driver.values(name) == {"log": ["one=a", "two=b"], "gate": str(gate)}
