"""What happened to runs, in slots of time."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

SECOND = 1_000_000
COUNTED = ("created", "succeeded", "failed", "cancelled")


def upgrade() -> None:
    """Add the table, and fill it from the runs that are still there."""
    op.create_table(
        "throughput",
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("width_seconds", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("graph_id", sa.Text(), nullable=False),
        sa.Column("shard", sa.Integer(), nullable=False, autoincrement=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in COUNTED),
        sa.PrimaryKeyConstraint(
            *("namespace", "width_seconds", "starts_at", "graph_id", "shard"), name="pk_throughput"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_throughput_width_seconds_starts_at"), "throughput", ["width_seconds", "starts_at"]
    )
    for width, kept in ((10, 3 * 3600), (300, 8 * 24 * 3600)):
        op.execute(_FILL.format(width=width, micros=width * SECOND, kept=kept * SECOND))


# Back from the newest run: nothing that happened long before it would be kept.
_FILL = """
INSERT INTO throughput (namespace, width_seconds, starts_at, graph_id, shard,
    created, succeeded, failed, cancelled)
SELECT namespace, {width}, starts_at, graph_id, 0,
    SUM(created), SUM(succeeded), SUM(failed), SUM(cancelled)
FROM (
    SELECT namespace, graph_id, created_at - created_at % {micros} AS starts_at,
        1 AS created, 0 AS succeeded, 0 AS failed, 0 AS cancelled
    FROM runs WHERE created_at > (SELECT MAX(created_at) FROM runs) - {kept}
    UNION ALL
    SELECT namespace, graph_id, ended_at - ended_at % {micros}, 0,
        CASE WHEN status = 'succeeded' THEN 1 ELSE 0 END,
        CASE WHEN status = 'failed' THEN 1 ELSE 0 END,
        CASE WHEN status = 'cancelled' THEN 1 ELSE 0 END
    FROM runs WHERE ended_at > (SELECT MAX(created_at) FROM runs) - {kept}
) happened
GROUP BY namespace, starts_at, graph_id
"""
