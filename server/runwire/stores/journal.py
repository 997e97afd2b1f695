"""The one door through which a run changes."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from time import monotonic
from typing import Any, Final

from sqlalchemy import bindparam, delete, select, update

from runwire.domain import moves
from runwire.domain.ports import Bus, Move
from runwire.domain.run import Run, RunId, RunStatus
from runwire.domain.work import Created, Lease, Seed, Verdict
from runwire.stores.batch import Batch
from runwire.stores.tables import Micros, queue, runs
from runwire.stores.waiting import Withdrawn
from runwire.stores.writer import Writer

FIRST_LOOK_SECONDS: Final = 0.25
LAST_LOOK_SECONDS: Final = 1.0
HINT_SECONDS: Final = 60.0
STOOD_STILL_SECONDS: Final = 0.5

_RENEW = (
    update(queue)
    .where(queue.c.run_id == bindparam("of_run"), queue.c.epoch == bindparam("under"))
    .values(lease_until=bindparam("until"))
)
_EXPIRE = (
    update(queue)
    .where(
        queue.c.run_id == bindparam("of_run"),
        queue.c.epoch == bindparam("of_epoch"),
        queue.c.worker_id == bindparam("of_worker"),
    )
    .values(lease_until=bindparam("until"))
)
_KNOWN = queue.c.graph_id.is_(None) | queue.c.graph_id.in_(bindparam("graphs", expanding=True))
# What somebody else has locked is passed over, so that neither a claim nor a sweep ever waits.
_FREE: Any = {"key_share": True, "skip_locked": True}
_PICK = (
    select(queue.c.run_id)
    .join(runs)
    .where(_KNOWN)
    .limit(bindparam("count"))
    .with_for_update(of=(queue, runs), **_FREE)
)
_READY = _PICK.where(
    queue.c.worker_id.is_(None), queue.c.ready_at <= bindparam("now", type_=Micros)
).order_by(queue.c.priority.desc(), queue.c.ready_at, queue.c.run_id)
_LOST = _PICK.where(
    queue.c.worker_id.is_not(None), queue.c.lease_until <= bindparam("ended", type_=Micros)
).order_by(queue.c.lease_until)
_HELD = {RunStatus.RUNNING.value: Verdict.OK, RunStatus.CANCELLING.value: Verdict.CANCEL}


class SqlJournal:
    """Records moves by group commit, and hands out leases."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._look_seconds = FIRST_LOOK_SECONDS

    async def listen(self, bus: Bus) -> None:
        """Look into the queue whenever another server has left something there, until cancelled."""
        with bus.waiting("queue") as wake:
            while True:
                await wake.wait(HINT_SECONDS)
                self._writer.look_again()

    async def create(self, seed: Seed) -> Created:
        run_id = seed.run.run_id
        return await self._writer.move(
            run_id,
            lambda batch: batch.create(seed),
            look=seed.named,
            request_id=seed.request.request_id,
        )

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
        lease_seconds: float,
        wait_seconds: float = 0.0,
    ) -> Sequence[Run]:
        life, asked = timedelta(seconds=lease_seconds), [monotonic()]
        known = frozenset(graphs)

        def serve(batch: Batch, queued: list[Run]) -> Sequence[Run]:
            # The worker found the queue empty, so what comes now is all there is.
            queued.sort(key=lambda run: -run.priority)
            mine = [run for run in queued if run.graph_version or run.graph_id in known][:limit]
            for run in mine:
                queued.remove(run)
            return _take(batch, [run.run_id for run in mine], worker_id, life)

        try:
            taken = await self._writer.stand(
                lambda batch: _claim(batch, worker_id, limit, graphs, life, _held_up(asked)),
                serve,
                seconds=min(wait_seconds, self._patience),
            )
            self._look_seconds = (
                FIRST_LOOK_SECONDS if taken else min(2 * self._look_seconds, LAST_LOOK_SECONDS)
            )
            return taken
        except Withdrawn as gone:
            for run in gone.result:
                lease = Lease(run_id=run.run_id, epoch=run.epoch, worker_id=worker_id)
                await self.record(run.run_id, moves.released(lease, "not taken up"), in_hand=True)
            raise

    @property
    def _patience(self) -> float:
        """How long a claim stands before it looks by itself for what other servers have queued."""
        return LAST_LOOK_SECONDS if self._writer.alone else self._look_seconds

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

    async def delete(self, run_id: RunId, etag: str) -> None:
        def work(batch: Batch) -> None:
            run = batch.get(run_id)
            moves.deletable(run, etag)
            batch.sums.moved(run, None)
            batch.connection.execute(delete(runs).where(runs.c.run_id == run_id))
            batch.forget(run_id)

        await self._writer.write(work, run_id=run_id)

    async def abandon(self, worker_prefix: str) -> None:
        """End the leases of workers that are known to be gone, so that others go on at once."""

        def work(batch: Batch) -> None:
            held = queue.c.worker_id.startswith(worker_prefix, autoescape=True)
            batch.connection.execute(update(queue).where(held).values(lease_until=batch.now))
            batch.left_queued = True

        await self._writer.write(work)


def _claim(
    batch: Batch,
    worker_id: str,
    limit: int,
    graphs: Sequence[str],
    life: timedelta,
    held_up: timedelta,
) -> Sequence[Run]:
    if batch.queue_is_empty:
        return ()
    parameters = {"graphs": graphs, "now": batch.now, "ended": batch.now - held_up}
    ids = _pick(batch, _READY, {**parameters, "count": limit})
    if len(ids) < limit:
        ids = [*ids, *_pick(batch, _LOST, {**parameters, "count": limit - len(ids)})]
        batch.found_empty = len(ids) < limit
    batch.prefetch(ids)
    return _take(batch, ids, worker_id, life)


def _held_up(asked: list[float]) -> timedelta:
    """Return how long this process stood still since a claim was asked for; 0 when it looks again.

    Leases that have ended meanwhile have only because nobody could renew them: they will be now.
    """
    late = monotonic() - asked.pop() if asked else 0.0
    return timedelta(seconds=late if late > STOOD_STILL_SECONDS else 0)


def _take(batch: Batch, ids: Sequence[RunId], worker_id: str, life: timedelta) -> Sequence[Run]:
    claimed = []
    for run_id in ids:
        if batch.get(run_id).status is RunStatus.CANCELLING:
            continue  # Nobody executes it any more; the sweep ends it when its time is over.
        run = batch.make(run_id, moves.claimed)
        batch.hold(run, worker_id, batch.now + life)
        claimed.append(run)
    return claimed


def _pick(batch: Batch, query: Any, parameters: dict[str, Any]) -> list[RunId]:
    return [RunId(row.run_id) for row in batch.connection.execute(query, parameters)]


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
    until = batch.now + life
    held = [
        {"of_run": lease.run_id, "under": lease.epoch, "until": until}
        for lease in sorted(leases, key=lambda lease: lease.run_id)
        if verdicts[lease.run_id] is not Verdict.LOST
    ]
    if held:
        batch.connection.execute(_RENEW, held)
    return verdicts


def _sweep(batch: Batch, limit: int) -> int:
    overdue = (runs.c.status == RunStatus.CANCELLING.value) & (runs.c.cancel_by <= batch.now)
    query = select(runs.c.run_id).where(overdue).order_by(runs.c.cancel_by).limit(limit)
    query = query.with_for_update(**_FREE)
    ids = [RunId(row.run_id) for row in batch.connection.execute(query)]
    batch.prefetch(ids)
    for run_id in ids:
        batch.make(run_id, moves.cancel_overdue)
    return len(ids)
