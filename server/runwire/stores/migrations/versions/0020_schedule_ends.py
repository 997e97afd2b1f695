"""Schedules end, and are found by assistant, thread and metadata, as LangGraph's crons are."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

WORDS = {"graph_id": "", "thread_id": "", "assistant_id": "", "owner": "", "metadata": "{}"}
OF_THREADS = sa.text("thread_id <> ''")


def upgrade() -> None:
    """Add the columns."""
    for name in ("ends_at", "updated_at"):
        op.add_column("schedules", sa.Column(name, sa.BigInteger()))
    for name, usual in WORDS.items():
        column = sa.Column(name, sa.Text(), nullable=False, server_default=usual)
        op.add_column("schedules", column)
    op.create_index(
        "ix_schedules_thread_id",
        "schedules",
        ["thread_id", "schedule_id"],
        sqlite_where=OF_THREADS,
        postgresql_where=OF_THREADS,
    )
