"""One worker on its stream: what it holds, what it may still be given, what it is told.

1. Nothing here waits for the worker: what it is to be told collects in one `Answers` until the
   stream takes it, so all that happens in one turn of the loop is one message.
2. It speaks only for runs that it was given on its stream, or that it proved to hold when it came
   back; everything else is refused before the journal sees it.
3. Its claim stands in the journal while it may be given runs; so a run that is created is claimed
   in the same commit, as it is by a worker in the server's process.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from typing import Any, Final

from runwire.domain.errors import Conflict, Error, NotFound
from runwire.domain.ids import queue_names
from runwire.domain.overview import WorkerState
from runwire.domain.ports import Clock, Leases
from runwire.domain.run import RunId
from runwire.domain.work import Lease, Verdict
from runwire.domain.worker import Answers, Hello, Record

MAX_CREDIT: Final = 10_000
MAX_IN_HAND: Final = 4_096
"""So many records of a worker are worked on; it is not read further until some are done."""
PATIENCE_SECONDS: Final = 1.0

Spawn = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]

logger = logging.getLogger("runwire.workers")


class ConnectedWorker:
    """A worker, from its hello to the end of its stream."""

    def __init__(
        self,
        hello: Hello,
        *,
        leases: Leases,
        held: Mapping[RunId, int],
        spawn: Spawn,
        now: Clock,
        address: str = "",
    ) -> None:
        self.hello = hello
        self.address = address
        self.connected_at = self.heard_at = now()
        self._now = now
        self.worker_id = hello.worker_id
        self.held = dict(held)
        self.leaving = False
        self._leases = leases
        self._spawn = spawn
        self._credit = 0
        self._credited = asyncio.Event()
        self._answers = Answers()
        self._told = asyncio.Event()
        self._over = False
        self._failure: Exception | None = None
        self._in_hand = 0
        self._lighter = asyncio.Event()
        self._claiming = spawn(self._claim_loop())

    async def answers(self) -> AsyncIterator[Answers]:
        """Yield what the worker is to be told, until the stream is to end."""
        while True:
            self._told.clear()
            if self._answers != Answers():
                answers, self._answers = self._answers, Answers()
                yield answers
            elif not self._over:
                await self._told.wait()
            elif self._failure is not None:
                raise self._failure
            else:
                return

    def allow(self, runs: int) -> None:
        """Let the worker be given so many more runs."""
        self._credit = min(self._credit + runs, MAX_CREDIT)
        self._credited.set()

    def heard(self) -> None:
        """Note that the worker has said something."""
        self.heard_at = self._now()

    @property
    def state(self) -> WorkerState:
        """The worker, as somebody sees it who looks at all of them."""
        return WorkerState(
            worker_id=self.worker_id,
            here=True,
            address=self.address,
            queues=queue_names(self.hello.queues),
            graphs=tuple(graph.graph_id for graph in self.hello.graphs),
            capacity=self._credit + len(self.held),
            connected_at=self.connected_at,
            heard_at=self.heard_at,
            leaving=self.leaving or self._over,
        )

    @property
    def room(self) -> int:
        """How many more runs the worker may be given now."""
        return 0 if self.leaving or self._over else self._credit

    def leave(self) -> None:
        """Give the worker no more runs."""
        self.leaving = True
        self._claiming.cancel()

    def renew(self, leases: Sequence[Lease], beat: int) -> None:
        """Extend leases and tell what became of each."""
        self._spawn(self._renew(leases, beat))

    async def record(self, record: Record) -> None:
        """Record progress, and how the attempt ended; return when more may come."""
        await self._take(record.ack, record.lease, self._record(record))

    async def release(self, ack: int, lease: Lease, reason: str) -> None:
        """Give a run back to the queue; return when more may come."""
        await self._take(ack, lease, self._release(lease, reason))

    def refuse(self, ack: int, error: Error) -> None:
        """Tell that something is not accepted."""
        self._answers.refusals.append((ack, error))
        self._told.set()

    def tell(self, lease: Lease, verdict: Verdict) -> None:
        """Tell what became of a lease."""
        self._answers.verdicts.append((lease, verdict))
        self._told.set()

    async def drain(self, seconds: float, *, retry_seconds: float) -> None:
        """Say that the server goes away, answer what is in hand, and end the stream."""
        self.leave()
        self._answers.draining_seconds = retry_seconds
        self._told.set()
        try:
            async with asyncio.timeout(seconds):
                while self._in_hand:
                    self._lighter.clear()
                    await self._lighter.wait()
        except TimeoutError:
            logger.warning("%d records of %s are not answered", self._in_hand, self.worker_id)
        self.end()

    def end(self, failure: Exception | None = None) -> None:
        """End the stream once all is told, failing if so; what the worker holds stays held."""
        self._claiming.cancel()
        self._failure = self._failure or failure
        self._over = True
        self._told.set()

    def unsent(self) -> list[Lease]:
        """Return the leases of runs that were claimed and never sent."""
        return [claim.lease for claim in self._answers.claims]

    async def _claim_loop(self) -> None:
        while True:
            if not self._credit:
                self._credited.clear()
                await self._credited.wait()
            try:
                claims = await self._leases.claim(self.worker_id, self._credit)
            except Exception:
                logger.exception("could not claim runs for %s; trying again", self.worker_id)
                await asyncio.sleep(PATIENCE_SECONDS)
                continue
            for claim in claims:
                self.held[claim.run.run_id] = claim.lease.epoch
                self._answers.claims.append(claim)
            if claims:
                self._credit -= len(claims)
                self._told.set()

    async def _renew(self, leases: Sequence[Lease], beat: int) -> None:
        known = [lease for lease in leases if self._holds(lease)]
        try:
            verdicts = await self._leases.renew(known) if known else {}
        except Exception:
            logger.exception("could not renew leases of %s", self.worker_id)
            return  # It will ask again, and without an answer it counts nothing as renewed.
        for lease in leases:
            verdict = verdicts.get(lease.run_id, Verdict.LOST)
            if verdict is Verdict.LOST:
                self._drop(lease)
            self._answers.verdicts.append((lease, verdict))
        self._answers.beat = max(beat, self._answers.beat)
        self._told.set()

    async def _take(self, ack: int, lease: Lease, work: Coroutine[Any, Any, None]) -> None:
        if not self._holds(lease):
            work.close()
            self.refuse(ack, not_held(lease))
            return
        self._in_hand += 1
        self._spawn(self._answered(ack, work))
        while self._in_hand >= MAX_IN_HAND:
            self._lighter.clear()
            await self._lighter.wait()

    async def _answered(self, ack: int, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
            self._answers.acks.append(ack)
        except Error as error:
            self._answers.refusals.append((ack, error))
        except Exception as error:
            logger.exception("a record of %s could not be written", self.worker_id)
            self._answers.refusals.append(
                (ack, Error(f"the server failed: {type(error).__name__}"))
            )
        finally:
            self._in_hand -= 1
            self._lighter.set()
            self._told.set()

    async def _record(self, record: Record) -> None:
        try:
            if record.outcome is None:
                await self._leases.record(record.lease, record.progress)
                return
            await self._leases.settle(record.lease, record.progress, record.outcome)
        except (Conflict, NotFound) as error:
            if error.reason in ("LEASE_LOST", "RUN_NOT_FOUND"):
                self._drop(record.lease)
            raise
        self._drop(record.lease)

    async def _release(self, lease: Lease, reason: str) -> None:
        await self._leases.release([lease], reason)
        self._drop(lease)

    def _holds(self, lease: Lease) -> bool:
        return self.held.get(lease.run_id) == lease.epoch

    def _drop(self, lease: Lease) -> None:
        if self._holds(lease):
            del self.held[lease.run_id]


def not_held(lease: Lease) -> Conflict:
    """Return the error for a lease that a worker has not, or has no more."""
    return Conflict(
        f"worker {lease.worker_id} does not hold run {lease.run_id} at epoch {lease.epoch}",
        reason="LEASE_LOST",
        run_id=lease.run_id,
    )
