"""What the inside needs from the outside to know what is stored, and to discard it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from runwire.domain.reach import Reach
from runwire.domain.retention import Ended, Pruned, RetentionPolicy
from runwire.domain.run import RunId
from runwire.domain.storage import Storage


class Retention(Protocol):
    """Discards what need not be kept, a bounded amount at a time."""

    async def discard_deltas(self, ended_before: datetime, limit: int) -> int:
        """Discard up to ``limit`` segments of deltas of runs that ended before; return how many."""

    async def discard_requests(self, created_before: datetime, limit: int) -> int:
        """Forget request ids; return how many."""

    async def discard_throughput(self, width_seconds: int, before: datetime, limit: int) -> int:
        """Forget what happened to runs in slots of a width that began before; return how many."""

    async def due(
        self, policy: RetentionPolicy, now: datetime, limit: int, reach: Reach | None
    ) -> Sequence[Ended]:
        """Return up to ``limit`` of the runs that go by a policy, in the order they go.

        Only what is in reach goes, and counts; None: everything.
        """

    async def would_go(
        self, policy: RetentionPolicy, now: datetime, reach: Reach | None
    ) -> Sequence[Pruned]:
        """Return what of all in reach goes by a policy, by graph."""

    async def delete(self, run_ids: Sequence[RunId]) -> tuple[Sequence[RunId], Sequence[RunId]]:
        """Delete ended runs with all they own; return which have gone, and which still have to.

        What does not fit into one short transaction goes piece by piece: call again with the rest.
        """

    async def shrink(self) -> int:
        """Give free space of the database back to the disk, a little; return how many bytes."""


class StorageStore(Protocol):
    """What is stored, in numbers."""

    async def storage(self, reach: Reach | None) -> Storage:
        """Return bytes and counts by graph in reach (None: all) and status, and the database's."""
