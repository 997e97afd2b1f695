"""Threads at rest: found, changed, deleted while they are used, copied, pruned, past their time."""

import asyncio
from datetime import timedelta
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import func, select
from tests.conftest import now
from tests.stores.queueing import lease_of
from tests.stores.test_thread_runs import ended
from tests.stores.threading_runs import Threads, a_seed, a_thread

from runwire.domain import moves
from runwire.domain.errors import AlreadyExists, Conflict, Invalid, NotFound
from runwire.domain.run import OnEnd, RunId
from runwire.domain.thread import (
    Multitask,
    Thread,
    ThreadChange,
    ThreadId,
    ThreadStatus,
    Ttl,
    TtlStrategy,
)
from runwire.domain.thread_checkpoint import (
    ChannelBlob,
    Saved,
    TaskWrite,
    TaskWrites,
    ThreadCheckpoint,
)
from runwire.domain.thread_ports import ThreadFilter
from runwire.domain.work import Progress, Verdict
from runwire.stores import saved_tables
from runwire.stores.database import Database


@pytest.fixture
def threads(database: Database) -> Threads:
    return Threads(database)


def new(name: str, **changes: Any) -> Thread:
    return Thread(thread_id=ThreadId(name), created_at=now(), updated_at=now(), **changes)


async def add(threads: Threads, name: str, **changes: Any) -> Thread:
    return await threads.store.add(new(name, **changes), "default", if_exists="raise")


async def found(threads: Threads, *, total: bool = False, **where: Any) -> Any:
    page = {"sort_by": "created_at", "descending": True, "limit": 100, "offset": 0}
    page |= {key: where.pop(key) for key in list(where) if key in page}
    answer = await threads.store.find(ThreadFilter(**{"namespace": "default", **where}), **page)
    ids = [each.thread_id for each in answer.items]
    return (ids, answer.total) if total else ids


def checkpoint(thread_id: str, number: int, run_id: str = "") -> ThreadCheckpoint:
    version = f"{number:08}"
    return ThreadCheckpoint(
        thread_id=thread_id,
        checkpoint_ns="",
        checkpoint_id=version,
        parent_id=f"{number - 1:08}" if number > 1 else "",
        run_id=run_id,
        body=b"{}",
        metadata={"step": number},
        versions={"n": version},
        blobs=(ChannelBlob(channel="n", version=version, kind="json", body=b"%d" % number),),
        created_at=now(),
    )


def writes(thread_id: str, number: int, run_id: str = "") -> TaskWrites:
    return TaskWrites(
        thread_id=thread_id,
        checkpoint_ns="",
        checkpoint_id=f"{number:08}",
        task_id="t",
        run_id=run_id,
        writes=(TaskWrite(index=0, channel="n", kind="json", body=b"1"),),
    )


async def saved_of(database: Database, thread_id: str) -> list[int]:
    """How many checkpoints, blobs and writes a thread has."""
    tables = (
        saved_tables.thread_checkpoints,
        saved_tables.thread_blobs,
        saved_tables.thread_writes,
    )
    queries = [
        select(func.count()).select_from(table).where(table.c.thread_id == thread_id)
        for table in tables
    ]
    return await database.read(lambda c: [c.execute(query).scalar_one() for query in queries])


async def test_a_thread_reads_back_as_it_was(threads: Threads) -> None:
    ttl = Ttl(minutes=1.5, strategy=TtlStrategy.KEEP_LATEST)
    added = await add(threads, "t", metadata={"ünï": "✓\x00", "n": 5}, config={"a": 1}, ttl=ttl)
    read = await threads.store.get(ThreadId("t"))
    assert (read.metadata, read.config, read.ttl) == ({"ünï": "✓\x00", "n": 5}, {"a": 1}, ttl)
    assert read.expires_at == added.created_at + timedelta(minutes=1.5)
    assert (read.created_at, read.values, read.status) == (
        added.created_at,
        None,
        ThreadStatus.IDLE,
    )
    with pytest.raises(AlreadyExists) as taken:
        await add(threads, "t")
    assert taken.value.reason == "THREAD_EXISTS"
    again = await threads.store.add(new("t", metadata={"x": 1}), "default", if_exists="do_nothing")
    assert again.metadata == read.metadata
    changed = await threads.store.update(ThreadId("t"), metadata={"n": 6}, ttl=None)
    assert changed.metadata == {"ünï": "✓\x00", "n": 6}
    assert changed.updated_at > read.updated_at


