"""What was committed last, in memory: most watchers read only this.

Segments never change, so a kept one is always right. Runs do change; theirs is kept only where
this process makes every change (``alone``), as on SQLite. Both are bounded; the oldest go first.
The writer's thread puts, the server's loop reads: each step is one dictionary operation, atomic.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from runwire.domain.run import Run, RunId
from runwire.domain.segment import Segment

NEVER: Final = datetime.max.replace(tzinfo=UTC)
LOOK_AGAIN: Final = timedelta(seconds=1)  # for what this process cannot know, such as lost leases
MAX_SCOPES: Final = 1000
MAX_SEGMENT_BYTES: Final = 32 * 1024 * 1024
MAX_RUN_BYTES: Final = 32 * 1024 * 1024
MAX_SEGMENTS: Final = 256  # of one run; appending copies the tuple, so it must stay short
_RUN_BYTES: Final = 1024
_SEGMENT_BYTES: Final = 200

Scope = tuple[frozenset[str], frozenset[str]]
"""What a worker takes: of which queues and which graphs in Python."""


class Tail:
    """The newest segments and runs."""

    def __init__(self, *, alone: bool) -> None:
        self.alone = alone
        self.due_at = datetime.min.replace(tzinfo=UTC)
        """The earliest time that a queued run is known to wait for."""
        self._due_seen_at = self.due_at
        self._empty_at: dict[Scope, datetime] = {}
        self._segments: dict[RunId, tuple[Segment, ...]] = {}
        self._runs: dict[RunId, Run] = {}
        self._segment_bytes = 0
        self._run_bytes = 0

    def run(self, run_id: RunId) -> Run | None:
        """Return the run as it is now, if it is kept."""
        return self._runs.get(run_id)

    def segments(self, run_id: RunId, from_sequence: int) -> Sequence[Segment] | None:
        """Return what is there from a sequence on, () if nothing is yet; None if unknown."""
        kept = self._segments.get(run_id)
        if kept is None or from_sequence < kept[0].first_sequence:
            return None
        if from_sequence > kept[-1].last_sequence:
            return () if self.alone else None
        return [item for item in kept if item.last_sequence >= from_sequence]

    def empty(self, scope: Scope, now: datetime) -> bool:
        """Whether the queue was just seen empty, and nothing was left in it since."""
        seen = self._empty_at.get(scope)
        return self.alone and seen is not None and now - seen < LOOK_AGAIN

    def may_be_due(self, now: datetime) -> bool:
        """Whether the time has come that a queued run waits for, as far as this process knows."""
        return now >= self.due_at or not (self.alone or now - self._due_seen_at < LOOK_AGAIN)

    def saw_empty(self, scopes: Iterable[Scope], now: datetime) -> None:
        """Note what was found to be empty."""
        if len(self._empty_at) > MAX_SCOPES:
            self._empty_at.clear()
        self._empty_at.update(dict.fromkeys(scopes, now))

    def left_queued(self) -> None:
        """Note that there is something in the queue that nobody took."""
        self._empty_at.clear()

    def saw_due(self, due_at: datetime | None, now: datetime) -> None:
        """Note the earliest time of all that runs wait for."""
        self.due_at, self._due_seen_at = due_at or NEVER, now

    def put(self, runs: Iterable[Run], segments: Iterable[Segment]) -> None:
        """Keep what was just committed."""
        if self.alone:
            for run in runs:
                self._forget_run(run.run_id)
                self._runs[run.run_id] = run
                self._run_bytes += _size(run)
        for segment in segments:
            self._append(segment)
        self._shrink()

    def forget(self, run_id: RunId) -> None:
        """Drop what is kept of a run."""
        self._forget_run(run_id)
        for segment in self._segments.pop(run_id, ()):
            self._segment_bytes -= len(segment.body) + _SEGMENT_BYTES

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
            self._segment_bytes -= sum(len(item.body) + _SEGMENT_BYTES for item in rest)


def _size(run: Run) -> int:
    return _RUN_BYTES + len(run.input.data) + (len(run.output.data) if run.output else 0)
