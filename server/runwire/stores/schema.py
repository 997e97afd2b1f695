"""Brings the schema up to date, and says whether it is."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from runwire.domain.errors import Unavailable

MIGRATIONS: Final = Path(__file__).parent / "migrations"


def upgrade(migrating: AbstractContextManager[Connection]) -> None:
    """Bring the schema up to date in a transaction. Migrations only go forward.

    Raises Unavailable for a schema that a newer version has made.
    """
    config = _config()
    with migrating as connection:
        found = MigrationContext.configure(connection).get_current_revision()
        if found is not None and not _knows(ScriptDirectory.from_config(config), found):
            raise Unavailable(
                "the database has the tables of a newer version: use that version",
                reason="SCHEMA_TOO_NEW",
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def newest() -> str:
    """Return the revision that this program's schema has."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def check(connection: Connection) -> None:
    """Raise Unavailable if this program needs a newer schema; one that is newer still will do."""
    found = MigrationContext.configure(connection).get_current_revision()
    scripts = ScriptDirectory.from_config(_config())
    newest = scripts.get_current_head()
    if found == newest or (found is not None and not _knows(scripts, found)):
        return
    raise Unavailable(
        f"the database's tables are {'missing' if found is None else 'those of an older version'}:"
        " run `runwire migrate` with the same settings, then start again",
        reason="SCHEMA_OUT_OF_DATE",
    )


def _knows(scripts: ScriptDirectory, revision: str) -> bool:
    try:
        return scripts.get_revision(revision) is not None
    except CommandError:
        return False


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config
