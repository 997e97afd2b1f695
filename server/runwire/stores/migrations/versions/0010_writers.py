"""On PostgreSQL each server's journal leaves the number of its last batch.

By it a commit whose answer was lost is settled, without asking for the transaction's id before.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table, on PostgreSQL only: SQLite has one writer and no connection to lose."""
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(
        "CREATE TABLE writers (writer_id text CONSTRAINT pk_writers PRIMARY KEY,"
        " batch bigint NOT NULL, seen_at timestamptz NOT NULL)"
    )
    op.execute(
        "ALTER TABLE writers SET (fillfactor = 20, autovacuum_vacuum_scale_factor = 0,"
        " autovacuum_vacuum_threshold = 1000)"
    )
