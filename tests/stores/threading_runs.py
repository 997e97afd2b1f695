"""What tests of threads do again and again: runs that nobody executes but the test."""

import asyncio
import uuid
from collections.abc import Sequence
from typing import Any

from tests.stores.queueing import a_run, claim, lease_of

from runwire.domain import moves
from runwire.domain.change import Change
from runwire.domain.errors import Error
from runwire.domain.outcome import Cancelled, Outcome, Succeeded
from runwire.domain.run import Run, RunId, RunStatus
from runwire.domain.run_options import RunOptions
from runwire.domain.thread import Multitask, ThreadChange, ThreadEntry, ThreadId, gate_of
from runwire.domain.thread_moves import unwanted
from runwire.domain.work import Created, Progress, Seed
from runwire.stores.database import Database
from runwire.stores.journal import SqlJournal
from runwire.stores.runs import SqlRunStore
from runwire.stores.thread_admin import SqlThreadAdmin
from runwire.stores.thread_checkpoints import SqlThreadCheckpoints
from runwire.stores.threads import SqlThreadStore

S = RunStatus


def a_thread(namespace: str = "") -> ThreadId:
    return ThreadId(f"{namespace}/{uuid.uuid4()}" if namespace else str(uuid.uuid4()))


def a_seed(
    run_id: str,
    thread_id: str,
    multitask: Multitask = Multitask.ENQUEUE,
    *,
    options: RunOptions | None = None,
    run: dict[str, Any] | None = None,
    **entry: Any,
) -> Seed:
    made = a_run(
        run_id,
        thread_id=thread_id,
        concurrency_key=gate_of(thread_id),
        concurrency_limit=1,
        options=options or RunOptions(),
        **(run or {}),
    )
    coming = ThreadEntry(thread_id=ThreadId(thread_id), multitask=multitask, **entry)
    return Seed(run=made, thread=coming)


class Threads:
    """One server's part in threads."""

    def __init__(self, database: Database) -> None:
        self.journal = SqlJournal(database.writer)
        self.store = SqlThreadStore(database)
        self.checkpoints = SqlThreadCheckpoints(database)
        self.admin = SqlThreadAdmin(database, self.checkpoints)
        self.runs = SqlRunStore(database)
        self.database = database

    async def create(self, run_id: str, thread_id: str, *how: Any, **more: Any) -> Run:
        created = await self.journal.create(a_seed(run_id, thread_id, *how, **more))
        return created.run

    async def create_all(self, seeds: Sequence[Seed]) -> list[Created | Error]:
        """Create runs at the same moment; answers and refusals in order."""

        async def one(seed: Seed) -> Created | Error:
            try:
                return await self.journal.create(seed)
            except Error as error:
                return error

        async with asyncio.TaskGroup() as tasks:
            going = [tasks.create_task(one(seed)) for seed in seeds]
        return [task.result() for task in going]

    async def claim(self, limit: int = 10, wait_seconds: float = 5) -> list[Run]:
        return await claim(self.journal, limit, wait_seconds=wait_seconds)

    async def idle(self) -> bool:
        """Whether no run can be claimed now."""
        return not await claim(self.journal, 10)

    async def settle(
        self,
        run: Run,
        outcome: Outcome | None = None,
        thread: ThreadChange | None = None,
        **progress: Any,
    ) -> Run:
        said = Progress(thread=thread, **progress)
        move = moves.settled(lease_of(run), said, outcome or Succeeded(b"{}"))
        return await self.journal.record(run.run_id, move)

    async def let_go(self, run: Run) -> Run:
        """What a worker says of a run that it was told to cancel."""
        return await self.settle(run, Cancelled())

    async def cancel(self, run_id: str, **how: Any) -> Run:
        how = {"reason": "because", "grace_seconds": 60.0, **how}
        return await self.journal.record(RunId(run_id), unwanted(**how))

    async def status(self, thread_id: str) -> str:
        return (await self.store.get(ThreadId(thread_id))).status.value

    async def statuses(self, thread_id: str) -> dict[str, str]:
        found = await self.store.runs(ThreadId(thread_id), statuses=(), limit=100, offset=0)
        return {run.run_id: run.status.value for run in found}


def unchanged(run: Run, _: object) -> Change:
    return Change(run=run)
