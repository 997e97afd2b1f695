"""A thread: the state that runs of a LangGraph graph share, one run after the other.

1. A thread is BUSY while a run of it is queued or executed: that is looked up, never stored, so
   that no crash can leave it so.
2. What else it is, is what its last run left behind (`ThreadChange`), recorded in one commit with
   the end of that run.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NewType

from runwire.domain.namespace import local_id, namespace_of, whole_id

ThreadId = NewType("ThreadId", str)

THREAD_GATE: Final = "thread:"
"""Begins the concurrency key of runs that wait for each other because of their thread."""
CANCEL_GRACE_SECONDS: Final = 10.0


class ThreadStatus(StrEnum):
    """What a thread waits for."""

    IDLE = "idle"
    BUSY = "busy"
    INTERRUPTED = "interrupted"
    ERROR = "error"


class Multitask(StrEnum):
    """What becomes of a new run of a thread, and of the others, while one has not ended."""

    REJECT = "reject"
    ENQUEUE = "enqueue"
    INTERRUPT = "interrupt"
    ROLLBACK = "rollback"


class TtlStrategy(StrEnum):
    """What happens to a thread when its time is over."""

    DELETE = "delete"
    KEEP_LATEST = "keep_latest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ttl:
    """How long a thread is kept after it was last changed."""

    minutes: float
    strategy: TtlStrategy = TtlStrategy.DELETE


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A thread as it stands.

    ``values`` is its state (a JSON object), None before its first run; ``interrupts`` are its open
    questions by task id; ``error`` says why its last run failed: ``{"error", "message"}``.
    """

    thread_id: ThreadId
    metadata: Mapping[str, Any] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    status: ThreadStatus = ThreadStatus.IDLE
    values: bytes | None = None
    interrupts: Mapping[str, Any] = field(default_factory=dict)
    error: Mapping[str, Any] | None = None
    ttl: Ttl | None = None
    expires_at: datetime | None = None
    created_at: datetime
    updated_at: datetime
    state_updated_at: datetime | None = None

    @property
    def graph_id(self) -> str:
        """The graph whose state it holds; empty before its first run."""
        return str(self.metadata.get("graph_id", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadChange:
    """What the end of a run, or an update of the state, makes of a thread."""

    status: ThreadStatus
    values: bytes | None = None
    """The new state; None leaves it as it is."""
    interrupts: Mapping[str, Any] = field(default_factory=dict)
    error: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadEntry:
    """How a new run comes to a thread; decided in the transaction that creates the run."""

    thread_id: ThreadId
    multitask: Multitask = Multitask.ENQUEUE
    create: bool = True
    """Whether to make the thread if there is none; else that is NotFound."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """What the thread's metadata gains: graph_id, assistant_id and the run's."""
    run_metadata: Mapping[str, Any] = field(default_factory=dict)
    """What the run's metadata has besides, unless the thread's or the run's own says otherwise."""
    ttl: Ttl | None = None
    """The time to live of a thread that is made."""
    cancel_grace_seconds: float = CANCEL_GRACE_SECONDS
    """How long runs that give way to this one may take to let go."""


def gate_of(thread_id: str) -> str:
    """Return the concurrency key that runs of a thread have, by its whole id."""
    return whole_id(namespace_of(thread_id), f"{THREAD_GATE}{local_id(thread_id)}")
