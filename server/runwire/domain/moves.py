"""Every move a run can make, as functions from the run to the change that is recorded.

1. A move is made inside the transaction that records it, on the run as it stands there: what it
   sees cannot be stale, so what it refuses is refused for good.
2. It is pure: it may be made again if its transaction is.
3. Moves of a worker check the lease first: under another epoch nothing it says counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from runwire.domain.change import Change
from runwire.domain.errors import Conflict, NotAllowed, invalid
from runwire.domain.event import InterruptAnswered, NewEvent, StatusChanged
from runwire.domain.outcome import Cancelled, Failed, Interrupted, Outcome, Succeeded
from runwire.domain.payload import Payload
from runwire.domain.ports import Move
from runwire.domain.questions import answered, answers_for, question
from runwire.domain.run import MAX_LABELS, Run, RunStatus
from runwire.domain.thread_checkpoint import Saved
from runwire.domain.work import Lease, Progress

S = RunStatus


def queued(run: Run, now: datetime) -> Change:
    """Begin the life of a run.

    Its epochs count from the time, so that what is said under a lease of a deleted run is not taken
    for words about a later run that was given the same id.
    """
    born = run.but(epoch=int(now.timestamp() * 1_000_000))
    return Change(run=born, events=(_entered(born, None, now),))


def claimed(run: Run, now: datetime) -> Change:
    """Give the run to a worker, RUNNING under a new epoch; also from a worker that was lost."""
    lost = run.status is S.RUNNING
    if lost:
        run = run.but(status=S.QUEUED)  # RUNNING → QUEUED → RUNNING, in one commit
    taken = run.to(
        S.RUNNING,
        epoch=run.epoch + 1,
        recorded=0,
        attempt=run.attempt + 1,
        started_at=run.started_at or now,
    )
    reason = "the worker was lost" if lost else ""
    event = StatusChanged(
        from_status=S.RUNNING if lost else S.QUEUED,
        to_status=S.RUNNING,
        attempt=taken.attempt,
        reason=reason,
    )
    return Change(run=taken, events=(NewEvent(at=now, detail=event),))


def released(lease: Lease, reason: str) -> Move:
    """Give a run back to the queue at once; the attempt does not count."""

    def move(run: Run, now: datetime) -> Change:
        _held(run, lease)
        back = run.to(S.QUEUED, attempt=run.attempt - 1, epoch=run.epoch + 1, ready_at=now)
        return Change(run=back, events=(_entered(back, run, now, reason=reason),))

    return move


def progressed(lease: Lease, progress: Progress) -> Move:
    """Record what an attempt did so far."""

    def move(run: Run, _: datetime) -> Change:
        if _recorded(run, lease, progress):
            return Change(run=run)
        _held(run, lease)
        return _progress(run, progress)

    return move


def settled(lease: Lease, progress: Progress, outcome: Outcome) -> Move:
    """Record how an attempt ended, with its last progress."""

    def move(run: Run, now: datetime) -> Change:
        if run.status is not S.CANCELLING and _recorded(run, lease, progress):
            return Change(run=run)
        _held(run, lease, cancelling_too=True)
        if run.status is S.CANCELLING:
            return _let_go(run, progress, outcome, now)
        before = _progress(run, progress)
        ended = _ended(before.run, outcome, now)
        event = _entered(ended, run, now)
        return replace(before, run=ended, events=(*before.events, event))

    return move


def cancelled(*, reason: str, etag: str, grace_seconds: float) -> Move:
    """Ask a run to end: at once where no worker holds it, else CANCELLING until it lets go."""

    def move(run: Run, now: datetime) -> Change:
        _same(run, etag)
        if run.status in (S.CANCELLING, S.CANCELLED):
            return Change(run=run)
        if run.status is not S.RUNNING:
            return _cancelled(run.but(cancel_reason=reason), now)
        by = now + timedelta(seconds=grace_seconds)
        asked = run.to(S.CANCELLING, cancel_reason=reason, cancel_by=by)
        return Change(run=asked, events=(_entered(asked, run, now, reason=reason),))

    return move


def cancel_overdue(run: Run, now: datetime) -> Change:
    """End a run whose worker did not let go in time; its later words are void."""
    if run.status is not S.CANCELLING or run.cancel_by is None or run.cancel_by > now:
        return Change(run=run)
    return _cancelled(run, now)


def resumed(*, interrupt_id: str, answer: bytes, etag: str) -> Move:
    """Answer a question; QUEUED again once none is open."""

    def move(run: Run, now: datetime) -> Change:
        _same(run, etag)
        if run.status is not S.INTERRUPTED:
            raise NotAllowed(
                f"run {run.run_id} is {run.status.name}: only an INTERRUPTED run can be resumed",
                reason="RUN_ALREADY_TERMINAL" if run.status.final else "RUN_NOT_INTERRUPTED",
                run_id=run.run_id,
                status=run.status.name,
            )
        asked = question(run, interrupt_id)
        detail = InterruptAnswered(interrupt_id=asked.interrupt_id, answer=answer)
        event = NewEvent(at=now, detail=detail, step_id=asked.step_id)
        waiting = answered(run, asked, answer)
        if waiting.open_interrupts:
            return Change(run=waiting, events=(event,))
        back = waiting.to(S.QUEUED, ready_at=now)
        return Change(run=back, events=(event, _entered(back, run, now, reason="resumed")))

    return move


def labelled(*, labels: Mapping[str, str], mask: Sequence[str], etag: str) -> Move:
    """Change labels by a field mask: ``labels`` for all of them, ``labels.KEY`` for one."""

    def move(run: Run, _: datetime) -> Change:
        _same(run, etag)
        new = dict(run.labels)
        for path in mask:
            if path == "labels":
                new = dict(labels)
                continue
            key = path.removeprefix("labels.")
            if key in labels:
                new[key] = labels[key]
            else:
                new.pop(key, None)
        if len(new) > MAX_LABELS:
            raise invalid("labels", f"the run would have {len(new)}, more than {MAX_LABELS}")
        return Change(run=run.but(labels=new))

    return move


def deletable(run: Run, etag: str) -> None:
    """Raise NotAllowed unless the run may be deleted."""
    _same(run, etag)
    if not run.status.final:
        raise NotAllowed(
            f"run {run.run_id} is {run.status.name}: cancel it before deleting it",
            reason="RUN_NOT_TERMINAL",
            run_id=run.run_id,
            status=run.status.name,
        )


def _ended(run: Run, outcome: Outcome, now: datetime) -> Run:
    match outcome:
        case Succeeded(output=output):
            return run.to(S.SUCCEEDED, output=Payload(output), ended_at=now, interrupts=())
        case Failed(error=error):
            told = error.spoken_in(run.namespace)
            return run.to(S.FAILED, error=told, ended_at=now, interrupts=())
        case Interrupted(interrupts=asked):
            kept = (*answers_for(run, asked), *asked)
            return run.to(S.INTERRUPTED, interrupts=kept, crashes=())
        case Cancelled():
            raise Conflict(
                f"run {run.run_id} is {run.status.name}, nobody asked to cancel it",
                reason="RUN_NOT_CANCELLING",
                run_id=run.run_id,
            )


def _cancelled(run: Run, now: datetime) -> Change:
    ended = run.to(S.CANCELLED, ended_at=now, epoch=run.epoch + 1)
    return Change(run=ended, events=(_entered(ended, run, now, reason=run.cancel_reason),))


def _let_go(run: Run, progress: Progress, outcome: Outcome, now: datetime) -> Change:
    """End a run whose worker lets go of it.

    Cancellation was asked for first, so nothing the attempt did since counts, but for what it saved
    of a thread before it heard of that: then the thread's values are those of its checkpoints.
    """
    ended = _cancelled(run, now)
    if not run.thread_id:
        return ended
    saved = () if isinstance(outcome, Cancelled) else _saved(run, progress)
    return replace(ended, saved=saved, thread=progress.thread)


def _progress(run: Run, progress: Progress) -> Change:
    newest = progress.checkpoints[-1].number if progress.checkpoints else run.checkpoint
    done = (
        progress.checkpoints
        or progress.saved
        or any(step.status is S.SUCCEEDED for step in progress.steps)
    )
    return Change(
        run=run.but(
            checkpoint=newest,
            recorded=progress.number or run.recorded,
            crashes=() if done else run.crashes,
        ),
        events=progress.events,
        steps=progress.steps,
        checkpoints=progress.checkpoints,
        saved=_saved(run, progress),
        thread=progress.thread,
    )


def _saved(run: Run, progress: Progress) -> tuple[Saved, ...]:
    """Return what is saved of threads; what names none is of the run's."""
    own = run.own_thread
    return tuple(s if s.thread_id else replace(s, thread_id=own) for s in progress.saved)


