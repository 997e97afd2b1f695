"""The loop that sends what is due, and tells what became of it.

1. A webhook has a few places and all webhooks together have a bounded number, of which those that
   fail get at most half: an endpoint that does not answer holds up nobody but itself.
2. An attempt has a boundary of its own. One without an outcome, whatever the cause, is made again
   by somebody when its lease is over.
3. Being cancelled, it gives back what is on its way, so that another goes on at once.
"""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final, Protocol

from runwire.domain.attempts import Answer, Patience, settled
from runwire.domain.errors import Unavailable
from runwire.domain.ports import Bus, Clock, Wake
from runwire.domain.signing import signed_headers
from runwire.domain.webhook import Due, Waiting, WebhookId
from runwire.domain.webhook_ports import Outbox

LEASE_SLACK_SECONDS: Final = 15.0
TROUBLE_SECONDS: Final = 1.0
SOON_SECONDS: Final = 0.1
MAX_WAITING: Final = 256
USER_AGENT: Final = "runwire-webhooks/1"
PRUNE_SECONDS: Final = 60.0
PRUNED_AT_ONCE: Final = 500

logger = logging.getLogger("runwire.delivery")


class Posting(Protocol):
    """How an attempt is made."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Return how an endpoint answers, or why it does not; never raises for an endpoint."""

    async def close(self) -> None:
        """Close what is open."""


NewPosting = Callable[[], Posting]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much is sent at the same time, how long one attempt may take, how long to look away."""

    places: int = 32
    places_each: int = 4
    timeout_seconds: float = 15.0
    look_seconds: float = 60.0
    keep_seconds: float = 604_800.0

    @property
    def lease_seconds(self) -> float:
        """How long a delivery is this sender's: longer than any attempt takes."""
        return self.timeout_seconds + LEASE_SLACK_SECONDS


def lazily(*, timeout_seconds: float, allow_private: bool) -> NewPosting:
    """Return what makes a Poster; what it needs is imported by the first attempt there is."""

    def new() -> Posting:
        posting: Any = import_module("runwire.delivery.posting")
        made: Posting = posting.Poster(timeout_seconds=timeout_seconds, allow_private=allow_private)
        return made

    return new


