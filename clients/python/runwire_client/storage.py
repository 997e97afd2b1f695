"""What a server stores, in numbers, and what of it was deleted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from runwire_client._payloads import seconds_of, time_of
from runwire_client.runs import RunStatus, status_from_number
from runwire_client.v1 import admin_service_pb2, storage_pb2


@dataclass(frozen=True, slots=True)
class StatusStorage:
    """The runs of a graph in one status; `event_bytes`, `checkpoint_bytes` are in `run_bytes`."""

    status: RunStatus
    runs: int
    run_bytes: int
    event_bytes: int
    checkpoint_bytes: int


@dataclass(frozen=True, slots=True)
class GraphStorage:
    """What the runs of a graph store; an empty `graph_id` is for artifacts without a run.

    `retention_seconds` is how long runs stay after their end, None for ever; `retention_bytes`
    what they may fill, 0 for no limit of the graph's own.
    """

    graph_id: str
    statuses: tuple[StatusStorage, ...]
    artifacts: int
    artifact_bytes: int
    retention_seconds: float | None
    retention_bytes: int

    @property
    def runs(self) -> int:
        """How many runs there are."""
        return sum(each.runs for each in self.statuses)

    @property
    def run_bytes(self) -> int:
        """What they hold in the database."""
        return sum(each.run_bytes for each in self.statuses)


@dataclass(frozen=True, slots=True)
class Storage:
    """What a server stores, the largest graph first, and the size of its database.

    `free_bytes` are inside the database and used again before it grows. `tables` has the size of
    each table with its indexes, where the database tells.
    """

    graphs: tuple[GraphStorage, ...]
    database_bytes: int
    free_bytes: int
    tables: Mapping[str, int] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Pruned:
    """Runs of a graph that were deleted, or would be, and when the oldest and newest ended."""

    graph_id: str
    runs: int
    run_bytes: int
    artifact_bytes: int
    oldest_ended_at: datetime
    newest_ended_at: datetime


def storage_from_message(message: admin_service_pb2.GetStorageResponse) -> Storage:
    """Return what a message says is stored."""
    return Storage(
        graphs=tuple(_graph(each) for each in message.graphs),
        database_bytes=message.database.size_bytes,
        free_bytes=message.database.free_bytes,
        tables={each.name: each.size_bytes for each in message.database.tables},
    )


def pruned_from_message(message: storage_pb2.PrunedRuns) -> Pruned:
    """Return what a message says was deleted of a graph."""
    return Pruned(
        graph_id=message.graph_id,
        runs=message.runs,
        run_bytes=message.run_bytes,
        artifact_bytes=message.artifact_bytes,
        oldest_ended_at=time_of(message.oldest_end_time),
        newest_ended_at=time_of(message.newest_end_time),
    )


def merged(before: Pruned | None, more: Pruned) -> Pruned:
    """Return what was deleted of a graph in two goes."""
    if before is None:
        return more
    return Pruned(
        graph_id=more.graph_id,
        runs=before.runs + more.runs,
        run_bytes=before.run_bytes + more.run_bytes,
        artifact_bytes=before.artifact_bytes + more.artifact_bytes,
        oldest_ended_at=min(before.oldest_ended_at, more.oldest_ended_at),
        newest_ended_at=max(before.newest_ended_at, more.newest_ended_at),
    )


def _graph(message: storage_pb2.GraphStorage) -> GraphStorage:
    limited = message.HasField("retention")
    return GraphStorage(
        graph_id=message.graph_id,
        statuses=tuple(
            StatusStorage(
                status=status_from_number(each.status),
                runs=each.runs,
                run_bytes=each.run_bytes,
                event_bytes=each.event_bytes,
                checkpoint_bytes=each.checkpoint_bytes,
            )
            for each in message.statuses
        ),
        artifacts=message.artifacts,
        artifact_bytes=message.artifact_bytes,
        retention_seconds=seconds_of(message.retention) if limited else None,
        retention_bytes=message.retention_bytes,
    )
