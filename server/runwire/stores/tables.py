"""Every table and constraint; what the domain forbids, the database refuses as well.

Rows that change often are thin: `queue` holds only what claims and renewals touch, and inputs,
which never change, rest apart from `runs`, so that a status change does not rewrite them.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeDecorator

from runwire.domain.artifact import ArtifactStatus
from runwire.domain.run import RunStatus

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def micros_of(at: datetime) -> int:
    """Return an aware time as microseconds since 1970."""
    return (at - EPOCH) // MICROSECOND


def time_of(micros: int) -> datetime:
    """Return the time that microseconds since 1970 are."""
    return EPOCH + timedelta(microseconds=micros)


class Micros(TypeDecorator[datetime]):
    """An aware UTC time as microseconds since 1970: equal on every database, and sorts."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ARG002
        return None if value is None else micros_of(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else time_of(value)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _words(words: Any) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _of_run(**kwargs: Any) -> Column[str]:
    return Column("run_id", Text, ForeignKey("runs.run_id", ondelete="CASCADE"), **kwargs)


_FINAL = _words(status for status in RunStatus if status.final)

runs = Table(
    "runs",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("graph_id", Text, nullable=False),
    Column("graph_version", Integer, nullable=False),
    Column("thread_id", Text, nullable=False),
    Column("timeout_seconds", Float),
    Column("labels", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("queue", Text, nullable=False, server_default=""),
    Column("start_delay_seconds", Float),
    Column("concurrency_key", Text, nullable=False, server_default=""),
    Column("concurrency_limit", Integer, nullable=False, server_default="0"),
    Column("status", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("recorded", Integer, nullable=False, server_default="0"),
    Column("crashes", Text),
    Column("output", LargeBinary),
    Column("error", Text),
    Column("interrupts", Text),
    Column("checkpoint", Integer),
    Column("last_sequence", BigInteger, nullable=False),
    Column("storage_bytes", BigInteger, nullable=False, server_default="0"),
    Column("event_bytes", BigInteger, nullable=False, server_default="0"),
    Column("checkpoint_bytes", BigInteger, nullable=False, server_default="0"),
    Column("revision", BigInteger, nullable=False),
    Column("created_at", Micros, nullable=False),
    Column("ready_at", Micros, nullable=False),
    Column("started_at", Micros),
    Column("ended_at", Micros),
    Column("cancel_reason", Text, nullable=False),
    Column("cancel_by", Micros),
    Column("forked_from_run_id", Text, nullable=False),
    Column("forked_from_checkpoint", Integer),
    CheckConstraint(f"status IN ({_words(RunStatus)})", name="status"),
    CheckConstraint(f"(status IN ({_FINAL})) = (ended_at IS NOT NULL)", name="ended"),
    CheckConstraint("(status = 'succeeded') = (output IS NOT NULL)", name="output"),
    CheckConstraint("(status = 'failed') = (error IS NOT NULL)", name="error"),
    CheckConstraint("status <> 'cancelling' OR cancel_by IS NOT NULL", name="cancelling"),
    CheckConstraint("last_sequence >= 1 AND revision >= 1 AND epoch >= 0", name="counters"),
    Index(None, "created_at", "run_id"),
    Index(None, "status", "created_at", "run_id"),
    Index(None, "graph_id", "created_at", "run_id"),
    Index(None, "thread_id", "created_at", "run_id"),
    Index(None, "priority", "run_id"),
    Index(
        "ix_runs_cancel_by",
        "cancel_by",
        sqlite_where=text("status = 'cancelling'"),
        postgresql_where=text("status = 'cancelling'"),
    ),
    # What retention walks, oldest first; it holds the size, so that a dry run reads only this.
    Index(
        "ix_runs_ended",
        "graph_id",
        "ended_at",
        "run_id",
        "storage_bytes",
        sqlite_where=text("ended_at IS NOT NULL"),
        postgresql_where=text("ended_at IS NOT NULL"),
    ),
)

run_inputs = Table(
    "run_inputs",
    metadata,
    _of_run(primary_key=True),
    Column("data", LargeBinary, nullable=False),
    Column("form", Text),
)

run_labels = Table(
    "run_labels",
    metadata,
    _of_run(primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    # The run's, so that the runs of a label stand in the order of lists.
    Column("created_at", Micros, nullable=False),
    Index(None, "key", "value", "created_at", "run_id"),
    sqlite_with_rowid=False,
)

queue = Table(
    "queue",
    metadata,
    _of_run(primary_key=True),
    # Of graphs in Python only, which a worker may lack; a JSON one travels with the run.
    Column("graph_id", Text),
    Column("queue", Text, nullable=False, server_default=""),
    Column("priority", Integer, nullable=False),
    Column("ready_at", Micros, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    # What counts against limits: the caller's key, and the graph where it has a limit.
    Column("limit_key", Text),
    Column("limit_count", Integer),
    Column("graph_key", Text),
    # Whether a limit was full when a worker came by; undone when a place becomes free.
    Column("blocked", Boolean, nullable=False, server_default=text("false")),
    Column("worker_id", Text),
    Column("lease_until", Micros),
    CheckConstraint("(worker_id IS NULL) = (lease_until IS NULL)", name="lease"),
    Index(
        "ix_queue_ready",
        text("priority DESC"),
        "ready_at",
        "run_id",
        sqlite_where=text("worker_id IS NULL"),
        postgresql_where=text("worker_id IS NULL"),
    ),
    Index(
        "ix_queue_lease_until",
        "lease_until",
        sqlite_where=text("worker_id IS NOT NULL"),
        postgresql_where=text("worker_id IS NOT NULL"),
    ),
)

requests = Table(
    "requests",
    metadata,
    Column("request_id", Text, primary_key=True),
    _of_run(nullable=False),
    Column("body_hash", LargeBinary, nullable=False),
    Column("created_at", Micros, nullable=False),
    Index(None, "run_id"),
    Index(None, "created_at"),
)

segments = Table(
    "segments",
    metadata,
    Column("position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    _of_run(nullable=False),
    Column("first_sequence", BigInteger, nullable=False),
    Column("last_sequence", BigInteger, nullable=False),
    Column("delta", Boolean, nullable=False),
    Column("final", Boolean, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("run_id", "first_sequence"),
    CheckConstraint("1 <= first_sequence AND first_sequence <= last_sequence", name="sequence"),
    Index(
        "ix_segments_delta",
        "run_id",
        sqlite_where=text("delta"),
        postgresql_where=text("delta"),
    ),
    sqlite_autoincrement=True,
)

steps = Table(
    "steps",
    metadata,
    _of_run(primary_key=True),
    Column("superstep", Integer, primary_key=True, autoincrement=False),
    Column("step_id", Text, primary_key=True),
    Column("node", Text, nullable=False),
    Column("tool", Text, nullable=False),
    Column("visit", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("started_at", Micros, nullable=False),
    Column("ended_at", Micros),
    Column("message", Text, nullable=False),
    Column("checkpoint", Integer),
    Column("update", LargeBinary),
    Column("goto", LargeBinary),
    CheckConstraint(
        "status IN ('running', 'interrupted', 'succeeded', 'failed', 'cancelled')", name="status"
    ),
    CheckConstraint("visit >= 1 AND attempt >= 1 AND superstep >= 1", name="counters"),
    sqlite_with_rowid=False,
)

checkpoints = Table(
    "checkpoints",
    metadata,
    _of_run(primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("superstep", Integer, nullable=False),
    Column("nodes", Text, nullable=False),
    Column("next", Text, nullable=False),
    Column("visits", Text, nullable=False),
    Column("full", Boolean, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", Micros, nullable=False),
)

graphs = Table(
    "graphs",
    metadata,
    Column("graph_id", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("definition", LargeBinary, nullable=False),
    Column("created_at", Micros, nullable=False),
    Column("deleted", Boolean, nullable=False),
    CheckConstraint("version >= 1", name="version"),
)

registrations = Table(
    "registrations",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("worker_id", Text, nullable=False),
    Column("seen_at", Micros, nullable=False),
    CheckConstraint("kind IN ('graph', 'tool')", name="kind"),
)

artifacts = Table(
    "artifacts",
    metadata,
    Column("artifact_id", Text, primary_key=True),
    _of_run(),
    Column("graph_id", Text, nullable=False, server_default=""),  # of its run; for sums
    Column("filename", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("request_id", Text, unique=True),
    Column("created_at", Micros, nullable=False),
    CheckConstraint(f"status IN ({_words(ArtifactStatus)})", name="status"),
    CheckConstraint("(status = 'active') = (length(sha256) = 64)", name="content"),
    CheckConstraint("size_bytes >= 0", name="size"),
    Index(None, "run_id", "created_at"),
    Index(None, "created_at", "artifact_id"),
    Index(None, "sha256"),
    Index(None, "graph_id", "size_bytes"),
)
