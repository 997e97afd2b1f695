"""What runs save of threads: in their commits, under their lease, and gone with them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select
from tests.conftest import now
from tests.stores.queueing import a_run, claim, create, lease_of

from runwire.domain import moves
from runwire.domain.errors import AlreadyExists, Conflict, DataLoss
from runwire.domain.outcome import Succeeded
from runwire.domain.run import Run, RunId
from runwire.domain.thread_checkpoint import (
    ChannelBlob,
    Saved,
    TaskWrite,
    TaskWrites,
    ThreadCheckpoint,
)
from runwire.domain.work import Progress
from runwire.stores.database import Database
from runwire.stores.journal import SqlJournal
from runwire.stores.retention import SqlRetention
from runwire.stores.saved_reading import chains
from runwire.stores.saved_tables import thread_blobs, thread_checkpoints, thread_writes
from runwire.stores.thread_checkpoints import SqlThreadCheckpoints

TABLES = (thread_checkpoints, thread_blobs, thread_writes)


def blob(version: str, base: str = "", body: bytes = b"\x91\x01") -> ChannelBlob:
    return ChannelBlob(channel="c", version=version, kind="msgpack", body=body, base_version=base)


def checkpoint(number: int, thread_id: str = "", **changes: Any) -> ThreadCheckpoint:
    values: dict[str, Any] = {
        "thread_id": thread_id,
        "checkpoint_ns": "",
        "checkpoint_id": f"c{number}",
        "parent_id": f"c{number - 1}" if number else "",
        "kind": "msgpack",
        "body": b"body",
        "metadata": {"step": number, "tags": ["a", f"t{number % 2}"]},
        "versions": {"c": f"v{number}"},
        "blobs": (blob(f"v{number}", f"v{number - 1}" if number else ""),),
        "created_at": now().replace(microsecond=5),
    }
    return ThreadCheckpoint(**{**values, **changes})


def writes(on: int, task_id: str, *written: tuple[int, bytes], **changes: Any) -> TaskWrites:
    rows = tuple(TaskWrite(index=i, channel="c", kind="bytes", body=body) for i, body in written)
    values: dict[str, Any] = {"thread_id": "", "checkpoint_ns": "", "checkpoint_id": f"c{on}"}
    return TaskWrites(**{**values, "task_id": task_id, "writes": rows, **changes})


async def executing(journal: SqlJournal, *runs: Run) -> list[Run]:
    await create(journal, *runs)
    return list(await claim(journal, len(runs)))


async def record(journal: SqlJournal, run: Run, *saved: Saved, number: int = 0) -> Run:
    progress = Progress(number=number, saved=saved)
    return await journal.record(run.run_id, moves.progressed(lease_of(run), progress))


async def end(journal: SqlJournal, run: Run) -> None:
    await journal.record(run.run_id, moves.settled(lease_of(run), Progress(), Succeeded(b"{}")))


async def counts(database: Database) -> Sequence[int]:
    def read(connection: Any) -> Sequence[int]:
        found = (select(func.count()).select_from(table) for table in TABLES)
        return [connection.execute(query).scalar_one() for query in found]

    return await database.read(read)


@pytest.fixture
def journal(database: Database) -> SqlJournal:
    return SqlJournal(database.writer)


@pytest.fixture
def saved(database: Database) -> SqlThreadCheckpoints:
    return SqlThreadCheckpoints(database)


async def test_what_a_run_saves_is_of_its_thread_and_counts_as_its_own(
    journal: SqlJournal, saved: SqlThreadCheckpoints
) -> None:
    [run] = await executing(journal, a_run("run", thread_id="thread"))
    before = run.checkpoint_bytes
    told = await record(
        journal, run, checkpoint(0), checkpoint(1), writes(1, "b", (0, b"two")), writes(1, "a")
    )
    assert told.checkpoint_bytes == before + 4 + 2 + 4 + 2 + 3
    read = await saved.read("thread", "")
    assert read is not None
    given = checkpoint(1, "thread", blobs=())
    assert read.checkpoint == replace(given, created_at=read.checkpoint.created_at)
    assert read.values == {"c": (blob("v0"), blob("v1", "v0"))}
    assert read.writes == (writes(1, "b", (0, b"two"), thread_id="thread"),)
    assert await saved.read("run", "") is None


async def test_who_has_lost_the_lease_saves_nothing(
    journal: SqlJournal, saved: SqlThreadCheckpoints, database: Database
) -> None:
    [run] = await executing(journal, a_run("run"))
    await journal.record(run.run_id, moves.released(lease_of(run), "gone"))
    with pytest.raises(Conflict):
        await record(journal, run, checkpoint(0))
    assert await saved.read("run", "") is None
    assert await counts(database) == [0, 0, 0]


async def test_a_record_that_comes_again_saves_once(
    journal: SqlJournal, database: Database
) -> None:
    [run] = await executing(journal, a_run("run"))
    for _ in range(2):
        await record(journal, run, checkpoint(0), writes(0, "t", (0, b"x")), number=1)
    assert await counts(database) == [1, 1, 1]


async def test_a_write_stays_but_for_those_that_may_change(
    saved: SqlThreadCheckpoints,
) -> None:
    first = [checkpoint(0, "t"), writes(0, "a", (0, b"one"), (-3, b"asks"), thread_id="t")]
    await saved.write(first)
    again = writes(0, "a", (0, b"other"), (1, b"more"), (-3, b"asks again"), thread_id="t")
    await saved.write([again, again])
    read = await saved.read("t", "", "c0")
    assert read is not None
    found = {write.index: write.body for task in read.writes for write in task.writes}
    assert found == {-3: b"asks again", 0: b"one", 1: b"more"}


async def test_writes_come_in_the_order_in_which_they_are_applied(
    saved: SqlThreadCheckpoints,
) -> None:
    tasks = [("t1", "p2"), ("t2", "p1"), ("t0", "p1"), ("t9", "")]
    put = [
        writes(0, task, (1, b"b"), (0, b"a"), task_path=path, thread_id="t") for task, path in tasks
    ]
    await saved.write([checkpoint(0, "t"), *put])
    read = await saved.read("t", "")
    assert read is not None
    assert [task.task_id for task in read.writes] == ["t9", "t0", "t2", "t1"]
    assert all([one.index for one in task.writes] == [0, 1] for task in read.writes)


async def test_lists_are_filtered_and_come_newest_first(saved: SqlThreadCheckpoints) -> None:
    await saved.write([checkpoint(number, "t") for number in range(9)])
    first = checkpoint(30, "t", checkpoint_ns="sub", parent_id="", blobs=(blob("v30"),))
    await saved.write([first])
    await saved.write([checkpoint(number, "t", checkpoint_ns="sub") for number in range(31, 80)])
    await saved.write([checkpoint(5, "other", metadata={"owner": "me"}, blobs=())])

    async def found(thread_id: str | None, **where: Any) -> list[str]:
        return [one.checkpoint.checkpoint_id async for one in saved.list(thread_id, **where)]

    assert await found("t", checkpoint_ns="") == [f"c{number}" for number in range(8, -1, -1)]
    assert await found("t", checkpoint_ns="sub", limit=45) == [f"c{n}" for n in range(79, 34, -1)]
    assert len(await found("t")) == 59
    assert await found("t", checkpoint_ns="", before="c3") == ["c2", "c1", "c0"]
    assert await found("t", checkpoint_id="c7", checkpoint_ns="") == ["c7"]
    assert await found("t", metadata={"tags": ["t1"], "step": 7}) == ["c7"]
    assert await found(None, metadata={"owner": "me"}) == ["c5"]
    assert await found("t", limit=0) == []
    line = await saved.ancestors("t", "sub", "c79", channels=["c"], limit=100)
    assert [one.checkpoint.checkpoint_id for one in line] == [f"c{n}" for n in range(78, 29, -1)]
    short = await saved.ancestors("t", "sub", "c79", channels=["none"], limit=2)
    assert [(one.checkpoint.checkpoint_id, one.values) for one in short] == [
        ("c78", {}),
        ("c77", {}),
    ]


async def test_the_newest_of_a_run_is_told(saved: SqlThreadCheckpoints) -> None:
    await saved.write([checkpoint(number, "t", run_id=f"r{number % 2}") for number in range(4)])
    await saved.write([checkpoint(9, "t", run_id="r0", checkpoint_ns="sub")])
    assert await saved.newest_of_run("t", RunId("r0")) == "c2"
    assert await saved.newest_of_run("t", RunId("r1")) == "c3"
    assert await saved.newest_of_run("t", RunId("")) == ""
    assert await saved.newest_of_run("u", RunId("r0")) == ""


async def test_a_run_that_only_wrote_on_anothers_checkpoint_can_be_undone(
    journal: SqlJournal, saved: SqlThreadCheckpoints
) -> None:
    first, second = await executing(
        journal, a_run("first", thread_id="t"), a_run("second", thread_id="t")
    )
    await record(journal, first, checkpoint(0, run_id="first"))
    before = await saved.read("t", "")
    await record(journal, second, writes(0, "task", (-4, b"answer"), run_id="second"))
    await saved.delete_runs(["second"])
    assert await saved.read("t", "") == before


async def test_what_a_run_without_a_thread_saves_goes_with_it(
    journal: SqlJournal, saved: SqlThreadCheckpoints, database: Database
) -> None:
    runs = await executing(journal, a_run("a"), a_run("b"), a_run("on", thread_id="t"))
    for run in runs:
        await record(journal, run, checkpoint(0), writes(0, "t", (0, b"x")))
        await end(journal, run)
    await journal.delete(RunId("a"), "")
    assert await counts(database) == [2, 2, 2]
    await SqlRetention(database).delete([RunId("b"), RunId("on")])
    assert await counts(database) == [1, 1, 1]
    assert await saved.read("t", "") is not None


async def test_a_copy_is_not_put_into_a_thread_that_is_there(saved: SqlThreadCheckpoints) -> None:
    await saved.write([checkpoint(0, "t"), checkpoint(0, "u")])
    with pytest.raises(AlreadyExists):
        await saved.copy_thread("t", "u")


async def test_a_lost_part_is_told(saved: SqlThreadCheckpoints) -> None:
    await saved.write([checkpoint(1, "t")])
    with pytest.raises(DataLoss):
        await saved.read("t", "")


async def test_values_are_found_by_their_key(database: Database) -> None:
    """A long thread's values are not read to find those of one checkpoint."""
    if not database.alone:
        pytest.skip("PostgreSQL plans by what there is")

    def plan(connection: Any) -> list[str]:
        compiled = chains(alone=True).compile(dialect=connection.dialect)
        given = {**compiled.params, "keys": "[]", "of_thread": "t", "of_ns": ""}
        values = tuple(given[name] for name in compiled.positiontup or ())
        found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", values)
        return [row[-1] for row in found]

    steps = [step for step in await database.read(plan) if "thread_blobs" in step]
    assert len(steps) == 3
    assert all("channel=? AND version=?" in step for step in steps), steps
