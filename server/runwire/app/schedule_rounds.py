"""Looks which schedules are due, and creates their runs.

1. Every server looks; which of them takes a turn is settled by the transaction that records it.
2. What fails concerns one schedule: a run that is refused is told of in `error_message`, and the
   schedule goes on; what may pass by itself is tried again a moment later.
3. Schedules are taken a page at a time, so that many at once leave room for everything else.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import Final

from runwire.app.runs import Runs
from runwire.app.schedule_specs import run_for, word_of
from runwire.app.schedules import AskTime, Make, times_of
from runwire.domain.errors import Conflict, Error, Invalid, NotAllowed, NotFound, Unavailable
from runwire.domain.namespace import local_id
from runwire.domain.schedule import Firing, Schedule, ScheduleId, Turn, take_turn
from runwire.domain.schedule_ports import ScheduleTurns

PAGE: Final = 32
MAX_CANCELS: Final = 200
POLL_SECONDS: Final = 5.0
BUFFERED_SECONDS: Final = 0.5
AGAIN_SECONDS: Final = 1.0
SHORTEST_SECONDS: Final = 0.02

logger = logging.getLogger("runwire.schedules")


class ScheduleRounds:
    """One round after the other."""

    def __init__(
        self, *, turns: ScheduleTurns, runs: Runs, ask_time: AskTime, make: Make | None = None
    ) -> None:
        self._turns = turns
        self._runs = runs
        self._make = make or runs.create
        self._ask_time = ask_time
        self._failed = False

    async def look(self) -> float:
        """Do what is due; return after how many seconds to look again at the latest."""
        self._failed = False
        await self._take_due(await self._ask_time())
        await self._take_waiting()
        await self._cancel_others()
        soonest, buffered = await self._turns.next_look()
        seconds = BUFFERED_SECONDS if buffered else POLL_SECONDS
        if soonest is not None:
            left = (soonest - await self._ask_time()).total_seconds()
            seconds = min(seconds, left)
        return max(seconds, AGAIN_SECONDS if self._failed else SHORTEST_SECONDS)

    async def _take_due(self, now: datetime) -> None:
        after: tuple[datetime, ScheduleId] | None = None
        while found := await self._turns.due(now, PAGE, after):
            await self._take_page(found, now)
            last = found[-1]
            after = (last.next_at or now, last.schedule_id)

    async def _take_waiting(self) -> None:
        after = ScheduleId("")
        while found := await self._turns.waiting(PAGE, after):
            await self._take_page(found, await self._ask_time())
            after = found[-1].schedule_id

    async def _take_page(self, found: Sequence[Schedule], now: datetime) -> None:
        async with asyncio.TaskGroup() as tasks:
            for schedule in found:
                tasks.create_task(self._take(schedule, now))

    async def _take(self, schedule: Schedule, now: datetime) -> None:
        try:
            turn = _decide(schedule, now)
            if turn.run_at is not None:
                await self._fire(turn, turn.run_at)
            elif turn.after != schedule:
                await self._turns.advance(turn)
        except Unavailable as error:
            self._failed = True
            logger.warning("a schedule's turn has to wait: %s", error)
        except Exception:  # the others go on, and this one is tried again
            self._failed = True
            logger.exception("a schedule failed", extra={"schedule_id": schedule.schedule_id})

    async def _fire(self, turn: Turn, at: datetime) -> None:
        firing = Firing(schedule_id=turn.after.schedule_id, schedule_at=at, turn=turn)
        try:
            await self._make(run_for(turn.after, at, word=word_of(at), firing=firing))
        except Conflict:
            return  # another server was quicker, or somebody has changed the schedule
        except Unavailable:
            raise
        except Error as error:
            logger.warning("schedule %s could not create a run: %s", turn.after.schedule_id, error)
            await self._turns.advance(turn.without_run(error.message))

    async def _cancel_others(self) -> None:
        for schedule_id, run_id in await self._turns.overrun(MAX_CANCELS):
            reason = f"schedule {local_id(schedule_id)} creates its next run"
            try:
                await self._runs.cancel(run_id, reason=reason, etag="")
            except (NotFound, NotAllowed):
                continue  # it has ended by itself


def _decide(schedule: Schedule, now: datetime) -> Turn:
    start = schedule.next_at
    if start is None:
        return take_turn(schedule, (), now)
    try:
        times = times_of(schedule.cron, schedule.time_zone)
    except Invalid as error:  # a zone that this server's tables do not have, or no longer
        after = replace(schedule, next_at=None, error_message=error.message)
        return Turn(revision=schedule.revision, after=after)
    return take_turn(schedule, schedule.until_end(chain((start,), times.all_after(start))), now)
