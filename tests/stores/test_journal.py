"""The journal, its batches, and what reads back: one suite for every database."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from tests.conftest import Reopen, now

from runwire.domain import moves
from runwire.domain.checkpoint import Checkpoint, NextNode
from runwire.domain.errors import AlreadyExists, Conflict, NotAllowed, NotFound
from runwire.domain.event import Custom, LogEntry, NewEvent, OutputChunk
from runwire.domain.outcome import Cancelled, Failed, Interrupted, Succeeded
from runwire.domain.payload import Payload
from runwire.domain.run import Interrupt, Run, RunError, RunId, RunStatus
from runwire.domain.step import Step
from runwire.domain.work import Lease, Progress, Request, Seed, Verdict
from runwire.stores.database import Database
from runwire.stores.events import SqlEventStore
from runwire.stores.journal import SqlJournal
from runwire.stores.retention import SqlRetention
from runwire.stores.runs import SqlRunStore
from runwire.stores.state import SqlStateStore
from runwire.v1.event_pb2 import RunEventBatch

S = RunStatus


def a_run(run_id: str, **changes: object) -> Run:
    at = now()
    values: dict[str, object] = {"run_id": RunId(run_id), "graph_id": "g"}
    return Run(**{**values, "created_at": at, "ready_at": at, **changes})  # type: ignore[arg-type]


def a_seed(run_id: str, request_id: str = "", body: bytes = b"") -> Seed:
    return Seed(run=a_run(run_id), request=Request(request_id=request_id, body_hash=body))


async def claim_one(journal: SqlJournal, worker: str = "w") -> tuple[Run, Lease]:
    [run] = await journal.claim(worker, 1, graphs=["g"], lease_seconds=10)
    return run, Lease(run_id=run.run_id, epoch=run.epoch, worker_id=worker)


def log(message: str) -> NewEvent:
    return NewEvent(at=now(), detail=LogEntry(severity=6, message=message))


@pytest.fixture
def journal(database: Database) -> SqlJournal:
    return SqlJournal(database.writer)


async def test_a_created_run_reads_back_as_it_was(database: Database, reopen: Reopen) -> None:
    run = a_run(
        "a",
        labels={"team": "risk", "ünï": "✓"},
        input=Payload(b'{"n": 123456789012345678901234567890}', metadata={"k": "v"}),
        priority=7,
        timeout_seconds=1.5,
        thread_id="t",
    )
    made = (await SqlJournal(database.writer).create(Seed(run=run))).run
    database.tail.forget(RunId("a"))
    assert await SqlRunStore(database).get(RunId("a")) == made
    given = {"created_at": made.created_at, "ready_at": made.ready_at, "epoch": made.epoch}
    sizes = {"storage_bytes": made.storage_bytes, "event_bytes": made.event_bytes}
    assert replace(run, **given, **sizes, last_sequence=1) == made
    assert made.storage_bytes > len(run.input.data)


async def test_the_answer_means_that_it_is_on_disk(reopen: Reopen) -> None:
    async with reopen() as database:
        await SqlJournal(database.writer).create(a_seed("a"))
    async with reopen() as database:
        assert (await SqlRunStore(database).get(RunId("a"))).status is S.QUEUED


async def test_an_id_is_taken_once(journal: SqlJournal) -> None:
    await journal.create(a_seed("a"))
    with pytest.raises(AlreadyExists, match="run a exists"):
        await journal.create(a_seed("a"))


async def test_the_same_id_at_the_same_instant_is_made_once(journal: SqlJournal) -> None:
    results = await asyncio.gather(
        *(journal.create(a_seed("a")) for _ in range(20)), return_exceptions=True
    )
    refused = [r for r in results if isinstance(r, AlreadyExists)]
    assert len(refused) == 19


async def test_a_repeated_request_gives_the_first_run(journal: SqlJournal) -> None:
    first = await journal.create(a_seed("a", "request", b"body"))
    again = await journal.create(a_seed("b", "request", b"body"))
    assert again.replayed
    assert again.run == first.run
    with pytest.raises(AlreadyExists) as caught:
        await journal.create(a_seed("c", "request", b"other"))
    assert caught.value.reason == "REQUEST_ID_REUSED"


async def test_a_repeated_request_at_the_same_instant_makes_one_run(journal: SqlJournal) -> None:
    made = await asyncio.gather(*(journal.create(a_seed(f"r{n}", "q", b"b")) for n in range(20)))
    assert len({created.run.run_id for created in made}) == 1
    assert sum(not created.replayed for created in made) == 1


async def test_statements_that_the_server_forgets_are_prepared_again(
    database: Database, journal: SqlJournal
) -> None:
    """PostgreSQL's driver has all of them forgotten with a transaction that is undone."""
    leases = []
    for number in range(3):
        await journal.create(a_seed(f"r{number}"))
        leases.append((await claim_one(journal))[1])

    async def progressed(number: int) -> None:
        progress = Progress(number=number, events=(log("so far"),))
        await journal.record(leases[0].run_id, moves.progressed(leases[0], progress))

    await progressed(1)
    if database.kind_name == "postgresql":
        await database.write(lambda connection: connection.execute(text("DEALLOCATE ALL")))
    await journal.record(leases[1].run_id, moves.released(leases[1], "new beside forgotten"))
    await progressed(2)
    await journal.record(leases[2].run_id, moves.released(leases[2], "it is there still"))
    assert (await SqlRunStore(database).get(leases[2].run_id)).status is S.QUEUED


