"""Threads, and an index of the runs of a thread that have not ended."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

LISTS = ("created_at", "updated_at", "state_updated_at", "graph_id", "assistant_id")
UNFINISHED = "thread_id <> '' AND ended_at IS NULL"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "threads",
        sa.Column("thread_id", sa.Text(), nullable=False),
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("graph_id", sa.Text(), nullable=False),
        sa.Column("assistant_id", sa.Text(), nullable=False),
        sa.Column("metadata", sa.Text(), nullable=False),
        sa.Column("config", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("state", sa.LargeBinary()),
        sa.Column("interrupts", sa.Text()),
        sa.Column("error", sa.Text()),
        sa.Column("ttl_micros", sa.BigInteger()),
        sa.Column("ttl_strategy", sa.Text()),
        sa.Column("expires_at", sa.BigInteger()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("state_updated_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("thread_id", name="pk_threads"),
        sa.CheckConstraint(
            "status IN ('idle', 'interrupted', 'error')", name=op.f("ck_threads_status")
        ),
        sa.CheckConstraint(
            "ttl_strategy IN ('delete', 'keep_latest')", name=op.f("ck_threads_ttl_strategy")
        ),
        sa.CheckConstraint(
            "(ttl_micros IS NULL) = (ttl_strategy IS NULL)", name=op.f("ck_threads_ttl")
        ),
    )
    for name in LISTS:
        columns = ["namespace", name, "thread_id"]
        if not name.endswith("_at"):
            columns.insert(2, "created_at")
        op.create_index(op.f(f"ix_threads_{'_'.join(columns)}"), "threads", columns)
    _partial("ix_threads_expires_at", "threads", "expires_at thread_id", "expires_at IS NOT NULL")
    _partial("ix_runs_unfinished", "runs", "thread_id run_id", UNFINISHED)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE INDEX ix_threads_metadata ON threads USING gin"
            r" ((CAST(replace(metadata, '\u0000', '\ufffd') AS jsonb)) jsonb_path_ops)"
        )


def _partial(name: str, table: str, columns: str, where: str) -> None:
    found = sa.text(where)
    op.create_index(name, table, columns.split(), sqlite_where=found, postgresql_where=found)
