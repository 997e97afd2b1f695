"""Runs that come to a thread: what becomes of them and of the others, in one transaction."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from tests.conftest import now
from tests.stores.threading_runs import Threads, a_seed, a_thread

from runwire.app.watch import Batch, Started, Watch
from runwire.bus.memory import MemoryBus
from runwire.domain.errors import AlreadyExists, Conflict, NotFound
from runwire.domain.outcome import Failed, Interrupted
from runwire.domain.run import Interrupt, OnEnd, RunError, RunId
from runwire.domain.thread import Multitask, ThreadChange, ThreadStatus
from runwire.domain.work import Created, Request
from runwire.stores.database import Database
from runwire.stores.events import SqlEventStore
from runwire.stores.storage import storage_by_graph
from runwire.stores.tables import queue
from runwire.v1.event_pb2 import RunEventBatch
from runwire.v1.run_pb2 import RUN_STATUS_CANCELLED

M = Multitask


@pytest.fixture
def threads(database: Database) -> Threads:
    return Threads(database)


async def ended(database: Database) -> dict[str, int]:
    """How many runs of each final status the sums tell of."""
    found = await database.read(lambda connection: storage_by_graph(connection, None))
    known = {each.status: each.runs for graph in found for each in graph.statuses}
    return {status.value: count for status, count in known.items() if status.final and count}


def asked() -> Interrupt:
    return Interrupt(interrupt_id="i", node="n", step_id="s", index=0, value=b"1", created_at=now())


async def test_a_run_makes_its_thread_and_adds_to_its_metadata(threads: Threads) -> None:
    name = a_thread()
    await threads.create("a", name, metadata={"graph_id": "g", "owner": "x"})
    made = await threads.store.get(name)
    assert made.metadata == {"graph_id": "g", "owner": "x"}
    assert (made.graph_id, made.status, made.values) == ("g", ThreadStatus.BUSY, None)
    await threads.create("b", name, metadata={"assistant_id": "s", "owner": "y"})
    found = await threads.store.get(name)
    assert found.metadata == {"graph_id": "g", "owner": "y", "assistant_id": "s"}
    assert found.created_at == made.created_at


async def test_a_run_that_wants_its_thread_to_be_there_is_refused(threads: Threads) -> None:
    name = a_thread()
    with pytest.raises(NotFound) as refused:
        await threads.create("a", name, create=False)
    assert refused.value.reason == "THREAD_NOT_FOUND"
    with pytest.raises(NotFound):
        await threads.runs.get(RunId("a"))


async def test_a_thread_is_busy_while_a_run_goes_on_and_then_what_that_left(
    threads: Threads,
) -> None:
    name = a_thread()
    await threads.create("a", name)
    assert await threads.status(name) == "busy"
    [run] = await threads.claim()
    assert await threads.status(name) == "busy"
    left = ThreadChange(
        status=ThreadStatus.INTERRUPTED, values=b'{"n":1}', interrupts={"t": [{"id": "i"}]}
    )
    await threads.settle(run, thread=left)
    found = await threads.store.get(name)
    assert (found.status, found.values) == (ThreadStatus.INTERRUPTED, b'{"n":1}')
    assert found.interrupts == {"t": [{"id": "i"}]}
    assert found.state_updated_at is not None
    await threads.create("b", name)
    [run] = await threads.claim()
    await threads.settle(run, Failed(RunError(code=2, reason="BROKEN", message="no")))
    found = await threads.store.get(name)
    assert (found.status, found.values) == (ThreadStatus.ERROR, b'{"n":1}')
    assert found.error == {"error": "BROKEN", "message": "no"}


async def test_of_fifty_runs_at_once_that_may_not_share_a_thread_one_comes(
    threads: Threads,
) -> None:
    name = a_thread()
    seeds = [a_seed(f"r{i}", name, M.REJECT) for i in range(50)]
    answers = await threads.create_all(seeds)
    refused = [each for each in answers if isinstance(each, Conflict)]
    assert len([each for each in answers if isinstance(each, Created)]) == 1
    assert {each.reason for each in refused} == {"THREAD_BUSY"}
    assert len(refused) == 49
    assert len(await threads.statuses(name)) == 1


async def test_a_refusal_does_not_spoil_what_shares_its_transaction(threads: Threads) -> None:
    busy, others = a_thread(), [a_thread() for _ in range(20)]
    await threads.create("first", busy)
    seeds = [a_seed(f"r{i}", other, M.REJECT) for i, other in enumerate(others)]
    answers = await threads.create_all([*seeds, a_seed("late", busy, M.REJECT), *()])
    assert [type(each) for each in answers] == [Created] * 20 + [Conflict]


async def test_runs_of_a_thread_wait_for_each_other_in_order(threads: Threads) -> None:
    name, other = a_thread(), a_thread()
    for word in "abc":
        await threads.create(word, name)
    await threads.create("z", other)
    seen = []
    for _ in range(3):
        found = await threads.claim()
        seen.append([run.run_id for run in found])
        for run in found:
            await threads.settle(run)
    assert seen == [["a", "z"], ["b"], ["c"]]
    assert await threads.status(name) == "idle"


async def test_interrupting_cancels_what_goes_on_and_what_waits(threads: Threads) -> None:
    name = a_thread()
    await threads.create("a", name)
    await threads.create("b", name)
    [held] = await threads.claim()
    await threads.create("c", name, M.INTERRUPT)
    assert await threads.statuses(name) == {"a": "cancelling", "b": "cancelled", "c": "queued"}
    assert await threads.idle()
    await threads.let_go(held)
    found = await threads.store.get(name)
    assert found.status is ThreadStatus.BUSY
    assert found.error is not None
    assert found.error["error"] == "UserInterrupt"
    [run] = await threads.claim()
    assert run.run_id == "c"
    await threads.settle(run)
    assert (await threads.store.get(name)).error is None


async def test_rolling_back_leaves_nothing_of_the_others(
    threads: Threads, database: Database
) -> None:
    name = a_thread()
    await threads.create("done", name)
    [run] = await threads.claim()
    kept = ThreadChange(status=ThreadStatus.INTERRUPTED, values=b'{"n":1}', interrupts={"t": []})
    await threads.settle(run, thread=kept)
    await threads.create("a", name)
    await threads.create("b", name)
    [held] = await threads.claim()
    await threads.create("c", name, M.ROLLBACK)
    # Its own callers do not see what somebody wants gone.
    assert await threads.statuses(name) == {"c": "queued", "done": "succeeded"}
    assert (await threads.runs.get(RunId("a"))).on_end is OnEnd.ROLL_BACK
    with pytest.raises(NotFound):
        await threads.runs.get(RunId("b"))
    await threads.let_go(held)
    with pytest.raises(NotFound):
        await threads.runs.get(RunId("a"))
    found = await threads.store.get(name)
    assert (found.values, found.error, found.interrupts) == (b'{"n":1}', None, {"t": []})
    assert await ended(database) == {"succeeded": 1}


async def test_a_run_that_waits_for_an_answer_gives_way_to_any_other(threads: Threads) -> None:
    name = a_thread()
    await threads.create("a", name)
    [run] = await threads.claim()
    await threads.settle(run, Interrupted((asked(),)))
    assert await threads.status(name) == "interrupted"
    await threads.create("b", name, M.REJECT)
    assert await threads.statuses(name) == {"a": "cancelled", "b": "queued"}


async def test_a_repeated_creation_is_answered_however_busy_the_thread_is(
    threads: Threads,
) -> None:
    name = a_thread()
    seed = replace(a_seed("a", name, M.REJECT), request=Request(request_id="q", body_hash=b"h"))
    again = [await threads.journal.create(seed) for _ in range(2)]
    assert [each.replayed for each in again] == [False, True]


async def test_a_taken_run_id_changes_nothing_of_the_thread(threads: Threads) -> None:
    name, other = a_thread(), a_thread()
    await threads.create("a", other)
    await threads.create("b", name)
    with pytest.raises(AlreadyExists):
        await threads.create("a", name, M.ROLLBACK, metadata={"k": 1})
    assert await threads.statuses(name) == {"b": "queued"}
    assert (await threads.store.get(name)).metadata == {}


async def test_who_cancels_before_a_run_has_begun_leaves_the_thread_as_it_was(
    threads: Threads,
) -> None:
    name = a_thread()
    await threads.create("a", name)
    await threads.cancel("a", on_end=OnEnd.KEEP)
    found = await threads.store.get(name)
    assert (found.status, found.error) == (ThreadStatus.IDLE, None)


async def test_rolling_back_can_be_asked_for_after_cancelling(threads: Threads) -> None:
    name = a_thread()
    await threads.create("a", name)
    [held] = await threads.claim()
    await threads.cancel("a", on_end=OnEnd.KEEP)
    await threads.cancel("a", on_end=OnEnd.ROLL_BACK)
    with pytest.raises(NotFound):  # for callers it is gone
        await threads.cancel("a", on_end=OnEnd.ROLL_BACK)
    await threads.let_go(held)
    assert (await threads.store.get(name)).status is ThreadStatus.IDLE
    with pytest.raises(NotFound):
        await threads.runs.get(RunId("a"))
    with pytest.raises(NotFound):
        await threads.settle(held)


async def test_a_run_that_does_not_let_go_is_undone_by_the_sweeper(
    threads: Threads, database: Database
) -> None:
    name = a_thread()
    await threads.create("a", name)
    await threads.claim()
    await threads.cancel("a", on_end=OnEnd.DELETE, grace_seconds=0.0)
    assert await threads.journal.sweep(10) == 1
    with pytest.raises(NotFound):
        await threads.runs.get(RunId("a"))
    assert await ended(database) == {}
    found = await threads.store.get(name)
    assert (found.status, found.error) == (
        ThreadStatus.INTERRUPTED,
        {"error": "UserInterrupt", "message": "because"},
    )


async def test_a_run_that_is_alone_on_its_thread_waits_for_nothing(
    threads: Threads, database: Database
) -> None:
    name = a_thread()

    async def gates() -> dict[str, str | None]:
        query = select(queue.c.run_id, queue.c.waits_for)
        return await database.read(
            lambda c: {row.run_id: row.waits_for for row in c.execute(query)}
        )

    await threads.create("a", name)
    assert await gates() == {"a": None}
    seeds = [a_seed(word, name, M.INTERRUPT if word == "d" else M.ENQUEUE) for word in "bcd"]
    await threads.create_all(seeds)
    assert len(await threads.claim()) == 1
    await threads.create("e", name)
    assert (await gates())["e"] == f"key:thread:{name}"


async def test_who_watches_a_run_that_is_undone_sees_how_it_ended(
    threads: Threads, database: Database
) -> None:
    name, bus = a_thread(), MemoryBus()
    await threads.create("a", name)
    [held] = await threads.claim()
    await threads.cancel("a", on_end=OnEnd.ROLL_BACK)
    watch = Watch(runs=threads.runs, events=SqlEventStore(database), bus=bus, now=now)
    messages = watch.watch(RunId("a"))
    assert isinstance(await anext(messages), Started)
    assert isinstance(await anext(messages), Batch)
    await threads.let_go(held)
    bus.wake_all(["a"])
    last = await anext(messages)
    assert isinstance(last, Batch)
    [event] = RunEventBatch.FromString(last.body).events
    assert event.status_changed.to_status == RUN_STATUS_CANCELLED
    with pytest.raises(NotFound):
        await anext(messages)


async def test_a_run_whose_time_has_not_come_keeps_its_thread_busy(threads: Threads) -> None:
    name = a_thread()
    await threads.create("a", name, run={"start_delay_seconds": 3600.0})
    assert await threads.status(name) == "busy"
    await threads.create("b", name)
    [run] = await threads.claim()
    assert run.run_id == "b"
