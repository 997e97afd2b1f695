"""The workers that live elsewhere: who is connected, and what becomes of the runs of those who go.

1. A worker whose stream breaks may come back within ``GRACE_SECONDS``; then its leases end at once,
   as those of a worker that crashed, and its runs go on elsewhere.
2. A worker that comes back, here or to a server that was started again, names what it holds; what
   still is its own is renewed, so nothing is executed again.
3. A worker that says nothing for as long as a lease lasts is taken as gone.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

from runwire.app.connected import ConnectedWorker, not_held
from runwire.app.own_thread import OwnThread
from runwire.app.registrations import Registrations
from runwire.domain.errors import Error, Unavailable
from runwire.domain.explanation import Executor
from runwire.domain.filter import Comparison, Order
from runwire.domain.overview import WorkerState
from runwire.domain.ports import Bus, Clock, Journal, Leases, RunStore
from runwire.domain.run import RunStatus
from runwire.domain.thread_ports import ThreadCheckpoints
from runwire.domain.work import Lease, Verdict
from runwire.domain.worker import Hello, serving

GRACE_SECONDS: Final = 0.5
RETRY_SECONDS: Final = 0.5
ANSWER_SECONDS: Final = 5.0
LOOK_SECONDS: Final = 5.0
MAX_CANCELLING: Final = 1000

NewLeases = Callable[[Hello], Leases]
"""(a worker) → the port through which its claims and results go."""

Verdicts = Sequence[tuple[Lease, Verdict]]

logger = logging.getLogger("runwire.workers")


class Workers:
    """Every worker that is connected to this server."""

    def __init__(
        self,
        *,
        journal: Journal,
        runs: RunStore,
        bus: Bus,
        registrations: Registrations,
        new_leases: NewLeases,
        checkpoints: ThreadCheckpoints,
        now: Clock,
        lease_seconds: float,
        renew_seconds: float,
        grace_seconds: float = GRACE_SECONDS,
    ) -> None:
        self.lease_seconds = lease_seconds
        self.renew_seconds = renew_seconds
        self._journal = journal
        self._runs = runs
        self._bus = bus
        self._registrations = registrations
        self._new_leases = new_leases
        self._checkpoints = checkpoints
        self._now = now
        self._grace_seconds = grace_seconds
        self._connected: dict[str, ConnectedWorker] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._draining = False

    @property
    def connected(self) -> int:
        """How many there are."""
        return len(self._connected)

    async def run(self) -> None:
        """Pass on who is to be cancelled, and work for those who are connected, until cancelled."""
        async with asyncio.TaskGroup() as self._tasks:
            with self._bus.waiting("cancel") as wake:
                while True:
                    await wake.wait(LOOK_SECONDS)
                    if self._connected:
                        await self._pass_on_cancels()

    async def connect(self, hello: Hello, *, address: str = "") -> tuple[ConnectedWorker, Verdicts]:
        """Take a worker in, and tell what became of what it says it holds.

        Raises Unavailable while the server drains.
        """
        if self._draining or self._tasks is None:
            raise Unavailable(
                "the server is shutting down: connect to another one, or here once it is back",
                reason="SERVER_DRAINING",
                retry_after_seconds=RETRY_SECONDS,
            )
        await self._registrations.register(hello)
        leases = self._new_leases(hello)
        verdicts = await leases.renew(hello.held) if hello.held else {}
        told = [(lease, verdicts.get(lease.run_id, Verdict.LOST)) for lease in hello.held]
        kept = {lease.run_id: lease.epoch for lease, verdict in told if verdict is not Verdict.LOST}
        before = self._connected.get(hello.worker_id)
        if before is not None:
            before.end()
            await self._give_back(before, leases, kept)
        worker = ConnectedWorker(
            hello, leases=leases, held=kept, spawn=self.spawn, now=self._now, address=address
        )
        self._connected[hello.worker_id] = worker
        logger.info(
            "a worker is connected",
            extra={"worker_id": hello.worker_id, "graphs": len(hello.graphs), "held": len(kept)},
        )
        return worker, told

    async def thread_of(self, worker_id: str, lease: Lease) -> OwnThread:
        """Return the thread of a run that a worker holds; raise Conflict if it does not."""
        worker = self._connected.get(worker_id)
        if worker is None or worker.held.get(lease.run_id) != lease.epoch:
            raise not_held(lease)
        run = await self._runs.get(lease.run_id)
        if run.epoch != lease.epoch:
            raise not_held(lease)
        return OwnThread(run, self._checkpoints)

    def disconnected(self, worker: ConnectedWorker) -> None:
        """Note that a worker's stream has ended; its leases end soon unless it comes back."""
        worker.end()
        if self._connected.get(worker.worker_id) is not worker or self._draining:
            return
        if worker.leaving and not worker.held:
            del self._connected[worker.worker_id]
            logger.info("a worker has left", extra={"worker_id": worker.worker_id})
            return
        self.spawn(self._wait_for_return(worker))

    async def drain(self) -> None:
        """Send every worker elsewhere; they go on executing what they hold."""
        if self._draining:
            return
        self._draining = True
        async with asyncio.TaskGroup() as tasks:
            for worker in self._connected.values():
                tasks.create_task(worker.drain(ANSWER_SECONDS, retry_seconds=RETRY_SECONDS))

    def serving(self) -> Sequence[Executor]:
        """Return the connected workers, as somebody sees them who waits for one."""
        return [serving(worker.hello, worker.room) for worker in self._connected.values()]

    def states(self) -> Sequence[WorkerState]:
        """Return the connected workers, as somebody sees them who looks at all."""
        return [worker.state for worker in self._connected.values()]

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start what lasts as long as the server at most; it must not raise."""
        if self._tasks is None:
            raise RuntimeError("nothing works for workers: run() has not begun")
        return self._tasks.create_task(work)

    async def _wait_for_return(self, worker: ConnectedWorker) -> None:
        await asyncio.sleep(self._grace_seconds)
        if self._connected.get(worker.worker_id) is not worker:
            return
        del self._connected[worker.worker_id]
        leases = [
            Lease(run_id=run_id, epoch=epoch, worker_id=worker.worker_id)
            for run_id, epoch in worker.held.items()
        ]
        logger.warning(
            "a worker is gone", extra={"worker_id": worker.worker_id, "held": len(leases)}
        )
        try:
            await self._journal.expire(leases)
        except Exception:
            logger.exception("could not end %d leases; they will end by themselves", len(leases))

    async def _give_back(
        self, before: ConnectedWorker, leases: Leases, kept: dict[Any, int]
    ) -> None:
        """Release runs that were given to a worker and never reached it."""
        lost = [
            Lease(run_id=run_id, epoch=epoch, worker_id=before.worker_id)
            for run_id, epoch in before.held.items()
            if run_id not in kept
        ]
        try:
            await leases.release(lost, "the worker never received it")
        except Error:
            logger.exception("could not give %d runs back; their leases will end", len(lost))

    async def _pass_on_cancels(self) -> None:
        where = Comparison("status", "=", RunStatus.CANCELLING)
        try:
            page = await self._runs.find(
                where, order=Order(), page_size=MAX_CANCELLING, page_token=""
            )
        except Exception:
            logger.exception("could not look for runs that are being cancelled; trying again")
            return
        for run in page.items:
            for worker in self._connected.values():
                if worker.held.get(run.run_id) == run.epoch:
                    lease = Lease(run_id=run.run_id, epoch=run.epoch, worker_id=worker.worker_id)
                    worker.tell(lease, Verdict.CANCEL)
