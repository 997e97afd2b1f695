"""One node executed within a run."""

from dataclasses import dataclass
from datetime import datetime

from runwire.domain.event import NewEvent, StepChanged
from runwire.domain.run import RunId, RunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One node executed within a run.

    ``update`` (JSON bytes: what the node returned) and ``goto`` rest here only until the superstep
    is merged into a checkpoint, so that a parallel step that is done is never executed again.
    """

    run_id: RunId
    step_id: str
    superstep: int
    node: str
    visit: int
    attempt: int
    status: RunStatus
    started_at: datetime
    ended_at: datetime | None = None
    tool: str = ""
    message: str = ""
    checkpoint: int | None = None
    update: bytes | None = None
    goto: bytes | None = None


def step_id_of(node: str, visit: int) -> str:
    """Return the id of a node's n-th step in a run; also the stable part of its effect key."""
    return f"{node}:{visit}"


def step_event(step: Step, at: datetime) -> NewEvent:
    """Return the event of a step's entering its status."""
    detail = StepChanged(
        to_status=step.status,
        attempt=step.attempt,
        node=step.node,
        visit=step.visit,
        tool=step.tool,
        # A step that runs keeps saying why it is tried again; the event need not.
        message="" if step.status is RunStatus.RUNNING else step.message,
    )
    return NewEvent(at=at, detail=detail, step_id=step.step_id)
