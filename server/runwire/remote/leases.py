"""The port through which a worker that lives elsewhere reaches runs.

1. Everything that must arrive (records, results, runs given back) stays pending until it is
   acknowledged, and is sent again on the next stream; the server counts it once.
2. While there is no stream a lease counts as held as long as it lasts by what was last confirmed;
   after that its attempt is over, as somebody else may have the run.
3. Claims, renewals and the link live on one loop; records may come from any.
"""

import asyncio
import itertools
import logging
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from google.rpc import code_pb2

from runwire.domain.errors import Conflict, NotFound, Unavailable, not_storable
from runwire.domain.outcome import Outcome
from runwire.domain.ports import Bus
from runwire.domain.run import RunId
from runwire.domain.work import Claim, Lease, Progress, Verdict
from runwire.domain.worker import Hello
from runwire.remote.checkpoints import not_here
from runwire.remote.outbox import RECORDS, RELEASES, Outbox, check_size, framed
from runwire.remote.pending import Pending, error_of
from runwire.rpc.checks import seconds_of
from runwire.rpc.convert_claims import STANDING_FROM_WIRE, claim_from_wire
from runwire.rpc.convert_hello import hello_to_wire
from runwire.rpc.convert_records import record_to_wire
from runwire.rpc.convert_steps import lease_fields
from runwire.v1 import work_pb2
from runwire.v1 import worker_service_pb2 as wire

CLAIM_SECONDS: Final = 1.0
ANSWER_SECONDS: Final = 2.0
AGAIN_SECONDS: Final = 0.5
"""How long to wait before what a server cannot write now is sent again."""

Key = tuple[str, int]

logger = logging.getLogger("runwire.worker")