async def test_metadata_is_merged_and_spares_what_runs_have_left(threads: Threads) -> None:
    await threads.create("a", "t", metadata={"a": 1})
    [run] = await threads.claim()
    change = ThreadChange(status=ThreadStatus.ERROR, values=b"[1]", error={"error": "E"})
    updates = [
        threads.store.update(ThreadId("t"), metadata={f"k{i}": i}, ttl=None) for i in range(10)
    ]
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(threads.settle(run, thread=change))
        for update in updates:
            tasks.create_task(update)
    read = await threads.store.get(ThreadId("t"))
    assert read.metadata == {"a": 1, **{f"k{i}": i for i in range(10)}}
    assert (read.status, read.values, read.error) == (
        ThreadStatus.ERROR,
        b"[1]",
        {"error": "E"},
    )


async def test_threads_are_found_by_what_they_hold(threads: Threads) -> None:
    await add(threads, "a", metadata={"graph_id": "g", "owner": {"id": 1}, "tags": ["x", "y"]})
    await add(threads, "b", metadata={"graph_id": "h", "owner": {"id": 2}})
    await add(threads, "c", metadata={})
    left = ThreadChange(status=ThreadStatus.INTERRUPTED, values=b'{"m":[{"k":1},2],"z":"\\u0000"}')
    await threads.store.change(ThreadId("c"), left, ())
    await threads.create("run", "d")
    assert await found(threads, total=True) == (["d", "c", "b", "a"], 4)
    assert await found(threads, metadata={"graph_id": "g"}) == ["a"]
    assert await found(threads, metadata={"owner": {"id": 2}}) == ["b"]
    assert await found(threads, values={"m": [2]}) == ["c"]
    assert await found(threads, values={"m": [3]}) == []
    assert await found(threads, also={"tags": {"$contains": "y"}}) == ["a"]
    assert await found(threads, also={"owner": {"$eq": {"id": 1}}}) == ["a"]
    assert await found(threads, ids=("a", "c", "nobody")) == ["c", "a"]
    assert await found(threads, status=ThreadStatus.BUSY) == ["d"]
    assert await found(threads, status=ThreadStatus.INTERRUPTED) == ["c"]
    assert await found(threads, status=ThreadStatus.IDLE) == ["b", "a"]
    # What holds nothing of any graph yet can be seen by all.
    assert await found(threads, graphs=("g", "x*")) == ["d", "c", "a"]
    assert await found(threads, graphs=("h*",)) == ["d", "c", "b"]
    assert await found(threads, namespace="other") == []


async def test_pages_have_offsets_and_totals(threads: Threads) -> None:
    for name in ("a", "b", "c", "d", "e"):
        await add(threads, name)
    assert await found(threads, total=True, limit=2) == (["e", "d"], 5)
    assert await found(threads, total=True, limit=2, offset=4) == (["a"], 5)
    assert await found(threads, total=True, limit=2, offset=9) == ([], 5)
    assert await found(threads, sort_by="thread_id", descending=False, limit=2) == ["a", "b"]
    await threads.store.update(ThreadId("b"), metadata={"k": 1}, ttl=None)
    assert (await found(threads, sort_by="updated_at"))[0] == "b"
    for column in ("status", "state_updated_at"):
        assert len(await found(threads, sort_by=column)) == 5
    with pytest.raises(Invalid):
        await found(threads, sort_by="metadata")