async def test_one_refused_move_does_not_fail_its_batch(journal: SqlJournal) -> None:
    await asyncio.gather(*(journal.create(a_seed(f"r{n}")) for n in range(10)))
    results = await asyncio.gather(
        *(
            journal.record(
                RunId(f"r{n}"),
                moves.cancelled(reason="", etag="wrong" if n == 3 else "", grace_seconds=1),
            )
            for n in range(10)
        ),
        journal.record(RunId("nobody"), moves.cancelled(reason="", etag="", grace_seconds=1)),
        return_exceptions=True,
    )
    assert [type(r) for r in results].count(Run) == 9
    assert isinstance(results[3], Conflict)
    assert isinstance(results[-1], NotFound)


async def test_one_change_that_the_database_refuses_fails_alone(
    journal: SqlJournal, database: Database
) -> None:
    async def break_rules() -> None:
        await database.write(
            lambda c: c.execute(text("UPDATE runs SET status = 'dancing' WHERE run_id = 'r0'"))
        )

    await journal.create(a_seed("r0"))
    results = await asyncio.gather(
        *(journal.create(a_seed(f"r{n}")) for n in range(1, 6)),
        break_rules(),
        *(journal.create(a_seed(f"r{n}")) for n in range(6, 11)),
        return_exceptions=True,
    )
    assert sum(isinstance(r, Exception) for r in results) == 1
    assert isinstance(results[5], Exception)
    for n in range(11):
        assert (await SqlRunStore(database).get(RunId(f"r{n}"))).status is S.QUEUED


async def test_a_caller_that_gives_up_does_not_stop_the_others(
    journal: SqlJournal, database: Database
) -> None:
    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(journal.create(a_seed("a")))
        await asyncio.sleep(0)
        first.cancel()
        await journal.create(a_seed("b"))
    assert (await SqlRunStore(database).get(RunId("a"))).run_id == "a"


async def test_events_are_numbered_without_gaps_whoever_writes(
    journal: SqlJournal, database: Database
) -> None:
    await journal.create(a_seed("a"))
    run, lease = await claim_one(journal)
    await asyncio.gather(
        *(
            journal.record(
                run.run_id,
                moves.progressed(lease, Progress(events=tuple(log(f"{n}.{k}") for k in range(3)))),
            )
            for n in range(40)
        )
    )
    for forget in (False, True):
        if forget:
            database.tail.forget(run.run_id)
        found = await SqlEventStore(database).read(run.run_id, 1, 10**6)
        batch = RunEventBatch.FromString(b"".join(item.body for item in found))
        assert [event.sequence for event in batch.events] == list(range(1, 123))


@pytest.mark.parametrize("forget", [False, True])
async def test_reading_from_any_sequence_gives_what_holds_it(
    journal: SqlJournal, database: Database, forget: bool
) -> None:
    await journal.create(a_seed("a"))
    run, lease = await claim_one(journal)
    for size in (1, 4, 2, 7):
        progress = Progress(events=tuple(log("x") for _ in range(size)))
        await journal.record(run.run_id, moves.progressed(lease, progress))
    if forget:
        database.tail.forget(run.run_id)
    for start in range(1, 17):
        found = await SqlEventStore(database).read(run.run_id, start, 10**6)
        body = b"".join(item.starting_at(start).body for item in found)
        events = RunEventBatch.FromString(body).events
        assert [event.sequence for event in events] == list(range(start, 17))
    assert not await SqlEventStore(database).read(run.run_id, 17, 10**6)


