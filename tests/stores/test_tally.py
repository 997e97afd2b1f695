"""What the journal counts is what was committed."""

import pytest
from tests.stores.queueing import a_run, claim, create, lease_of

from runwire.domain import moves
from runwire.domain.errors import AlreadyExists
from runwire.domain.outcome import Succeeded
from runwire.domain.run import RunStatus
from runwire.domain.work import Progress, Seed
from runwire.stores.backlog import SqlBacklog
from runwire.stores.database import Database
from runwire.stores.journal import SqlJournal

S = RunStatus


@pytest.fixture
def journal(database: Database) -> SqlJournal:
    return SqlJournal(database.writer)


async def test_claims_and_leases_that_ended_are_counted(
    database: Database, journal: SqlJournal
) -> None:
    await create(journal, a_run("a"), a_run("b"))
    [first, *_] = await claim(journal, 2)
    assert (database.tally.claims, database.tally.lease_expiries) == (2, 0)
    await journal.expire([lease_of(first)])
    [again] = await claim(journal, 2, worker="other")
    assert again.run_id == first.run_id
    assert (database.tally.claims, database.tally.lease_expiries) == (3, 1)


async def test_refusals_and_claims_that_find_nothing_are_no_commits(
    database: Database, journal: SqlJournal
) -> None:
    await create(journal, a_run("a"))
    before = database.tally.commit_changes.count
    [run] = await claim(journal)
    assert await claim(journal) == []
    assert database.tally.commit_changes.count == before + 1
    await journal.record(run.run_id, moves.settled(lease_of(run), Progress(), Succeeded(b"{}")))
    settled = database.tally.commit_changes.count
    with pytest.raises(AlreadyExists):
        await journal.create(Seed(run=a_run("a")))
    assert database.tally.commit_changes.count == settled
    assert dict(database.tally.moved_to) == {S.QUEUED: 1, S.RUNNING: 1, S.SUCCEEDED: 1}
    assert database.tally.write_errors == 0


async def test_what_is_ready_is_told_with_its_age_and_the_rest_by_status(
    database: Database, journal: SqlJournal
) -> None:
    await create(
        journal,
        a_run("a"),
        a_run("b", priority=5),
        a_run("c", queue="slow"),
        a_run("d", queue="later", start_delay_seconds=60.0),
    )
    [run] = await claim(journal, 1)
    found = await SqlBacklog(database).backlog()
    assert run.run_id == "b"
    assert [(item.queue, item.ready) for item in found.queues] == [("default", 1), ("slow", 1)]
    assert all(0 <= item.age_seconds < 60 for item in found.queues)
    assert (found.delayed, found.limited) == (1, 0)
    assert found.runs[S.QUEUED] == 3
    assert found.runs[S.RUNNING] == 1
    assert found.runs[S.SUCCEEDED] == 0
