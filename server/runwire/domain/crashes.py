"""What becomes of a run whose worker ended while it held it.

1. The next claim notices: the lease has ended by itself, though the run is RUNNING.
2. A run that takes down one worker after another is not given to all of them: after so many
   different ones without progress in between it is parked, with the evidence.
3. Parked is INTERRUPTED by a question of no step: any answer queues the run again, and workers get
   as many tries as before (``moves.resumed``); no node sees the answer.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from runwire.domain.change import Change
from runwire.domain.event import InterruptRaised, NewEvent, StatusChanged
from runwire.domain.ports import Move
from runwire.domain.run import Crash, Interrupt, Run, RunStatus
from runwire.domain.step import Step, step_event

WORKERS_CRASHED: Final = "WORKERS_CRASHED"
"""The reason that a parked run tells."""
_PARKED: Final = "crashed:"


def lost(worker_id: str, under_way: Sequence[Step], max_crashes: int) -> Move:
    """Note that a worker's lease has ended by itself, and which steps were RUNNING then.

    The run stays RUNNING, to be claimed anew, or is parked as INTERRUPTED.
    """

    def move(run: Run, now: datetime) -> Change:
        nodes = tuple(step.node for step in under_way)
        crash = Crash(worker_id=worker_id, at=now, nodes=nodes)
        # One of each worker, so there are never more than it takes.
        others = tuple(item for item in run.crashes if item.worker_id != worker_id)
        noted = run.but(crashes=(*others, crash))
        if len(noted.crashes) < max_crashes:
            return Change(run=noted)
        return _parked(noted, under_way, now)

    return move


def parking(asked: Interrupt) -> bool:
    """Whether a question is the one by which a run is parked."""
    return not asked.step_id and asked.interrupt_id.startswith(_PARKED)


def _parked(run: Run, under_way: Sequence[Step], now: datetime) -> Change:
    nodes = run.crashes[-1].nodes
    asked = Interrupt(
        interrupt_id=f"{_PARKED}{run.epoch}",
        node=nodes[0] if nodes else "",
        step_id="",
        index=0,
        value=_evidence(run),
        created_at=now,
    )
    # Another epoch: a worker that was only silent may not go on.
    parked = run.to(RunStatus.INTERRUPTED, interrupts=(*run.interrupts, asked), epoch=run.epoch + 1)
    ended = tuple(
        replace(step, status=RunStatus.INTERRUPTED, ended_at=now, message="the worker was lost")
        for step in under_way
    )
    told = StatusChanged(
        from_status=run.status,
        to_status=parked.status,
        reason=f"{WORKERS_CRASHED}: {len(run.crashes)} workers ended while they held the run",
    )
    raised = InterruptRaised(interrupt=asked)
    return Change(
        run=parked,
        events=(
            *(step_event(step, now) for step in ended),
            NewEvent(at=now, detail=raised),
            NewEvent(at=now, detail=told),
        ),
        steps=ended,
    )


def _evidence(run: Run) -> bytes:
    crashes = [
        {"worker_id": item.worker_id, "event_time": item.at.isoformat(), "nodes": item.nodes}
        for item in run.crashes
    ]
    return json.dumps({"reason": WORKERS_CRASHED, "crashes": crashes}).encode()
