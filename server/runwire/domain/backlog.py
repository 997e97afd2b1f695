"""What waits and what is there, in numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from runwire.domain.run import RunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueDepth:
    """The runs of one queue that only wait for a worker, and how long the oldest one has."""

    queue: str
    ready: int
    age_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """The queues, the runs that wait for their time or under a limit, and all runs by status."""

    queues: tuple[QueueDepth, ...] = ()
    delayed: int = 0
    limited: int = 0
    runs: Mapping[RunStatus, int]


class BacklogStore(Protocol):
    """Counts what waits, at a cost that does not grow without bound."""

    async def backlog(self) -> Backlog:
        """Return the numbers as they are now; raise Unavailable."""
