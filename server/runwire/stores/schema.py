"""Brings the schema up to date, and says whether it is.

A migration's number is how its file's name begins; `alembic_version` holds that of the newest one
that a database has seen. So whether anything is to be done is known without Alembic, which starts
and idles far dearer than all of it costs here.
"""

from collections.abc import Collection
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, insert, inspect, text

from runwire.domain.errors import Unavailable
from runwire.stores import (
    access_tables,
    assistant_tables,
    marks,
    quotas,
    saved_tables,
    schedule_tables,
    sizes,
    tables,
    thread_tables,
    throughput,
    webhook_tables,
)
from runwire.stores.columns import metadata

_APART: Final = (
    tables.runs,
    marks.promotion,
    access_tables.keys,
    access_tables.audit,
    sizes.totals,
    throughput.throughput,
    quotas.namespaces,
    schedule_tables.schedules,
    thread_tables.threads,
    saved_tables.thread_checkpoints,
    webhook_tables.deliveries,
    assistant_tables.assistants,
)
"""A table of each module that has any: to be created, they have to be known."""

VERSIONS: Final = Path(__file__).parent / "migrations" / "versions"

_STAMP: Final = (
    "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL,"
    " CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
)


def upgrade(migrating: AbstractContextManager[Connection]) -> None:
    """Bring the schema up to date in a transaction. Migrations only go forward.

    Raises Unavailable for a schema that a newer version has made.
    """
    with migrating as connection:
        found = found_in(connection)
        if found == newest():
            return
        if found is not None and found not in known():
            raise Unavailable(
                "the database has the tables of a newer version: use that version",
                reason="SCHEMA_TOO_NEW",
            )
        if connection.dialect.name == "sqlite" and not inspect(connection).get_table_names():
            _create(connection)
            return
        upgrading: Any = import_module("runwire.stores.upgrading")  # which brings Alembic
        upgrading.upgrade(connection)


def check(connection: Connection) -> None:
    """Raise Unavailable if this program needs a newer schema; one that is newer still will do."""
    found, numbers = found_in(connection), known()
    if found == max(numbers) or (found is not None and found not in numbers):
        return
    raise Unavailable(
        f"the database's tables are {'missing' if found is None else 'those of an older version'}:"
        " run `runwire migrate` with the same settings, then start again",
        reason="SCHEMA_OUT_OF_DATE",
    )


def newest() -> str:
    """Return the revision that this program's schema has."""
    return max(known())


def known() -> Collection[str]:
    """Return the numbers of all migrations."""
    return [path.name.partition("_")[0] for path in VERSIONS.glob("[0-9]*_*.py")]


def _create(connection: Connection) -> None:
    """Make the tables in a file that is empty; they are those that migrations lead to."""
    metadata.create_all(connection)
    connection.execute(insert(quotas.namespaces).values(quotas.default()))
    connection.execute(text(_STAMP))
    connection.execute(text("INSERT INTO alembic_version VALUES (:newest)"), {"newest": newest()})


def found_in(connection: Connection) -> str | None:
    """Return the revision of a database's tables, None if there are none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found
