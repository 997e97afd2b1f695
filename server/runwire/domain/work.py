"""What a worker is given and what it gives back.

A worker reaches runs through one port (``ports.Leases``), whether it lives in the server's process
or elsewhere, so everything here is plain data.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from runwire.domain.checkpoint import Checkpoint
from runwire.domain.event import EncodedEvent, NewEvent
from runwire.domain.run import Run, RunId
from runwire.domain.schedule import Firing
from runwire.domain.step import Step
from runwire.domain.thread import ThreadChange, ThreadEntry
from runwire.domain.thread_checkpoint import Saved


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A worker's time-limited hold on a run; void once the run has another epoch."""

    run_id: RunId
    epoch: int
    worker_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A claimed run with what its execution goes on from.

    ``checkpoint`` and ``state`` (its whole state) are None for a run that has none yet. ``steps``
    are those of the unfinished superstep: a SUCCEEDED one holds its update and is not executed
    again, the others tell which attempt comes next.
    """

    run: Run
    lease: Lease
    input: bytes
    checkpoint: Checkpoint | None = None
    state: Mapping[str, Any] | None = None
    steps: tuple[Step, ...] = ()
    definition: bytes | None = None
    """JSON definition, for runs of JSON graphs: the very version the run was created with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What an attempt has to record: events in order, steps by id, new checkpoints.

    ``number`` counts what a lease records, from 1; the same number twice is recorded once. 0, for
    whoever cannot be in doubt whether a record has arrived, is always new.
    """

    number: int = 0
    events: tuple[NewEvent | EncodedEvent, ...] = ()
    steps: tuple[Step, ...] = ()
    checkpoints: tuple[Checkpoint, ...] = ()
    saved: tuple[Saved, ...] = ()
    """What LangGraph's saver has to record of the run's thread."""
    thread: ThreadChange | None = None
    """What the end of the run makes of its thread."""


class Verdict(StrEnum):
    """What a worker is told about a run it holds."""

    OK = "ok"
    LOST = "lost"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """A created run; `replayed` if its request_id was seen before and nothing new was made."""

    run: Run
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Makes a creation safe to retry: the caller's id and a hash of everything else it sent."""

    request_id: str = ""
    body_hash: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """What a new run starts with besides its row: a forked one has a first checkpoint."""

    run: Run
    named: bool = True
    """Whether the caller chose the id, which then may be taken; one of ours is new for certain."""
    request: Request = field(default_factory=Request)
    checkpoint: Checkpoint | None = None
    thread: ThreadEntry | None = None
    """How it comes to its thread, if it reads and writes one."""
    firing: Firing | None = None
    """The schedule that creates it; recorded with it, or neither is."""