async def test_a_state_is_changed_only_while_no_run_goes_on(
    threads: Threads, database: Database
) -> None:
    change = ThreadChange(status=ThreadStatus.IDLE, values=b'{"n":1}')
    with pytest.raises(NotFound):
        await threads.store.change(ThreadId("t"), change, ())
    await threads.create("a", "t")
    with pytest.raises(Conflict) as busy:
        await threads.store.change(ThreadId("t"), change, [checkpoint("t", 1)])
    assert busy.value.reason == "THREAD_BUSY"
    assert await saved_of(database, "t") == [0, 0, 0]
    await threads.cancel("a", on_end=OnEnd.KEEP)
    await threads.store.change(ThreadId("t"), change, [checkpoint("t", 1)])
    assert (await threads.store.get(ThreadId("t"))).values == b'{"n":1}'
    assert await saved_of(database, "t") == [1, 1, 0]


async def test_what_a_run_saved_is_undone_with_it(threads: Threads, database: Database) -> None:
    await threads.create("a", "t")
    [run] = await threads.claim()
    await threads.settle(run, saved=(checkpoint("t", 1, "a"), writes("t", 1, "a")))
    await threads.create("b", "t")
    [run] = await threads.claim()
    later: tuple[Saved, ...] = (checkpoint("t", 2, "b"), writes("t", 2, "b"), writes("t", 1, "b"))
    await threads.journal.record(run.run_id, moves.progressed(lease_of(run), Progress(saved=later)))
    assert await saved_of(database, "t") == [2, 2, 2]
    await threads.create("c", "t", Multitask.ROLLBACK)
    await threads.let_go(run)
    assert await saved_of(database, "t") == [1, 1, 1]
    newest = await threads.checkpoints.read("t", "")
    assert newest is not None
    assert newest.checkpoint.checkpoint_id == f"{1:08}"


async def test_a_thread_goes_with_all_it_has_while_a_run_goes_on(
    threads: Threads, database: Database
) -> None:
    for number in range(5):
        await threads.create(f"old-{number}", "t")
        [run] = await threads.claim()
        await threads.settle(run, saved=(checkpoint("t", number + 1, run.run_id),))
    await threads.create("held", "t")
    await threads.create("waiting", "t")
    await threads.create("other", "u")
    held = {run.run_id: run for run in await threads.claim()}
    assert sorted(held) == ["held", "other"]
    await threads.admin.delete(ThreadId("t"))
    with pytest.raises(NotFound):
        await threads.store.get(ThreadId("t"))
    for run_id in ("old-0", "held", "waiting"):
        with pytest.raises(NotFound):
            await threads.runs.get(RunId(run_id))
    assert await ended(database) == {}
    assert await saved_of(database, "t") == [0, 0, 0]
    with pytest.raises(NotFound):
        await threads.admin.delete(ThreadId("t"))
    # Its place is free at once for a thread of the same name.
    await threads.create("new", "t", Multitask.REJECT)
    assert [run.run_id for run in await threads.claim()] == ["new"]


async def test_what_the_worker_of_a_deleted_thread_says_brings_nothing_back(
    threads: Threads, database: Database
) -> None:
    await threads.create("held", "t")
    [held] = await threads.claim()
    await threads.admin.delete(ThreadId("t"))
    lease = lease_of(held)
    assert await threads.journal.renew([lease], 10) == {"held": Verdict.LOST}
    said = Progress(saved=(checkpoint("t", 9, "held"),))
    with pytest.raises(NotFound):
        await threads.journal.record(RunId("held"), moves.progressed(lease, said))
    with pytest.raises(NotFound):
        await threads.settle(held, thread=ThreadChange(status=ThreadStatus.IDLE))
    assert await saved_of(database, "t") == [0, 0, 0]
    with pytest.raises(NotFound):
        await threads.store.get(ThreadId("t"))


