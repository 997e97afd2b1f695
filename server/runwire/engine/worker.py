"""Claims runs, gives each an attempt, keeps its lease, and passes on who is to be cancelled.

The worker lives on the server's loop, attempts on the loop of nodes: so leases are renewed however
long a node blocks. Losing a lease ends an attempt at once; what it does later is refused anyway.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

from runwire.domain.ports import Bus, Leases
from runwire.domain.run import RunId
from runwire.domain.work import Claim, Verdict
from runwire.engine.attempt import Attempt, Execution
from runwire.engine.node_loop import NodeLoop

PATIENCE_SECONDS: Final = 1.0
STOP_SECONDS: Final = 2.0

logger = logging.getLogger("runwire.worker")


class Worker:
    """One process's share of the queue."""

    def __init__(
        self,
        *,
        worker_id: str,
        leases: Leases,
        bus: Bus,
        execution: Execution,
        max_runs: int,
        renew_seconds: float,
        drain_seconds: float,
    ) -> None:
        self._worker_id = worker_id
        self._leases = leases
        self._bus = bus
        self._execution = execution
        self.max_runs = max_runs
        self._renew_seconds = renew_seconds
        self._drain_seconds = drain_seconds
        self._attempts: dict[RunId, Attempt] = {}
        self._renewed_at = 0.0
        self._freed = asyncio.Event()
        self._nodes = NodeLoop()

    async def run(self) -> None:
        """Claim, execute and renew until cancelled; then drain."""
        self._nodes.start()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._claim_loop(), name="claims")
                tasks.create_task(self._renew_loop(), name="renewals")
        finally:
            await asyncio.shield(self._drain())

    @property
    def room(self) -> int:
        """How many more runs it may take now."""
        return max(0, self.max_runs - len(self._attempts))

    async def _claim_loop(self) -> None:
        while True:
            free = self.max_runs - len(self._attempts)
            if free <= 0:
                self._freed.clear()
                await self._freed.wait()
                continue
            await self._catch_up()
            for claim in await self._claim(free):
                self._start(claim)

    async def _catch_up(self) -> None:
        """Renew first if this process stood still: it would take its own runs for lost ones."""
        if asyncio.get_running_loop().time() > self._renewed_at + 2 * self._renew_seconds:
            await self._renew()

    async def _claim(self, free: int) -> Sequence[Claim]:
        try:
            return await self._leases.claim(self._worker_id, free)
        except Exception:
            logger.exception("could not claim runs; trying again")
            await asyncio.sleep(PATIENCE_SECONDS)
            return ()

    def _start(self, claim: Claim) -> None:
        loop = asyncio.get_running_loop()
        attempt = Attempt(
            claim,
            self._execution,
            over=lambda attempt: loop.call_soon_threadsafe(self._end, attempt),
        )
        before = self._attempts.get(claim.run.run_id)
        if before is not None:
            self._nodes.call(before.lose)
        self._attempts[claim.run.run_id] = attempt
        self._nodes.call(lambda: attempt.begin(self._nodes.spawn(attempt.run())))

    def _end(self, attempt: Attempt) -> None:
        run_id = attempt.lease.run_id
        if self._attempts.get(run_id) is not attempt:
            return  # It was given up, and another attempt may have the run.
        del self._attempts[run_id]
        self._freed.set()

    async def _renew_loop(self) -> None:
        with self._bus.waiting("cancel") as wake:
            while True:
                await wake.wait(self._renew_seconds)
                await self._renew()

    async def _renew(self) -> None:
        self._renewed_at = asyncio.get_running_loop().time()
        held = list(self._attempts.values())
        if not held:
            return
        try:
            verdicts = await self._leases.renew([attempt.lease for attempt in held])
        except Exception:
            logger.exception("could not renew %d leases; trying again", len(held))
            return
        for attempt in held:
            match verdicts.get(attempt.lease.run_id, Verdict.LOST):
                case Verdict.OK:
                    continue
                case Verdict.CANCEL:
                    self._nodes.call(attempt.cancel)
                case Verdict.LOST:
                    # Its place is free at once, even if its node never ends.
                    self._nodes.call(attempt.lose)
                    self._end(attempt)

    async def _drain(self) -> None:
        """Give attempts their time, then give back what they have not finished."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._drain_seconds
        for attempt in self._attempts.values():
            self._nodes.call(attempt.pause)
        while self._attempts and loop.time() < until:
            await self._renew()
            await asyncio.sleep(min(0.05, until - loop.time()))
        unfinished = list(self._attempts.values())
        for attempt in unfinished:
            self._nodes.call(attempt.lose)
        try:
            await self._leases.release([a.lease for a in unfinished], "the worker is stopping")
        except Exception:
            logger.exception("could not give %d runs back; their leases will end", len(unfinished))
        await asyncio.to_thread(self._nodes.stop, STOP_SECONDS)