class RemoteLeases:
    """Claims, renews, records and settles over a link; also listens to it."""

    def __init__(self, hello: Hello, *, bus: Bus, outbox: Outbox) -> None:
        self.welcomed: asyncio.Future[work_pb2.WorkWelcome] = (
            asyncio.get_running_loop().create_future()
        )
        self._hello = hello
        self._bus = bus
        self._outbox = outbox
        self._loop = asyncio.get_running_loop()
        self._up = False
        self._leaving = False
        self._lease_seconds = 0.0
        self._granted = 0
        self._wanted = 0
        self._claims: deque[Claim] = deque()
        self._claimed = asyncio.Event()
        self._held: dict[Key, float] = {}
        self._verdicts: dict[Key, Verdict] = {}
        self._beats = itertools.count(1)
        self._waiting_beats: dict[int, asyncio.Future[None]] = {}
        self._pending = Pending()
        self._threads: dict[str, Lease] = {}

    async def claim(self, worker_id: str, limit: int) -> Sequence[Claim]:  # noqa: ARG002 - the stream's
        self._wanted = limit
        self._grant()
        try:
            async with asyncio.timeout(CLAIM_SECONDS):
                while not self._claims:
                    self._claimed.clear()
                    await self._claimed.wait()
        except TimeoutError:
            return ()
        except asyncio.CancelledError:
            self._leave()
            raise
        finally:
            self._wanted = 0
        return [self._claims.popleft() for _ in range(min(limit, len(self._claims)))]

    async def renew(self, leases: Sequence[Lease]) -> Mapping[RunId, Verdict]:
        now = self._loop.time()
        asked = [lease for lease in leases if _key(lease) not in self._verdicts]
        if self._up and asked and await self._beat(asked):
            for lease in asked:
                if _key(lease) in self._held:
                    self._held[_key(lease)] = now
        return {lease.run_id: self._verdict(lease) for lease in leases}

    async def record(self, lease: Lease, progress: Progress) -> None:
        await self._send(lease, progress, None)

    async def settle(self, lease: Lease, progress: Progress, outcome: Outcome) -> None:
        await self._send(lease, progress, outcome)
        self._forget(lease)

    async def release(self, leases: Sequence[Lease], reason: str) -> None:
        futures = [self._give_back(lease, reason) for lease in leases]
        if not futures:
            return
        done, late = await asyncio.wait(futures, timeout=ANSWER_SECONDS)
        if late:
            raise Unavailable(f"{len(late)} runs could not be given back: no server answers")
        for future in done:
            error = future.exception()
            if error is not None and not isinstance(error, Conflict | NotFound):
                raise error

    def lease_of(self, thread_id: str) -> Lease | None:
        """Return under which lease the thread of a run is read; None if no such run is held."""
        lease = self._threads.get(thread_id)
        return lease if lease is not None and _key(lease) in self._held else None

    def hello(self) -> work_pb2.WorkHello:
        now = self._loop.time()
        held = tuple(
            Lease(run_id=RunId(run_id), epoch=epoch, worker_id=self._hello.worker_id)
            for (run_id, epoch), confirmed_at in self._held.items()
            if now - confirmed_at < self._lease_seconds
        )
        return hello_to_wire(replace(self._hello, held=held))

    def connected(self, welcome: work_pb2.WorkWelcome) -> None:
        self._up = True
        self._lease_seconds = seconds_of(welcome.lease)
        self._granted = 0
        now = self._loop.time()
        for told in welcome.held:
            key = told.lease.run_id, told.lease.epoch
            if key in self._held and told.standing != work_pb2.WORK_STANDING_LOST:
                self._held[key] = now
        self._take_verdicts(welcome.held)
        if not self.welcomed.done():
            self.welcomed.set_result(welcome)
        for frame in self._pending.frames():
            self._outbox.put(frame)
        if self._leaving:
            self._outbox.say(leaving=True)
        else:
            self._grant()

    def received(self, message: wire.WorkResponse) -> None:
        for told in message.claims:
            self._take_claim(claim_from_wire(told, self._hello.worker_id))
        if message.verdicts:
            self._take_verdicts(message.verdicts)
        if message.beat:
            self._answer_beats(message.beat)
        if message.acks or message.refusals:
            self._answer(message)

    def disconnected(self) -> None:
        self._up = False
        self._granted = 0
        for future in self._waiting_beats.values():
            if not future.done():
                future.cancel()
        self._waiting_beats.clear()

    def ping(self) -> None:
        self._outbox.say(beat=next(self._beats))

    def _grant(self) -> None:
        more = self._wanted - self._granted - len(self._claims)
        if self._up and more > 0:
            self._granted += more
            self._outbox.say(credit=more)

    def _take_claim(self, claim: Claim) -> None:
        self._granted -= 1
        self._held[_key(claim.lease)] = self._loop.time()
        if self._leaving:
            self._give_back(claim.lease, "the worker is stopping")
            return
        self._threads[claim.run.own_thread] = claim.lease
        self._claims.append(claim)
        self._claimed.set()

    def _leave(self) -> None:
        self._leaving = True
        if self._up:
            self._outbox.say(leaving=True)
        while self._claims:
            self._give_back(self._claims.popleft().lease, "the worker is stopping")

    async def _beat(self, leases: Sequence[Lease]) -> bool:
        """Ask what became of leases; return whether there was an answer in time."""
        beat = next(self._beats)
        future = self._waiting_beats[beat] = self._loop.create_future()
        self._outbox.say(
            beat=beat, renewals=[work_pb2.WorkLease(**lease_fields(lease)) for lease in leases]
        )
        done, _ = await asyncio.wait([future], timeout=ANSWER_SECONDS)
        self._waiting_beats.pop(beat, None)
        return bool(done) and not future.cancelled()

    def _answer_beats(self, beat: int) -> None:
        for number, future in list(self._waiting_beats.items()):
            if number <= beat and not future.done():
                future.set_result(None)

    def _take_verdicts(self, found: Iterable[work_pb2.WorkVerdict]) -> None:
        """Remember what is not well; the worker is woken to hear of it."""
        woken = False
        for told in found:
            key = told.lease.run_id, told.lease.epoch
            verdict = STANDING_FROM_WIRE.get(told.standing, Verdict.LOST)
            if key not in self._held or verdict is Verdict.OK or self._verdicts.get(key) is verdict:
                continue
            self._verdicts[key] = verdict
            woken = True
            if verdict is Verdict.LOST:
                self._pending.drop(*key)
        if woken:
            self._bus.wake_all(("cancel",))

    def _verdict(self, lease: Lease) -> Verdict:
        key = _key(lease)
        verdict = self._verdicts.get(key)
        if verdict is None:
            confirmed_at = self._held.get(key, 0.0)
            alive = self._loop.time() - confirmed_at < self._lease_seconds
            verdict = Verdict.OK if alive else Verdict.LOST
        if verdict is Verdict.LOST:
            self._forget_here(key)
            self._pending.drop(*key)
        return verdict

    async def _send(self, lease: Lease, progress: Progress, outcome: Outcome | None) -> None:
        self._check_threads(lease, progress)
        ack = self._pending.number()
        try:
            body = record_to_wire(ack, lease, progress, outcome).SerializeToString()
        except UnicodeError as error:
            raise not_storable(str(error)) from error
        check_size(len(body))
        await self._post(ack, lease, framed(RECORDS, body))

    def _check_threads(self, lease: Lease, progress: Progress) -> None:
        for saved in progress.saved:
            if self._threads.get(saved.thread_id) != lease:
                raise not_here(saved.thread_id)

    def _give_back(self, lease: Lease, reason: str) -> asyncio.Future[None]:
        ack = self._pending.number()
        message = work_pb2.WorkRelease(ack=ack, reason=reason)
        message.lease.run_id, message.lease.epoch = lease.run_id, lease.epoch
        future = self._post(ack, lease, framed(RELEASES, message.SerializeToString()))
        future.add_done_callback(lambda done: self._released(lease, done))
        return future

    def _released(self, lease: Lease, done: asyncio.Future[None]) -> None:
        if not done.cancelled():
            done.exception()  # whoever waits is told; nobody has to
        self._forget(lease)

    def _post(self, ack: int, lease: Lease, frame: bytes) -> asyncio.Future[None]:
        """Send something until it is acknowledged; its future is of the loop that asks."""
        future = self._pending.add(ack, lease, frame)
        if self._up:
            self._outbox.put(frame)
        return future

    def _answer(self, message: wire.WorkResponse) -> None:
        refusals = []
        for refused in message.refusals:
            if refused.error.code == code_pb2.UNAVAILABLE:
                self._loop.call_later(AGAIN_SECONDS, self._again, refused.ack)
            else:
                refusals.append((refused.ack, error_of(refused.error)))
        self._pending.answer(message.acks, refusals)

    def _again(self, ack: int) -> None:
        frame = self._pending.frame(ack)
        if frame is not None and self._up:
            self._outbox.put(frame)

    def _forget(self, lease: Lease) -> None:
        """Note that a lease is over; on any thread."""
        self._loop.call_soon_threadsafe(self._forget_here, _key(lease))

    def _forget_here(self, key: Key) -> None:
        for thread_id in [one for one, lease in self._threads.items() if _key(lease) == key]:
            del self._threads[thread_id]
        self._held.pop(key, None)
        self._verdicts.pop(key, None)


def _key(lease: Lease) -> Key:
    return lease.run_id, lease.epoch
