"""What PostgreSQL needs beyond SQLite: an order of commits, and a queue that does not bloat."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it, on PostgreSQL only."""
    if op.get_bind().dialect.name != "postgresql":
        return
    # Positions are given out before the commit; with the transaction's id a reader can tell which
    # are still to come.
    op.execute("ALTER TABLE segments ADD COLUMN xid bigint")
    op.execute("UPDATE segments SET xid = 0")
    op.execute(
        "ALTER TABLE segments ALTER COLUMN xid SET NOT NULL,"
        " ALTER COLUMN xid SET DEFAULT (pg_current_xact_id()::text)::bigint"
    )
    op.execute("CREATE INDEX ix_segments_xid ON segments (xid, position) WHERE NOT delta")
    op.execute(
        "ALTER TABLE queue SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02,"
        " autovacuum_vacuum_threshold = 200, autovacuum_vacuum_cost_delay = 0,"
        " autovacuum_analyze_scale_factor = 0.05)"
    )
    op.execute("ALTER TABLE runs SET (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05)")
