"""Moves of runs that concern their thread: how they give way, and what they leave behind."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from runwire.domain import moves
from runwire.domain.change import Change
from runwire.domain.crashes import WORKERS_CRASHED, parking
from runwire.domain.missing import no_run
from runwire.domain.ports import Move
from runwire.domain.run import OnEnd, Run, RunStatus
from runwire.domain.thread import ThreadChange, ThreadStatus

S = RunStatus

CANCELLED_ERROR: Final = "UserInterrupt"
"""What LangGraph calls a run that somebody has cancelled half-way."""
_WEIGHT: Final = {OnEnd.KEEP: 0, OnEnd.DELETE: 1, OnEnd.ROLL_BACK: 2}


def unwanted(*, on_end: OnEnd, reason: str, grace_seconds: float) -> Move:
    """Ask a run to end, and say what is done then; raise NotFound if it has ended, or is not to be.

    Who asks for more than somebody before gets it, such as rolling back what is being cancelled.
    """

    def move(run: Run, now: datetime) -> Change:
        if run.status.final or (run.on_end and _WEIGHT[on_end] <= _WEIGHT[run.on_end]):
            raise no_run(run.run_id)
        return _asked(run, now, on_end, reason, grace_seconds)

    return move


def giving_way(*, on_end: OnEnd, reason: str, grace_seconds: float) -> Move:
    """Ask a run to end because another one of its thread comes; one that has ended stays so."""

    def move(run: Run, now: datetime) -> Change:
        if run.status.final:
            return Change(run=run)
        return _asked(run, now, on_end, reason, grace_seconds)

    return move


def ended_at_once(*, reason: str) -> Move:
    """End a run without waiting for its worker, whose later words are void; for what is deleted."""

    def move(run: Run, now: datetime) -> Change:
        if run.status.final:
            return Change(run=run)
        asked = moves.cancelled(reason=reason, etag="", grace_seconds=0)(run, now)
        if asked.run.status.final:
            return asked
        ended = moves.cancel_overdue(asked.run.but(cancel_by=now), now)
        return replace(ended, events=(*asked.events, *ended.events))

    return move


def left_behind(before: Run, run: Run, said: ThreadChange | None) -> ThreadChange | None:
    """Return what a run's change of status leaves of its thread; None leaves that as it is.

    ``said`` is what the worker has worked out; where it could not, the status still is what the
    run came to, so that no end of a run leaves a thread in between.
    """
    match run.status:
        case S.QUEUED | S.RUNNING | S.CANCELLING:
            return said
        case S.CANCELLED:
            return _cancelled(before, run, said)
        case S.SUCCEEDED:
            return said or ThreadChange(status=ThreadStatus.IDLE)
        case S.FAILED:
            return said or ThreadChange(status=ThreadStatus.ERROR, error=_error_of(run))
        case S.INTERRUPTED:
            return said or _waiting(run)


def _asked(run: Run, now: datetime, on_end: OnEnd, reason: str, grace_seconds: float) -> Change:
    more = on_end if _WEIGHT[on_end] > _WEIGHT[run.on_end] else run.on_end
    change = moves.cancelled(reason=reason, etag="", grace_seconds=grace_seconds)(run, now)
    return change if more is run.on_end else replace(change, run=change.run.but(on_end=more))


def _cancelled(before: Run, run: Run, said: ThreadChange | None) -> ThreadChange | None:
    if run.on_end is OnEnd.ROLL_BACK:
        # Nothing was left before the end, but for questions.
        return ThreadChange(status=ThreadStatus.IDLE) if before.interrupts else None
    if before.status is S.INTERRUPTED:
        return None
    if before.status is S.QUEUED and (before.started_at is None or before.interrupts):
        return None  # nothing of it was executed since the thread was left as it is
    message = run.cancel_reason or "the run was cancelled"
    return ThreadChange(
        status=ThreadStatus.INTERRUPTED,
        values=None if said is None else said.values,
        error={"error": CANCELLED_ERROR, "message": message},
    )


def _waiting(run: Run) -> ThreadChange:
    if any(map(parking, run.open_interrupts)):
        message = f"{len(run.crashes)} workers ended while they held the run"
        error = {"error": WORKERS_CRASHED, "message": message}
        return ThreadChange(status=ThreadStatus.ERROR, error=error)
    return ThreadChange(status=ThreadStatus.INTERRUPTED)


def _error_of(run: Run) -> dict[str, Any]:
    if run.error is None:
        return {"error": "Error", "message": ""}
    name = run.error.metadata.get("error") or run.error.reason
    return {"error": name, "message": run.error.message}