class Sender:
    """Sends deliveries, and prunes old ones."""

    def __init__(
        self,
        *,
        outbox: Outbox,
        bus: Bus,
        new_posting: NewPosting,
        patience: Patience,
        bounds: Bounds,
        now: Clock,
        chance: Callable[[], float] = random.random,
        run_headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._run_headers = run_headers
        self._outbox = outbox
        self._bus = bus
        self._new_posting = new_posting
        self._patience = patience
        self._bounds = bounds
        self._now = now
        self._chance = chance
        self._posting: Posting | None = None
        self._under_way: Counter[WebhookId] = Counter()
        self._free = asyncio.Event()

    async def run(self) -> None:
        """Send what is due until cancelled."""
        try:
            with self._bus.waiting("deliveries") as wake:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._prune_forever())
                    tasks.create_task(self._pass_on(wake))
                    await self._send_forever(tasks)
        finally:
            if self._posting is not None:
                await self._posting.close()

    async def _pass_on(self, wake: Wake) -> None:
        """Look again on wakes, as when an attempt ends."""
        while True:
            await wake.wait(self._bounds.look_seconds)
            self._free.set()

    async def _send_forever(self, tasks: asyncio.TaskGroup) -> None:
        while True:
            self._free.clear()
            try:
                seconds = await self._start(tasks)
            except Unavailable as error:
                logger.warning("deliveries cannot be sent now; trying again: %s", error)
                seconds = TROUBLE_SECONDS
            except Exception:
                logger.exception("deliveries cannot be sent; trying again")
                seconds = TROUBLE_SECONDS
            try:
                async with asyncio.timeout(seconds):
                    await self._free.wait()
            except TimeoutError:
                pass

    async def _start(self, tasks: asyncio.TaskGroup) -> float:
        """Begin what is due and has a place; return when to look again, if nothing ends before."""
        waiting = await self._outbox.waiting(MAX_WAITING)
        wanted = self._wanted(waiting)
        if wanted:
            if self._posting is None:
                self._posting = await asyncio.to_thread(self._new_posting)
            found = await self._outbox.claim(
                wanted,
                lease_seconds=self._bounds.lease_seconds,
                max_tries=self._patience.attempts,
            )
            for due in found:
                self._under_way[due.webhook_id] += 1
                tasks.create_task(self._attempt(self._posting, due))
            if not found:
                return SOON_SECONDS  # others have them just now, or clocks differ a little
            self._free.set()  # there may be more
        later = [each.seconds for each in waiting if each.seconds > 0]
        return min([*later, self._bounds.look_seconds])

    def _wanted(self, waiting: Sequence[Waiting]) -> Mapping[WebhookId, int]:
        """Share the free places: each goes to who is due and has the fewest."""
        failing = {each.webhook_id for each in waiting if each.failing}
        held = Counter(self._under_way)
        wanted: Counter[WebhookId] = Counter()
        for _ in range(self._bounds.places - held.total()):
            doubtful = sum(held[name] for name in failing)
            may = [
                each.webhook_id
                for each in waiting
                if each.seconds <= 0 and self._has_room(each, held[each.webhook_id], doubtful)
            ]
            if not may:
                break
            chosen = min(may, key=lambda name: held[name])
            held[chosen] += 1
            wanted[chosen] += 1
        return wanted

    def _has_room(self, each: Waiting, held: int, doubtful: int) -> bool:
        """Whether a webhook may have a place more, where those that fail have so many."""
        if each.failing:
            return not held and doubtful < self._bounds.places // 2
        return held < self._bounds.places_each

    async def _attempt(self, posting: Posting, due: Due) -> None:
        try:
            await self._deliver(posting, due)
        except asyncio.CancelledError:
            await asyncio.shield(self._release(due))
            raise
        except Unavailable as error:
            logger.warning("delivery %s may be sent once more: %s", due.delivery_id, error)
        except Exception:
            logger.exception("delivery %s has failed and is tried again", due.delivery_id)
        finally:
            self._under_way[due.webhook_id] -= 1
            self._free.set()

    async def _deliver(self, posting: Posting, due: Due) -> None:
        headers = self._headers(due)
        headers |= {"content-type": "application/json", "user-agent": USER_AGENT}
        answer = await posting.post(due.url, headers, due.body)
        outcome = settled(
            self._patience, answer, tries=due.tries, chance=self._chance(), now=self._now()
        )
        logger.log(
            logging.WARNING if outcome.error_message else logging.DEBUG,
            "delivery %s to webhook %s: %s",
            due.delivery_id,
            due.webhook_id,
            outcome.error_message or outcome.status.value,
            extra={"attempt": due.attempts, "status": outcome.status.value},
        )
        await self._outbox.settle(due, outcome)

    def _headers(self, due: Due) -> dict[str, str]:
        """Return what says who sends: a signature, or what the operator says for those of runs."""
        if not due.secret:
            return {**self._run_headers, "webhook-id": due.delivery_id}
        return signed_headers(
            secret=due.secret,
            delivery_id=due.delivery_id,
            timestamp=int(self._now().timestamp()),
            body=due.body,
        )

    async def _release(self, due: Due) -> None:
        try:
            await self._outbox.release(due)
        except Unavailable as error:
            logger.warning("delivery %s waits for the end of its lease: %s", due.delivery_id, error)

    async def _prune_forever(self) -> None:
        keep = self._bounds.keep_seconds
        while True:
            await asyncio.sleep(min(PRUNE_SECONDS, keep / 2))
            try:
                while await self._outbox.prune(keep, PRUNED_AT_ONCE) == PRUNED_AT_ONCE:
                    pass
            except Unavailable as error:
                logger.warning("old deliveries cannot be deleted now; trying again: %s", error)
            except Exception:
                logger.exception("old deliveries cannot be deleted; trying again")
