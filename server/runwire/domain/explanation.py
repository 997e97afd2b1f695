"""What a run waits for, since when, and what would move it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from runwire.domain.run import Run


class WaitReason(StrEnum):
    """What a run waits for."""

    EXECUTING = "executing"
    ENDED = "ended"
    START_TIME = "start_time"
    CONCURRENCY_KEY = "concurrency_key"
    GRAPH_LIMIT = "graph_limit"
    NAMESPACE_QUOTA = "namespace_quota"
    CAPACITY = "capacity"
    NO_WORKER = "no_worker"
    SILENT_WORKER = "silent_worker"
    ANSWER = "answer"
    PARKED = "parked"
    RETRY = "retry"
    CANCELLATION = "cancellation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a run is where it is; ``remedies`` are sentences a person can act on."""

    reason: WaitReason
    summary: str
    remedies: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A run's place in the queue.

    ``gate`` names the limit it waits under (kind and name), ``limit`` is that limit and ``holders``
    some of those who have its places. ``ahead`` counts the runs that are taken before it, up to
    ``counted``.
    """

    gate: WaitReason | None
    gate_name: str = ""
    limit: int = 0
    holders: tuple[str, ...] = ()
    ahead: int = 0
    counted: int = 0
    worker_id: str = ""
    lease_until: datetime | None = None


class Places(Protocol):
    """The queue, as one run sees it."""

    async def place(self, run: Run) -> Place | None:
        """Return the run's place in the queue, None if it is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Executor:
    """A worker that could take runs: its queues and graphs, and how many more it may be given."""

    worker_id: str
    queues: frozenset[str]
    graphs: frozenset[str]
    room: int
