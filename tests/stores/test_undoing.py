"""What runs that are cancelled or rolled back leave of their threads."""

from dataclasses import replace

import pytest
from tests.stores.queueing import lease_of
from tests.stores.test_threads import checkpoint, saved_of
from tests.stores.threading_runs import Threads

from runwire.domain import moves
from runwire.domain.errors import Conflict, NotFound
from runwire.domain.run import OnEnd, Run, RunStatus
from runwire.domain.thread import ThreadChange, ThreadId, ThreadStatus
from runwire.domain.work import Progress
from runwire.stores.database import Database


@pytest.fixture
def threads(database: Database) -> Threads:
    return Threads(database)


async def claimed(threads: Threads, run_id: str) -> Run:
    await threads.create(run_id, "t")
    [run] = await threads.claim()
    return run


async def newest(threads: Threads) -> str:
    found = await threads.checkpoints.read("t", "")
    return "" if found is None else found.checkpoint.run_id


async def test_a_busy_thread_is_neither_copied_nor_pruned(threads: Threads) -> None:
    name, other = ThreadId("t"), ThreadId("u")
    run = await claimed(threads, "a")
    saved = tuple(checkpoint("t", number, "a") for number in (1, 2))
    move = moves.progressed(lease_of(run), Progress(saved=saved))
    await threads.journal.record(run.run_id, move)
    for refused in (
        threads.admin.copy(name, other),
        threads.admin.prune([name], keep_latest=True),
    ):
        with pytest.raises(Conflict) as busy:
            await refused
        assert busy.value.reason == "THREAD_BUSY"
    with pytest.raises(NotFound):
        await threads.store.get(other)
    await threads.settle(run)
    await threads.admin.copy(name, other)
    assert await threads.admin.prune([name, other], keep_latest=True) == 2
    for thread_id in (name, other):
        found = threads.checkpoints.list(thread_id)
        assert [each.checkpoint.checkpoint_id async for each in found] == [f"{2:08}"]


@pytest.mark.parametrize("goes_on", [False, True])
async def test_a_run_that_is_undone_leaves_what_others_need(
    threads: Threads, database: Database, *, goes_on: bool
) -> None:
    """Also when somebody went on from what it had saved."""
    for number in range(1, 6):
        at = checkpoint("t", number, "b" if number in (3, 4) else "a")
        before = 2 if number == 5 and not goes_on else number - 1
        base = f"{before:08}" if before else ""
        blobs = (replace(at.blobs[0], base_version=base),)
        await threads.checkpoints.write([replace(at, parent_id=base, blobs=blobs)])
    kept = await threads.checkpoints.read("t", "")
    assert kept is not None
    await threads.checkpoints.delete_runs(["b"])
    assert await threads.checkpoints.read("t", "") == kept
    assert await saved_of(database, "t") == [3, 5 if goes_on else 3, 0]


async def test_what_a_worker_had_in_hand_counts_for_the_thread_of_a_cancelled_run(
    threads: Threads,
) -> None:
    """Else its values would not be those of its newest checkpoint."""
    run = await claimed(threads, "a")
    await threads.cancel("a", on_end=OnEnd.KEEP)
    come_to = ThreadChange(status=ThreadStatus.IDLE, values=b'{"n":2}', interrupts={"t": []})
    left = await threads.settle(run, thread=come_to, saved=(checkpoint("t", 1, "a"),))
    assert (left.status, left.output) == (RunStatus.CANCELLED, None)
    found = await threads.store.get(ThreadId("t"))
    assert (found.status, found.values, found.interrupts) == ("interrupted", b'{"n":2}', {})
    assert await newest(threads) == "a"
    run = await claimed(threads, "b")
    await threads.cancel("b", on_end=OnEnd.ROLL_BACK)
    last = ThreadChange(status=ThreadStatus.IDLE, values=b'{"n":3}')
    await threads.settle(run, thread=last, saved=(checkpoint("t", 2, "b"),))
    assert (await threads.store.get(ThreadId("t"))).values == b'{"n":2}'
    assert await newest(threads) == "a"
