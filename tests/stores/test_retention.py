"""What is stored is counted, and what goes takes all with it: one suite for every database."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from tests.conftest import Reopen, now
from tests.stores.test_journal import claim_one, log

from runwire.domain import moves
from runwire.domain.artifact import Artifact, ArtifactId
from runwire.domain.checkpoint import Checkpoint
from runwire.domain.errors import NotFound
from runwire.domain.event import NewEvent, OutputChunk
from runwire.domain.outcome import Failed, Outcome, Succeeded
from runwire.domain.payload import Payload
from runwire.domain.retention import Limits, RetentionPolicy
from runwire.domain.run import Run, RunError, RunId, RunStatus
from runwire.domain.step import Step
from runwire.domain.work import Lease, Progress, Request, Seed
from runwire.stores import pieces
from runwire.stores.artifacts import SqlArtifactStore
from runwire.stores.database import Database, compact
from runwire.stores.events import SqlEventStore
from runwire.stores.journal import SqlJournal
from runwire.stores.retention import SqlRetention
from runwire.stores.runs import SqlRunStore
from runwire.stores.sizes import SUMMED, totals
from runwire.stores.storage import SqlStorageStore

S = RunStatus
SOON = timedelta(hours=1)
FAILURE = Failed(RunError(code=2, reason="X", message="x"))


@pytest.fixture
def journal(database: Database) -> SqlJournal:
    return SqlJournal(database.writer)


@pytest.fixture
def retention(database: Database) -> SqlRetention:
    return SqlRetention(database)


async def queue(journal: SqlJournal, run_id: str, graph_id: str = "g", data: bytes = b"{}") -> None:
    at = now()
    run = Run(
        run_id=RunId(run_id),
        graph_id=graph_id,
        input=Payload(data),
        labels={"k": "v"},
        created_at=at,
        ready_at=at,
    )
    await journal.create(Seed(run=run, request=Request(request_id=f"q-{run_id}", body_hash=b"")))


async def finish(
    journal: SqlJournal,
    run_id: str,
    graph_id: str = "g",
    outcome: Outcome | None = None,
    **progress: Any,
) -> Run:
    await queue(journal, run_id, graph_id)
    [run] = await journal.claim("w", 1, graphs=[graph_id], lease_seconds=10)
    lease = Lease(run_id=run.run_id, epoch=run.epoch, worker_id="w")
    move = moves.settled(lease, Progress(**progress), outcome or Succeeded(b'{"out": 1}'))
    return await journal.record(run.run_id, move)


def chunk(body: bytes = b'"x"') -> NewEvent:
    return NewEvent(at=now(), detail=OutputChunk(channel="c", payload=Payload(body)))


def checkpoint(run_id: str, number: int, body: bytes = b'{"set":{}}') -> Checkpoint:
    return Checkpoint(
        run_id=RunId(run_id),
        number=number,
        superstep=number,
        nodes=(),
        next=(),
        full=True,
        body=body,
        created_at=now(),
    )


def step(run_id: str, update: bytes | None) -> Step:
    return Step(
        run_id=RunId(run_id),
        step_id="n:1",
        superstep=1,
        node="n",
        visit=1,
        attempt=1,
        status=S.SUCCEEDED,
        started_at=now(),
        update=update,
    )


async def scalar(database: Database, sql: str) -> Any:
    return await database.read(lambda c: c.execute(text(sql)).scalar_one())


async def assert_counted(database: Database) -> None:
    """Compare what is kept in rows and sums with what is there."""
    real = "(SELECT COALESCE(SUM(LENGTH(body)), 0) FROM {} p WHERE p.run_id = r.run_id)"
    for part, column in (("segments", "event_bytes"), ("checkpoints", "checkpoint_bytes")):
        wrong = f"SELECT COUNT(*) FROM runs r WHERE {column} <> {real.format(part)}"  # noqa: S608
        assert await scalar(database, wrong) == 0, column
    whole = (
        "r.event_bytes + r.checkpoint_bytes + COALESCE(LENGTH(r.output), 0)"
        " + (SELECT LENGTH(data) FROM run_inputs i WHERE i.run_id = r.run_id)"
        ' + (SELECT COALESCE(SUM(LENGTH("update")), 0) FROM steps s WHERE s.run_id = r.run_id)'
    )
    wrong = f"SELECT COUNT(*) FROM runs r WHERE storage_bytes <> {whole}"  # noqa: S608
    assert await scalar(database, wrong) == 0
    columns = (totals.c[name] for name in ("graph_id", "status", "runs", *SUMMED))
    kept = select(*columns).where(totals.c.runs > 0)
    found = await database.read(lambda c: sorted(map(tuple, c.execute(kept))))
    real_sums = (
        "SELECT graph_id, status, COUNT(*), SUM(storage_bytes), SUM(event_bytes),"
        " SUM(checkpoint_bytes) FROM runs WHERE ended_at IS NOT NULL GROUP BY 1, 2"
    )
    assert found == await database.read(
        lambda c: sorted((*row[:2], *map(int, row[2:])) for row in c.execute(text(real_sums)))
    )


async def test_what_a_run_stores_is_counted_at_every_step_of_its_life(
    journal: SqlJournal, database: Database, retention: SqlRetention
) -> None:
    await queue(journal, "a", data=b'{"n": 12345}')
    await assert_counted(database)
    run, lease = await claim_one(journal)
    for progress in (
        Progress(events=(log("x"), chunk()), checkpoints=(checkpoint("a", 0),)),
        Progress(steps=(step("a", b'{"pending": true}'),)),
        Progress(steps=(step("a", None),), checkpoints=(checkpoint("a", 1, b"x" * 500),)),
    ):
        await journal.record(run.run_id, moves.progressed(lease, progress))
        await assert_counted(database)
    await journal.record(run.run_id, moves.settled(lease, Progress(), Succeeded(b'{"o": 1}')))
    await finish(journal, "b", outcome=FAILURE)
    await queue(journal, "c")
    await journal.record(RunId("c"), moves.cancelled(reason="", etag="", grace_seconds=1))
    await assert_counted(database)
    await journal.record(run.run_id, moves.labelled(labels={"x": "y"}, mask=["labels"], etag=""))
    await assert_counted(database)
    assert await retention.discard_deltas(now() + SOON, 10) == 1
    await assert_counted(database)
    await journal.record(run.run_id, moves.labelled(labels={}, mask=["labels"], etag=""))
    await assert_counted(database)
    await journal.delete(RunId("a"), "")
    await assert_counted(database)


async def test_storage_is_told_by_graph_and_status(journal: SqlJournal, database: Database) -> None:
    done = await finish(journal, "a", events=(log("x"),), checkpoints=(checkpoint("a", 0),))
    await finish(journal, "b", outcome=FAILURE)
    await finish(journal, "c", "other")
    await queue(journal, "d")
    artifacts = SqlArtifactStore(database)
    for number, run_id in enumerate(("a", "a", None)):
        await artifacts.add(an_artifact(f"x{number}", run_id, 1000), "")
    storage = await SqlStorageStore(database).storage()
    graphs = {graph.graph_id: graph for graph in storage.graphs}
    assert list(graphs) == ["g", "", "other"]  # the largest first
    by_status = {item.status: item for item in graphs["g"].statuses}
    assert {status: item.runs for status, item in by_status.items()} == {
        S.SUCCEEDED: 1,
        S.FAILED: 1,
        S.QUEUED: 1,
    }
    assert by_status[S.SUCCEEDED].run_bytes == done.storage_bytes
    assert by_status[S.SUCCEEDED].checkpoint_bytes == len(b'{"set":{}}')
    assert (graphs["g"].artifacts, graphs["g"].artifact_bytes) == (2, 2000)
    assert (graphs[""].artifacts, graphs[""].size_bytes) == (1, 1000)
    assert storage.database.size_bytes > 0


def an_artifact(artifact_id: str, run_id: str | None, size: int) -> Artifact:
    return Artifact(
        artifact_id=ArtifactId(artifact_id),
        run_id=None if run_id is None else RunId(run_id),
        filename="f",
        content_type="text/plain",
        size_bytes=size,
        created_at=now(),
    )


async def test_only_what_has_ended_is_due(journal: SqlJournal, retention: SqlRetention) -> None:
    await finish(journal, "done")
    await queue(journal, "waits")
    policy = RetentionPolicy(seconds=1, bytes=1)
    found = await retention.due(policy, now() + SOON, 10)
    assert [run.run_id for run in found] == ["done"]


async def test_the_oldest_of_all_graphs_are_due_first_however_many_pages(
    journal: SqlJournal, retention: SqlRetention, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runwire.stores.retention.PAGE", 2)
    for number in range(12):
        await finish(journal, f"r{number:02}", "g" if number % 3 else "h")
    found = await retention.due(RetentionPolicy(seconds=1), now() + SOON, 100)
    assert [run.run_id for run in found] == [f"r{number:02}" for number in range(12)]


async def test_what_goes_takes_all_it_owns_with_it(
    journal: SqlJournal, database: Database, retention: SqlRetention
) -> None:
    await finish(journal, "a", events=(log("x"), chunk()), checkpoints=(checkpoint("a", 0),))
    await SqlArtifactStore(database).add(an_artifact("x", "a", 10), "")
    assert await retention.delete([RunId("a"), RunId("nobody")]) == (["a"], [])
    for table in ("runs", "run_inputs", "run_labels", "queue", "requests", "segments", "steps",
                  "checkpoints", "artifacts"):  # fmt: skip
        assert await scalar(database, f"SELECT COUNT(*) FROM {table}") == 0, table  # noqa: S608
    assert await scalar(database, "SELECT SUM(runs) FROM totals") == 0
    with pytest.raises(NotFound):
        await SqlRunStore(database).get(RunId("a"))
    assert not await SqlEventStore(database).read(RunId("a"), 1, 1000)
    again = Request(request_id="q-a", body_hash=b"")
    assert await SqlRunStore(database).requested(again) is None


async def test_a_run_that_has_not_ended_cannot_be_deleted_so(
    journal: SqlJournal, database: Database, retention: SqlRetention
) -> None:
    await queue(journal, "a")
    assert await retention.delete([RunId("a")]) == ([], [])
    assert (await SqlRunStore(database).get(RunId("a"))).status is S.QUEUED


async def test_a_transaction_takes_only_so_many_bytes(
    journal: SqlJournal, database: Database, retention: SqlRetention, monkeypatch: Any
) -> None:
    for module in ("runwire.stores.retention", "runwire.stores.pieces"):
        monkeypatch.setattr(f"{module}.PASS_BYTES", 3000)
    ids = [(await finish(journal, f"r{n}", events=(chunk(b"x" * 1000),))).run_id for n in range(5)]
    gone, left = await retention.delete(ids)
    assert (gone, left) == (ids[:2], ids[2:])
    await assert_counted(database)


async def test_a_run_too_large_for_one_transaction_goes_piece_by_piece(
    journal: SqlJournal, database: Database, retention: SqlRetention, monkeypatch: Any
) -> None:
    for module in ("runwire.stores.retention", "runwire.stores.pieces"):
        monkeypatch.setattr(f"{module}.PASS_BYTES", 3000)
    await queue(journal, "a")
    run, lease = await claim_one(journal)
    for number in range(10):
        progress = Progress(
            events=(chunk(b"x" * 1000),), checkpoints=(checkpoint("a", number, b"y" * 1000),)
        )
        await journal.record(run.run_id, moves.progressed(lease, progress))
    await journal.record(run.run_id, moves.settled(lease, Progress(), Succeeded(b"{}")))
    left, gone = [run.run_id], []
    calls = 0
    while left:
        gone, left = map(list, await retention.delete(left))
        await assert_counted(database)
        calls += 1
    assert gone == [run.run_id]
    assert 6 <= calls <= 9


async def test_deltas_go_so_many_at_a_time(
    journal: SqlJournal, database: Database, retention: SqlRetention, monkeypatch: Any
) -> None:
    monkeypatch.setattr(pieces, "PASS_BYTES", 500)
    events = tuple(each for _ in range(5) for each in (chunk(b'"' + b"x" * 200 + b'"'), log("l")))
    await finish(journal, "a", events=events)
    assert await retention.discard_deltas(now() - SOON, 100) == 0
    found = [await retention.discard_deltas(now() + SOON, 100) for _ in range(6)]
    assert sum(found) == 5
    assert 0 < max(found) < 5
    await assert_counted(database)


async def test_pruning_and_writing_at_once_keep_the_sums_true(
    journal: SqlJournal, database: Database, retention: SqlRetention
) -> None:
    ids = [(await finish(journal, f"r{n}", events=(chunk(),))).run_id for n in range(12)]
    label = moves.labelled(labels={"a": "b"}, mask=["labels"], etag="")
    await asyncio.gather(
        retention.delete(ids[:4]),
        *(journal.record(run_id, label) for run_id in ids),
        retention.delete(ids[2:6]),
        retention.discard_deltas(now() + SOON, 100),
        journal.delete(ids[11], ""),
        *(journal.record(run_id, label) for run_id in ids[6:11]),
        finish(journal, "more"),
        return_exceptions=True,
    )
    await assert_counted(database)
    assert await scalar(database, "SELECT COUNT(*) FROM runs") == 6


async def test_what_would_go_is_told_and_stays(
    journal: SqlJournal, database: Database, retention: SqlRetention
) -> None:
    first = await finish(journal, "a")
    last = await finish(journal, "b")
    await finish(journal, "c", "kept")
    await SqlArtifactStore(database).add(an_artifact("x", "b", 77), "")
    policy = RetentionPolicy(seconds=5, graphs={"kept": Limits(seconds=0)})
    [told] = await retention.would_go(policy, now() + SOON)
    assert (told.graph_id, told.runs, told.artifact_bytes) == ("g", 2, 77)
    assert told.run_bytes == first.storage_bytes + last.storage_bytes
    assert (told.oldest_end, told.newest_end) == (first.ended_at, last.ended_at)
    assert await scalar(database, "SELECT COUNT(*) FROM runs") == 3


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_retention_finds_its_way_by_the_index(
    journal: SqlJournal, database: Database
) -> None:
    query = (
        "EXPLAIN QUERY PLAN SELECT run_id, ended_at, storage_bytes FROM runs"
        " WHERE namespace = 'default' AND graph_id = 'g'"
        " AND ended_at IS NOT NULL AND (ended_at, run_id) > (5, 'x')"
        " ORDER BY ended_at, run_id LIMIT 100"
    )
    plan = await database.read(lambda c: " ".join(row[3] for row in c.execute(text(query))))
    assert "COVERING INDEX ix_runs_ended" in plan
    assert "TEMP" not in plan


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_file_shrinks_in_slices(
    journal: SqlJournal, database: Database, retention: SqlRetention
) -> None:
    large = (chunk(b"x" * 900_000),)
    left = [(await finish(journal, f"r{n}", events=large)).run_id for n in range(16)]
    while left:
        _, left = map(list, await retention.delete(left))
    before = await scalar(database, "PRAGMA page_count")
    slices = 0
    while await retention.shrink():
        slices += 1
    assert slices > 1
    assert await scalar(database, "PRAGMA page_count") < before - 256
    assert await scalar(database, "PRAGMA freelist_count") >= 2048


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_file_of_old_shrinks_once_it_was_rewritten(reopen: Reopen, tmp_path: Any) -> None:
    async with reopen() as database:
        assert await scalar(database, "PRAGMA auto_vacuum") == 2
    compact(f"sqlite:///{tmp_path}/runwire.db")
    async with reopen() as database:
        assert await scalar(database, "PRAGMA auto_vacuum") == 2
        assert await scalar(database, "PRAGMA integrity_check") == "ok"
