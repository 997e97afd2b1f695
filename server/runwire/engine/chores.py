"""What has to be done from time to time: ending what is overdue, discarding what is old."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from runwire.domain.archive_ports import Retention
from runwire.domain.errors import Unavailable
from runwire.domain.overview import TIERS
from runwire.domain.ports import Bus, Clock, Journal
from runwire.domain.thread_ports import ThreadAdmin

SWEEP_SECONDS: Final = 0.5
OFFER_SECONDS: Final = 2.0
DISCARD_SECONDS: Final = 30.0
REQUEST_LIFE: Final = timedelta(hours=24)
SCHEDULES_AGAIN_SECONDS: Final = 2.0
AT_ONCE: Final = 200

logger = logging.getLogger("runwire.chores")


class Sweeper:
    """Ends runs whose worker did not let go in time."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def run(self) -> None:
        """Sweep until cancelled."""
        await _forever(self._sweep, SWEEP_SECONDS)

    async def _sweep(self) -> None:
        while await self._journal.sweep(AT_ONCE) == AT_ONCE:
            pass


class Gatekeeper:
    """Looks again who may pass under limits, since an offered place may be left untaken."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def run(self) -> None:
        """Look until cancelled."""
        await _forever(lambda: self._journal.offer(AT_ONCE), OFFER_SECONDS)


class Discarder:
    """Discards deltas of runs that ended a while ago, runs and request ids past their time."""

    def __init__(
        self,
        *,
        retention: Retention,
        prune: Callable[[], Awaitable[int]],
        sweep_artifacts: Callable[[], Awaitable[int]],
        now: Clock,
        delta_retention_seconds: float,
        retention_seconds: float,
    ) -> None:
        self._retention = retention
        self._prune = prune
        self._sweep_artifacts = sweep_artifacts
        self._now = now
        self._life = timedelta(seconds=delta_retention_seconds)
        shortest = min(delta_retention_seconds, retention_seconds or DISCARD_SECONDS * 2)
        self._every = min(DISCARD_SECONDS, max(1.0, shortest / 2))

    async def run(self) -> None:
        """Discard until cancelled."""
        await _forever(self._discard, self._every)

    async def _discard(self) -> None:
        now = self._now()
        while await self._retention.discard_deltas(now - self._life, AT_ONCE):
            pass
        while await self._retention.discard_requests(now - REQUEST_LIFE, AT_ONCE) == AT_ONCE:
            pass
        for tier in TIERS:
            old = now - timedelta(seconds=tier.kept_seconds)
            while await self._retention.discard_throughput(tier.seconds, old, AT_ONCE) == AT_ONCE:
                pass
        if count := await self._prune():
            logger.info("retention has deleted %d runs", count)
        await self._sweep_artifacts()


class ItemSweeper:
    """Deletes items of the store whose time is over; nobody has been shown them since."""

    def __init__(self, sweep: Callable[[int], Awaitable[int]], every_seconds: float) -> None:
        self._sweep = sweep
        self._every = every_seconds

    async def run(self) -> None:
        """Sweep until cancelled."""
        await _forever(self._once, self._every)

    async def _once(self) -> None:
        while await self._sweep(AT_ONCE) == AT_ONCE:
            pass


class Expirer:
    """Ends threads whose time to live is over."""

    def __init__(
        self, threads: ThreadAdmin, *, now: Clock, every_seconds: float, limit: int
    ) -> None:
        self._threads = threads
        self._now = now
        self._every = every_seconds
        self._limit = limit

    async def run(self) -> None:
        """Look until cancelled."""
        await _forever(self._sweep, self._every)

    async def _sweep(self) -> None:
        while await self._threads.sweep(self._now(), self._limit) == self._limit:
            pass


class Scheduler:
    """Creates the runs of schedules when their times come."""

    def __init__(self, look: Callable[[], Awaitable[float]], bus: Bus, topic: str) -> None:
        self._look = look
        self._bus = bus
        self._topic = topic

    async def run(self) -> None:
        """Look whenever a time has come or a schedule has changed, until cancelled."""
        with self._bus.waiting(self._topic) as wake:
            while True:
                await wake.wait(await self._seconds())

    async def _seconds(self) -> float:
        """Look; return how long to wait for a change before looking again."""
        try:
            return await self._look()
        except Unavailable as error:
            logger.warning("schedules cannot be looked at now; trying again: %s", error)
        except Exception:
            logger.exception("schedules could not be looked at; trying again")
        return SCHEDULES_AGAIN_SECONDS


async def _forever(chore: Callable[[], Awaitable[None]], seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await chore()
        except Unavailable as error:
            logger.warning("a chore cannot be done now; trying again: %s", error)
        except Exception:
            logger.exception("a chore failed; trying again")
