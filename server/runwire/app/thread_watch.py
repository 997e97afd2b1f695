"""The runs of a thread, watched one after the other: those that count now, and those to come.

1. Runs of a thread are executed one at a time, so they are told one at a time, each to its end.
2. The thread need not exist: then this waits until somebody makes it.
3. A wake says that a run of the thread has changed its status; looking now and then makes up for
   wakes that were lost.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

from runwire.app.thread_runs import ThreadRuns
from runwire.app.watch import POLL_SECONDS, Batch, Compacted, Ended, Heartbeat, Started, Watch
from runwire.domain.errors import NotFound
from runwire.domain.ports import Clock
from runwire.domain.run import Run, RunId, RunStatus
from runwire.domain.thread import ThreadId, gate_of

MAX_LOOKED_AT: Final = 100
"""So many of a thread's newest runs are looked at when somebody begins to watch it."""
MAX_WAITING: Final = 1000
ENDED_PAGE: Final = 20
SLACK: Final = timedelta(seconds=60)
"""Clocks of servers differ by less."""

UNFINISHED: Final = tuple(status for status in RunStatus if not status.final)
BEGUN: Final = tuple(status for status in RunStatus if status is not RunStatus.QUEUED)
FINAL: Final = tuple(status for status in RunStatus if status.final)

Choose = Callable[[Sequence[Run]], Sequence[Run]]
"""Says which of a thread's runs are told from their beginnings; they come newest first."""


@dataclass(frozen=True, slots=True)
class Began:
    """What follows is of this run."""

    run: Run


@dataclass(frozen=True, slots=True)
class Over:
    """All of the run that began last was told; it is None if it was deleted before its end."""

    run: Run | None


Told = Began | Batch | Over | Heartbeat


class ThreadWatch:
    """Watches threads."""

    def __init__(self, *, runs: ThreadRuns, watch: Watch, now: Clock) -> None:
        self._runs = runs
        self._watch = watch
        self._now = now

    async def begun(self, thread_id: ThreadId) -> Sequence[Run]:
        """Return the newest runs that do not wait for their turn; none of an unknown thread."""
        return await self._newest(thread_id, statuses=BEGUN, limit=ENDED_PAGE)

    async def follow(
        self,
        thread_id: ThreadId,
        *,
        choose: Choose,
        visible: Callable[[Run], bool],
        heartbeat_seconds: float,
    ) -> AsyncIterator[Told]:
        """Yield the events of a thread's runs, without end.

        `visible` says which runs the watcher may know of.
        """
        line = _Line(self._now() - SLACK, visible)
        with self._watch.waiting(gate_of(thread_id)) as wake:
            line.begin(await self._newest(thread_id, limit=MAX_LOOKED_AT), choose)
            silent_since = monotonic()
            while True:
                for run_id in line.waiting():
                    async for told in self._one(run_id, line, heartbeat_seconds):
                        yield told
                    silent_since = monotonic()
                    break
                else:
                    quiet = monotonic() - silent_since
                    if quiet >= heartbeat_seconds:
                        yield Heartbeat(self._now(), 0)
                        silent_since, quiet = monotonic(), 0.0
                    await wake.wait(min(POLL_SECONDS, heartbeat_seconds - quiet))
                line.add(await self._now_there(thread_id))

    async def _one(
        self, run_id: RunId, line: "_Line", heartbeat_seconds: float
    ) -> AsyncIterator[Told]:
        """Yield what happens in one run, to its end."""
        line.told(run_id)
        try:
            async for message in self._watch.watch(run_id, heartbeat_seconds=heartbeat_seconds):
                match message:
                    case Started():
                        yield Began(message.run)
                    case Ended():
                        yield Over(message.run)
                    case Batch() | Heartbeat():
                        yield message
                    case Compacted():
                        continue  # what is told of a run does not depend on what was discarded
        except NotFound:
            yield Over(None)  # it was rolled back, or deleted

    async def _newest(
        self, thread_id: ThreadId, *, limit: int, statuses: Sequence[RunStatus] = ()
    ) -> Sequence[Run]:
        try:
            return await self._runs.find(thread_id, statuses=statuses, limit=limit)
        except NotFound:
            return ()

    async def _now_there(self, thread_id: ThreadId) -> Sequence[Run]:
        """Return what may have become of interest: what has not ended, and what did last."""
        going = await self._newest(thread_id, statuses=UNFINISHED, limit=MAX_WAITING)
        ended = await self._newest(thread_id, statuses=FINAL, limit=ENDED_PAGE)
        return (*going, *ended)


class _Line:
    """The runs that are still to be told, and those that were."""

    def __init__(self, since: datetime, visible: Callable[[Run], bool]) -> None:
        self._since = since
        self._visible = visible
        self._told: set[RunId] = set()
        self._runs: dict[RunId, Run] = {}

    def begin(self, runs: Sequence[Run], choose: Choose) -> None:
        """Take the runs that are there at first: those that do not count are never told."""
        chosen = {run.run_id for run in choose(runs)}
        self._told.update(run.run_id for run in runs if run.run_id not in chosen)
        self._runs = {run.run_id: run for run in runs if run.run_id in chosen}

    def add(self, runs: Sequence[Run]) -> None:
        """Take what is there now."""
        there = {run.run_id for run in runs}
        self._runs = {run_id: run for run_id, run in self._runs.items() if run_id in there}
        for run in runs:
            late = run.ended_at is not None and run.ended_at < self._since
            if run.run_id not in self._told and not late:
                self._runs[run.run_id] = run

    def waiting(self) -> Sequence[RunId]:
        """Return the runs that have begun, or ended without, in the order in which they did."""
        begun = [
            (place, run.run_id)
            for run in self._runs.values()
            if (place := place_of(run)) is not None and self._visible(run)
        ]
        return [run_id for _, run_id in sorted(begun)]

    def told(self, run_id: RunId) -> None:
        """Note that a run is told."""
        self._told.add(run_id)
        self._runs.pop(run_id, None)


def place_of(run: Run) -> datetime | None:
    """Return when a run took its place in the line; None as long as it waits for its turn."""
    return run.started_at or run.ended_at
