"""What a run stores, kept in its row: by each change, and in sums over the runs that have ended."""

from collections.abc import Iterator, Sequence
from typing import Final, Protocol

from sqlalchemy import BigInteger, CheckConstraint, Column, Integer, Table, Text

from runwire.domain.change import Change
from runwire.domain.namespace import namespace_of
from runwire.domain.run import Run, RunStatus
from runwire.stores.columns import metadata
from runwire.stores.rows import Values
from runwire.stores.shards import own_shard
from runwire.stores.throughput import Happened
from runwire.stores.writing import Writing

# Sums over the runs that have ended, so that nobody has to look at each of them. Servers write to
# shards of their own, or their commits would wait for each other; a shard alone may be negative.
totals = Table(
    "totals",
    metadata,
    Column("namespace", Text, primary_key=True),
    Column("graph_id", Text, primary_key=True),
    Column("status", Text, primary_key=True),
    Column("shard", Integer, primary_key=True, autoincrement=False),
    Column("runs", BigInteger, nullable=False),
    Column("storage_bytes", BigInteger, nullable=False),
    Column("event_bytes", BigInteger, nullable=False),
    Column("checkpoint_bytes", BigInteger, nullable=False),
    CheckConstraint("status IN ('succeeded', 'failed', 'cancelled')", name="status"),
)

SUMMED: Final = ("storage_bytes", "event_bytes", "checkpoint_bytes")


class Like(Protocol):
    """A run, or a row that tells as much of it."""

    @property
    def run_id(self) -> str: ...
    @property
    def graph_id(self) -> str: ...


def sizes_after(before: Run, change: Change, resting: int) -> dict[str, int]:
    """Return the sizes of a run, by column, after a change whose events rest in so many bytes."""
    run = change.run
    events = before.event_bytes + resting
    checkpoints = before.checkpoint_bytes + sum(len(item.body) for item in change.checkpoints)
    checkpoints += sum(saved.size_bytes for saved in change.saved)
    if run.status.final and run.sheds:
        checkpoints = 0
    held = len(run.input.data) + (len(run.output.data) if run.output else 0)
    return {
        "storage_bytes": events + checkpoints + held + _pending(before, change),
        "event_bytes": events,
        "checkpoint_bytes": checkpoints,
    }


def _pending(before: Run, change: Change) -> int:
    """Return the bytes of updates that are not merged; merging, or the end, leaves none."""
    if change.checkpoints or change.run.status in (RunStatus.SUCCEEDED, RunStatus.FAILED):
        return 0
    known = before.event_bytes + before.checkpoint_bytes + len(before.input.data)
    known += len(before.output.data) if before.output else 0
    new = sum(len(step.update or b"") + len(step.goto or b"") for step in change.steps)
    return before.storage_bytes - known + new


class Adding(Protocol):
    """Statements that add to rows with the same key."""

    add_totals: Writing
    add_throughput: Writing


class Sums:
    """What one transaction changes in the sums over ended runs."""

    def __init__(self, *, alone: bool) -> None:
        self._shard = own_shard(alone=alone)
        self._changes: dict[tuple[str, str, str], list[int]] = {}
        self.happened = Happened(alone=alone)

    def __bool__(self) -> bool:
        return bool(self._changes)

    def moved(self, before: Run | None, after: Run | None) -> None:
        """Note that a run has changed; None where it did not exist, or does no longer."""
        if before is not None and before.status.final:
            sizes = (before.storage_bytes, before.event_bytes, before.checkpoint_bytes)
            self.add(before, before.status, -1, *(-size for size in sizes))
        if after is not None and after.status.final:
            sizes = (after.storage_bytes, after.event_bytes, after.checkpoint_bytes)
            self.add(after, after.status, 1, *sizes)
        if after is not None:
            self.happened.moved(before, after)

    def add(self, like: "Like", status: str, runs: int, *sizes: int) -> None:
        """Note so many runs more, or fewer, and their sizes, in the order of SUMMED."""
        key = (namespace_of(like.run_id), like.graph_id, str(status))
        found = self._changes.setdefault(key, [0] * (1 + len(SUMMED)))
        for index, change in enumerate((runs, *sizes)):
            found[index] += change

    def written(self, statements: "Adding") -> Iterator[tuple[Writing, Sequence[Values]]]:
        """Yield what is to be added to the tables, and by which statements."""
        yield statements.add_totals, self.take()
        yield statements.add_throughput, self.happened.take()

    def take(self) -> Sequence[Values]:
        """Return the rows to add to the table, always in one order, and begin anew."""
        rows = [
            dict(zip(("namespace", "graph_id", "status"), key, strict=True))
            | {"shard": self._shard}
            | dict(zip(("runs", *SUMMED), change, strict=True))
            for key, change in sorted(self._changes.items())
            if any(change)
        ]
        self._changes.clear()
        return rows