def _recorded(run: Run, lease: Lease, progress: Progress) -> bool:
    """Whether a lease's record has arrived before; raise Conflict if one before it has not."""
    if run.epoch != lease.epoch:
        return False
    if progress.number > run.recorded + 1:
        raise Conflict(
            f"run {run.run_id} has {run.recorded} records of this lease, not {progress.number - 1}",
            reason="RECORD_MISSING",
            run_id=run.run_id,
        )
    return 0 < progress.number <= run.recorded


def _entered(run: Run, before: Run | None, now: datetime, *, reason: str = "") -> NewEvent:
    detail = StatusChanged(
        from_status=before.status if before else None,
        to_status=run.status,
        reason=reason,
        output=run.output if run.status is S.SUCCEEDED else None,
        error=run.error if run.status is S.FAILED else None,
    )
    return NewEvent(at=now, detail=detail)


def _held(run: Run, lease: Lease, *, cancelling_too: bool = False) -> None:
    """Raise Conflict unless the lease still holds the run."""
    if run.epoch != lease.epoch:
        raise Conflict(
            f"run {run.run_id} is at epoch {run.epoch}, the lease was for {lease.epoch}",
            reason="LEASE_LOST",
            run_id=run.run_id,
        )
    if run.status is S.CANCELLING and not cancelling_too:
        raise Conflict(
            f"run {run.run_id} is being cancelled", reason="RUN_CANCELLING", run_id=run.run_id
        )
    if run.status not in (S.RUNNING, S.CANCELLING):
        # The worker has settled it itself: what it said before may still arrive behind that.
        raise Conflict(
            f"run {run.run_id} is {run.status.name}: nobody holds it any more",
            reason="LEASE_LOST",
            run_id=run.run_id,
        )


def _same(run: Run, etag: str) -> None:
    if etag and etag != run.etag:
        raise Conflict(
            f"run {run.run_id} has changed: its etag is {run.etag}, not {etag}",
            reason="ETAG_MISMATCH",
            run_id=run.run_id,
            etag=run.etag,
        )
