"""What was committed last, in memory: most watchers read only this.

Segments never change, so a kept one is always right. Runs do change, and only where this process
makes every change (``alone``), as on SQLite, is a kept one right. Elsewhere a kept run, and that
there is nothing behind the newest segment, is believed for a moment only, or until another server
says otherwise: a watcher that looks again later reads the database, and the journal makes sure of
every run that it writes. Both are bounded; the oldest go first.
The writer's thread puts, the server's loop reads: each step is one dictionary operation, atomic.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Final

from runwire.domain.ports import Clock
from runwire.domain.run import Run, RunId
from runwire.domain.segment import Segment

NEVER: Final = datetime.max.replace(tzinfo=UTC)
LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
LOOK_AGAIN: Final = timedelta(seconds=1)  # for what this process cannot know, such as lost leases
MAX_SCOPES: Final = 1000
MAX_SEGMENT_BYTES: Final = 32 * 1024 * 1024
MAX_RUN_BYTES: Final = 32 * 1024 * 1024
MAX_SEGMENTS: Final = 256  # of one run; appending copies the tuple, so it must stay short
FRESH_SECONDS: Final = 1.0  # less than a watcher waits before it looks by itself
LOOK_SECONDS: Final = 0.2  # the same as LOOK_AGAIN where others write, too
_RUN_BYTES: Final = 1024
_SEGMENT_BYTES: Final = 200

Scope = tuple[frozenset[str], frozenset[str]]
"""What a worker takes: of which queues and which graphs in Python."""


class Tail:
    """The newest segments and runs."""

    def __init__(self, *, alone: bool) -> None:
        self.alone = alone
        self.due_at = LONG_AGO
        """The earliest time that a queued run is known to wait for."""
        self._due_seen: float | None = None  # when the earliest of all was asked for
        self._behind: float | None = None  # seconds from this process's clock to that of `due_at`
        self._empty_at: dict[Scope, tuple[datetime, float]] = {}
        self._segments: dict[RunId, tuple[Segment, ...]] = {}
        self._births: dict[RunId, datetime] = {}  # of the runs whose segments are kept
        self._current: dict[RunId, float] = {}  # when those were all there are
        self._runs: dict[RunId, Run] = {}
        self._segment_bytes = 0
        self._run_bytes = 0

    def run(self, run_id: RunId) -> Run | None:
        """Return the run as this process left it, if nobody is known to have moved it since."""
        kept = self._runs.get(run_id)
        if kept is None or self.alone:
            return kept
        # The rows of ended runs change past their moves, when parts of them are discarded.
        return kept if run_id in self._current and not kept.status.final else None

    def seen(self, run_id: RunId) -> Run | None:
        """Return the run as it is, or was a moment ago, if that is known."""
        return self._runs.get(run_id) if self.alone or self._fresh(run_id) else None

    def segments(self, run_id: RunId, from_sequence: int) -> Sequence[Segment] | None:
        """Return what is there from a sequence on, () if nothing is yet; None if unknown."""
        kept = self._segments.get(run_id)
        if kept is None or from_sequence < kept[0].first_sequence:
            return None
        if from_sequence > kept[-1].last_sequence:
            return () if self.alone or self._fresh(run_id) else None
        return [item for item in kept if item.last_sequence >= from_sequence]

    def empty(self, scope: Scope, now: Clock) -> bool:
        """Whether the queue was just seen empty, and nothing is known to be left in it since."""
        seen = self._empty_at.get(scope)
        if seen is None:
            return False
        at, looked = seen
        return now() - at < LOOK_AGAIN if self.alone else monotonic() - looked < LOOK_SECONDS

    def saw_empty(self, scopes: Collection[Scope], now: datetime) -> None:
        """Note what was found to be empty."""
        if len(self._empty_at) > MAX_SCOPES:
            self._empty_at.clear()
        self._empty_at.update(dict.fromkeys(scopes, (now, monotonic())))

    def left_queued(self) -> None:
        """Note that there is something in the queue that nobody took."""
        self._empty_at.clear()

    def may_be_due(self, now: Clock) -> bool:
        """Whether the time has come that a queued run waits for, as far as this process knows.

        Where others write, it asks rather often, and else goes by its own clock: the database's
        would cost a round trip.
        """
        if self.alone:
            return now() >= self.due_at
        seen = self._due_seen
        unknown = seen is None or monotonic() - seen > LOOK_AGAIN.total_seconds()
        return unknown or self.seconds_to_due == 0

    @property
    def seconds_to_due(self) -> float | None:
        """How long it is until a run is due, by this process's own clock; None: for ever."""
        if self.due_at == NEVER:
            return None
        if self._behind is None:
            return 0.0
        return max(self.due_at.timestamp() - self._behind - monotonic(), 0.0)

    def saw_time(self, now: datetime) -> None:
        """Note what time it is by the clock that counts, which may be another machine's."""
        self._behind = now.timestamp() - monotonic()

    def saw_due(self, due_at: datetime | None) -> None:
        """Note the earliest time of all that runs wait for."""
        self.due_at, self._due_seen = due_at or NEVER, monotonic()

    def put(self, runs: Collection[Run], segments: Iterable[Segment]) -> None:
        """Keep what was just committed."""
        for run in runs:
            self._forget_run(run.run_id)
            self._runs[run.run_id] = run
            self._run_bytes += _size(run)
        for segment in segments:
            self._append(segment)
        for run in () if self.alone else runs:
            kept = self._segments.get(run.run_id)
            if kept and kept[-1].last_sequence == run.last_sequence:
                self._births[run.run_id] = run.created_at
                self._current[run.run_id] = monotonic()
        self._shrink()

    def see(self, run: Run) -> None:
        """Learn of a run as it is stored; drop what is kept of a deleted one that had its id."""
        if self._births.get(run.run_id, run.created_at) != run.created_at:
            self.forget(run.run_id)

    def doubt(self, topics: Collection[str] | None) -> None:
        """Learn that other servers have moved these runs (None: any), or left some in the queue."""
        if topics is None or "queue" in topics:
            self.left_queued()
            self._due_seen = None
        for topic in list(self._current) if topics is None else topics:
            self._current.pop(RunId(topic), None)

    def forget(self, run_id: RunId) -> None:
        """Drop what is kept of a run."""
        self._forget_run(run_id)
        self._births.pop(run_id, None)
        self._current.pop(run_id, None)
        for segment in self._segments.pop(run_id, ()):
            self._segment_bytes -= len(segment.body) + _SEGMENT_BYTES

    def bury(self, run_id: RunId) -> None:
        """Drop a run that was deleted as it ended; who watches it may still read how."""
        self._forget_run(run_id)
        self._current.pop(run_id, None)

    def drop(self, run_ids: Iterable[RunId]) -> None:
        """Drop what is kept of runs, and of the queue: nobody knows whether it is so on disk."""
        for run_id in run_ids:
            self.forget(run_id)
        self.left_queued()
        self.due_at, self._due_seen = LONG_AGO, None

    def _fresh(self, run_id: RunId) -> bool:
        at = self._current.get(run_id)
        return at is not None and monotonic() - at < FRESH_SECONDS

    def _append(self, segment: Segment) -> None:
        # Taken out and put in again, so that runs that move stay young.
        kept = self._segments.pop(segment.run_id, ())
        if kept and kept[-1].last_sequence + 1 != segment.first_sequence:
            self._segment_bytes -= sum(len(item.body) + _SEGMENT_BYTES for item in kept)
            kept = ()
        if len(kept) >= MAX_SEGMENTS:
            self._segment_bytes -= len(kept[0].body) + _SEGMENT_BYTES
            kept = kept[1:]
        self._segments[segment.run_id] = (*kept, segment)
        self._segment_bytes += len(segment.body) + _SEGMENT_BYTES

    def _forget_run(self, run_id: RunId) -> None:
        known = self._runs.pop(run_id, None)
        if known is not None:
            self._run_bytes -= _size(known)

    def _shrink(self) -> None:
        while self._run_bytes > MAX_RUN_BYTES:
            self._forget_run(next(iter(self._runs)))
        while self._segment_bytes > MAX_SEGMENT_BYTES:
            run_id = next(iter(self._segments))
            oldest, *rest = self._segments.pop(run_id)
            self._segment_bytes -= len(oldest.body) + _SEGMENT_BYTES
            if rest and not self._segments:  # one busy run: keep its newest events
                self._segments[run_id] = tuple(rest)
                continue
            self._births.pop(run_id, None)
            self._current.pop(run_id, None)
            self._segment_bytes -= sum(len(item.body) + _SEGMENT_BYTES for item in rest)


def _size(run: Run) -> int:
    return _RUN_BYTES + len(run.input.data) + (len(run.output.data) if run.output else 0)
