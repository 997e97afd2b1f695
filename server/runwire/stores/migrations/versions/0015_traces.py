"""Runs keep the trace in which they were created, so that their nodes go on with it anywhere."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; most runs have no state of a tracing system, and many no trace."""
    for name in ("trace_parent", "trace_state"):
        op.add_column("runs", sa.Column(name, sa.Text, nullable=False, server_default=""))
