"""One node executed within a run."""

from dataclasses import dataclass
from datetime import datetime

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
