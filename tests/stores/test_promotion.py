"""A move from SQLite to PostgreSQL: everything arrives, and nothing is served twice."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.conftest import now
from tests.postgres import Postgres
from tests.stores.test_journal import claim_one, log
from tests.stores.test_retention import (
    an_artifact,
    assert_counted,
    checkpoint,
    chunk,
    finish,
    queue,
)
from tests.webhooks.test_sending import SECRET, a_world

from runwire.bus.memory import MemoryBus
from runwire.domain import moves
from runwire.domain.errors import AlreadyExists, DataLoss, NotAllowed, NotFound, Unavailable
from runwire.domain.filter import EVERYTHING
from runwire.domain.graph import ToolInfo
from runwire.domain.registration import Registration
from runwire.domain.run import RunId, RunStatus
from runwire.domain.segment import Position
from runwire.domain.work import Progress
from runwire.rpc.convert_events import encode_events
from runwire.stores import copying
from runwire.stores import promotion as module
from runwire.stores.artifacts import SqlArtifactStore
from runwire.stores.database import Database, open_database
from runwire.stores.events import SqlEventStore
from runwire.stores.graphs import SqlGraphStore
from runwire.stores.journal import SqlJournal
from runwire.stores.promotion import Promoted, Promotion, undo
from runwire.stores.registrations import SqlRegistrationStore
from runwire.stores.runs import SqlRunStore
from runwire.stores.state import SqlStateStore

A_TOOL = Registration(
    item=ToolInfo(name="t", description="d", arguments_schema=b"{}"), worker_id="w", seen_at=now()
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runwire.db"


@pytest.fixture
def empty_url(postgres: Postgres) -> Any:
    url = postgres.new_database()
    yield url
    postgres.drop(url)


@asynccontextmanager
async def opened(url: str | Path) -> AsyncIterator[Database]:
    where = f"sqlite:///{url}" if isinstance(url, Path) else url
    bus = MemoryBus()
    async with open_database(
        where, now=now, encode=encode_events, wake_all=bus.wake_all
    ) as database:
        yield database


async def promoted(path: Path, url: str, tell: Callable[[str], None] = print) -> Promoted:
    move = Promotion(path, url, place=url, now=now, tell=tell)
    return await asyncio.to_thread(move.run, stop_server=False, wait_seconds=20)


async def fill(database: Database) -> None:
    """Make a run of every kind that may be under way."""
    journal = SqlJournal(database.writer)
    events = (log("ünïcode ✓"), chunk(), log("x"))
    await finish(journal, "done", events=events, checkpoints=(checkpoint("done", 0, b"\0\xff"),))
    await queue(journal, "held")
    run, lease = await claim_one(journal)
    progress = Progress(events=events, checkpoints=(checkpoint("held", 0),))
    await journal.record(run.run_id, moves.progressed(lease, progress))
    await queue(journal, "waits", data=b'{"n": 123456789012345678901234567890}')
    await SqlArtifactStore(database).add(an_artifact("x", "done", 7), "request")
    await SqlArtifactStore(database).add(an_artifact("y", None, 7), "")
    await SqlGraphStore(database).add("j", b'{"graph_id": "j"}')
    await SqlRegistrationStore(database).put([A_TOOL])


async def everything(database: Database) -> list[Any]:
    ids = [RunId(name) for name in ("done", "held", "waits")]
    runs = [await SqlRunStore(database).get(run_id) for run_id in ids]
    return [runs, [await SqlEventStore(database).read(run_id, 1, 10**6) for run_id in ids]]


async def test_everything_arrives_as_it_was(path: Path, empty_url: str) -> None:
    async with opened(path) as database:
        await fill(database)
        before = await everything(database)
    done = await promoted(path, empty_url)
    assert done.downtime_seconds is None
    assert (done.rows["runs"], done.rows["queue"], done.rows["artifacts"]) == (3, 2, 2)
    async with opened(empty_url) as database:
        assert await everything(database) == before
        await assert_counted(database)
        saved = await SqlStateStore(database).checkpoints(RunId("done"), 10, "")
        assert [each.number for each in saved.items] == [0]
        assert (await SqlArtifactStore(database).get("x")).run_id == "done"  # type: ignore[arg-type]
        assert (await SqlGraphStore(database).get("j", 0)).version == 1
        assert await SqlRegistrationStore(database).find() == [A_TOOL]


async def test_webhooks_go_on_with_what_waits_for_them(path: Path, empty_url: str) -> None:
    async with a_world(f"sqlite:///{path}") as before:
        hook = await before.hook("https://hooks.example.com/")
        await before.run()
        told = await before.told()
    await promoted(path, empty_url)
    async with a_world(empty_url) as after:
        assert await after.webhooks.get(hook.webhook_id) == hook
        assert await after.told() == told
        [due] = await after.outbox.claim({hook.webhook_id: 5}, lease_seconds=1, max_tries=8)
        assert (due.delivery_id, due.secret) == (told[0].delivery_id, SECRET)


async def test_a_reader_of_all_runs_goes_on_with_its_token(path: Path, empty_url: str) -> None:
    async with opened(path) as database:
        await fill(database)
        feed, position, *_ = await SqlEventStore(database).feed(EVERYTHING, Position(0, 0), 3)
    await promoted(path, empty_url)
    async with opened(empty_url) as database:
        # An old token goes on where it was, and new events come behind all that was copied.
        journal = SqlJournal(database.writer)
        [taken] = await journal.claim("new", 5, graphs=["g"], lease_seconds=10)
        assert taken.run_id == "waits"
        rest, *_ = await SqlEventStore(database).feed(EVERYTHING, position, 100)
        seen = [(item.run_id, item.first_sequence) for item in (*feed, *rest)]
        assert len(set(seen)) == len(seen)
        assert seen[-1] == ("waits", 2)
        for run_id in ("done", "held"):
            numbers = [first for run, first in seen if run == run_id]
            assert numbers == sorted(numbers)


async def test_what_was_left_is_not_served_again_unless_undone(path: Path, empty_url: str) -> None:
    async with opened(path) as database:
        await fill(database)
    await promoted(path, empty_url)
    with pytest.raises(Unavailable, match=r"moved to postgresql.*--database-url.*--undo") as caught:
        async with opened(path):
            pass
    assert caught.value.reason == "DATABASE_LEFT"
    assert undo(path) == empty_url
    async with opened(path) as database:
        assert (await SqlRunStore(database).get(RunId("waits"))).status is RunStatus.QUEUED
    with pytest.raises(NotFound, match="was not moved"):
        undo(path)


async def test_most_is_copied_while_the_server_works(path: Path, empty_url: str) -> None:
    told: list[str] = []
    asked, loop = asyncio.Event(), asyncio.get_running_loop()

    def tell(text: str) -> None:
        told.append(text)
        if "stop the server" in text:
            loop.call_soon_threadsafe(asked.set)

    async with asyncio.TaskGroup() as tasks:
        async with opened(path) as database:
            await fill(database)
            moving = tasks.create_task(promoted(path, empty_url, tell))
            await work_on(SqlJournal(database.writer), asked)
        done = await moving
    assert done.downtime_seconds is not None
    assert any(text.startswith("round 1: ") for text in told)
    async with opened(empty_url) as database:
        await assert_counted(database)
        assert (await SqlRunStore(database).get(RunId("r0"))).labels == {"a": "b"}
        assert (await SqlRunStore(database).get(RunId("last"))).status is RunStatus.SUCCEEDED
        with pytest.raises(NotFound):
            await SqlRunStore(database).get(RunId("done"))


async def work_on(journal: SqlJournal, asked: asyncio.Event) -> None:
    """Change what there is while it is copied, and behind what was copied."""
    numbers = iter(range(10_000))
    while not asked.is_set():
        await finish(journal, f"r{next(numbers)}", "h", events=(log("x"),))
    await journal.delete(RunId("done"), "")
    await finish(journal, "last", "h")
    label = moves.labelled(labels={"a": "b"}, mask=["labels"], etag="")
    await journal.record(RunId("r0"), label)


async def test_a_move_that_broke_off_leaves_the_file_and_goes_on(
    path: Path, empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(path) as database:
        await fill(database)

    def broken(*_: object) -> None:
        raise DataLoss("the disk is on fire")

    with monkeypatch.context() as patched:
        patched.setattr(module, "copy_whole", broken)
        with pytest.raises(DataLoss):
            await promoted(path, empty_url)
    with pytest.raises(Unavailable, match="being filled"):
        async with opened(empty_url):
            pass
    async with opened(path) as database:  # as it was
        await finish(SqlJournal(database.writer), "more", "h")
    assert (await promoted(path, empty_url)).rows["runs"] == 4
    async with opened(empty_url) as database:
        await assert_counted(database)


async def test_what_differs_is_found(
    path: Path, empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(path) as database:
        await fill(database)
    monkeypatch.setattr(copying, "_digest", lambda body: len(body))
    with pytest.raises(DataLoss, match="segments differs"):
        await promoted(path, empty_url)
    async with opened(path):
        pass


async def test_a_target_that_has_anything_else_is_refused(
    path: Path, postgres_url: str, tmp_path: Path
) -> None:
    async with opened(path) as database:
        await fill(database)
    async with opened(postgres_url) as database:
        await queue(SqlJournal(database.writer), "mine")
    with pytest.raises(AlreadyExists, match="not empty, it has runs"):
        await promoted(path, postgres_url)
    async with opened(postgres_url) as database:
        assert (await SqlRunStore(database).get(RunId("mine"))).run_id == "mine"


async def test_a_target_is_filled_once(path: Path, empty_url: str, tmp_path: Path) -> None:
    async with opened(path) as database:
        await fill(database)
    await promoted(path, empty_url)
    with pytest.raises(AlreadyExists, match="was filled from"):
        await promoted(path, empty_url)
    with pytest.raises(NotAllowed, match="moved to"):
        await promoted(path, f"{empty_url}?application_name=other")


async def test_a_target_of_a_newer_version_is_refused(path: Path, postgres_url: str) -> None:
    async with opened(path) as database:
        await fill(database)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Unavailable, match="newer"):
        await promoted(path, postgres_url)


async def test_what_is_not_there_is_named(path: Path, empty_url: str) -> None:
    with pytest.raises(NotFound, match="no database at"):
        await promoted(path, empty_url)
    async with opened(path):
        pass
    with pytest.raises(Unavailable, match="cannot be used"):
        await promoted(path, "postgresql://runwire@127.0.0.1:1/none")


async def test_a_server_that_does_not_stop_is_named(path: Path, empty_url: str) -> None:
    async with opened(path) as database:
        await fill(database)
        move = Promotion(path, empty_url, place=empty_url, now=now, tell=print)
        with pytest.raises(Unavailable, match="still has"):
            await asyncio.to_thread(move.run, stop_server=False, wait_seconds=0.1)
        await finish(SqlJournal(database.writer), "goes-on", "h")
    assert (await promoted(path, empty_url)).rows["runs"] == 4


async def test_sums_of_many_times_fit(path: Path, empty_url: str) -> None:
    async with opened(path) as database:
        rows = (
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)"
            " INSERT INTO artifacts (artifact_id, filename, content_type, size_bytes, sha256,"
            " status, created_at) SELECT 'a' || i, '', '', 0, '', 'uploading', 1700000000000000 + i"
            " FROM n"
        )
        await database.write(lambda connection: connection.exec_driver_sql(rows))
    assert (await promoted(path, empty_url)).rows["artifacts"] == 10_000
