"""Runs migrations. Apart from `schema`, since Alembic takes 10 MiB and is seldom needed."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

MIGRATIONS: Final = Path(__file__).parent / "migrations"


def upgrade(connection: Connection) -> None:
    """Run what migrations a database has not seen yet."""
    found = config()
    found.attributes["connection"] = connection
    command.upgrade(found, "head")


def config() -> Config:
    """Return what Alembic has to know."""
    found = Config()
    found.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return found
