"""What is stored: bytes and counts by graph and status, and the size of the database."""

from collections.abc import Sequence
from dataclasses import dataclass

from runwire.domain.run import RunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusStorage:
    """The runs of a graph in one status; `event_bytes`, `checkpoint_bytes` are in `run_bytes`."""

    status: RunStatus
    runs: int
    run_bytes: int
    event_bytes: int
    checkpoint_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphStorage:
    """What the runs of a graph store; an empty `graph_id` is for artifacts without a run."""

    graph_id: str
    statuses: tuple[StatusStorage, ...] = ()
    artifacts: int = 0
    artifact_bytes: int = 0

    @property
    def size_bytes(self) -> int:
        """Everything."""
        return self.artifact_bytes + sum(item.run_bytes for item in self.statuses)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A table with its indexes, where the database tells its size."""

    name: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseStorage:
    """The database on disk; `free_bytes` are inside it and used again before it grows."""

    size_bytes: int
    free_bytes: int = 0
    relations: tuple[Relation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """Everything that is stored."""

    graphs: Sequence[GraphStorage]
    database: DatabaseStorage
