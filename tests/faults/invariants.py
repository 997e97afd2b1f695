"""What must hold after every step of a simulated schedule."""

from dataclasses import dataclass
from datetime import UTC, datetime

from tests.faults.model_store import ModelStore, Op

from runwire.domain import moves
from runwire.domain.change import Change
from runwire.domain.errors import Error
from runwire.domain.event import LogEntry, StatusChanged
from runwire.domain.run import ARROWS, Run, RunId, RunStatus
from runwire.domain.work import Lease, Progress

S = RunStatus
HELD = (S.RUNNING, S.CANCELLING)
ANY_TIME = datetime(2100, 1, 1, tzinfo=UTC)


class Broken(AssertionError):
    """An invariant does not hold."""


@dataclass(slots=True)
class Known:
    """What the checks remember of a run."""

    status: RunStatus
    epoch: int
    sequence: int


class Invariants:
    """Watches every change of a model store."""

    def __init__(self) -> None:
        self.holders: dict[RunId, Lease] = {}
        self.leases: dict[RunId, list[Lease]] = {}
        self.accepted: dict[tuple[RunId, str], str] = {}
        self._known: dict[RunId, Known] = {}

    def on_change(self, op: Op, before: Run | None, run: Run | None, change: Change | None) -> None:
        """Check one change against what was before."""
        if run is None or change is None:
            assert before is not None
            self._forget(before.run_id)
            return
        known = self._known.get(run.run_id)
        _must(known is None or before is not None, "a run began twice", op, run)
        last = known.sequence if known else 0
        _must(run.last_sequence == last + len(change.events), "sequences have a gap", op, run)
        if known is not None:
            _must(run.epoch >= known.epoch, "the epoch went back", op, run)
            labels_only = run.status is known.status and not change.events and not change.steps
            final_is_final = not known.status.final or labels_only
            _must(final_is_final, "a terminal run changed", op, run)
        self._follow(op, known.status if known else None, run, change)
        if op.lease is not None:
            self._fence(op, op.lease, known, run, change)
        if run.status not in HELD:
            self.holders.pop(run.run_id, None)
        self._known[run.run_id] = Known(run.status, run.epoch, run.last_sequence)

    def on_claim(self, run: Run, lease: Lease) -> None:
        """Note who was given a run."""
        self.holders[run.run_id] = lease
        self.leases.setdefault(run.run_id, []).append(lease)

    def check(self, store: ModelStore, run_id: RunId) -> None:
        """Check the store's state of one run."""
        run, row = store.all.runs.get(run_id), store.all.queue.get(run_id)
        if run is None:
            _must(row is None, "a queue row without a run", None, None)
            return
        waits, held = run.status is S.QUEUED, run.status in HELD
        _must((row is not None) == (waits or held), "queue and status disagree", None, run)
        if row is not None:
            _must((row.worker_id is not None) == held, "a row is held wrongly", None, run)
            _must(row.epoch == run.epoch, "queue and run differ in epoch", None, run)
            _must((row.worker_id is None) == (row.lease_until is None), "half a lease", None, run)
        _must(len(store.all.events[run_id]) == run.last_sequence, "an event is missing", None, run)
        self._one_live_epoch(run)

    def _forget(self, run_id: RunId) -> None:
        # Its id may be used again; who held it then must still be refused.
        self._known.pop(run_id, None)
        self.holders.pop(run_id, None)
        self.accepted = {key: by for key, by in self.accepted.items() if key[0] != run_id}

    def _one_live_epoch(self, run: Run) -> None:
        """Whom the moves would listen to now: nobody but who was given the run last."""
        holder = self.holders.get(run.run_id)
        for lease in self.leases.get(run.run_id, ()):
            if lease is holder:
                continue
            try:
                moves.progressed(lease, Progress())(run, ANY_TIME)
            except Error:
                continue
            raise Broken(f"the late {lease} would be heard; held by {holder}: {run}")

    def _follow(self, op: Op, status: RunStatus | None, run: Run, change: Change) -> None:
        """Check that the events of a change tell a way along the arrows that ends where it did."""
        for event in change.events:
            detail = event.detail
            if not isinstance(detail, StatusChanged):
                continue
            _must(detail.from_status is status, "an event tells another status", op, run)
            if status is S.RUNNING and detail.to_status is S.RUNNING:
                status = S.QUEUED  # claimed from a lost worker, in one commit
            allowed = (S.QUEUED,) if status is None else ARROWS[status]
            _must(detail.to_status in allowed, "there is no such arrow", op, run)
            status = detail.to_status
        _must(status is run.status, "a status without an event", op, run)

    def _fence(self, op: Op, lease: Lease, known: Known | None, run: Run, change: Change) -> None:
        """Check a worker's words that were accepted."""
        _must(self.holders.get(run.run_id) is lease, "a stale write was accepted", op, run)
        _must(known is not None and known.status in HELD, "nobody could hold it", op, run)
        _must(known is not None and known.epoch == lease.epoch, "another epoch", op, run)
        cancelling = known is not None and known.status is S.CANCELLING
        only_ended = run.status is S.CANCELLED and len(change.events) == 1
        _must(only_ended or not cancelling, "something counted behind a cancellation", op, run)
        for event in change.events:
            if isinstance(event.detail, LogEntry):
                key = (run.run_id, event.detail.message)
                _must(key not in self.accepted, "a step was accepted twice", op, run)
                self.accepted[key] = lease.worker_id


def _must(holds: bool, words: str, op: Op | None, run: Run | None) -> None:
    if not holds:
        raise Broken(f"{words}: {op} {run}")