async def test_a_claim_takes_the_first_of_the_highest_priority(journal: SqlJournal) -> None:
    for name, priority in (("low", 0), ("high", 5), ("low2", 0)):
        await journal.create(Seed(run=a_run(name, priority=priority)))
    runs = await journal.claim("w", 2, graphs=["g"], lease_seconds=10)
    assert [run.run_id for run in runs] == ["high", "low"]
    assert all(run.status is S.RUNNING and run.attempt == 1 for run in runs)


async def test_a_run_is_claimed_once_however_many_ask(journal: SqlJournal) -> None:
    await asyncio.gather(*(journal.create(a_seed(f"r{n}")) for n in range(50)))
    claims = await asyncio.gather(
        *(journal.claim(f"w{n}", 5, graphs=["g"], lease_seconds=10) for n in range(20))
    )
    taken = [run.run_id for claim in claims for run in claim]
    assert len(taken) == len(set(taken)) == 50


async def test_graphs_that_a_worker_lacks_stay_in_the_queue(journal: SqlJournal) -> None:
    await journal.create(a_seed("a"))
    await journal.create(Seed(run=a_run("json", graph_id="j", graph_version=1)))
    taken = await journal.claim("w", 5, graphs=["other"], lease_seconds=10)
    assert [run.run_id for run in taken] == ["json"]


async def test_a_lost_lease_commits_nothing(journal: SqlJournal, database: Database) -> None:
    await journal.create(a_seed("a"))
    [run] = await journal.claim("slow", 1, graphs=["g"], lease_seconds=0)
    slow = Lease(run_id=run.run_id, epoch=run.epoch, worker_id="slow")
    taken, lease = await claim_one(journal, "quick")
    assert taken.attempt == 2
    for work in (
        moves.progressed(slow, Progress(events=(log("late"),))),
        moves.settled(slow, Progress(), Succeeded(b"{}")),
        moves.released(slow, "late"),
    ):
        with pytest.raises(Conflict) as caught:
            await journal.record(run.run_id, work)
        assert caught.value.reason == "LEASE_LOST"
    assert await journal.renew([slow, lease], 10) == {run.run_id: Verdict.OK}
    assert await journal.renew([slow], 10) == {run.run_id: Verdict.LOST}


async def test_a_record_that_is_sent_again_counts_once(
    journal: SqlJournal, database: Database
) -> None:
    await journal.create(a_seed("a"))
    run, lease = await claim_one(journal)
    first = Progress(number=1, events=(log("one"),))
    for _ in range(2):
        await journal.record(run.run_id, moves.progressed(lease, first))
    with pytest.raises(Conflict, match="has 1 records of this lease, not 2"):
        await journal.record(run.run_id, moves.progressed(lease, Progress(number=3)))
    last, done = Progress(number=2, events=(log("two"),)), Succeeded(b"{}")
    ended = [await journal.record(run.run_id, moves.settled(lease, last, done)) for _ in range(2)]
    assert ended[0] == ended[1]
    assert ended[0].last_sequence == run.last_sequence + 3


async def test_a_released_run_burns_no_attempt(journal: SqlJournal) -> None:
    await journal.create(a_seed("a"))
    run, lease = await claim_one(journal)
    await journal.record(run.run_id, moves.released(lease, "drain"))
    again, _ = await claim_one(journal)
    assert again.attempt == 1
    assert again.epoch == run.epoch + 2


async def test_what_a_worker_says_behind_its_last_word_is_void(journal: SqlJournal) -> None:
    await journal.create(a_seed("a"))
    run, lease = await claim_one(journal)
    asked = Interrupt(
        interrupt_id="i", node="n", step_id="n:1", index=0, value=b"1", created_at=now()
    )
    await journal.record(run.run_id, moves.settled(lease, Progress(), Interrupted((asked,))))
    for late in (
        moves.progressed(lease, Progress(events=(log("late"),))),
        moves.settled(lease, Progress(), Succeeded(b"{}")),
        moves.released(lease, "late"),
    ):
        with pytest.raises(Conflict, match="nobody holds it"):
            await journal.record(run.run_id, late)
    assert await journal.renew([lease], 10) == {run.run_id: Verdict.LOST}
    await journal.record(run.run_id, moves.resumed(interrupt_id="i", answer=b"1", etag=""))
    assert await journal.renew([lease], 10) == {run.run_id: Verdict.LOST}
    assert (await claim_one(journal, "w2"))[0].last_sequence == 6


