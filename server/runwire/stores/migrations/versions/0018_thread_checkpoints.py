"""What LangGraph's saver leaves of threads: checkpoints, values of channels, pending writes."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

OF_RUN = sa.text("run_id <> ''")


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "thread_checkpoints",
        *_words("thread_id", "checkpoint_ns", "checkpoint_id", "parent_id", "run_id", "kind"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        *_words("metadata", "versions"),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            *("thread_id", "checkpoint_ns", "checkpoint_id"), name="pk_thread_checkpoints"
        ),
    )
    op.create_index(
        "ix_thread_checkpoints_run",
        "thread_checkpoints",
        ["run_id"],
        sqlite_where=OF_RUN,
        postgresql_where=OF_RUN,
    )
    op.create_table(
        "thread_blobs",
        *_words("thread_id", "checkpoint_ns", "channel", "version", "base_version"),
        sa.Column("weight", sa.Integer(), nullable=False),
        *_words("kind"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint(
            *("thread_id", "checkpoint_ns", "channel", "version"), name="pk_thread_blobs"
        ),
    )
    op.create_table(
        "thread_writes",
        *_words("thread_id", "checkpoint_ns", "checkpoint_id", "task_id"),
        sa.Column("idx", sa.Integer(), nullable=False),
        *_words("channel", "kind"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        *_words("task_path", "run_id"),
        sa.PrimaryKeyConstraint(
            *("thread_id", "checkpoint_ns", "checkpoint_id", "task_id", "idx"),
            name="pk_thread_writes",
        ),
        sqlite_with_rowid=False,
    )


def _words(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]
