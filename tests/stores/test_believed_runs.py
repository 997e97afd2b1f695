"""A server writes its own runs without reading them first; it never writes over what others did.

The servers here are told nothing of each other, so that each goes on believing what it last knew.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest
from sqlalchemy import text
from tests.conftest import now
from tests.stores.test_journal import a_seed, claim_one, log

from runwire.domain import moves
from runwire.domain.errors import Conflict, NotAllowed, NotFound
from runwire.domain.outcome import Cancelled, Succeeded
from runwire.domain.ports import Move
from runwire.domain.run import Run, RunStatus
from runwire.domain.work import Lease, Progress
from runwire.rpc.convert_events import encode_events
from runwire.stores.database import Database, open_database
from runwire.stores.database_clock import PRECISION, DatabaseClock
from runwire.stores.events import SqlEventStore
from runwire.stores.journal import SqlJournal
from runwire.stores.runs import SqlRunStore

_CANCEL = moves.cancelled(reason="enough", etag="", grace_seconds=60)


@dataclass
class Deaf:
    """A server that hears nothing of others."""

    database: Database
    journal: SqlJournal
    runs: SqlRunStore

    async def record(self, run: Run, move: Move) -> Run:
        return await self.journal.record(run.run_id, move)


@asynccontextmanager
async def deaf(url: str) -> AsyncIterator[Deaf]:
    async with open_database(
        url, now=now, encode=encode_events, wake_all=lambda topics: None
    ) as database:
        yield Deaf(database, SqlJournal(database.writer), SqlRunStore(database))


@pytest.fixture
async def servers(postgres_url: str) -> AsyncIterator[list[Deaf]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(deaf(postgres_url)) for _ in range(2)]


async def held(server: Deaf, name: str = "a") -> tuple[Run, Lease]:
    """A run that a worker of this server has begun."""
    await server.journal.create(a_seed(name))
    return await claim_one(server.journal)


def progress(lease: Lease, word: str) -> Move:
    return moves.progressed(lease, Progress(events=(log(word),)))


async def sequences(server: Deaf, run: Run) -> list[tuple[int, int]]:
    found = await server.database.read(
        lambda c: c.execute(
            text("SELECT first_sequence, last_sequence FROM segments ORDER BY first_sequence")
        ).all()
    )
    return [(row.first_sequence, row.last_sequence) for row in found]


async def test_a_cancel_elsewhere_is_not_written_over(servers: list[Deaf]) -> None:
    one, two = servers
    run, lease = await held(one)
    cancelled = await two.record(run, _CANCEL)
    with pytest.raises(Conflict) as caught:
        await one.record(run, progress(lease, "x"))
    assert caught.value.reason == "RUN_CANCELLING"
    assert await two.runs.get(run.run_id) == cancelled
    moved = await one.record(run, moves.settled(lease, Progress(), Cancelled()))
    assert moved.status is RunStatus.CANCELLED
    assert await two.runs.get(run.run_id) == moved
    numbered = await sequences(one, run)
    assert [first for first, _ in numbered[1:]] == [last + 1 for _, last in numbered[:-1]]


async def test_a_lease_that_ended_elsewhere_writes_nothing(servers: list[Deaf]) -> None:
    one, two = servers
    await one.journal.create(a_seed("a"))
    [run] = await one.journal.claim("slow", 1, graphs=["g"], lease_seconds=0)
    slow = Lease(run_id=run.run_id, epoch=run.epoch, worker_id="slow")
    _, quick = await claim_one(two.journal, "quick")
    with pytest.raises(Conflict) as caught:
        await one.record(run, moves.settled(slow, Progress(), Succeeded(b"{}")))
    assert caught.value.reason == "LEASE_LOST"
    assert (await two.record(run, progress(quick, "x"))).status is RunStatus.RUNNING


async def test_nothing_is_refused_or_left_out_on_belief(servers: list[Deaf]) -> None:
    one, two = servers
    run, lease = await held(one)
    await one.record(run, _CANCEL)
    await two.record(run, moves.settled(lease, Progress(), Succeeded(b"{}")))
    ended = await two.runs.get(run.run_id)
    assert ended.status.final
    # One believes that it is CANCELLING, so that to cancel it once more would change nothing.
    if ended.status is RunStatus.CANCELLED:
        assert await one.record(run, _CANCEL) == ended
    else:
        with pytest.raises(NotAllowed):
            await one.record(run, _CANCEL)
    with pytest.raises(Conflict):
        await one.record(run, progress(lease, "late"))
    assert await two.runs.get(run.run_id) == ended


async def test_a_run_made_again_elsewhere_is_another_one(servers: list[Deaf]) -> None:
    one, two = servers
    run, lease = await held(one)
    await two.record(run, moves.settled(lease, Progress(), Succeeded(b"{}")))
    await two.journal.delete(run.run_id, "")
    again, _ = await held(two)
    assert (again.run_id, again.revision) == (run.run_id, run.revision)
    moved = await one.record(run, _CANCEL)
    assert moved.created_at == again.created_at
    await two.record(again, moves.cancelled(reason="", etag="", grace_seconds=0))


async def test_a_run_deleted_elsewhere_is_not_there(servers: list[Deaf]) -> None:
    one, two = servers
    run, lease = await held(one)
    await two.record(run, moves.settled(lease, Progress(), Succeeded(b"{}")))
    await two.journal.delete(run.run_id, "")
    with pytest.raises(NotFound):
        await one.record(run, progress(lease, "x"))


async def test_others_in_the_batch_fare_as_well_as_alone(servers: list[Deaf]) -> None:
    one, two = servers
    found = [await held(one, f"r{n}") for n in range(8)]
    for run, _ in found[::2]:
        await two.record(run, _CANCEL)
    moved = await asyncio.gather(
        *(one.record(run, progress(lease, "x")) for run, lease in found), return_exceptions=True
    )
    assert [type(result) for result in moved] == [Conflict, Run] * 4
    for result in moved:
        if isinstance(result, Run):
            assert await two.runs.get(result.run_id) == result


async def test_what_is_undone_leaves_the_statements_of_others_usable(servers: list[Deaf]) -> None:
    run, lease = await held(servers[0])
    for n in range(3):
        await servers[0].record(run, progress(lease, str(n)))
        with pytest.raises(NotAllowed):
            await servers[0].journal.delete(run.run_id, "")


async def test_two_servers_that_move_one_run_at_once_lose_nothing(servers: list[Deaf]) -> None:
    run, lease = await held(servers[0])
    await asyncio.gather(*(servers[n % 2].record(run, progress(lease, str(n))) for n in range(100)))
    numbered = await sequences(servers[0], run)
    assert numbered[0][0] == 1
    assert numbered[-1][1] == run.last_sequence + 100
    assert [first for first, _ in numbered[1:]] == [last + 1 for _, last in numbered[:-1]]
    segments = await SqlEventStore(servers[1].database).read(run.run_id, 1, 10**6)
    assert segments[-1].last_sequence == run.last_sequence + 100


def test_the_databases_clock_is_known_as_closely_as_answers_tell() -> None:
    here = 100.0
    clock = DatabaseClock(lambda: here)
    assert clock.now() is None
    clock.saw(5_000_000, 99.0, 100.0)  # a slow answer tells too little
    assert clock.now() is None
    clock.saw(5_010_000, 100.0, 100.02)
    here = 100.02
    told = clock.now()
    assert told is not None
    assert abs(told.timestamp() - 5.02) <= PRECISION / 2
    clock.saw(900_000_000, 100.02, 100.03)  # it was set
    told = clock.now()
    assert told is not None
    assert abs(told.timestamp() - 900.0) <= PRECISION / 2
    here = 100.0 + 3600
    assert clock.now() is None  # clocks drift apart
