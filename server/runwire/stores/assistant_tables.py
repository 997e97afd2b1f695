"""The tables of assistants, and of the store's items."""

from sqlalchemy import (
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
)

from runwire.stores.columns import metadata
from runwire.stores.times import Micros

# As bytes: "a" and "b" begin what lies between them, in every language.
_PLAIN = Text().with_variant(Text(collation="C"), "postgresql")


def _described() -> tuple[Column[str], ...]:
    texts = ("name", "description", "config", "context", "metadata")
    return (
        Column("graph_id", _PLAIN, nullable=False),
        *(Column(name, Text, nullable=False) for name in texts),
    )


# The current version, so that a search reads no other table.
assistants = Table(
    "assistants",
    metadata,
    Column("assistant_id", _PLAIN, primary_key=True),
    Column("namespace", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("last_version", Integer, nullable=False),
    *_described(),
    Column("folded", _PLAIN, nullable=False),  # the name, so that no case counts
    Column("created_at", Micros, nullable=False),
    Column("updated_at", Micros, nullable=False),
    Index(None, "namespace", "created_at", "assistant_id"),
)

assistant_versions = Table(
    "assistant_versions",
    metadata,
    Column(
        "assistant_id",
        _PLAIN,
        ForeignKey("assistants.assistant_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("version", Integer, primary_key=True),
    *_described(),
    Column("created_at", Micros, nullable=False),
)

# Graphs whose own assistant somebody has deleted: it is not made again.
deleted_assistants = Table(
    "deleted_assistants",
    metadata,
    Column("assistant_id", Text, primary_key=True),
)

items = Table(
    "items",
    metadata,
    Column("namespace", _PLAIN, primary_key=True),
    Column("path", _PLAIN, primary_key=True),
    Column("key", _PLAIN, primary_key=True),
    Column("value", Text, nullable=False),
    Column("created_at", Micros, nullable=False),
    Column("updated_at", Micros, nullable=False),
    Column("ttl_minutes", Float),
    Column("expires_at", Micros),
    Index(None, "namespace", "updated_at"),
    Index(None, "expires_at"),
)

item_vectors = Table(
    "item_vectors",
    metadata,
    Column("namespace", _PLAIN, primary_key=True),
    Column("path", _PLAIN, primary_key=True),
    Column("key", _PLAIN, primary_key=True),
    Column("field", _PLAIN, primary_key=True),
    Column("vector", LargeBinary, nullable=False),
    ForeignKeyConstraint(
        ["namespace", "path", "key"],
        ["items.namespace", "items.path", "items.key"],
        ondelete="CASCADE",
    ),
)
