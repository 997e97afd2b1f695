"""What happened to runs, counted in slots of time, in the commit in which it happened.

1. Nobody has to look at runs to know how many there were: not at a million of them, and not at
   those that have been deleted since.
2. Slots have two widths. The fine ones show the last hours, and soon go; the coarse ones show days.
3. Servers write to shards of their own, as with `totals`, or their commits would wait for each
   other.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from runwire.domain.namespace import namespace_of
from runwire.domain.overview import TIERS
from runwire.domain.run import Run, RunStatus
from runwire.stores.columns import metadata
from runwire.stores.rows import Values
from runwire.stores.shards import own_shard
from runwire.stores.times import Micros, micros_of, time_of

throughput = Table(
    "throughput",
    metadata,
    Column("namespace", Text, primary_key=True),
    Column("width_seconds", Integer, primary_key=True, autoincrement=False),
    Column("starts_at", Micros, primary_key=True),
    Column("graph_id", Text, primary_key=True),
    Column("shard", Integer, primary_key=True, autoincrement=False),
    Column("created", BigInteger, nullable=False),
    Column("succeeded", BigInteger, nullable=False),
    Column("failed", BigInteger, nullable=False),
    Column("cancelled", BigInteger, nullable=False),
    # What goes when its time is over.
    Index(None, "width_seconds", "starts_at"),
    sqlite_with_rowid=False,
)

COUNTED: Final = ("created", "succeeded", "failed", "cancelled")
_ENDS: Final = {
    RunStatus.SUCCEEDED: "succeeded",
    RunStatus.FAILED: "failed",
    RunStatus.CANCELLED: "cancelled",
}
_KEYS: Final = ("namespace", "width_seconds", "starts_at", "graph_id")
_SECOND: Final = 1_000_000
_Key = tuple[str, int, int, str]


class Happened:
    """What happened to runs in one transaction."""

    def __init__(self, *, alone: bool) -> None:
        self._shard = own_shard(alone=alone)
        self._counts: dict[_Key, dict[str, int]] = {}

    def moved(self, before: Run | None, after: Run) -> None:
        """Count what the change of a run means: that it was created, or has ended, or neither."""
        if before is None:
            self._count(after, "created", after.created_at)
        ended = before is None or not before.status.final
        if ended and after.status.final and after.ended_at is not None:
            self._count(after, _ENDS[after.status], after.ended_at)

    def take(self) -> Sequence[Values]:
        """Return the rows to add to the table, always in one order, and begin anew."""
        rows: list[Values] = []
        for (namespace, width, starts_at, graph_id), counts in sorted(self._counts.items()):
            key = (namespace, width, time_of(starts_at), graph_id)
            row = dict(zip(_KEYS, key, strict=True))
            rows.append(row | {"shard": self._shard} | counts)
        self._counts.clear()
        return rows

    def _count(self, run: Run, what: str, at: datetime) -> None:
        namespace, micros = namespace_of(run.run_id), micros_of(at)
        for tier in TIERS:
            width = tier.seconds * _SECOND
            key = (namespace, tier.seconds, micros - micros % width, run.graph_id)
            counts = self._counts.get(key)
            if counts is None:
                counts = self._counts[key] = dict.fromkeys(COUNTED, 0)
            counts[what] += 1
