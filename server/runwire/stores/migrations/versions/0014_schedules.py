"""Schedules, what their runs shall be, and the runs that they created."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

BUFFERED = sa.text("buffered_at IS NOT NULL")


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "schedules",
        sa.Column("schedule_id", sa.Text(), nullable=False),
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("cron", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("overlap", sa.Text(), nullable=False),
        sa.Column("catch_up", sa.Text(), nullable=False),
        sa.Column("catch_up_seconds", sa.Float(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("pause_reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.BigInteger()),
        sa.Column("last_at", sa.BigInteger()),
        sa.Column("buffered_at", sa.BigInteger()),
        sa.Column("skipped_count", sa.BigInteger(), nullable=False),
        sa.Column("error_message", sa.Text(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("schedule_id", name="pk_schedules"),
        sa.CheckConstraint(
            "overlap IN ('skip', 'buffer_one', 'allow', 'cancel_other')",
            name=op.f("ck_schedules_overlap"),
        ),
        sa.CheckConstraint(
            "catch_up IN ('none', 'latest', 'all')", name=op.f("ck_schedules_catch_up")
        ),
        sa.CheckConstraint(
            "NOT paused OR (next_at IS NULL AND buffered_at IS NULL)",
            name=op.f("ck_schedules_paused"),
        ),
    )
    op.create_index(
        op.f("ix_schedules_namespace_schedule_id"), "schedules", ["namespace", "schedule_id"]
    )
    op.create_index(
        op.f("ix_schedules_next_at_schedule_id"), "schedules", ["next_at", "schedule_id"]
    )
    op.create_index(
        "ix_schedules_buffered",
        "schedules",
        ["schedule_id"],
        sqlite_where=BUFFERED,
        postgresql_where=BUFFERED,
    )
    op.create_table(
        "schedule_specs",
        sa.Column("schedule_id", sa.Text(), nullable=False),
        sa.Column("spec", sa.LargeBinary(), nullable=False),
        sa.Column("input", sa.LargeBinary(), nullable=False),
        sa.Column("form", sa.Text()),
        sa.PrimaryKeyConstraint("schedule_id", name="pk_schedule_specs"),
        _of_schedule("schedule_specs"),
    )
    op.create_table(
        "schedule_runs",
        sa.Column("schedule_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("schedule_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("schedule_id", "run_id", name="pk_schedule_runs"),
        _of_schedule("schedule_runs"),
    )


def _of_schedule(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["schedule_id"],
        ["schedules.schedule_id"],
        name=op.f(f"fk_{table}_schedule_id"),
        ondelete="CASCADE",
    )
