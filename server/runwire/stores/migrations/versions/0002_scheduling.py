"""Queues, delays, limits, evidence of crashes, and what each run stores."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what scheduling and retention need to know."""
    for column in (
        sa.Column("queue", sa.Text(), nullable=False, server_default=""),
        sa.Column("start_delay_seconds", sa.Float()),
        sa.Column("concurrency_key", sa.Text(), nullable=False, server_default=""),
        sa.Column("concurrency_limit", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("recorded", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("crashes", sa.Text()),
        sa.Column("storage_bytes", sa.BigInteger(), nullable=False, server_default="0"),
    ):
        op.add_column("runs", column)
    for column in (
        sa.Column("queue", sa.Text(), nullable=False, server_default=""),
        sa.Column("limit_key", sa.Text()),
        sa.Column("limit_count", sa.Integer()),
        sa.Column("graph_key", sa.Text()),
        sa.Column("blocked", sa.Boolean(), nullable=False, server_default=sa.text("false")),
    ):
        op.add_column("queue", column)
