"""The table of threads: what their last run, or update, left behind; checkpoints rest elsewhere."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    LargeBinary,
    Table,
    Text,
)

from runwire.domain.thread import ThreadStatus, TtlStrategy
from runwire.stores.columns import metadata, partial_index, words
from runwire.stores.times import Micros

_RESTING = words(status for status in ThreadStatus if status is not ThreadStatus.BUSY)

threads = Table(
    "threads",
    metadata,
    Column("thread_id", Text, primary_key=True),
    Column("namespace", Text, nullable=False),
    # Of the metadata, for lists; empty before the first run.
    Column("graph_id", Text, nullable=False),
    Column("assistant_id", Text, nullable=False),
    Column("metadata", Text, nullable=False),
    Column("config", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("state", LargeBinary),
    Column("interrupts", Text),
    Column("error", Text),
    Column("ttl_micros", BigInteger),
    Column("ttl_strategy", Text),
    Column("expires_at", Micros),
    Column("created_at", Micros, nullable=False),
    Column("updated_at", Micros, nullable=False),
    Column("state_updated_at", Micros),
    CheckConstraint(f"status IN ({_RESTING})", name="status"),
    CheckConstraint(f"ttl_strategy IN ({words(TtlStrategy)})", name="ttl_strategy"),
    CheckConstraint("(ttl_micros IS NULL) = (ttl_strategy IS NULL)", name="ttl"),
    Index(None, "namespace", "created_at", "thread_id"),
    Index(None, "namespace", "updated_at", "thread_id"),
    Index(None, "namespace", "state_updated_at", "thread_id"),
    Index(None, "namespace", "graph_id", "created_at", "thread_id"),
    Index(None, "namespace", "assistant_id", "created_at", "thread_id"),
    # On PostgreSQL there is one of the metadata, too, which a migration makes.
    partial_index(
        "ix_threads_expires_at", "expires_at", "thread_id", where="expires_at IS NOT NULL"
    ),
)
