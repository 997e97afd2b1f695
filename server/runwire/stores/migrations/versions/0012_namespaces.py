"""Namespaces: everything belongs to one, lists go by it, and each has quotas.

What was there is in the default one, whose ids stay as they are.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = ("runs", "run_labels", "graphs", "artifacts")
GONE = {
    "runs": (
        "ix_runs_created_at_run_id",
        "ix_runs_status_created_at_run_id",
        "ix_runs_graph_id_created_at_run_id",
        "ix_runs_priority_run_id",
        "ix_runs_thread",
        "ix_runs_queue",
        "ix_runs_ended",
    ),
    "run_labels": ("ix_run_labels_key_value_created_at_run_id",),
    "artifacts": ("ix_artifacts_created_at_artifact_id", "ix_artifacts_graph_id_size_bytes"),
}
NEW = (
    ("runs", ("namespace", "created_at", "run_id")),
    ("runs", ("status", "namespace", "created_at", "run_id")),
    ("runs", ("namespace", "graph_id", "created_at", "run_id")),
    ("runs", ("namespace", "priority", "run_id")),
    ("run_labels", ("namespace", "key", "value", "created_at", "run_id")),
    ("graphs", ("namespace", "graph_id", "version")),
    ("artifacts", ("namespace", "created_at", "artifact_id")),
    ("artifacts", ("namespace", "graph_id", "size_bytes")),
)
PARTIAL = (
    ("ix_runs_thread", "runs", "namespace thread_id created_at run_id", "thread_id <> ''"),
    ("ix_runs_queue", "runs", "namespace queue created_at run_id", "queue <> ''"),
    (
        "ix_runs_ended",
        "runs",
        "namespace graph_id ended_at run_id storage_bytes",
        "ended_at IS NOT NULL",
    ),
    (
        "ix_queue_namespace",
        "queue",
        "namespace_key",
        "namespace_key IS NOT NULL AND waits_for IS NULL",
    ),
    (
        "ix_queue_queued",
        "queue",
        "namespace_key",
        "namespace_key IS NOT NULL AND worker_id IS NULL",
    ),
    (
        "ix_artifacts_uploading",
        "artifacts",
        "created_at artifact_id",
        "status = 'uploading'",
    ),
)
# A text of the default namespace that holds the separator says so, or it would be another's.
SPELLED = (
    "UPDATE runs SET thread_id = 'default/' || thread_id WHERE thread_id LIKE '%/%'",
    "UPDATE runs SET concurrency_key = 'default/' || concurrency_key"
    " WHERE concurrency_key LIKE '%/%'",
    "UPDATE queue SET limit_key = 'default/' || limit_key WHERE limit_key LIKE '%/%'",
    "UPDATE queue SET waits_for = 'key:default/' || substr(waits_for, 5)"
    " WHERE waits_for LIKE 'key:%/%'",
)


def upgrade() -> None:
    """Put everything into the default namespace."""
    for table in TABLES:
        op.add_column(
            table, sa.Column("namespace", sa.Text(), nullable=False, server_default="default")
        )
    op.add_column("queue", sa.Column("namespace_key", sa.Text()))
    for statement in SPELLED:
        op.execute(statement)
    _totals()
    for table, gone in GONE.items():
        for name in gone:
            op.drop_index(name, table_name=table)
    for table, names in NEW:
        op.create_index(op.f(f"ix_{table}_{'_'.join(names)}"), table, list(names))
    for name, table, columns, where in PARTIAL:
        found = sa.text(where)
        op.create_index(name, table, columns.split(), sqlite_where=found, postgresql_where=found)
    _namespaces()


def _totals() -> None:
    """Make the sums again, by namespace: SQLite cannot change a primary key."""
    op.rename_table("totals", "totals_before")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE totals_before RENAME CONSTRAINT pk_totals TO pk_totals_before")
    op.create_table(
        "totals",
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("graph_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("shard", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("runs", sa.BigInteger(), nullable=False),
        sa.Column("storage_bytes", sa.BigInteger(), nullable=False),
        sa.Column("event_bytes", sa.BigInteger(), nullable=False),
        sa.Column("checkpoint_bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("namespace", "graph_id", "status", "shard", name="pk_totals"),
        sa.CheckConstraint(
            "status IN ('succeeded', 'failed', 'cancelled')", name=op.f("ck_totals_status")
        ),
    )
    columns = "graph_id, status, shard, runs, storage_bytes, event_bytes, checkpoint_bytes"
    op.execute(
        f"INSERT INTO totals (namespace, {columns})"  # noqa: S608 - ours
        f" SELECT 'default', {columns} FROM totals_before"
    )
    op.drop_table("totals_before")


def _namespaces() -> None:
    op.create_table(
        "namespaces",
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("stored_bytes", sa.BigInteger(), nullable=False),
        sa.Column("running_runs", sa.Integer(), nullable=False),
        sa.Column("queued_runs", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("namespace", name="pk_namespaces"),
    )
    now = (
        "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
        if op.get_bind().dialect.name == "postgresql"
        else "CAST(strftime('%s', 'now') AS INTEGER) * 1000000"
    )
    op.execute(
        f"INSERT INTO namespaces VALUES ('default', '', 0, 0, 0, {now})"  # noqa: S608 - ours
    )
