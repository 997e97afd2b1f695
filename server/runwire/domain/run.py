"""A run and the statuses it moves through.

Rule 1: every arrow between statuses is in ``ARROWS`` and nowhere else.
Rule 2: only ``Run.to`` follows an arrow.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NewType

from runwire.domain.errors import NotAllowed
from runwire.domain.namespace import (
    DEFAULT_NAMESPACE,
    local_id,
    namespace_of,
    spoken,
    whole_id,
)
from runwire.domain.payload import Payload
from runwire.domain.run_options import RunOptions

RunId = NewType("RunId", str)

MAX_LABELS: Final = 64
MAX_LIMIT: Final = 10_000
"""So many runs of one key or one graph at most can be allowed at the same time."""


_OWN: Final = "~"
"""Begins no id that a caller can give (see `ids`)."""


class RunStatus(StrEnum):
    """Where a run is in its life."""

    QUEUED = "queued"
    RUNNING = "running"
    INTERRUPTED = "interrupted"
    CANCELLING = "cancelling"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """Whether no arrow leaves this status."""
        return not ARROWS[self]


S = RunStatus
ARROWS: Final[Mapping[RunStatus, frozenset[RunStatus]]] = {
    S.QUEUED: frozenset({S.RUNNING, S.CANCELLED}),
    S.RUNNING: frozenset({S.SUCCEEDED, S.FAILED, S.INTERRUPTED, S.QUEUED, S.CANCELLING}),
    S.INTERRUPTED: frozenset({S.QUEUED, S.CANCELLED}),
    S.CANCELLING: frozenset({S.CANCELLED}),
    S.SUCCEEDED: frozenset(),
    S.FAILED: frozenset(),
    S.CANCELLED: frozenset(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunError:
    """Why a run failed. `code` is a canonical google.rpc code, `reason` one UPPER_SNAKE word."""

    code: int
    reason: str
    message: str
    metadata: Mapping[str, str] = field(default_factory=dict)

    def spoken_in(self, namespace: str) -> "RunError":
        """Return it as callers of a namespace are told of it."""
        if namespace == DEFAULT_NAMESPACE:
            return self
        facts = {key: spoken(value, namespace) for key, value in self.metadata.items()}
        return replace(self, message=spoken(self.message, namespace), metadata=facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupt:
    """A question that a node asked, and its answer once there is one; both JSON bytes.

    ``index`` counts the questions of one step: on resume the node runs again from its start, and
    its n-th ``interrupt()`` gets the n-th answer.
    """

    interrupt_id: str
    node: str
    step_id: str
    index: int
    value: bytes
    answer_schema: bytes = b""
    created_at: datetime
    answer: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash:
    """The end of a worker that held the run, and the nodes that were under way then."""

    worker_id: str
    at: datetime
    nodes: tuple[str, ...] = ()


class OnEnd(StrEnum):
    """What is done once a run has ended that somebody wants gone."""

    KEEP = ""
    DELETE = "delete"
    ROLL_BACK = "rollback"
    """Delete it with all the checkpoints that it made of its thread."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One execution of a graph.

    ``epoch`` grows with every claim: a worker's change counts only under the epoch it was given.
    ``revision`` grows with every change; ``checkpoint`` is the newest checkpoint's number.
    ``recorded`` counts what the worker has recorded under this epoch, so that a record that is sent
    again counts once. ``crashes`` are those since the run last made progress. ``storage_bytes`` is
    what its input, output, events, steps and checkpoints take at rest, events being packed, without
    the database's own overhead and without artifacts; ``event_bytes`` and ``checkpoint_bytes`` are
    parts of it.

    ``trace_parent`` and ``trace_state`` are those of the call that created it, in the W3C's words.
    ``options`` are those of runs of LangGraph graphs; ``on_end`` is what happens once it has ended.
    ``queue`` names whose workers may take the run ("" is the default queue). Of runs with the same
    ``concurrency_key``, one is taken only while fewer than its ``concurrency_limit`` are held.
    """

    run_id: RunId
    graph_id: str
    graph_version: int = 0
    input: Payload = field(default_factory=Payload)
    thread_id: str = ""
    timeout_seconds: float | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    priority: int = 0
    queue: str = ""
    start_delay_seconds: float | None = None
    concurrency_key: str = ""
    concurrency_limit: int = 0
    status: RunStatus = RunStatus.QUEUED
    attempt: int = 0
    epoch: int = 0
    recorded: int = 0
    crashes: tuple[Crash, ...] = ()
    output: Payload | None = None
    error: RunError | None = None
    interrupts: tuple[Interrupt, ...] = ()
    checkpoint: int | None = None
    last_sequence: int = 0
    storage_bytes: int = 0
    event_bytes: int = 0
    checkpoint_bytes: int = 0
    revision: int = 1
    created_at: datetime
    ready_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    cancel_reason: str = ""
    cancel_by: datetime | None = None
    forked_from_run_id: str = ""
    forked_from_checkpoint: int | None = None
    trace_parent: str = ""
    trace_state: str = ""
    options: RunOptions | None = None
    on_end: OnEnd = OnEnd.KEEP

    def to(self, status: RunStatus, **changes: Any) -> "Run":
        """Return this run with a new status and other new values, if an arrow allows it."""
        if status not in ARROWS[self.status]:
            raise NotAllowed(
                f"run {self.run_id} is {self.status.name}, cannot become {status.name}",
                reason="RUN_ALREADY_TERMINAL" if self.status.final else "RUN_STATUS_CONFLICT",
                run_id=self.run_id,
                status=self.status.name,
            )
        return self.but(status=status, **changes)

    def but(self, **changes: Any) -> "Run":
        """Return this run with some new values.

        As `dataclasses.replace`, which takes ten times as long for so many fields: a run is
        replaced about ten times on its way, in the one thread that writes.
        """
        new = object.__new__(Run)
        new.__dict__.update(self.__dict__, **changes)
        return new

    @property
    def namespace(self) -> str:
        """The namespace it belongs to."""
        return namespace_of(self.run_id)

    @property
    def own_thread(self) -> str:
        """The thread whose checkpoints it goes on from: one that only it has, if none was named."""
        return self.thread_id or own_thread_of(self.run_id)

    @property
    def sheds(self) -> bool:
        """Whether the checkpoints that it saves go when it ends: no thread holds them."""
        return self.options is not None and self.options.temporary and not self.thread_id

    @property
    def etag(self) -> str:
        """A word that changes whenever the run changes."""
        return f"r{self.revision}"

    @property
    def open_interrupts(self) -> tuple[Interrupt, ...]:
        """The questions without an answer."""
        return tuple(asked for asked in self.interrupts if asked.answer is None)


def own_thread_of(run_id: str) -> str:
    """Return the thread of a run that names none: by an id that no other thread can have."""
    return whole_id(namespace_of(run_id), f"{_OWN}{local_id(run_id)}")
