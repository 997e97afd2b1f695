"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table."""
    _graphs()
    _runs()
    _artifacts()
    _checkpoints()
    _queue()
    _requests()
    _run_inputs()
    _run_labels()
    _segments()
    _steps()


def _graphs() -> None:
    op.create_table(
        "graphs",
        sa.Column("graph_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("definition", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_graphs_version")),
        sa.PrimaryKeyConstraint("graph_id", "version", name=op.f("pk_graphs")),
    )


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("graph_id", sa.Text(), nullable=False),
        sa.Column("graph_version", sa.Integer(), nullable=False),
        sa.Column("thread_id", sa.Text(), nullable=False),
        sa.Column("timeout_seconds", sa.Float(), nullable=True),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("output", sa.LargeBinary(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("interrupts", sa.Text(), nullable=True),
        sa.Column("checkpoint", sa.Integer(), nullable=True),
        sa.Column("last_sequence", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ready_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=False),
        sa.Column("cancel_by", sa.BigInteger(), nullable=True),
        sa.Column("forked_from_run_id", sa.Text(), nullable=False),
        sa.Column("forked_from_checkpoint", sa.Integer(), nullable=True),
        sa.CheckConstraint("(status = 'failed') = (error IS NOT NULL)", name=op.f("ck_runs_error")),
        sa.CheckConstraint(
            "(status = 'succeeded') = (output IS NOT NULL)", name=op.f("ck_runs_output")
        ),
        sa.CheckConstraint(
            "(status IN ('succeeded', 'failed', 'cancelled')) = (ended_at IS NOT NULL)",
            name=op.f("ck_runs_ended"),
        ),
        sa.CheckConstraint(
            "status <> 'cancelling' OR cancel_by IS NOT NULL", name=op.f("ck_runs_cancelling")
        ),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'interrupted', 'cancelling', 'succeeded', 'failed',"
            " 'cancelled')",
            name=op.f("ck_runs_status"),
        ),
        sa.CheckConstraint(
            "last_sequence >= 1 AND revision >= 1 AND epoch >= 0", name=op.f("ck_runs_counters")
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_runs")),
    )
    op.create_index(
        "ix_runs_cancel_by",
        "runs",
        ["cancel_by"],
        unique=False,
        sqlite_where=sa.text("status = 'cancelling'"),
        postgresql_where=sa.text("status = 'cancelling'"),
    )
    op.create_index(
        op.f("ix_runs_created_at_run_id"), "runs", ["created_at", "run_id"], unique=False
    )
    op.create_index(
        op.f("ix_runs_graph_id_created_at_run_id"),
        "runs",
        ["graph_id", "created_at", "run_id"],
        unique=False,
    )
    op.create_index(op.f("ix_runs_priority_run_id"), "runs", ["priority", "run_id"], unique=False)
    op.create_index(
        op.f("ix_runs_status_created_at_run_id"),
        "runs",
        ["status", "created_at", "run_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_runs_thread_id_created_at_run_id"),
        "runs",
        ["thread_id", "created_at", "run_id"],
        unique=False,
    )


def _artifacts() -> None:
    op.create_table(
        "artifacts",
        sa.Column("artifact_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(status = 'active') = (length(sha256) = 64)", name=op.f("ck_artifacts_content")
        ),
        sa.CheckConstraint("status IN ('uploading', 'active')", name=op.f("ck_artifacts_status")),
        sa.CheckConstraint("size_bytes >= 0", name=op.f("ck_artifacts_size")),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.run_id"], name=op.f("fk_artifacts_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("artifact_id", name=op.f("pk_artifacts")),
        sa.UniqueConstraint("request_id", name=op.f("uq_artifacts_request_id")),
    )
    op.create_index(
        op.f("ix_artifacts_created_at_artifact_id"),
        "artifacts",
        ["created_at", "artifact_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_artifacts_run_id_created_at"), "artifacts", ["run_id", "created_at"], unique=False
    )
    op.create_index(op.f("ix_artifacts_sha256"), "artifacts", ["sha256"], unique=False)


def _checkpoints() -> None:
    op.create_table(
        "checkpoints",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("superstep", sa.Integer(), nullable=False),
        sa.Column("nodes", sa.Text(), nullable=False),
        sa.Column("next", sa.Text(), nullable=False),
        sa.Column("visits", sa.Text(), nullable=False),
        sa.Column("full", sa.Boolean(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.run_id"], name=op.f("fk_checkpoints_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "number", name=op.f("pk_checkpoints")),
    )


def _queue() -> None:
    op.create_table(
        "queue",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("graph_id", sa.Text(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("ready_at", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("worker_id", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(worker_id IS NULL) = (lease_until IS NULL)", name=op.f("ck_queue_lease")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.run_id"], name=op.f("fk_queue_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_queue")),
    )
    op.create_index(
        "ix_queue_lease_until",
        "queue",
        ["lease_until"],
        unique=False,
        sqlite_where=sa.text("worker_id IS NOT NULL"),
        postgresql_where=sa.text("worker_id IS NOT NULL"),
    )
    op.create_index(
        "ix_queue_ready",
        "queue",
        [sa.text("priority DESC"), "ready_at", "run_id"],
        sqlite_where=sa.text("worker_id IS NULL"),
        postgresql_where=sa.text("worker_id IS NULL"),
    )


def _requests() -> None:
    op.create_table(
        "requests",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.run_id"], name=op.f("fk_requests_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_requests")),
    )
    op.create_index(op.f("ix_requests_created_at"), "requests", ["created_at"], unique=False)
    op.create_index(op.f("ix_requests_run_id"), "requests", ["run_id"], unique=False)


def _run_inputs() -> None:
    op.create_table(
        "run_inputs",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("form", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.run_id"], name=op.f("fk_run_inputs_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run_inputs")),
    )


def _run_labels() -> None:
    op.create_table(
        "run_labels",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.run_id"], name=op.f("fk_run_labels_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "key", name=op.f("pk_run_labels")),
    )
    op.create_index(
        op.f("ix_run_labels_key_value_run_id"),
        "run_labels",
        ["key", "value", "run_id"],
        unique=False,
    )


def _segments() -> None:
    op.create_table(
        "segments",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("first_sequence", sa.BigInteger(), nullable=False),
        sa.Column("last_sequence", sa.BigInteger(), nullable=False),
        sa.Column("delta", sa.Boolean(), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "1 <= first_sequence AND first_sequence <= last_sequence",
            name=op.f("ck_segments_sequence"),
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.run_id"], name=op.f("fk_segments_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_segments")),
        sa.UniqueConstraint(
            "run_id", "first_sequence", name=op.f("uq_segments_run_id_first_sequence")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_segments_delta",
        "segments",
        ["run_id"],
        unique=False,
        sqlite_where=sa.text("delta"),
        postgresql_where=sa.text("delta"),
    )


def _steps() -> None:
    op.create_table(
        "steps",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("step_id", sa.Text(), nullable=False),
        sa.Column("superstep", sa.Integer(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("tool", sa.Text(), nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("checkpoint", sa.Integer(), nullable=True),
        sa.Column("update", sa.LargeBinary(), nullable=True),
        sa.Column("goto", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "status IN ('running', 'interrupted', 'succeeded', 'failed', 'cancelled')",
            name=op.f("ck_steps_status"),
        ),
        sa.CheckConstraint(
            "visit >= 1 AND attempt >= 1 AND superstep >= 1", name=op.f("ck_steps_counters")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.run_id"], name=op.f("fk_steps_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "step_id", name=op.f("pk_steps")),
    )
    op.create_index(
        op.f("ix_steps_run_id_superstep_step_id"),
        "steps",
        ["run_id", "superstep", "step_id"],
        unique=False,
    )
