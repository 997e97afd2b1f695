"""What tests of the queue do again and again."""

import asyncio
from time import monotonic

from tests.conftest import now

from runwire.domain import moves
from runwire.domain.outcome import Succeeded
from runwire.domain.run import Run, RunId, RunStatus
from runwire.domain.work import Lease, Progress, Seed
from runwire.stores.journal import SqlJournal

S = RunStatus


def a_run(run_id: str, **changes: object) -> Run:
    at = now()
    values: dict[str, object] = {"run_id": RunId(run_id), "graph_id": "g"}
    return Run(**{**values, "created_at": at, "ready_at": at, **changes})  # type: ignore[arg-type]


def limited(run_id: str, key: str = "k", limit: int = 1, **changes: object) -> Run:
    return a_run(run_id, concurrency_key=key, concurrency_limit=limit, **changes)


async def create(journal: SqlJournal, *runs: Run) -> None:
    async with asyncio.TaskGroup() as tasks:
        for run in runs:
            tasks.create_task(journal.create(Seed(run=run)))


async def claim(
    journal: SqlJournal,
    limit: int = 10,
    *,
    worker: str = "w",
    queues: tuple[str, ...] = ("",),
    graphs: tuple[str, ...] = ("g", "h"),
    wait_seconds: float = 0,
    lease_seconds: float = 10,
) -> list[Run]:
    """Claim, and ask again as workers do, until something is there or the time is over."""
    until = monotonic() + wait_seconds
    while True:
        left = until - monotonic()
        found = await journal.claim(
            worker,
            limit,
            graphs=graphs,
            queues=queues,
            lease_seconds=lease_seconds,
            wait_seconds=max(left, 0),
        )
        if found or left <= 0:
            return list(found)


def lease_of(run: Run, worker: str = "w") -> Lease:
    return Lease(run_id=run.run_id, epoch=run.epoch, worker_id=worker)


async def settle(journal: SqlJournal, run: Run) -> None:
    move = moves.settled(lease_of(run), Progress(), Succeeded(b"{}"))
    await journal.record(run.run_id, move)


def ids(runs: list[Run]) -> list[str]:
    return [run.run_id for run in runs]
