"""The one door through which a run changes."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import bindparam, delete, select, update

from runwire.domain import moves
from runwire.domain.ports import Move
from runwire.domain.run import Run, RunId, RunStatus
from runwire.domain.work import Created, Lease, Seed, Verdict
from runwire.stores.batch import Batch
from runwire.stores.claiming import Claiming
from runwire.stores.gates import limit_anew
from runwire.stores.tables import queue, runs
from runwire.stores.waiting import Withdrawn
from runwire.stores.writer import Writer

_RENEW = (
    update(queue)
    .where(queue.c.run_id == bindparam("of_run"))
    .values(lease_until=bindparam("until"))
)
DEFAULT_QUEUES: Final = ("",)
MAX_CRASHES: Final = 3
_EXPIRE = (
    update(queue)
    .where(
        queue.c.run_id == bindparam("of_run"),
        queue.c.epoch == bindparam("of_epoch"),
        queue.c.worker_id == bindparam("of_worker"),
    )
    .values(lease_until=bindparam("until"))
)
_HELD = {RunStatus.RUNNING.value: Verdict.OK, RunStatus.CANCELLING.value: Verdict.CANCEL}


class SqlJournal:
    """Records moves by group commit, and hands out leases."""

    def __init__(self, writer: Writer, *, max_crashes: int = MAX_CRASHES) -> None:
        self._writer = writer
        self._max_crashes = max_crashes
        self._visited = ""  # the gate that `offer` has come to

    async def create(self, seed: Seed) -> Created:
        run_id = seed.run.run_id
        return await self._writer.move(run_id, lambda batch: batch.create(seed), look=seed.named)

    async def record(self, run_id: RunId, move: Move, *, in_hand: bool = False) -> Run:
        return await self._writer.move(
            run_id, lambda batch: batch.make(run_id, move), in_hand=in_hand
        )

    async def claim(
        self,
        worker_id: str,
        limit: int,
        *,
        graphs: Sequence[str],
        queues: Sequence[str] = DEFAULT_QUEUES,
        lease_seconds: float,
        wait_seconds: float = 0.0,
    ) -> Sequence[Run]:
        claim = Claiming(
            worker_id=worker_id,
            limit=limit,
            scope=(frozenset(queues), frozenset(graphs)),
            life=timedelta(seconds=lease_seconds),
            max_crashes=self._max_crashes,
        )
        try:
            return await self._writer.stand(claim.look, claim.serve, seconds=wait_seconds)
        except Withdrawn as gone:
            for run in gone.result:
                lease = Lease(run_id=run.run_id, epoch=run.epoch, worker_id=worker_id)
                await self.record(run.run_id, moves.released(lease, "not taken up"), in_hand=True)
            raise

    async def renew(self, leases: Sequence[Lease], lease_seconds: float) -> Mapping[RunId, Verdict]:
        life = timedelta(seconds=lease_seconds)
        return await self._writer.write(lambda batch: _renew(batch, leases, life), in_hand=True)

    async def expire(self, leases: Sequence[Lease]) -> None:
        def work(batch: Batch) -> None:
            batch.connection.execute(
                _EXPIRE,
                [
                    {
                        "of_run": lease.run_id,
                        "of_epoch": lease.epoch,
                        "of_worker": lease.worker_id,
                        "until": batch.now,
                    }
                    for lease in leases
                ],
            )
            batch.left_queued = batch.freed = True

        if leases:
            await self._writer.write(work, in_hand=True)

    async def sweep(self, limit: int) -> int:
        return await self._writer.write(lambda batch: _sweep(batch, limit), in_hand=True)

    async def offer(self, limit: int) -> None:
        def work(batch: Batch) -> None:
            self._visited = batch.gates.visit(batch.connection, self._visited, limit)
            batch.gates.fill(batch.connection)

        await self._writer.write(work, in_hand=True)

    async def limit_anew(self, graph_limits: Mapping[str, int]) -> None:
        """Let limits count for runs that were queued before the settings had them."""

        def work(batch: Batch) -> None:
            limit_anew(batch.connection, graph_limits)
            batch.left_queued = True

        await self._writer.write(work)

    async def delete(self, run_id: RunId, etag: str) -> None:
        def work(batch: Batch) -> None:
            moves.deletable(batch.get(run_id), etag)
            batch.connection.execute(delete(runs).where(runs.c.run_id == run_id))
            batch.forget(run_id)

        await self._writer.write(work)

    async def abandon(self, worker_prefix: str) -> None:
        """End the leases of workers that are known to be gone, so that others go on at once."""

        def work(batch: Batch) -> None:
            held = queue.c.worker_id.startswith(worker_prefix, autoescape=True)
            batch.connection.execute(update(queue).where(held).values(lease_until=batch.now))
            batch.left_queued = True

        await self._writer.write(work)


def _renew(batch: Batch, leases: Sequence[Lease], life: timedelta) -> Mapping[RunId, Verdict]:
    ids = [lease.run_id for lease in leases]
    query = (
        select(runs.c.run_id, runs.c.epoch, runs.c.status, queue.c.worker_id)
        .join(queue)
        .where(runs.c.run_id.in_(ids))
    )
    found = {row.run_id: row for row in batch.connection.execute(query)}
    verdicts = {}
    for lease in leases:
        row = found.get(lease.run_id)
        held_by = row and (row.epoch, row.worker_id)
        if row is not None and held_by == (lease.epoch, lease.worker_id) and row.status in _HELD:
            verdicts[lease.run_id] = _HELD[row.status]
        else:
            verdicts[lease.run_id] = Verdict.LOST
    held = [run_id for run_id, verdict in verdicts.items() if verdict is not Verdict.LOST]
    if held:
        until = batch.now + life
        batch.connection.execute(_RENEW, [{"of_run": run_id, "until": until} for run_id in held])
    return verdicts


def _sweep(batch: Batch, limit: int) -> int:
    overdue = (runs.c.status == RunStatus.CANCELLING.value) & (runs.c.cancel_by <= batch.now)
    query = select(runs.c.run_id).where(overdue).order_by(runs.c.cancel_by).limit(limit)
    ids = [RunId(row.run_id) for row in batch.connection.execute(query)]
    batch.prefetch(ids)
    for run_id in ids:
        batch.make(run_id, moves.cancel_overdue)
    return len(ids)
