"""Queues by name, and what a queued run waits for: its time, a place under a limit."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let claims find what may be taken by an index that holds nothing else."""
    op.drop_index("ix_queue_ready", table_name="queue")
    op.drop_column("queue", "blocked")
    op.add_column("queue", sa.Column("waits_for", sa.Text()))
    op.add_column("queue", sa.Column("placed_at", sa.BigInteger()))
    # The first claim looks at each of these, and lets pass whose time has come.
    op.execute("UPDATE queue SET waits_for = 'time' WHERE worker_id IS NULL")
    op.execute("UPDATE queue SET placed_at = ready_at WHERE limit_key IS NOT NULL")
    indexes: list[tuple[str, str, list[Any], str]] = [
        (
            "ix_queue_ready",
            "queue",
            ["queue", sa.text("priority DESC"), "ready_at", "run_id"],
            "worker_id IS NULL AND waits_for IS NULL",
        ),
        (
            "ix_queue_waiting",
            "queue",
            ["waits_for", sa.text("priority DESC"), "ready_at", "run_id"],
            "waits_for <> 'time'",
        ),
        ("ix_queue_due", "queue", ["ready_at"], "waits_for = 'time'"),
        (
            "ix_queue_key",
            "queue",
            ["limit_key"],
            "limit_key IS NOT NULL AND placed_at IS NOT NULL",
        ),
        ("ix_queue_graph", "queue", ["graph_key"], "graph_key IS NOT NULL AND waits_for IS NULL"),
        ("ix_runs_queue", "runs", ["queue", "created_at", "run_id"], "queue <> ''"),
    ]
    for name, table, columns, where in indexes:
        where_clause = sa.text(where)
        op.create_index(
            name, table, columns, sqlite_where=where_clause, postgresql_where=where_clause
        )
