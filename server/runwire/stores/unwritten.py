"""What moves have decided and that is not written yet: one statement a table writes all of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from runwire.domain.change import Change
from runwire.domain.ports import Clock
from runwire.domain.run import Run, RunId, RunStatus
from runwire.domain.segment import Segment
from runwire.stores import rows
from runwire.stores.gates import Gates
from runwire.stores.known_threads import UnwrittenThreads
from runwire.stores.repeats import KnownRequest
from runwire.stores.saved_rows import UnwrittenSaved
from runwire.stores.statements import STOPPING, Statements
from runwire.stores.writing import Writing

JOINED_BYTES: Final = 4096

Writes = Iterator[tuple[Writing, Sequence[rows.Values]]]


class Unwritten:
    """Rows by table, and the runs they belong to; each method gives parents before children."""

    def __init__(self) -> None:
        self.created: dict[RunId, None] = {}
        self.moved: dict[RunId, Run] = {}
        self.labelled: dict[RunId, None] = {}
        self.requests: dict[str, KnownRequest] = {}
        self.steps: dict[tuple[RunId, str], rows.Values] = {}
        self.stopped: list[rows.Values] = []
        self.checkpoints: list[rows.Values] = []
        self.segments: list[rows.Values] = []
        self.deliveries: list[rows.Values] = []
        self.saved = UnwrittenSaved()
        self.threads = UnwrittenThreads()
        self.queue: dict[RunId, rows.Values | None] = {}
        self._ends: dict[RunId, tuple[int, Segment]] = {}  # each run's last segment, and its place

    def add(self, segment: Segment) -> int:
        """Note a segment, and return how many bytes more that is at rest.

        One that follows another of its run is joined to it: a run that is created and claimed in
        one transaction begins with one row instead of two. Only small ones, since the whole is
        packed anew.
        """
        place, last = self._ends.get(segment.run_id, (0, None))
        joined = None if last is None else last.joined(segment, JOINED_BYTES)
        if joined is None:
            place, before = len(self.segments), 0
            self.segments.append(rows.row_of_segment(segment))
        else:
            before = len(self.segments[place]["body"])
            self.segments[place] = rows.row_of_segment(joined)
        self._ends[segment.run_id] = place, joined or segment
        return len(self.segments[place]["body"]) - before

    @property
    def any(self) -> bool:
        """Whether there is something that reads of tables would miss."""
        return bool(self.moved or self.segments or self.saved or self.threads.any)

    def place(self, run: Run, gates: Gates, now: datetime) -> None:
        """Keep the queue true to a run's status, and end the steps of one that was cancelled."""
        if run.status is not RunStatus.RUNNING:
            gates.touch(run)
        if run.status is RunStatus.QUEUED:
            self.queue[run.run_id] = gates.row(run, None, None)
        elif run.status.final or run.status is RunStatus.INTERRUPTED:
            self.queue[run.run_id] = None
        if run.status is RunStatus.CANCELLED:
            self.stopped.append({**STOPPING, "of_run": run.run_id, "at": now})

    def take(self, change: Change) -> None:
        """Note the steps and checkpoints of a change, and what it saves of threads."""
        for step in change.steps:
            self.steps[change.run.run_id, step.step_id] = rows.row_of_step(step)
        self.checkpoints += map(rows.row_of_checkpoint, change.checkpoints)
        self.saved.add(change.saved)

    def take_segments(self) -> "Unwritten":
        """Return another that has the segments of this one, and nothing else."""
        other = Unwritten()
        other.segments, self.segments = self.segments, other.segments
        other._ends, self._ends = self._ends, other._ends
        return other

    def runs(self, write: Statements, expected: Callable[[RunId], int] | None) -> Writes:
        """Give what to write of runs themselves.

        `expected` tells the revision that a run is moved on from; None if nobody else moves any.
        """
        created = [self.moved[run_id] for run_id in self.created]
        if expected is None:
            yield write.put_runs, [rows.row_of_run(run) for run in self.moved.values()]
        else:
            # In the order in which everybody locks runs.
            moved = [self.moved[run_id] for run_id in sorted(self.moved.keys() - self.created)]
            yield (
                write.put_runs,
                [{**rows.row_of_run(run), "expected": expected(run.run_id)} for run in moved],
            )
            # Somebody may have made one with the same id meanwhile, which must not be put.
            yield write.insert_runs, [rows.row_of_run(run) for run in created]
        yield write.insert_inputs, [rows.row_of_input(run) for run in created]

    def parts(self, write: Statements, *, known: Mapping[str, KnownRequest]) -> Writes:
        """Give what to write of what runs own; `known` are the requests that are on disk."""
        stale = (run_id for run_id in self.labelled if run_id not in self.created)
        yield write.delete_labels, [{"run_id": run_id} for run_id in stale]
        labelled = (self.moved[run_id] for run_id in self.labelled)
        labels = [
            {
                "run_id": run.run_id,
                "key": key,
                "value": value,
                "created_at": run.created_at,
                "namespace": run.namespace,
            }
            for run in labelled
            for key, value in run.labels.items()
        ]
        yield write.insert_labels, labels
        # Inserted, not put: where another server was quicker, this fails and is tried again.
        yield write.delete_requests, [{"request_id": key} for key in self.requests if key in known]
        requests = [
            {"request_id": key, "run_id": run_id, "body_hash": body_hash, "created_at": at}
            for key, (run_id, body_hash, at) in self.requests.items()
        ]
        yield write.insert_requests, requests
        yield write.put_steps, list(self.steps.values())
        yield write.stop_steps, self.stopped
        yield write.insert_checkpoints, self.checkpoints
        yield write.insert_segments, self.segments
        yield write.insert_deliveries, self.deliveries
        yield from self.saved.rows(write)

    def of_threads(self, write: Statements, now: Clock) -> Writes:
        """Give what to write of threads, behind the runs: all batches lock in that order."""
        if self.threads.any:
            new, changed = self.threads.rows(now())
            yield write.threads.insert, new
            yield write.threads.change, changed

    def queued(self, write: Statements) -> Writes:
        """Give what to write of the queue."""
        yield write.put_queue, [row for row in self.queue.values() if row is not None]
        gone = (run_id for run_id, row in self.queue.items() if row is None)
        yield write.delete_queue, [{"run_id": run_id} for run_id in gone]
