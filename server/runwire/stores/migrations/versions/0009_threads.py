"""The index of threads leaves out runs that have none, which most have not."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

IN_THREAD = sa.text("thread_id <> ''")


def upgrade() -> None:
    """Make the index anew."""
    op.drop_index("ix_runs_thread_id_created_at_run_id", "runs")
    op.create_index(
        "ix_runs_thread",
        "runs",
        ["thread_id", "created_at", "run_id"],
        sqlite_where=IN_THREAD,
        postgresql_where=IN_THREAD,
    )
