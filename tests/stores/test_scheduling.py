"""Queues, delays and limits, as the journal keeps them: one suite for every database."""

import asyncio
from datetime import timedelta
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, select, update
from tests.conftest import Reopen, now
from tests.stores.queueing import a_run, claim, create, ids, lease_of, limited, settle

from runwire.domain import moves
from runwire.domain.outcome import Interrupted
from runwire.domain.run import Interrupt, Run
from runwire.domain.work import Progress
from runwire.stores import claiming, gates, taken
from runwire.stores.database import Database
from runwire.stores.gates import OFFER_SECONDS
from runwire.stores.journal import SqlJournal
from runwire.stores.tables import queue


@pytest.fixture
def journal(database: Database) -> SqlJournal:
    return SqlJournal(database.writer)


async def test_a_worker_takes_runs_of_its_queues_only(journal: SqlJournal) -> None:
    await create(journal, a_run("a"), a_run("b", queue="gpu"), a_run("c", queue="mail"))
    assert ids(await claim(journal, queues=("gpu",))) == ["b"]
    assert ids(await claim(journal, queues=("gpu",))) == []
    assert set(ids(await claim(journal, queues=("", "mail")))) == {"a", "c"}


async def test_priority_counts_across_the_queues_of_a_worker(journal: SqlJournal) -> None:
    await create(
        journal,
        a_run("low", priority=1),
        a_run("high", queue="gpu", priority=9),
        a_run("middle", priority=5),
    )
    assert ids(await claim(journal, 2, queues=("", "gpu"))) == ["high", "middle"]


async def test_a_claim_that_stands_is_given_only_what_its_worker_takes(
    journal: SqlJournal,
) -> None:
    async with asyncio.TaskGroup() as tasks:
        gpu = tasks.create_task(claim(journal, queues=("gpu",), wait_seconds=5))
        plain = tasks.create_task(claim(journal, wait_seconds=5))
        await claim(journal)  # behind the others, so they stand now
        await create(journal, a_run("a"))
        assert ids(await plain) == ["a"]
        assert not gpu.done()
        await create(journal, a_run("b", queue="gpu"))
        assert ids(await gpu) == ["b"]


async def test_what_one_worker_finds_empty_another_does_not(journal: SqlJournal) -> None:
    await create(journal, a_run("b", queue="gpu"), a_run("c", graph_id="h"))
    for _ in range(2):
        assert ids(await claim(journal, graphs=("g",))) == []
    assert ids(await claim(journal, graphs=("h",))) == ["c"]
    assert ids(await claim(journal, queues=("gpu",))) == ["b"]


@pytest.mark.parametrize("after", ["claim", "create"])
async def test_a_delayed_run_is_taken_when_its_time_comes(journal: SqlJournal, after: str) -> None:
    """However the worker waits: it stands before the run is created, or finds it."""
    delay = a_run("a", start_delay_seconds=0.4)
    began = monotonic()
    if after == "create":
        await create(journal, delay)
    async with asyncio.TaskGroup() as tasks:
        taken = tasks.create_task(claim(journal, wait_seconds=5))
        await claim(journal)
        if after == "claim":
            began = monotonic()
            await create(journal, delay)
        [run] = await taken
    assert 0.35 <= monotonic() - began < 0.4 + 0.25
    assert run.run_id == "a"


async def test_delayed_runs_come_in_turn_and_in_bulk(journal: SqlJournal) -> None:
    await create(journal, *(a_run(f"r{n}", start_delay_seconds=2) for n in range(50)))
    await create(journal, a_run("later", start_delay_seconds=3600))
    assert await claim(journal) == []
    assert len(await claim(journal, 100, wait_seconds=5)) == 50
    assert await claim(journal) == []


async def test_a_delay_survives_a_restart(reopen: Reopen) -> None:
    async with reopen() as database:
        await create(SqlJournal(database.writer), a_run("a", start_delay_seconds=0.5))
    async with reopen() as database:
        journal = SqlJournal(database.writer)
        assert await claim(journal) == []
        assert ids(await claim(journal, wait_seconds=5)) == ["a"]


async def test_a_key_holds_no_more_than_its_limit(journal: SqlJournal) -> None:
    await create(journal, *(limited(f"r{n}", limit=2) for n in range(5)))
    first = await claim(journal)
    assert ids(first) == ["r0", "r1"]
    assert await claim(journal) == []
    await settle(journal, first[0])
    assert ids(await claim(journal)) == ["r2"]
    await settle(journal, first[1])
    assert ids(await claim(journal)) == ["r3"]


