"""Runs that take down their workers, as the journal notices them."""

import pytest
from tests.conftest import now
from tests.stores.queueing import S, a_run, claim, create, ids, lease_of, limited, settle

from runwire.domain import moves
from runwire.domain.errors import Conflict
from runwire.domain.run import RunId
from runwire.domain.step import Step
from runwire.domain.work import Progress
from runwire.stores.database import Database
from runwire.stores.journal import SqlJournal
from runwire.stores.runs import SqlRunStore
from runwire.stores.state import SqlStateStore


@pytest.fixture
def journal(database: Database) -> SqlJournal:
    return SqlJournal(database.writer)


async def test_a_run_that_takes_down_three_workers_is_parked_with_the_evidence(
    database: Database,
) -> None:
    journal = SqlJournal(database.writer)
    await create(journal, limited("a"), limited("b"))
    [run] = await claim(journal, 1, worker="w1", lease_seconds=0)
    step = Step(
        run_id=run.run_id,
        step_id="n:1",
        superstep=1,
        node="n",
        visit=1,
        attempt=1,
        status=S.RUNNING,
        started_at=now(),
    )
    await journal.record(run.run_id, moves.progressed(lease_of(run, "w1"), Progress(steps=(step,))))
    [run] = await claim(journal, 1, worker="w2", lease_seconds=0)
    assert [item.worker_id for item in run.crashes] == ["w1"]
    [run] = await claim(journal, 1, worker="w3", lease_seconds=0)
    assert ids(await claim(journal, 1, worker="w4", wait_seconds=5)) == [
        "b"
    ]  # its place is free at once
    database.tail.forget(run.run_id)
    parked = await SqlRunStore(database).get(run.run_id)
    assert parked.status is S.INTERRUPTED
    assert [(c.worker_id, c.nodes) for c in parked.crashes] == [
        ("w1", ("n",)),
        ("w2", ("n",)),
        ("w3", ("n",)),
    ]
    [ended] = await SqlStateStore(database).superstep(run.run_id, 1)
    assert ended.status is S.INTERRUPTED
    with pytest.raises(Conflict):
        await settle(journal, run)
    back = await journal.record(run.run_id, moves.resumed(interrupt_id="", answer=b"{}", etag=""))
    assert back.crashes == ()


async def test_progress_between_crashes_forgets_them(journal: SqlJournal) -> None:
    await create(journal, a_run("a"))
    for number in range(6):
        [run] = await claim(journal, 1, worker=f"w{number}", lease_seconds=0)
        done = Step(
            run_id=run.run_id,
            step_id=f"n:{number + 1}",
            superstep=number + 1,
            node="n",
            visit=number + 1,
            attempt=1,
            status=S.SUCCEEDED,
            started_at=now(),
            ended_at=now(),
        )
        lease = lease_of(run, f"w{number}")
        await journal.record(run.run_id, moves.progressed(lease, Progress(steps=(done,))))
    assert run.status is S.RUNNING


async def test_as_many_crashes_as_the_setting_says(database: Database) -> None:
    journal = SqlJournal(database.writer, max_crashes=1)
    await create(journal, a_run("a"))
    assert ids(await claim(journal, 1, lease_seconds=0)) == ["a"]
    assert await claim(journal, 1) == []
    assert (await SqlRunStore(database).get(RunId("a"))).status is S.INTERRUPTED
