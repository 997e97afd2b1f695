"""The tables of schedules: what changes with every turn, apart from what seldom does."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)

from runwire.stores.columns import metadata, partial_index
from runwire.stores.times import Micros

schedules = Table(
    "schedules",
    metadata,
    Column("schedule_id", Text, primary_key=True),
    Column("namespace", Text, nullable=False),
    Column("cron", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("overlap", Text, nullable=False),
    Column("catch_up", Text, nullable=False),
    Column("catch_up_seconds", Float, nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("pause_reason", Text, nullable=False),
    Column("created_at", Micros, nullable=False),
    Column("next_at", Micros),
    Column("last_at", Micros),
    Column("buffered_at", Micros),
    Column("skipped_count", BigInteger, nullable=False),
    Column("error_message", Text, nullable=False),
    Column("edition", Integer, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("ends_at", Micros),
    Column("updated_at", Micros),  # empty until somebody changes it
    Column("graph_id", Text, nullable=False, server_default=""),  # of those with an assistant
    Column("thread_id", Text, nullable=False, server_default=""),
    Column("assistant_id", Text, nullable=False, server_default=""),
    Column("owner", Text, nullable=False, server_default=""),
    Column("metadata", Text, nullable=False, server_default="{}"),
    CheckConstraint("overlap IN ('skip', 'buffer_one', 'allow', 'cancel_other')", name="overlap"),
    CheckConstraint("catch_up IN ('none', 'latest', 'all')", name="catch_up"),
    CheckConstraint("NOT paused OR (next_at IS NULL AND buffered_at IS NULL)", name="paused"),
    Index(None, "namespace", "schedule_id"),
    Index(None, "next_at", "schedule_id"),
    Index("ix_schedules_buffered", "schedule_id", sqlite_where=text("buffered_at IS NOT NULL")),
    partial_index("ix_schedules_thread_id", "thread_id", "schedule_id", where="thread_id <> ''"),
)

schedule_specs = Table(
    "schedule_specs",
    metadata,
    Column(
        "schedule_id",
        Text,
        ForeignKey("schedules.schedule_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("spec", LargeBinary, nullable=False),
    Column("input", LargeBinary, nullable=False),
    Column("form", Text),
)

# The newest runs of a schedule, and all that have not ended. A run that is deleted stays here until
# it is not among the newest: it has ended.
schedule_runs = Table(
    "schedule_runs",
    metadata,
    Column(
        "schedule_id",
        Text,
        ForeignKey("schedules.schedule_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("run_id", Text, primary_key=True),
    Column("schedule_at", Micros, nullable=False),
    Column("created_at", Micros, nullable=False),
)