async def test_each_run_brings_its_own_limit_to_the_count_of_its_key(journal: SqlJournal) -> None:
    await create(journal, limited("a", limit=1))
    [held] = await claim(journal)
    await create(journal, limited("b", limit=1), limited("c", limit=3), limited("d", limit=3))
    assert ids(await claim(journal)) == ["c", "d"]
    await settle(journal, held)
    assert await claim(journal) == []  # two are held, and b wants to be alone


async def test_of_those_that_wait_for_a_key_the_highest_priority_is_next(
    journal: SqlJournal,
) -> None:
    await create(journal, limited("a"))
    [held] = await claim(journal)
    await create(journal, limited("b"), limited("c", priority=5), limited("d", priority=1))
    for expected in "cdb":
        await settle(journal, held)
        [held] = await claim(journal)
        assert held.run_id == expected


@pytest.mark.parametrize("end", ["settle", "interrupt", "release", "cancel", "sweep"])
async def test_however_a_run_leaves_who_stands_is_given_the_next_in_the_same_commit(
    journal: SqlJournal, end: str
) -> None:
    await create(journal, limited("a"), limited("b", priority=-1))
    [held] = await claim(journal)
    async with asyncio.TaskGroup() as tasks:
        taken = tasks.create_task(claim(journal, wait_seconds=5))
        assert await claim(journal) == []
        began = monotonic()
        await leave(journal, held, end)
        [run] = await taken
    assert monotonic() - began < 0.5
    assert run.run_id == ("a" if end == "release" else "b")


async def leave(journal: SqlJournal, run: Run, end: str) -> None:
    lease = lease_of(run)
    if end == "settle":
        await settle(journal, run)
    elif end == "interrupt":
        asked = Interrupt(
            interrupt_id="n:1:0", node="n", step_id="n:1", index=0, value=b"1", created_at=now()
        )
        await journal.record(run.run_id, moves.settled(lease, Progress(), Interrupted((asked,))))
    elif end == "release":
        await journal.record(run.run_id, moves.released(lease, "drain"))
    else:
        move = moves.cancelled(reason="", etag="", grace_seconds=0)
        await journal.record(run.run_id, move)
        if end == "cancel":
            await settle(journal, run)
        else:
            assert await journal.sweep(10) == 1


async def test_a_run_that_is_being_cancelled_keeps_its_place(journal: SqlJournal) -> None:
    await create(journal, limited("a"), limited("b"))
    [held] = await claim(journal)
    move = moves.cancelled(reason="", etag="", grace_seconds=60)
    await journal.record(held.run_id, move)
    assert await claim(journal) == []


async def test_a_lost_run_keeps_its_place_for_its_next_worker(journal: SqlJournal) -> None:
    await create(journal, limited("a"), limited("b"))
    await claim(journal, 1, lease_seconds=0)
    assert ids(await claim(journal, worker="w2")) == ["a"]


async def test_an_offered_place_that_nobody_takes_goes_to_another_queue(
    journal: SqlJournal, database: Database
) -> None:
    """Nobody serves the queue of the first one; it may not keep the others waiting for ever."""
    await create(journal, limited("a", queue="gone"), limited("b"))
    assert await claim(journal) == []
    await journal.offer(10)
    assert await claim(journal) == []
    long_ago = now() - timedelta(seconds=OFFER_SECONDS + 1)
    await database.write(
        lambda c: (
            c.execute(
                update(queue).where(queue.c.run_id == "a").values(placed_at=long_ago)
            ).rowcount
        )
    )
    await journal.offer(10)
    assert ids(await claim(journal)) == ["b"]
    assert await claim(journal, queues=("gone",)) == []  # there is no place for it now


async def test_a_graph_holds_no_more_than_its_limit_whatever_its_runs_say(reopen: Reopen) -> None:
    async with reopen(graph_limits={"g": 2}) as database:
        journal = SqlJournal(database.writer)
        runs = [a_run(f"r{n}", graph_version=n % 2) for n in range(4)]  # in Python, and JSON
        await create(journal, *runs, a_run("other", graph_id="h", priority=-1))
        first = await claim(journal)
        assert ids(first) == ["r0", "r1", "other"]
        await settle(journal, first[0])
        assert ids(await claim(journal)) == ["r2"]


async def test_a_run_needs_a_place_under_its_key_and_under_its_graph(reopen: Reopen) -> None:
    async with reopen(graph_limits={"g": 2}) as database:
        journal = SqlJournal(database.writer)
        await create(journal, *(limited(f"k{n}") for n in range(3)))
        await create(journal, *(limited(f"m{n}", "m") for n in range(3)), a_run("z"))
        held = await claim(journal)
        assert ids(held) == ["k0", "m0"]
        seen = []
        while held:
            await settle(journal, held.pop())
            held += await claim(journal)
            keys = [run.concurrency_key for run in held if run.concurrency_key]
            assert len(held) <= 2
            assert len(set(keys)) == len(keys)
            seen += ids(held)
        assert {"k1", "k2", "m1", "m2", "z"} <= set(seen)


