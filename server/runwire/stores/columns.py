"""What tables are made of in many places."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, MetaData, Text, text

from runwire.domain.namespace import DEFAULT_NAMESPACE

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def words(found: Iterable[str]) -> str:
    """Return words as SQL lists them."""
    return ", ".join(f"'{word}'" for word in found)


def of_run(**kwargs: Any) -> Column[str]:
    """Return the column of what goes with its run."""
    return Column("run_id", Text, ForeignKey("runs.run_id", ondelete="CASCADE"), **kwargs)


def of_namespace() -> Column[str]:
    """Return the column that says whose it is."""
    return Column("namespace", Text, nullable=False, server_default=DEFAULT_NAMESPACE)


def listed(by: str) -> tuple[str, ...]:
    """Return the columns of an index for lists by one more."""
    return ("namespace", by, "created_at", "run_id")


def partial_index(name: str, *columns: Any, where: str) -> Index:
    """Return an index of some rows; on PostgreSQL migrations make it."""
    # PostgreSQL's own are made by migrations only; naming them here would import all its dialects.
    return Index(name, *columns, sqlite_where=text(where))
