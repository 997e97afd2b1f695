"""The journal's contract in memory: the real moves, and around them what the store does, no more.

It mirrors ``stores/journal.py`` and ``stores/batch.py`` (queue rows, leases, the batch's order, the
short memory that the queue is empty) without SQL, threads or loops, so that hundreds of thousands
of schedules can be tried. That it does mirror them is a test of its own, on SQLite.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from runwire.domain import crashes, moves
from runwire.domain.change import Change
from runwire.domain.checkpoint import Checkpoint
from runwire.domain.errors import AlreadyExists, Error, NotFound
from runwire.domain.event import NewEvent
from runwire.domain.run import Run, RunId, RunStatus
from runwire.domain.step import Step
from runwire.domain.work import Created, Lease, Seed, Verdict
from runwire.stores.journal import MAX_CRASHES
from runwire.stores.repeats import REQUEST_LIFE
from runwire.stores.tail import LOOK_AGAIN, NEVER

S = RunStatus
MOVES = ("create", "record")
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Op:
    """One call of the journal: its name, arguments, and the lease in whose name it is made."""

    name: str
    args: tuple[Any, ...]
    lease: Lease | None = None
    what: str = ""


@dataclass(slots=True)
class Row:
    """A row of the queue."""

    graph_id: str | None
    priority: int
    ready_at: datetime
    epoch: int
    worker_id: str | None = None
    lease_until: datetime | None = None


@dataclass(slots=True)
class Records:
    """All that is stored; copied whole where a batch may have to be undone."""

    runs: dict[RunId, Run] = field(default_factory=dict)
    queue: dict[RunId, Row] = field(default_factory=dict)
    events: dict[RunId, tuple[NewEvent, ...]] = field(default_factory=dict)
    steps: dict[tuple[RunId, str], Step] = field(default_factory=dict)
    checkpoints: dict[tuple[RunId, int], Checkpoint] = field(default_factory=dict)
    requests: dict[str, tuple[RunId, bytes, datetime]] = field(default_factory=dict)
    empty_at: dict[frozenset[str], datetime] = field(default_factory=dict)
    due_at: datetime = LONG_AGO
    waiting: set[RunId] = field(default_factory=set)

    def copy(self) -> "Records":
        return Records(
            dict(self.runs),
            {run_id: replace(row) for run_id, row in self.queue.items()},
            dict(self.events),
            dict(self.steps),
            dict(self.checkpoints),
            dict(self.requests),
            dict(self.empty_at),
            self.due_at,
            set(self.waiting),
        )


Told = tuple[Op, Run | None, Run | None, Change | None]
"""What was called, the run before and after (None: deleted), and the change."""
Watch = Callable[[Op, Run | None, Run | None, Change | None], None]


class ModelStore:
    """The journal in memory; ``watch`` is told every change, with what caused it."""

    def __init__(self, now: Callable[[], datetime], watch: Watch | None = None) -> None:
        self.all = Records()
        self.now = now
        self.watch = watch
        self._op = Op("", ())
        self._begin()

    def do(self, op: Op) -> Any:
        """Do one call, in a transaction of its own; raise what it raises."""
        self._begin()
        result = self._call(op)
        if op.name in MOVES:
            self._look()
        self._end()
        return result

    def burst(self, ops: Sequence[Op]) -> list[Any]:
        """Do calls in one transaction; return each one's result or error, in their order.

        Moves come first; when anything else is refused, all is undone and each done alone.
        """
        before = self.all.copy()
        answers: dict[int, Any] = {}
        self._begin()
        for index, op in enumerate(ops):
            if op.name in MOVES:
                try:
                    answers[index] = self._call(op)
                except Error as error:
                    answers[index] = error
        self._look()
        for index, op in enumerate(ops):
            if op.name not in MOVES:
                try:
                    answers[index] = self._call(op)
                except Error:
                    self.all = before
                    return [self.answer(op) for op in ops]
        self._end()
        return [answers[index] for index in range(len(ops))]

    def _begin(self) -> None:
        self._queued = False
        self._found_empty: list[frozenset[str]] = []
        self._passed: set[RunId] = set()
        self._told: list[Told] = []

    def _call(self, op: Op) -> Any:
        self._op = op
        return getattr(self, op.name)(*op.args)

    def _look(self) -> None:
        """Note whether anything that the moves changed waits in the queue now."""
        changed = {run.run_id for _, _, run, _ in self._told if run is not None}
        self._queued = any(self.all.runs[run_id].status is S.QUEUED for run_id in changed)

    def _end(self) -> None:
        if self._queued or self._passed:
            self.all.empty_at.clear()
        else:
            self.all.empty_at.update(dict.fromkeys(self._found_empty, self.now()))
        if self.watch is not None:
            for told in self._told:
                self.watch(*told)

    def answer(self, op: Op) -> Any:
        """Do one call; return what it raises, too."""
        try:
            return self.do(op)
        except Error as error:
            return error

    def create(self, seed: Seed) -> Created:
        request, now = seed.request, self.now()
        known = self.all.requests.get(request.request_id) if request.request_id else None
        if known is not None and now - known[2] < REQUEST_LIFE:
            if known[1] != request.body_hash:
                raise AlreadyExists("another body", reason="REQUEST_ID_REUSED")
            return Created(run=self.get(known[0]), replayed=True)
        if seed.run.run_id in self.all.runs:
            raise AlreadyExists("exists", reason="RUN_ALREADY_EXISTS")
        if request.request_id:
            self.all.requests[request.request_id] = (seed.run.run_id, request.body_hash, now)
        delay = timedelta(seconds=seed.run.start_delay_seconds or 0)
        born = seed.run.but(created_at=now, ready_at=now + delay, revision=0)
        return Created(run=self._apply(None, moves.queued(born, now)))

    def record(self, run_id: RunId, move: Any) -> Run:
        run = self.get(run_id)
        return self._apply(run, move(run, self.now()))

    def get(self, run_id: RunId) -> Run:
        run = self.all.runs.get(run_id)
        if run is None:
            raise NotFound(f"no run {run_id}", reason="RUN_NOT_FOUND")
        return run

    def claim(
        self, worker_id: str, limit: int, graphs: Sequence[str], lease_seconds: float
    ) -> list[Run]:
        now, scope, everything = self.now(), frozenset(graphs), self.all
        seen, due = everything.empty_at.get(scope), everything.due_at <= now
        known_empty = seen is not None and now - seen < LOOK_AGAIN
        if known_empty and not (self._queued or self._passed or due):
            return []
        if due:
            self._let_due_pass()
        known = [
            (run_id, row)
            for run_id, row in self.all.queue.items()
            if row.graph_id is None or row.graph_id in graphs
        ]
        ready = [
            (-r.priority, r.ready_at, i)
            for i, r in known
            if not r.worker_id and i not in everything.waiting
        ]
        ids = [run_id for *_, run_id in sorted(ready)[:limit]]
        claimed = [self._take(run_id, worker_id, lease_seconds) for run_id in ids]
        room = limit - len(ids)
        if room:
            lost = [(r.lease_until, i) for i, r in known if r.lease_until and r.lease_until <= now]
            lost.sort(key=lambda item: item[0])
            claimed += [
                self._take(run_id, worker_id, lease_seconds)
                for _, run_id in lost[:room]
                if self._goes_on(run_id)
            ]
            if len(lost) < room:
                self._found_empty.append(scope)
        return claimed

    def _take(self, run_id: RunId, worker_id: str, lease_seconds: float) -> Run:
        run = self.record(run_id, moves.claimed)
        until = self.now() + timedelta(seconds=lease_seconds)
        self.all.queue[run_id] = _row(run, worker_id, until)
        self._passed.discard(run_id)
        return run

    def _goes_on(self, run_id: RunId) -> bool:
        """Note that a worker has lost a run; return whether another may take it."""
        if self.all.runs[run_id].status is S.CANCELLING:
            return False
        under_way = [
            step
            for (of_run, _), step in sorted(self.all.steps.items())
            if of_run == run_id and step.status is S.RUNNING
        ]
        worker_id = self.all.queue[run_id].worker_id or ""
        run = self.record(run_id, crashes.lost(worker_id, under_way, MAX_CRASHES))
        return run.status is S.RUNNING

    def _let_due_pass(self) -> None:
        everything = self.all
        due = {i for i in everything.waiting if everything.queue[i].ready_at <= self.now()}
        everything.waiting -= due
        self._passed |= due
        times = [everything.queue[run_id].ready_at for run_id in everything.waiting]
        everything.due_at = min(times, default=NEVER)

    def renew(self, leases: Sequence[Lease], lease_seconds: float) -> dict[RunId, Verdict]:
        verdicts = {}
        for lease in leases:
            run = self.all.runs.get(lease.run_id)
            row = self.all.queue.get(lease.run_id)
            held = run is not None and run.epoch == lease.epoch and row is not None
            if run is None or not held or row is None or row.worker_id is None:
                verdicts[lease.run_id] = Verdict.LOST
                continue
            cancelling = run.status is S.CANCELLING
            verdicts[lease.run_id] = Verdict.CANCEL if cancelling else Verdict.OK
            row.lease_until = self.now() + timedelta(seconds=lease_seconds)
        return verdicts

    def sweep(self, limit: int) -> int:
        now = self.now()
        overdue = [
            (run.cancel_by, run_id)
            for run_id, run in self.all.runs.items()
            if run.status is S.CANCELLING and run.cancel_by and run.cancel_by <= now
        ]
        overdue.sort(key=lambda item: item[0])
        for _, run_id in overdue[:limit]:
            self.record(run_id, moves.cancel_overdue)
        return len(overdue[:limit])

    def delete(self, run_id: RunId, etag: str) -> None:
        run, everything = self.get(run_id), self.all
        moves.deletable(run, etag)
        del everything.runs[run_id]
        everything.queue.pop(run_id, None)
        everything.events.pop(run_id, None)
        everything.steps = {k: v for k, v in everything.steps.items() if k[0] != run_id}
        everything.checkpoints = {k: v for k, v in everything.checkpoints.items() if k[0] != run_id}
        everything.requests = {k: v for k, v in everything.requests.items() if v[0] != run_id}
        self._told.append((self._op, run, None, None))

    def expire(self, leases: Sequence[Lease]) -> None:
        for lease in leases:
            row = self.all.queue.get(lease.run_id)
            if row and (row.epoch, row.worker_id) == (lease.epoch, lease.worker_id):
                row.lease_until = self.now()
        self._queued = self._queued or bool(leases)

    def abandon(self, worker_prefix: str) -> None:
        for row in self.all.queue.values():
            if row.worker_id is not None and row.worker_id.startswith(worker_prefix):
                row.lease_until = self.now()
        self._queued = True

    def _apply(self, before: Run | None, change: Change) -> Run:
        if change.run is before and not (change.events or change.steps or change.checkpoints):
            return before
        run = change.run.but(
            revision=change.run.revision + 1,
            last_sequence=change.run.last_sequence + len(change.events),
        )
        run_id, everything = run.run_id, self.all
        everything.events[run_id] = everything.events.get(run_id, ()) + change.events
        for step in change.steps:
            everything.steps[run_id, step.step_id] = step
        for item in change.checkpoints:
            if (run_id, item.number) in everything.checkpoints:
                raise AssertionError(f"checkpoint {item.number} of {run_id} is there twice")
            everything.checkpoints[run_id, item.number] = item
        everything.runs[run_id] = run
        if before is None or before.status is not run.status:
            self._follow(run)
        self._told.append((self._op, before, run, change))
        return run

    def _follow(self, run: Run) -> None:
        self.all.waiting.discard(run.run_id)
        if run.status is S.QUEUED:
            self.all.queue[run.run_id] = _row(run)
            if run.ready_at > self.now():
                self.all.waiting.add(run.run_id)
                self.all.due_at = min(self.all.due_at, run.ready_at)
        elif run.status.final or run.status is S.INTERRUPTED:
            self.all.queue.pop(run.run_id, None)
        if run.status is S.CANCELLED:
            self._stop_steps(run.run_id)

    def _stop_steps(self, run_id: RunId) -> None:
        for key, step in self.all.steps.items():
            if key[0] == run_id and step.status in (S.RUNNING, S.INTERRUPTED):
                stopped = replace(step, status=S.CANCELLED, ended_at=self.now())
                self.all.steps[key] = stopped


def _row(run: Run, worker_id: str | None = None, until: datetime | None = None) -> Row:
    graph_id = None if run.graph_version else run.graph_id
    return Row(graph_id, run.priority, run.ready_at, run.epoch, worker_id, until)