async def test_many_threads_are_deleted_while_runs_come_to_them(threads: Threads) -> None:
    names = [a_thread() for _ in range(10)]
    for name in names:
        await threads.create(f"first-{name}", name)
    seeds = [a_seed(f"second-{name}", name, Multitask.REJECT) for name in names]
    async with asyncio.TaskGroup() as tasks:
        for name in names:
            tasks.create_task(threads.admin.delete(name))
        coming = tasks.create_task(threads.create_all(seeds))
    for name, answer in zip(names, coming.result(), strict=True):
        # Whoever came first, the thread is whole, or it is not there.
        there = await threads.statuses(name)
        if isinstance(answer, Conflict):
            assert there == {}
            with pytest.raises(NotFound):
                await threads.store.get(name)
        elif there:
            assert (await threads.store.get(name)).status is ThreadStatus.BUSY


async def test_a_thread_of_many_checkpoints_is_copied_at_once(
    threads: Threads, database: Database
) -> None:
    await threads.create("a", "t", metadata={"graph_id": "g"})
    [run] = await threads.claim()
    many: list[Saved] = [checkpoint("t", number + 1, "a") for number in range(2000)]
    await threads.checkpoints.write([*many, writes("t", 2000, "a")])
    await threads.settle(run, thread=ThreadChange(status=ThreadStatus.INTERRUPTED, values=b"[7]"))
    began = monotonic()
    copy = await threads.admin.copy(ThreadId("t"), ThreadId("u"))
    assert monotonic() - began < 20
    assert (copy.thread_id, copy.status, copy.values) == ("u", ThreadStatus.IDLE, b"[7]")
    assert copy.metadata == {"graph_id": "g"}
    assert await saved_of(database, "u") == await saved_of(database, "t") == [2000, 2000, 1]
    await threads.admin.delete(ThreadId("t"))
    newest = await threads.checkpoints.read("u", "")
    assert newest is not None
    assert newest.writes
    with pytest.raises(NotFound):
        await threads.admin.copy(ThreadId("t"), ThreadId("v"))


async def test_threads_are_pruned_by_name(threads: Threads, database: Database) -> None:
    for name in ("a", "b"):
        await add(threads, name)
        await threads.checkpoints.write([checkpoint(name, number) for number in (1, 2, 3)])
    assert await threads.admin.prune([ThreadId("a"), ThreadId("nobody")], keep_latest=True) == 1
    assert await saved_of(database, "a") == [1, 1, 0]
    assert await threads.admin.prune([ThreadId("b"), ThreadId("nobody")], keep_latest=False) == 1
    assert await found(threads) == ["a"]


async def test_threads_end_when_their_time_is_over(threads: Threads, database: Database) -> None:
    short, shorter = Ttl(minutes=10), Ttl(minutes=10, strategy=TtlStrategy.KEEP_LATEST)
    await add(threads, "gone", ttl=short)
    await add(threads, "shortened", ttl=shorter)
    await add(threads, "stays")
    await add(threads, "busy", ttl=short)
    await add(threads, "longer", ttl=short)
    await threads.store.update(ThreadId("longer"), metadata={}, ttl=Ttl(minutes=1000))
    await threads.checkpoints.write([checkpoint("shortened", number) for number in (1, 2)])
    await threads.create("run", "busy")
    later = now() + timedelta(minutes=11)
    assert await threads.admin.sweep(now(), 10) == 0
    assert await threads.admin.sweep(later, 10) == 2
    assert sorted(await found(threads)) == ["busy", "longer", "shortened", "stays"]
    assert await saved_of(database, "shortened") == [1, 1, 0]
    assert await threads.admin.sweep(later, 10) == 0
    [run] = await threads.claim()
    await threads.settle(run)
    # Its time began again.
    read = await threads.store.get(ThreadId("busy"))
    assert read.expires_at is not None
    assert read.expires_at - read.updated_at == timedelta(minutes=10)