async def test_a_limit_that_comes_or_goes_with_a_restart_counts_for_runs_that_wait(
    reopen: Reopen,
) -> None:
    async with reopen() as database:
        await create(SqlJournal(database.writer), *(a_run(f"r{n}") for n in range(4)))
    limits = {"g": 1}
    async with reopen(graph_limits=limits) as database:
        journal = SqlJournal(database.writer)
        await journal.limit_anew(limits)
        assert ids(await claim(journal)) == ["r0"]
        assert await claim(journal) == []
    async with reopen() as database:
        journal = SqlJournal(database.writer)
        await journal.offer(10)
        assert ids(await claim(journal)) == ["r1", "r2", "r3"]


async def test_what_waits_for_a_key_costs_claims_nothing(
    journal: SqlJournal, database: Database
) -> None:
    """However many they are: no row that waits is in the index that claims look through."""
    await create(journal, *(limited(f"k{n}", priority=9) for n in range(300)))
    await create(journal, *(a_run(f"d{n}", priority=9, start_delay_seconds=60) for n in range(300)))
    await create(journal, *(a_run(f"q{n}", priority=9, queue="other") for n in range(300)))
    assert ids(await claim(journal, 1)) == ["k0"]
    await create(journal, a_run("free"))

    def ready(connection: Connection) -> list[str]:
        found = select(queue.c.run_id).where(
            queue.c.queue == "", queue.c.worker_id.is_(None), queue.c.waits_for.is_(None)
        )
        return [row.run_id for row in connection.execute(found)]

    assert await database.read(ready) == ["free"]
    plan = await database.read(lambda c: plan_of(c, claiming._READY))
    assert "ix_queue_ready" in plan
    assert "SORT" not in plan.upper().replace("SORT KEY", "")
    assert "TEMP B-TREE" not in plan
    assert ids(await claim(journal)) == ["free"]


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (gates._DUE, "ix_queue_due"),
        (gates._NEXT_DUE, "ix_queue_due"),
        (gates._AT_GATE, "ix_queue_waiting"),
        (gates._NEXT_GATE, "ix_queue_waiting"),
        (taken.KEYS_HELD, "ix_queue_key"),
        (taken.KEYS_TAKEN, "ix_queue_key"),
        (taken.GRAPHS_HELD, "ix_queue_graph"),
        (taken.GRAPHS_TAKEN, "ix_queue_graph"),
        (taken.SPACES_HELD, "ix_queue_namespace"),
        (taken.SPACES_TAKEN, "ix_queue_namespace"),
    ],
)
async def test_gates_are_found_by_an_index(database: Database, query: Any, index: str) -> None:
    plan = await database.read(lambda c: plan_of(c, query))
    assert index in plan
    assert "TEMP B-TREE" not in plan


def plan_of(connection: Connection, query: Any) -> str:
    """Return how the database would find the rows."""
    values = {
        "graphs": ["g"],
        "queues": [""],
        "count": 5,
        "names": ["k"],
        "now": now(),
        "fresh": now(),
        "gate": "key:k",
        "after": "",
    }
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET enable_seqscan = off")
        connection.exec_driver_sql("SET enable_bitmapscan = off")
    said: list[tuple[str, Any]] = []
    event.listen(
        connection,
        "before_cursor_execute",
        lambda c, cursor, sql, given, *_: said.append((sql, given)),
    )
    connection.execute(query, values).all()
    explain = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
    sql, given = said[-1]
    return "\n".join(str(row) for row in connection.exec_driver_sql(f"{explain} {sql}", given))


async def test_a_run_without_limits_costs_no_statement_more(
    journal: SqlJournal, database: Database
) -> None:
    await claim(journal)  # looks for runs that are due, once
    for given, extra in ((a_run("a"), 0), (limited("b"), 1)):
        said: list[str] = []
        listen = lambda c, cursor, sql, *_: said.append(sql)  # noqa: E731, B023
        event.listen(Engine, "before_cursor_execute", listen)
        try:
            await create(journal, given)
            [run] = await claim(journal)
            await settle(journal, run)
        finally:
            event.remove(Engine, "before_cursor_execute", listen)
        spoken = [sql for sql in said if "limit_key IN" in sql or "waits_for =" in sql]
        assert bool(spoken) == bool(extra)
