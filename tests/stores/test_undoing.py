"""What runs that are cancelled or rolled back leave of their threads."""

import pytest
from tests.stores.test_threads import checkpoint
from tests.stores.threading_runs import Threads

from runwire.domain.run import OnEnd, Run, RunStatus
from runwire.domain.thread import ThreadChange, ThreadId, ThreadStatus
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
