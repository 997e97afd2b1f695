"""Every table and constraint; what the domain forbids, the database refuses as well.

Rows that change often are thin: `queue` holds only what claims and renewals touch, and inputs,
which never change, rest apart from `runs`, so that a status change does not rewrite them.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from runwire.domain.artifact import ArtifactStatus
from runwire.domain.run import RunStatus
from runwire.stores.columns import listed, metadata, of_namespace, of_run, partial_index, words
from runwire.stores.times import Micros

_FINAL = words(status for status in RunStatus if status.final)

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
    Column("trace_parent", Text, nullable=False, server_default=""),
    Column("trace_state", Text, nullable=False, server_default=""),
    Column("on_end", Text, nullable=False, server_default=""),
    of_namespace(),
    CheckConstraint(f"status IN ({words(RunStatus)})", name="status"),
    CheckConstraint(f"(status IN ({_FINAL})) = (ended_at IS NOT NULL)", name="ended"),
    CheckConstraint("(status = 'succeeded') = (output IS NOT NULL)", name="output"),
    CheckConstraint("(status = 'failed') = (error IS NOT NULL)", name="error"),
    CheckConstraint("status <> 'cancelling' OR cancel_by IS NOT NULL", name="cancelling"),
    CheckConstraint("last_sequence >= 1 AND revision >= 1 AND epoch >= 0", name="counters"),
    # Lists are of one namespace; whoever looks at all of them looks for a status.
    Index(None, "namespace", "created_at", "run_id"),
    Index(None, "status", "namespace", "created_at", "run_id"),
    Index(None, *listed("graph_id")),
    Index(None, "namespace", "priority", "run_id"),
    partial_index("ix_runs_thread", *listed("thread_id"), where="thread_id <> ''"),
    # Whether a thread is busy, and with what; few rows at any time.
    partial_index(
        *("ix_runs_unfinished", "thread_id", "run_id"),
        where="thread_id <> '' AND ended_at IS NULL",
    ),
    partial_index("ix_runs_queue", *listed("queue"), where="queue <> ''"),
    partial_index("ix_runs_cancel_by", "cancel_by", where="status = 'cancelling'"),
    # What retention walks, oldest first; it holds the size, so that a dry run reads only this.
    partial_index(
        "ix_runs_ended",
        *("namespace", "graph_id", "ended_at", "run_id", "storage_bytes"),
        where="ended_at IS NOT NULL",
    ),
)

run_inputs = Table(
    "run_inputs",
    metadata,
    of_run(primary_key=True),
    Column("data", LargeBinary, nullable=False),
    Column("form", Text),
    Column("options", LargeBinary),
)

run_labels = Table(
    "run_labels",
    metadata,
    of_run(primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    # The run's, so that the runs of a label stand in the order of lists.
    Column("created_at", Micros, nullable=False),
    of_namespace(),
    Index(None, "namespace", "key", "value", "created_at", "run_id"),
    sqlite_with_rowid=False,
)

queue = Table(
    "queue",
    metadata,
    of_run(primary_key=True),
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
    Column("namespace_key", Text),  # of a namespace with quotas
    # What the run has to wait for before a worker may take it (see `gates.py`); NULL: for nothing.
    Column("waits_for", Text),
    # When it was last given a place under its limits; held rows with limits have one.
    Column("placed_at", Micros),
    Column("worker_id", Text),
    Column("lease_until", Micros),
    CheckConstraint("(worker_id IS NULL) = (lease_until IS NULL)", name="lease"),
    partial_index(
        "ix_queue_ready",
        *("queue", text("priority DESC"), "ready_at", "run_id"),
        where="worker_id IS NULL AND waits_for IS NULL",
    ),
    partial_index(
        "ix_queue_waiting",
        *("waits_for", text("priority DESC"), "ready_at", "run_id"),
        where="waits_for <> 'time'",
    ),
    partial_index("ix_queue_due", "ready_at", where="waits_for = 'time'"),
    partial_index(
        "ix_queue_key", "limit_key", where="limit_key IS NOT NULL AND placed_at IS NOT NULL"
    ),
    partial_index(
        "ix_queue_graph", "graph_key", where="graph_key IS NOT NULL AND waits_for IS NULL"
    ),
    *(
        partial_index(
            name, "namespace_key", where=f"namespace_key IS NOT NULL AND {column} IS NULL"
        )
        for name, column in (("ix_queue_namespace", "waits_for"), ("ix_queue_queued", "worker_id"))
    ),
    partial_index("ix_queue_lease_until", "lease_until", where="worker_id IS NOT NULL"),
)

requests = Table(
    "requests",
    metadata,
    Column("request_id", Text, primary_key=True),
    of_run(nullable=False),
    Column("body_hash", LargeBinary, nullable=False),
    Column("created_at", Micros, nullable=False),
    Index(None, "run_id"),
    Index(None, "created_at"),
)

segments = Table(
    "segments",
    metadata,
    Column("position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    of_run(nullable=False),
    Column("first_sequence", BigInteger, nullable=False),
    Column("last_sequence", BigInteger, nullable=False),
    Column("delta", Boolean, nullable=False),
    Column("final", Boolean, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("run_id", "first_sequence"),
    CheckConstraint("1 <= first_sequence AND first_sequence <= last_sequence", name="sequence"),
    partial_index("ix_segments_delta", "run_id", where="delta"),
    sqlite_autoincrement=True,
)

steps = Table(
    "steps",
    metadata,
    of_run(primary_key=True),
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
    of_run(primary_key=True),
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
    of_namespace(),
    CheckConstraint("version >= 1", name="version"),
    Index(None, "namespace", "graph_id", "version"),
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
    of_run(),
    Column("graph_id", Text, nullable=False, server_default=""),  # of its run; for sums
    Column("filename", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("request_id", Text, unique=True),
    Column("created_at", Micros, nullable=False),
    of_namespace(),
    CheckConstraint(f"status IN ({words(ArtifactStatus)})", name="status"),
    CheckConstraint("(status = 'active') = (length(sha256) = 64)", name="content"),
    CheckConstraint("size_bytes >= 0", name="size"),
    Index(None, "run_id", "created_at"),
    Index(None, "namespace", "created_at", "artifact_id"),
    Index(None, "sha256"),
    Index(None, "namespace", "graph_id", "size_bytes"),
    partial_index(
        "ix_artifacts_uploading", "created_at", "artifact_id", where="status = 'uploading'"
    ),
)
