"""What runs store, sums over those that have ended, the way to the oldest, and where all went."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ENDED = sa.text("ended_at IS NOT NULL")


def upgrade() -> None:
    """Add what retention goes by, and fill it from what is there."""
    for name in ("event_bytes", "checkpoint_bytes"):
        op.add_column("runs", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("artifacts", sa.Column("graph_id", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "totals",
        sa.Column("graph_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("shard", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("runs", sa.BigInteger(), nullable=False),
        sa.Column("storage_bytes", sa.BigInteger(), nullable=False),
        sa.Column("event_bytes", sa.BigInteger(), nullable=False),
        sa.Column("checkpoint_bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("graph_id", "status", "shard", name="pk_totals"),
        sa.CheckConstraint(
            "status IN ('succeeded', 'failed', 'cancelled')", name=op.f("ck_totals_status")
        ),
    )
    op.create_table(
        "promotion",
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("place", name="pk_promotion"),
    )
    for statement in (*_MEASURE, _SUM, _OWN):
        op.execute(statement)
    op.create_index(
        "ix_runs_ended",
        "runs",
        ["graph_id", "ended_at", "run_id", "storage_bytes"],
        sqlite_where=ENDED,
        postgresql_where=ENDED,
    )
    op.create_index(
        op.f("ix_artifacts_graph_id_size_bytes"), "artifacts", ["graph_id", "size_bytes"]
    )


_BYTES = "COALESCE((SELECT SUM(LENGTH(body)) FROM {} x WHERE x.run_id = runs.run_id), 0)"
_MEASURE = (
    f"UPDATE runs SET event_bytes = {_BYTES.format('segments')},"  # noqa: S608 - ours
    f" checkpoint_bytes = {_BYTES.format('checkpoints')}",
    "UPDATE runs SET storage_bytes = event_bytes + checkpoint_bytes"
    " + COALESCE(LENGTH(output), 0)"
    " + COALESCE((SELECT LENGTH(data) FROM run_inputs x WHERE x.run_id = runs.run_id), 0)"
    ' + COALESCE((SELECT SUM(COALESCE(LENGTH(x."update"), 0) + COALESCE(LENGTH(x.goto), 0))'
    " FROM steps x WHERE x.run_id = runs.run_id), 0)",
)
_SUM = (
    "INSERT INTO totals (graph_id, status, shard, runs, storage_bytes, event_bytes,"
    " checkpoint_bytes) SELECT graph_id, status, 0, COUNT(*), SUM(storage_bytes),"
    " SUM(event_bytes), SUM(checkpoint_bytes) FROM runs WHERE ended_at IS NOT NULL"
    " GROUP BY graph_id, status"
)
_OWN = (
    "UPDATE artifacts SET graph_id = (SELECT graph_id FROM runs WHERE runs.run_id ="
    " artifacts.run_id) WHERE run_id IS NOT NULL"
)
