"""The one door through which a run changes."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from time import monotonic
from typing import Final

from sqlalchemy import bindparam, select, update

from runwire.domain import moves
from runwire.domain.errors import Error
from runwire.domain.ports import Bus, Move
from runwire.domain.run import Run, RunId, RunStatus
from runwire.domain.work import Created, Lease, Seed, Verdict
from runwire.stores.batch import Batch
from runwire.stores.burying import drop_runs
from runwire.stores.claiming import FREE, Claiming
from runwire.stores.known_threads import reservation_of
from runwire.stores.quotas import limit_anew
from runwire.stores.schedule_turns import fire
from runwire.stores.tables import queue, runs
from runwire.stores.waiting import Withdrawn
from runwire.stores.writer import Writer

DEFAULT_QUEUES: Final = ("",)
MAX_CRASHES: Final = 3
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
_HELD = {RunStatus.RUNNING.value: Verdict.OK, RunStatus.CANCELLING.value: Verdict.CANCEL}


class SqlJournal:
    """Records moves by group commit, and hands out leases."""

    def __init__(self, writer: Writer, *, max_crashes: int = MAX_CRASHES) -> None:
        self._writer = writer
        self._quotas = writer.quotas
        self._max_crashes = max_crashes
        self._visited = ""  # the gate that `offer` has come to
        self._look_seconds = FIRST_LOOK_SECONDS

    async def listen(self, bus: Bus) -> None:
        """Look into the queue whenever another server has left something there, until cancelled."""
        with bus.waiting("queue") as wake:
            while True:
                await wake.wait(HINT_SECONDS)
                self._writer.look_again()

    async def create(self, seed: Seed) -> Created:
        if self._quotas.of(seed.run.namespace):
            return await self._create_within_quotas(seed)
        await self._writer.check_namespace(seed.run.namespace)
        return await self._writer.move(
            seed.run.run_id,
            lambda batch: _begin(batch, seed),
            look=seed.named,
            request_id=seed.request.request_id,
            reserve=reservation_of(seed.thread),
        )

    async def _create_within_quotas(self, seed: Seed) -> Created:
        """Create a run after all moves of its batch: counting locks out other servers."""

        def work(batch: Batch) -> Created | Error:
            try:
                created = _begin(batch, seed)
            except Error as error:  # before anything of it is written, so the others' work stands
                return error
            batch.freed = batch.left_queued = True  # those who stand have not seen it yet
            return created

        found = await self._writer.write(
            work,
            run_id=seed.run.run_id if seed.named else None,
            request_id=seed.request.request_id,
            reserve=reservation_of(seed.thread),
        )
        if isinstance(found, Error):
            raise found
        return found

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
        asked = [monotonic()]
        claim = Claiming(
            worker_id=worker_id,
            limit=limit,
            scope=(frozenset(queues), frozenset(graphs)),
            life=timedelta(seconds=lease_seconds),
            max_crashes=self._max_crashes,
        )
        try:
            taken = await self._writer.stand(
                lambda batch: claim.look(batch, _held_up(asked)),
                claim.serve,
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

    async def offer(self, limit: int) -> None:
        def work(batch: Batch) -> None:
            # Whom it touches may pass at the end of the batch.
            self._visited = batch.gates.visit(batch.connection, self._visited, limit)

        await self._writer.write(work, in_hand=True)

    async def limit_anew(self, graph_limits: Mapping[str, int]) -> None:
        """Let limits count for runs that were queued before the settings had them."""

        def work(batch: Batch) -> None:
            limit_anew(batch.connection, graph_limits)
            batch.left_queued = True

        await self._writer.write(work)

    async def delete(self, run_id: RunId, etag: str) -> None:
        def work(batch: Batch) -> None:
            run = batch.get(run_id)
            moves.deletable(run, etag)
            batch.sums.moved(run, None)
            drop_runs(batch.connection, [run])
            batch.forget(run_id)

        await self._writer.write(work, run_id=run_id)

    async def abandon(self, worker_prefix: str) -> None:
        """End the leases of workers that are known to be gone, so that others go on at once."""

        def work(batch: Batch) -> None:
            held = queue.c.worker_id.startswith(worker_prefix, autoescape=True)
            batch.connection.execute(update(queue).where(held).values(lease_until=batch.now))
            batch.left_queued = True

        await self._writer.write(work)


def _begin(batch: Batch, seed: Seed) -> Created:
    return batch.create(seed) if seed.firing is None else fire(batch, seed, seed.firing)


def _held_up(asked: list[float]) -> timedelta:
    """Return how long this process stood still since a claim was asked for; 0 when it looks again.

    Leases that have ended meanwhile have only because nobody could renew them: they will be now.
    """
    late = monotonic() - asked.pop() if asked else 0.0
    return timedelta(seconds=late if late > STOOD_STILL_SECONDS else 0)


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
    query = query.with_for_update(**FREE)
    ids = [RunId(row.run_id) for row in batch.connection.execute(query)]
    batch.prefetch(ids)
    for run_id in ids:
        batch.make(run_id, moves.cancel_overdue)
    return len(ids)
