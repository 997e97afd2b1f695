"""The tables of webhooks and their deliveries.

A delivery refers to neither its run nor its webhook: it outlives the run, and a webhook that is
deleted while a run moves must not undo the move. What is left of a deleted webhook is pruned.
One to a webhook that its run names itself has the url.
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)

from runwire.stores.columns import metadata
from runwire.stores.times import Micros

webhooks = Table(
    "webhooks",
    metadata,
    Column("webhook_id", Text, primary_key=True),
    Column("namespace", Text, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("events", Text, nullable=False),
    Column("filter", Text, nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("pause_reason", Text, nullable=False),
    # Since when every attempt has failed; NULL if the last one has not.
    Column("failing_since", Micros),
    Column("created_at", Micros, nullable=False),
    CheckConstraint("paused OR pause_reason = ''", name="paused"),
    Index(None, "namespace", "created_at", "webhook_id"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("delivery_id", Text, primary_key=True),
    Column("webhook_id", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("status", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    # Since it was made or replayed.
    Column("tries", Integer, nullable=False),
    Column("response_code", Integer, nullable=False),
    Column("error_message", Text, nullable=False),
    Column("event_at", Micros, nullable=False),
    Column("last_attempt_at", Micros),
    # While a sender has it, when its lease ends; once settled, when that was.
    Column("next_attempt_at", Micros, nullable=False),
    Column("lease_until", Micros),
    # Where it leads, if no webhook says that.
    Column("url", Text),
    CheckConstraint("status IN ('pending', 'delivered', 'failed')", name="status"),
    CheckConstraint("0 <= tries AND tries <= attempts", name="counters"),
    CheckConstraint("lease_until IS NULL OR lease_until <= next_attempt_at", name="lease"),
    Index(None, "webhook_id", "event_at", "delivery_id"),
    Index(None, "next_attempt_at"),
    # PostgreSQL's own are made by migrations only.
    Index(
        "ix_deliveries_pending",
        "webhook_id",
        "next_attempt_at",
        sqlite_where=text("status = 'pending'"),
    ),
)
