"""Steps and labels take less room, and a label's runs stand in the order of lists.

A table without rowid is its own primary key's index. That is for rows that are small; those with a
state or an input of some size rest better in a table of their own beside the index.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Order steps by superstep and labels by time, without a second index of steps."""
    _labels()
    if op.get_bind().dialect.name == "sqlite":
        _rebuild(
            "steps", "PRIMARY KEY (run_id, step_id)", "PRIMARY KEY (run_id, superstep, step_id)"
        )
        _rebuild("run_labels", "", "")
    else:
        op.drop_index("ix_steps_run_id_superstep_step_id", "steps")
        op.drop_constraint("pk_steps", "steps")
        op.create_primary_key("pk_steps", "steps", ["run_id", "superstep", "step_id"])
        op.drop_index("ix_run_labels_key_value_run_id", "run_labels")
        op.alter_column("run_labels", "created_at", server_default=None)
    op.create_index(
        op.f("ix_run_labels_key_value_created_at_run_id"),
        "run_labels",
        ["key", "value", "created_at", "run_id"],
    )


def _labels() -> None:
    # The default is for rows that are there; each gets its run's time at once.
    op.add_column(
        "run_labels", sa.Column("created_at", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.execute(
        "UPDATE run_labels SET created_at ="
        " (SELECT created_at FROM runs WHERE runs.run_id = run_labels.run_id)"
    )


def _rebuild(table: str, words: str, instead: str) -> None:
    """Make a table again without rowid; SQLite cannot change one. Its indexes go with the old."""
    bind = op.get_bind()
    made = sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :table")
    definition: str = bind.execute(made, {"table": table}).scalar_one()
    if words not in definition:
        raise RuntimeError(f"table {table} is not as expected: {definition}")
    op.execute(f"ALTER TABLE {table} RENAME TO {table}_before")
    op.execute(sa.text(f"{definition.replace(words, instead)} WITHOUT ROWID".replace(":", r"\:")))
    op.execute(f"INSERT INTO {table} SELECT * FROM {table}_before")  # noqa: S608 - our own names
    op.execute(f"DROP TABLE {table}_before")