async def test_a_lease_of_a_deleted_run_is_void_for_a_later_one_of_that_id(
    journal: SqlJournal,
) -> None:
    await journal.create(a_seed("a"))
    run, lease = await claim_one(journal)
    await journal.record(
        run.run_id,
        moves.settled(lease, Progress(), Failed(RunError(code=9, reason="R", message=""))),
    )
    await journal.delete(run.run_id, "")
    await journal.create(a_seed("a"))
    await claim_one(journal, "w2")
    with pytest.raises(Conflict, match="the lease was for"):
        await journal.record(run.run_id, moves.progressed(lease, Progress()))


async def test_leases_of_workers_known_to_be_gone_end_at_once(journal: SqlJournal) -> None:
    await journal.create(a_seed("a"))
    await claim_one(journal, "embedded/1")
    assert not await journal.claim("w", 1, graphs=["g"], lease_seconds=10)
    await journal.abandon("embedded/")
    run, _ = await claim_one(journal, "embedded/2")
    assert run.attempt == 2


async def test_cancel_while_running_waits_for_the_worker(journal: SqlJournal) -> None:
    await journal.create(a_seed("a"))
    run, lease = await claim_one(journal)
    cancel = moves.cancelled(reason="enough", etag="", grace_seconds=60)
    assert (await journal.record(run.run_id, cancel)).status is S.CANCELLING
    assert await journal.renew([lease], 10) == {run.run_id: Verdict.CANCEL}
    with pytest.raises(Conflict) as caught:
        await journal.record(run.run_id, moves.progressed(lease, Progress(events=(log("x"),))))
    assert caught.value.reason == "RUN_CANCELLING"
    assert await journal.sweep(10) == 0
    ended = await journal.record(run.run_id, moves.settled(lease, Progress(), Cancelled()))
    assert ended.status is S.CANCELLED
    assert (await journal.record(run.run_id, cancel)).revision == ended.revision


async def test_an_overdue_cancellation_is_swept_and_fences_the_worker(journal: SqlJournal) -> None:
    await journal.create(a_seed("a"))
    run, lease = await claim_one(journal)
    await journal.record(run.run_id, moves.cancelled(reason="", etag="", grace_seconds=0))
    assert await journal.sweep(10) == 1
    with pytest.raises(Conflict):
        await journal.record(run.run_id, moves.settled(lease, Progress(), Succeeded(b"{}")))
    assert not await journal.claim("w", 1, graphs=["g"], lease_seconds=10)


async def test_an_ended_run_refuses_to_be_cancelled(journal: SqlJournal) -> None:
    await journal.create(a_seed("a"))
    run, lease = await claim_one(journal)
    await journal.record(run.run_id, moves.settled(lease, Progress(), Succeeded(b"{}")))
    with pytest.raises(NotAllowed) as caught:
        await journal.record(run.run_id, moves.cancelled(reason="", etag="", grace_seconds=0))
    assert caught.value.reason == "RUN_ALREADY_TERMINAL"


async def test_steps_and_checkpoints_read_back(journal: SqlJournal, database: Database) -> None:
    await journal.create(a_seed("a"))
    run, lease = await claim_one(journal)
    states = SqlStateStore(database)
    step = Step(
        run_id=run.run_id, step_id="n:1", superstep=1, node="n", visit=1, attempt=1,
        status=S.RUNNING, started_at=now(),
    )  # fmt: skip
    done = replace(step, status=S.SUCCEEDED, ended_at=now(), update=b'{"a":1}')
    full = Checkpoint(
        run_id=run.run_id, number=0, superstep=0, nodes=(),
        next=(NextNode(node="n"), NextNode(node="m", argument=b"[1]")), visits={"n": 1},
        full=True, body=b'{"a":0,"l":[1]}', created_at=now(),
    )  # fmt: skip
    delta = replace(
        full, number=1, superstep=1, full=False, body=b'{"set":{"a":1},"append":{"l":[2]}}'
    )
    await journal.record(run.run_id, moves.progressed(lease, Progress(steps=(step,))))
    await journal.record(
        run.run_id, moves.progressed(lease, Progress(steps=(done,), checkpoints=(full, delta)))
    )
    assert await states.superstep(run.run_id, 1) == [done]
    assert await states.checkpoint(run.run_id, 0) == (full, {"a": 0, "l": [1]})
    assert await states.checkpoint(run.run_id, 1) == (delta, {"a": 1, "l": [1, 2]})
    with pytest.raises(NotFound, match="no checkpoint 00000002"):
        await states.checkpoint(run.run_id, 2)
    page = await states.checkpoints(run.run_id, 1, "")
    assert [c.number for c in page.items] == [1]
    page = await states.checkpoints(run.run_id, 1, page.next_page_token)
    assert [c.number for c in page.items] == [0]
    assert not page.next_page_token


