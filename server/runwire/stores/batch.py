"""One transaction's work: moves are decided in memory and written in bulk.

1. Everything in a batch sees one time, `now`, and the runs as they stand in this transaction.
2. Two moves of one run in one batch build on each other; its row is written once.
3. `flush` writes: one statement a table, many rows each, parents before children. Whatever reads
   tables that moves write (a claim, say) flushes first.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from runwire.domain import moves
from runwire.domain.change import Change
from runwire.domain.errors import AlreadyExists, NotFound
from runwire.domain.ports import EncodeEvents, Move
from runwire.domain.run import Run, RunId, RunStatus
from runwire.domain.segment import Segment
from runwire.domain.work import Created, Seed
from runwire.stores import rows
from runwire.stores.cutting import cut
from runwire.stores.doubt import look_for
from runwire.stores.link import Link
from runwire.stores.sizes import Sums, sizes_after
from runwire.stores.statements import STOPPING, Writing
from runwire.stores.tail import Tail

REQUEST_LIFE: Final = timedelta(hours=24)
SHARDS: Final = 64  # of the sums, so that servers seldom share one
LOOK_AGAIN: Final = timedelta(seconds=1)  # for leases that have ended by themselves

_Request = tuple[RunId, bytes, datetime]


class Batch:
    """What one transaction reads and will write."""

    def __init__(self, link: Link, *, encode: EncodeEvents, tail: Tail) -> None:
        self._link = link
        self._now: datetime | None = None
        self.deleted: list[RunId] = []
        self.stale: list[RunId] = []  # runs of which the tail knows too much
        self.segments: list[Segment] = []  # of the whole batch, for the tail
        self.left_queued = False  # whether runs became QUEUED that nobody stood for
        self.freed = False  # whether leases were ended, so that those who stand must look again
        self.changed: dict[RunId, Run] = {}
        self.found_empty = False  # whether a claim has found nothing more in the queue
        self.sums = Sums(shard=0 if tail.alone else os.getpid() % SHARDS)
        self._encode = encode
        self._tail = tail
        self._runs: dict[RunId, Run] = {}
        self._known: dict[str, _Request] = {}  # request ids that are on disk
        self._reset()

    @property
    def now(self) -> datetime:
        """The time of this transaction."""
        if self._now is None:
            self._now = self._link.now
        return self._now

    @property
    def connection(self) -> Connection:
        """The connection, in the transaction; for what is not done for every commit."""
        return self._link.connection

    @property
    def queue_is_empty(self) -> bool:
        """Whether the queue need not be looked at: this process would know what came into it.

        Where others write, it might learn of it a little later; so it looks rather often.
        """
        if not self._tail.alone:
            return self._tail.looked_lately
        seen = self._tail.queue_empty_at
        return seen is not None and self.now - seen < LOOK_AGAIN

    def prefetch(self, run_ids: Iterable[RunId], request_ids: Sequence[str] = ()) -> None:
        """Read, all at once, runs and requests that moves of this batch will need.

        Where other processes write, too, this locks the runs. All that a batch may have to wait for
        is locked at once and in order, so that no two batches wait for each other.
        """
        missing = []
        for run_id in run_ids:
            if run_id in self._runs or run_id in self.deleted:
                continue  # the tail still knows what this batch deletes
            kept = None if run_id in self.stale else self._tail.run(run_id)
            if kept is None:
                missing.append(run_id)
            else:
                self._runs[run_id] = kept
        runs, requests = self._link.look(sorted(missing), request_ids)
        for row in runs:
            self._runs[row.run_id] = rows.run_from(row)
        for row in requests:
            self._known[row.request_id] = (RunId(row.run_id), row.body_hash, row.created_at)

    def get(self, run_id: RunId) -> Run:
        """Return a run as this transaction sees it, or raise NotFound."""
        run = self._runs.get(run_id)
        if run is None:
            self.prefetch((run_id,))
            run = self._runs.get(run_id)
        if run is None:
            raise NotFound(f"no run {run_id}", reason="RUN_NOT_FOUND", run_id=run_id)
        return run

    def create(self, seed: Seed) -> Created:
        """Begin a run, unless its request was seen before."""
        request = seed.request
        if request.request_id:
            written = self._known.get(request.request_id)
            known = self._requests.get(request.request_id) or written
            if known and self.now - known[2] < REQUEST_LIFE:
                return self._replay(
                    request.request_id, known[0], same=known[1] == request.body_hash
                )
        if seed.run.run_id in self._runs:
            raise AlreadyExists(
                f"run {seed.run.run_id} exists: choose another run_id, or send a request_id with"
                " creations that may be repeated",
                reason="RUN_ALREADY_EXISTS",
                run_id=seed.run.run_id,
            )
        if request.request_id:
            self._requests[request.request_id] = (seed.run.run_id, request.body_hash, self.now)
        delay = timedelta(seconds=seed.run.start_delay_seconds or 0)
        born = seed.run.but(
            created_at=self.now,
            ready_at=self.now + delay,
            revision=0,
            storage_bytes=len(seed.run.input.data),
        )
        self._created[born.run_id] = None
        self._labelled[born.run_id] = None
        change = moves.queued(born, self.now)
        if seed.checkpoint is not None:
            at = replace(seed.checkpoint, created_at=self.now)
            change = replace(change, checkpoints=(at,))
        return Created(run=self._apply(None, change))

    def make(self, run_id: RunId, move: Move) -> Run:
        """Make a move and return the run after it."""
        run = self.get(run_id)
        return self._apply(run, move(run, self.now))

    def hold(self, run: Run, worker_id: str, lease_until: datetime) -> None:
        """Note who holds a run, and how long."""
        self._queue[run.run_id] = self._queue_row(run, worker_id, lease_until)

    def forget(self, run_id: RunId) -> None:
        """Note that a run was deleted."""
        self._runs.pop(run_id, None)
        self.changed.pop(run_id, None)
        self.deleted.append(run_id)

    def outdate(self, run_id: RunId) -> None:
        """Note that a run's row was changed past its moves."""
        self._runs.pop(run_id, None)
        self.stale.append(run_id)

    def flush(self) -> None:
        """Write what moves have decided so far."""
        if self._moved:
            self._link.flush(self._write_all)

    def commit(self) -> None:
        """Write the rest, and make all of it durable; raise only if it is not on disk."""
        self._link.commit(self._write_all, self._look_for)

    def rollback(self) -> None:
        """Undo all of it."""
        self._link.rollback()

    def _look_for(self, connection: Connection, error: Exception) -> None:
        self._tail.drop((*self.changed, *self.deleted))
        look_for(connection, self.changed, self.deleted, error)

    def _write_all(self) -> None:
        write = self._link.statements
        created = [self._runs[run_id] for run_id in self._created]
        # Elsewhere somebody may have made one with the same id meanwhile, which must not be put.
        apart = () if self._tail.alone else self._created
        moved = [run for run_id, run in self._moved.items() if run_id not in apart]
        self._write(write.insert_runs, [rows.row_of_run(self._runs[run_id]) for run_id in apart])
        self._write(write.put_runs, [rows.row_of_run(run) for run in moved])
        self._write(write.insert_inputs, [rows.row_of_input(run) for run in created])
        self._write_labels()
        self._write_requests()
        self._write(write.put_steps, list(self._steps.values()))
        self._write(write.stop_steps, self._stopped)
        self._write(write.insert_checkpoints, self._checkpoints)
        self._write(write.insert_segments, self._segment_rows)
        self._write(write.add_totals, self.sums.take())
        self._write_queue()
        self._reset()

    def _write(self, statement: Writing, found: Sequence[rows.Values]) -> None:
        if found:
            self._link.write(statement, found)

    def _reset(self) -> None:
        self._created: dict[RunId, None] = {}
        self._moved: dict[RunId, Run] = {}
        self._labelled: dict[RunId, None] = {}
        self._requests: dict[str, _Request] = {}
        self._steps: dict[tuple[RunId, str], rows.Values] = {}
        self._checkpoints: list[rows.Values] = []
        self._segment_rows: list[rows.Values] = []
        self._queue: dict[RunId, rows.Values | None] = {}
        self._stopped: list[rows.Values] = []

    def _replay(self, request_id: str, run_id: RunId, *, same: bool) -> Created:
        if same:
            return Created(run=self.get(run_id), replayed=True)
        raise AlreadyExists(
            f"request_id {request_id} was used for run {run_id} with another body: a new request"
            " needs a new request_id",
            reason="REQUEST_ID_REUSED",
            request_id=request_id,
            run_id=run_id,
        )

    def _apply(self, before: Run | None, change: Change) -> Run:
        if change.run is before and not (change.events or change.steps or change.checkpoints):
            return before
        first = change.run.last_sequence + 1
        segments = list(cut(change.run.run_id, first, change.events, self._encode))
        self.segments += segments
        segment_rows = [rows.row_of_segment(segment) for segment in segments]
        self._segment_rows += segment_rows
        run = change.run.but(
            revision=change.run.revision + 1,
            last_sequence=change.run.last_sequence + len(change.events),
            **sizes_after(
                before or change.run, change, sum(len(row["body"]) for row in segment_rows)
            ),
        )
        self.sums.moved(before, run)
        for step in change.steps:
            self._steps[run.run_id, step.step_id] = rows.row_of_step(step)
        self._checkpoints.extend(rows.row_of_checkpoint(item) for item in change.checkpoints)
        if before is None or before.status is not run.status:
            self._follow(run)
        if before is not None and before.labels != run.labels:
            self._labelled[run.run_id] = None
        self._runs[run.run_id] = self._moved[run.run_id] = self.changed[run.run_id] = run
        return run

    def _follow(self, run: Run) -> None:
        """Keep the queue true to the run's status."""
        if run.status is RunStatus.QUEUED:
            self._queue[run.run_id] = self._queue_row(run, None, None)
        elif run.status.final or run.status is RunStatus.INTERRUPTED:
            self._queue[run.run_id] = None
        if run.status is RunStatus.CANCELLED:
            self._stopped.append({**STOPPING, "of_run": run.run_id, "at": self.now})

    def _queue_row(self, run: Run, worker_id: str | None, until: datetime | None) -> rows.Values:
        return {
            "run_id": run.run_id,
            "graph_id": None if run.graph_version else run.graph_id,
            "queue": run.queue,
            "priority": run.priority,
            "ready_at": run.ready_at,
            "epoch": run.epoch,
            "limit_key": run.concurrency_key or None,
            "limit_count": run.concurrency_limit or None,
            "graph_key": None,
            "blocked": False,
            "worker_id": worker_id,
            "lease_until": until,
        }

    def _write_labels(self) -> None:
        stale = [{"run_id": run_id} for run_id in self._labelled if run_id not in self._created]
        self._write(self._link.statements.delete_labels, stale)
        labelled = [self._runs[run_id] for run_id in self._labelled]
        labels = [
            {"run_id": run.run_id, "key": key, "value": value, "created_at": run.created_at}
            for run in labelled
            for key, value in run.labels.items()
        ]
        self._write(self._link.statements.insert_labels, labels)

    def _write_requests(self) -> None:
        # Inserted, not put: where another server was quicker, this batch fails and is tried again.
        old = [{"request_id": key} for key in self._requests if key in self._known]
        self._write(self._link.statements.delete_requests, old)
        new = [
            {"request_id": key, "run_id": run_id, "body_hash": body_hash, "created_at": at}
            for key, (run_id, body_hash, at) in self._requests.items()
        ]
        self._write(self._link.statements.insert_requests, new)
        self._known.update(self._requests)

    def _write_queue(self) -> None:
        kept = [row for row in self._queue.values() if row is not None]
        gone = [{"run_id": run_id} for run_id, row in self._queue.items() if row is None]
        self._write(self._link.statements.put_queue, kept)
        self._write(self._link.statements.delete_queue, gone)
