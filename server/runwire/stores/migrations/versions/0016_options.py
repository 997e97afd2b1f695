"""Runs of LangGraph graphs have options, and any run can be one that goes when it has ended."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("run_inputs", sa.Column("options", sa.LargeBinary()))
    op.add_column("runs", sa.Column("on_end", sa.Text(), nullable=False, server_default=""))
