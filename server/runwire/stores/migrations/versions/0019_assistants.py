"""Assistants in versions, and the store's items with what they are found by."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# As the server asks for it, character by character.
CONTAINED = (
    "CREATE INDEX ix_assistants_metadata ON assistants USING gin"
    r" ((CAST(replace(metadata, '\u0000', '\ufffd') AS jsonb)) jsonb_path_ops)"
)


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "assistants",
        sa.Column("assistant_id", _plain(), nullable=False),
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("last_version", sa.Integer(), nullable=False),
        *_described(),
        sa.Column("folded", _plain(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("assistant_id", name="pk_assistants"),
    )
    op.create_index(
        op.f("ix_assistants_namespace_created_at_assistant_id"),
        "assistants",
        ["namespace", "created_at", "assistant_id"],
    )
    op.create_table(
        "assistant_versions",
        sa.Column("assistant_id", _plain(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        *_described(),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("assistant_id", "version", name="pk_assistant_versions"),
        sa.ForeignKeyConstraint(
            ["assistant_id"],
            ["assistants.assistant_id"],
            name=op.f("fk_assistant_versions_assistant_id"),
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "deleted_assistants",
        sa.Column("assistant_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("assistant_id", name="pk_deleted_assistants"),
    )
    _items()
    if op.get_bind().dialect.name == "postgresql":
        op.execute(CONTAINED)


def _items() -> None:
    op.create_table(
        "items",
        *_place(),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("ttl_minutes", sa.Float()),
        sa.Column("expires_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("namespace", "path", "key", name="pk_items"),
    )
    op.create_index(op.f("ix_items_namespace_updated_at"), "items", ["namespace", "updated_at"])
    op.create_index(op.f("ix_items_expires_at"), "items", ["expires_at"])
    op.create_table(
        "item_vectors",
        *_place(),
        sa.Column("field", _plain(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("namespace", "path", "key", "field", name="pk_item_vectors"),
        sa.ForeignKeyConstraint(
            ["namespace", "path", "key"],
            ["items.namespace", "items.path", "items.key"],
            name=op.f("fk_item_vectors_namespace_path_key"),
            ondelete="CASCADE",
        ),
    )


def _described() -> list[sa.Column[str]]:
    texts = ("name", "description", "config", "context", "metadata")
    return [
        sa.Column("graph_id", _plain(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
    ]


def _place() -> list[sa.Column[str]]:
    return [sa.Column(name, _plain(), nullable=False) for name in ("namespace", "path", "key")]


def _plain() -> sa.Text:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