async def test_deltas_of_ended_runs_are_discarded_and_leave_a_gap(
    journal: SqlJournal, database: Database
) -> None:
    await journal.create(a_seed("a"))
    run, lease = await claim_one(journal)
    chunk = NewEvent(at=now(), detail=OutputChunk(channel="c", payload=Payload(b'"x"')))
    custom = NewEvent(at=now(), detail=Custom(type="t", payload=Payload(b"1")))
    progress = Progress(events=(chunk, chunk, custom, chunk))
    await journal.record(run.run_id, moves.settled(lease, progress, Succeeded(b"{}")))
    retention = SqlRetention(database)
    assert await retention.discard_deltas(now() - timedelta(hours=1), 10) == 0
    assert await retention.discard_deltas(now() + timedelta(hours=1), 10) == 2  # segments
    found = await SqlEventStore(database).read(run.run_id, 1, 10**6)
    assert [(s.first_sequence, s.last_sequence) for s in found] == [(1, 1), (2, 2), (5, 5), (7, 7)]


async def test_a_deleted_run_leaves_nothing(journal: SqlJournal, database: Database) -> None:
    await journal.create(a_seed("a", "request", b""))
    with pytest.raises(NotAllowed, match="cancel it before"):
        await journal.delete(RunId("a"), "")
    await journal.record(RunId("a"), moves.cancelled(reason="", etag="", grace_seconds=0))
    await journal.delete(RunId("a"), "")
    with pytest.raises(NotFound):
        await SqlRunStore(database).get(RunId("a"))
    for table in ("runs", "run_inputs", "segments", "requests", "queue", "run_labels"):
        query = text(f"SELECT count(*) FROM {table}")  # noqa: S608 - our own table names
        assert await database.read(lambda c, q=query: c.execute(q).scalar_one()) == 0


async def test_the_database_refuses_what_the_domain_forbids(database: Database) -> None:
    await SqlJournal(database.writer).create(a_seed("a"))
    for wrong in (
        "UPDATE runs SET status = 'succeeded'",
        "UPDATE runs SET status = 'failed', ended_at = 1",
        "UPDATE runs SET ended_at = 1",
        "UPDATE runs SET last_sequence = 0",
        "UPDATE queue SET worker_id = 'w'",
        "INSERT INTO segments (run_id, first_sequence, last_sequence, delta, final, body)"
        " VALUES ('a', 1, 1, false, false, '')",
    ):
        with pytest.raises(Exception, match="constraint"):
            await database.write(lambda c, sql=wrong: c.execute(text(sql)))


async def test_a_run_claimed_as_it_is_created_begins_with_one_row(
    database: Database, journal: SqlJournal
) -> None:
    async with asyncio.TaskGroup() as tasks:
        claiming = tasks.create_task(
            journal.claim("w", 1, graphs=["g"], lease_seconds=10, wait_seconds=20)
        )
        await asyncio.sleep(0)  # the claim is first: it stands, or is of the same batch
        await journal.create(a_seed("a"))
    [run] = claiming.result()
    rows = await database.read(
        lambda c: c.execute(text("SELECT first_sequence, last_sequence FROM segments")).all()
    )
    assert [tuple(row) for row in rows] == [(1, 2)]
    database.tail.forget(RunId("a"))
    [segment] = await SqlEventStore(database).read(RunId("a"), 2, 1024)
    [event] = RunEventBatch.FromString(segment.starting_at(2).body).events
    assert event.sequence == 2 == run.last_sequence
    stored = await database.read(
        lambda c: c.execute(text("SELECT sum(length(body)) FROM segments")).scalar_one()
    )
    assert run.event_bytes == stored
