"""Several servers over one PostgreSQL: they share runs, take turns, and survive losing it."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from tests.conftest import eventually, now
from tests.postgres import TEMPLATE, Postgres
from tests.stores.proxy import Proxy
from tests.stores.test_journal import a_run, a_seed, claim_one, log

from runwire.app.watch import Ended, Watch
from runwire.bus.postgres import PostgresBus
from runwire.domain import moves
from runwire.domain.errors import Conflict, NotFound, Unavailable
from runwire.domain.filter import EVERYTHING
from runwire.domain.outcome import Succeeded
from runwire.domain.run import Run, RunId, RunStatus
from runwire.domain.work import Lease, Progress, Request, Seed, Verdict
from runwire.rpc.convert_events import encode_events
from runwire.stores.database import Database, migrate, open_database
from runwire.stores.events import SqlEventStore
from runwire.stores.journal import SqlJournal
from runwire.stores.runs import SqlRunStore
from runwire.stores.urls import conninfo_of
from runwire.v1.event_pb2 import RunEventBatch


@dataclass
class OneServer:
    """What one of several servers has."""

    database: Database
    journal: SqlJournal
    runs: SqlRunStore
    events: SqlEventStore
    bus: PostgresBus
    watch: Watch


@asynccontextmanager
async def one_server(url: str, **options: Any) -> AsyncIterator[OneServer]:
    bus = PostgresBus(conninfo_of(url))
    async with (
        open_database(
            url, **{"now": now, **options}, encode=encode_events, wake_all=bus.wake_all
        ) as database,
        asyncio.TaskGroup() as tasks,
    ):
        journal, runs, events = (
            SqlJournal(database.writer),
            SqlRunStore(database),
            SqlEventStore(database),
        )
        loops = [
            tasks.create_task(bus.run(database.tail.doubt)),
            tasks.create_task(journal.listen(bus)),
        ]
        watch = Watch(runs=runs, events=events, bus=bus, now=now)
        yield OneServer(database, journal, runs, events, bus, watch)
        for loop in loops:
            loop.cancel()


@pytest.fixture
async def servers(postgres_url: str) -> AsyncIterator[list[OneServer]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(one_server(postgres_url)) for _ in range(2)]


def backends(postgres: Postgres, url: str, where: str) -> list[int]:
    """The process ids of connections to a database."""
    name = url.rpartition("/")[2]
    rows = postgres.execute(
        f"SELECT pid FROM pg_stat_activity WHERE datname = '{name}' AND {where}"  # noqa: S608
    )
    return [int(str(pid)) for (pid,) in rows]


def end(postgres: Postgres, pids: list[int]) -> None:
    for pid in pids:
        postgres.execute(f"SELECT pg_terminate_backend({pid})")


async def all_of(watch: Watch, run_id: RunId) -> list[int]:
    """The sequences of a run as a watcher gets them, until it ends."""
    seen: list[int] = []
    async for message in watch.watch(run_id):
        if not isinstance(message, Ended) and (body := getattr(message, "body", b"")):
            seen += [event.sequence for event in RunEventBatch.FromString(body).events]
    return seen


async def test_a_run_is_claimed_by_one_server_however_many_ask(servers: list[OneServer]) -> None:
    one, two = servers
    await asyncio.gather(*(servers[n % 2].journal.create(a_seed(f"r{n:03}")) for n in range(200)))

    async def claims(server: OneServer, worker: str) -> list[Run]:
        taken: list[Run] = []
        while found := await server.journal.claim(worker, 7, graphs=["g"], lease_seconds=60):
            taken += found
        return taken

    found = await asyncio.gather(
        *(claims(server, f"{n}/{k}") for n, server in enumerate(servers) for k in range(4))
    )
    taken = [run.run_id for claimed in found for run in claimed]
    # Whoever finds a run locked passes it over: a last look finds what all have passed over.
    taken += [run.run_id for run in await claims(one, "last")]
    assert sorted(taken) == [f"r{n:03}" for n in range(200)]
    assert not await two.journal.claim("w", 1, graphs=["g"], lease_seconds=60)


async def test_a_lease_that_was_taken_over_elsewhere_commits_nothing(
    servers: list[OneServer],
) -> None:
    one, two = servers
    await one.journal.create(a_seed("a"))
    [run] = await one.journal.claim("slow", 1, graphs=["g"], lease_seconds=0)
    slow = Lease(run_id=run.run_id, epoch=run.epoch, worker_id="slow")
    _, quick = await claim_one(two.journal, "quick")
    with pytest.raises(Conflict) as caught:
        await one.journal.record(run.run_id, moves.progressed(slow, Progress(events=(log("x"),))))
    assert caught.value.reason == "LEASE_LOST"
    assert await one.journal.renew([slow], 10) == {run.run_id: Verdict.LOST}
    assert await two.journal.renew([quick], 10) == {run.run_id: Verdict.OK}
    await two.journal.record(run.run_id, moves.settled(quick, Progress(), Succeeded(b"{}")))
    assert (await one.runs.get(run.run_id)).status is RunStatus.SUCCEEDED


async def test_what_another_server_queues_is_claimed_without_waiting_for_a_look(
    servers: list[OneServer],
) -> None:
    one, two = servers
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        for n in range(5):
            claim = tasks.create_task(claim_soon(two.journal))
            await one.journal.create(a_seed(f"r{n}"))
            assert [run.run_id for run in await claim] == [f"r{n}"]


async def claim_soon(journal: SqlJournal) -> list[Run]:
    while not (
        found := await journal.claim("w", 1, graphs=["g"], lease_seconds=60, wait_seconds=1)
    ):
        pass
    return list(found)


async def test_every_server_may_move_a_run_and_its_events_are_one_line(
    servers: list[OneServer],
) -> None:
    one, two = servers
    await one.journal.create(a_seed("a"))
    run, lease = await claim_one(two.journal)
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        watchers = [tasks.create_task(all_of(server.watch, run.run_id)) for server in servers]
        for n in range(60):
            move = moves.progressed(lease, Progress(events=(log(str(n)),)))
            await servers[n % 2].journal.record(run.run_id, move)
        last = moves.settled(lease, Progress(), Succeeded(b"{}"))
        ended = await one.journal.record(run.run_id, last)
    for watcher in watchers:
        assert watcher.result() == list(range(1, ended.last_sequence + 1))


async def test_a_run_made_again_under_its_id_elsewhere_is_not_taken_for_the_old_one(
    servers: list[OneServer],
) -> None:
    one, two = servers
    await one.journal.create(a_seed("a"))
    run, lease = await claim_one(one.journal)
    progress = Progress(events=tuple(log("old") for _ in range(5)))
    await one.journal.record(run.run_id, moves.settled(lease, progress, Succeeded(b"{}")))
    await two.journal.delete(run.run_id, "")
    await two.journal.create(a_seed("a"))
    await two.journal.record(run.run_id, moves.cancelled(reason="", etag="", grace_seconds=0))
    assert await all_of(one.watch, run.run_id) == [1, 2]


async def test_the_same_request_on_two_servers_makes_one_run(servers: list[OneServer]) -> None:
    for n in range(20):
        request = Request(request_id=f"q{n}", body_hash=b"b")
        made = await asyncio.gather(
            *(
                server.journal.create(Seed(run=a_run(f"{n}-{k}-{i}"), request=request))
                for k, server in enumerate(servers)
                for i in range(3)
            )
        )
        assert len({created.run.run_id for created in made}) == 1
        assert sum(not created.replayed for created in made) == 1


async def test_the_same_id_on_two_servers_is_taken_once(servers: list[OneServer]) -> None:
    for n in range(20):
        results = await asyncio.gather(
            *(server.journal.create(Seed(run=a_run(f"r{n}"), named=True)) for server in servers),
            return_exceptions=True,
        )
        assert sorted(type(result).__name__ for result in results) == ["AlreadyExists", "Created"]


async def test_the_feed_misses_nothing_while_16_write(postgres_url: str) -> None:
    """Rows are numbered before they are committed; a reader must not run past the late ones."""
    writers, each = 16, 40
    async with AsyncExitStack() as stack:
        open_ = stack.enter_async_context
        servers = [await open_(one_server(postgres_url)) for _ in range(writers)]
        position, seen = await servers[0].events.head(), list[str]()

        async def write(number: int) -> None:
            for n in range(each):
                await servers[number].journal.create(a_seed(f"w{number:02}-{n:03}"))

        async def read() -> None:
            nonlocal position
            while len(seen) < writers * each:
                found, position, _ = await servers[0].events.feed(EVERYTHING, position, 50)
                seen.extend(item.run_id for item in found)

        async with asyncio.timeout(120), asyncio.TaskGroup() as tasks:
            for number in range(writers):
                tasks.create_task(write(number))
            tasks.create_task(read())
    assert sorted(seen) == sorted(f"w{w:02}-{n:03}" for w in range(writers) for n in range(each))


async def test_the_feed_waits_for_a_commit_that_began_before(
    servers: list[OneServer], postgres_url: str
) -> None:
    one, _ = servers
    await one.journal.create(a_seed("first"))
    position = await one.events.head()
    late = """INSERT INTO segments (run_id, first_sequence, last_sequence, delta, final, body)
              VALUES ('first', 100, 100, false, false, '')"""
    async with await psycopg.AsyncConnection.connect(postgres_url) as connection:
        await connection.execute(late)
        await one.journal.create(a_seed("second"))
        found, position, _ = await one.events.feed(EVERYTHING, position, 10)
        assert not found  # "second" is numbered behind a row that is not there yet
    found, *_ = await one.events.feed(EVERYTHING, position, 10)
    assert [(item.run_id, item.first_sequence) for item in found] == [("first", 100), ("second", 1)]


async def test_wakes_come_again_after_listening_was_cut_off(
    servers: list[OneServer], postgres: Postgres, postgres_url: str
) -> None:
    one, two = servers
    await one.journal.create(a_seed("a"))
    run, lease = await claim_one(one.journal)
    listening = "query IN ('LISTEN runwire', 'SELECT 1')"
    await eventually(lambda: len(backends(postgres, postgres_url, listening)) == 2)
    before = set(backends(postgres, postgres_url, listening))
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        watcher = tasks.create_task(all_of(two.watch, run.run_id))
        await one.journal.record(run.run_id, moves.progressed(lease, Progress(events=(log("1"),))))
        end(postgres, list(before))
        await one.journal.record(run.run_id, moves.progressed(lease, Progress(events=(log("2"),))))
        await eventually(
            lambda: len(set(backends(postgres, postgres_url, listening)) - before) == 2
        )
        with two.bus.waiting("somebody") as wake:
            one.bus.wake_all(["somebody"])
            await wake.wait(30)
        ended = await one.journal.record(
            run.run_id, moves.settled(lease, Progress(), Succeeded(b"{}"))
        )
    assert watcher.result() == list(range(1, ended.last_sequence + 1))


async def test_without_notify_everything_still_arrives(postgres_url: str) -> None:
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(one_server(postgres_url))
        deaf = await stack.enter_async_context(
            open_database(postgres_url, now=now, encode=encode_events, wake_all=lambda topics: None)
        )
        silent = SqlJournal(deaf.writer)
        async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
            claim = tasks.create_task(claim_soon(one.journal))
            await silent.create(a_seed("a"))
            [run] = await claim
            watcher = tasks.create_task(all_of(one.watch, run.run_id))
            lease = Lease(run_id=run.run_id, epoch=run.epoch, worker_id="w")
            await silent.record(run.run_id, moves.settled(lease, Progress(), Succeeded(b"{}")))
    assert watcher.result() == [1, 2, 3]


async def test_a_writer_that_loses_its_connection_goes_on_and_nobody_notices(
    servers: list[OneServer], postgres: Postgres, postgres_url: str
) -> None:
    one, _ = servers
    stop = asyncio.Event()

    async def cut() -> None:
        while not stop.is_set():
            await asyncio.to_thread(
                lambda: end(postgres, backends(postgres, postgres_url, "pid <> pg_backend_pid()"))
            )
            await asyncio.sleep(0.05)

    made: list[str] = []
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        tasks.create_task(cut())
        for n in range(60):
            made.append((await one.journal.create(a_seed(f"r{n:02}", f"q{n}", b"b"))).run.run_id)
            await asyncio.sleep(0.01)
        stop.set()
    assert made == [f"r{n:02}" for n in range(60)]
    found = await one.database.read(lambda c: c.execute(text("SELECT count(*) FROM runs")).scalar())
    assert found == 60


@pytest.mark.parametrize("committed", [True, False])
async def test_a_commit_whose_answer_is_lost_counts_once(
    postgres: Postgres, postgres_url: str, committed: bool
) -> None:
    async with Proxy(postgres.port).running() as proxy:
        url = (
            postgres_url.replace(f":{postgres.port}/", f":{proxy.port}/")
            + "?sslmode=disable&gssencmode=disable"
        )
        async with (
            asyncio.timeout(60),
            open_database(
                url, now=now, encode=encode_events, wake_all=lambda topics: None
            ) as database,
        ):
            journal = SqlJournal(database.writer)
            await journal.create(a_seed("a"))
            run, lease = await claim_one(journal)
            for n in range(10):
                proxy.lose_next_commit, proxy.drop_next_commit = committed, not committed
                moved = await journal.record(
                    run.run_id, moves.progressed(lease, Progress(events=(log(str(n)),)))
                )
                assert moved.last_sequence == 3 + n
            assert proxy.lost == 10
            found = await SqlEventStore(database).read(run.run_id, 1, 10**6)
            assert [item.last_sequence for item in found] == list(range(1, 13))


async def test_a_commit_that_arrives_late_comes_too_late(
    postgres: Postgres, postgres_url: str
) -> None:
    """What was found not to be committed, and was done again, is not committed after all."""
    async with Proxy(postgres.port).running() as proxy:
        url = postgres_url.replace(f":{postgres.port}/", f":{proxy.port}/")
        async with (
            asyncio.timeout(60),
            open_database(
                f"{url}?sslmode=disable&gssencmode=disable",
                now=now,
                encode=encode_events,
                wake_all=lambda topics: None,
            ) as database,
        ):
            journal = SqlJournal(database.writer)
            await journal.create(a_seed("a"))
            run, lease = await claim_one(journal)
            await journal.record(run.run_id, moves.progressed(lease, Progress(events=(log("0"),))))
            [before] = backends(postgres, postgres_url, "query LIKE 'WITH receipt%'")
            late = proxy.late_next_commit = asyncio.Event()
            move = moves.progressed(lease, Progress(events=(log("x"),)))
            moved = await journal.record(run.run_id, move)
            assert before in backends(postgres, postgres_url, "true")
            late.set()
            await eventually(lambda: before not in backends(postgres, postgres_url, "true"))
            assert (moved.last_sequence, proxy.lost) == (4, 1)
            found = await SqlEventStore(database).read(run.run_id, 1, 10**6)
            assert [item.last_sequence for item in found] == [1, 2, 3, 4]
            assert await SqlRunStore(database).get(run.run_id) == moved


async def test_an_outage_is_answered_in_time_and_ends_by_itself(postgres: Postgres) -> None:
    url = postgres.new_database(TEMPLATE)
    async with Proxy(postgres.port).running() as proxy:
        database_url = url.replace(f":{postgres.port}/", f":{proxy.port}/")
        async with (
            asyncio.timeout(60),
            open_database(
                database_url, now=now, encode=encode_events, wake_all=lambda topics: None
            ) as database,
            asyncio.TaskGroup() as tasks,
        ):
            journal = SqlJournal(database.writer)
            await journal.create(a_seed("a"))
            run, lease = await claim_one(journal)
            right, proxy.target = proxy.target, 1  # nobody listens there
            end(postgres, backends(postgres, url, "true"))
            held = tasks.create_task(
                journal.record(
                    run.run_id,
                    moves.progressed(lease, Progress(events=(log("x"),))),
                    in_hand=True,
                )
            )
            with pytest.raises(Unavailable) as caught:
                await journal.create(a_seed("b"))
            assert caught.value.reason == "STORE_UNAVAILABLE"
            with pytest.raises(Unavailable):
                await SqlRunStore(database).get(run.run_id)
            assert not held.done()
            proxy.target = right
            assert (await held).last_sequence == 3  # what a worker has in hand was kept
            await journal.create(a_seed("c"))
            with pytest.raises(NotFound):
                await SqlRunStore(database).get(RunId("b"))
    postgres.drop(url)


def test_migrating_twice_at_once_is_migrating_once(postgres: Postgres) -> None:
    url = postgres.new_database()
    failures: list[Exception] = []

    def run() -> None:
        try:
            migrate(url)
        except Exception as error:  # noqa: BLE001 - for the test to look at
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert postgres.execute("SELECT count(*) FROM alembic_version", url.rpartition("/")[2]) == [
        (1,)
    ]
    postgres.drop(url)


async def test_tables_that_are_missing_or_old_stop_the_start(postgres: Postgres) -> None:
    url = postgres.new_database()
    name = url.rpartition("/")[2]
    opening: Callable[[], Awaitable[Database]] = lambda: open_database(  # noqa: E731
        url, now=now, encode=encode_events, wake_all=lambda topics: None
    ).__aenter__()
    with pytest.raises(Unavailable, match=r"missing.*runwire migrate"):
        await opening()
    migrate(url)
    postgres.execute("UPDATE alembic_version SET version_num = '0001'", name)
    with pytest.raises(Unavailable, match=r"older version.*runwire migrate") as caught:
        await opening()
    assert caught.value.reason == "SCHEMA_OUT_OF_DATE"
    postgres.drop(url)
