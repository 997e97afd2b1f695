"""What operators do to a database by themselves, beside or without a server."""

from collections.abc import Callable
from pathlib import Path

from runwire.clock import now
from runwire.config import Settings
from runwire.domain.errors import invalid
from runwire.spelling import named
from runwire.stores import database
from runwire.stores.promotion import Promoted, Promotion, undo
from runwire.stores.sqlite import path_of
from runwire.stores.urls import is_postgres


def migrate(settings: Settings) -> None:
    """Bring the database's schema up to date."""
    database.migrate(settings.database_url)


def compact(settings: Settings) -> None:
    """Rewrite the database's file; raise Unavailable while a server has it."""
    database.compact(settings.database_url)


def promote(
    settings: Settings,
    url: str,
    *,
    stop_server: bool,
    wait_seconds: float,
    tell: Callable[[str], None],
) -> Promoted:
    """Move everything from the SQLite file of the settings to PostgreSQL."""
    if not is_postgres(url):
        raise invalid("to", "must be PostgreSQL: postgresql://user:password@host/name")
    place = named(url)
    promotion = Promotion(_file_of(settings), url, place=place, now=now, tell=tell)
    return promotion.run(stop_server=stop_server, wait_seconds=wait_seconds)


def undo_promotion(settings: Settings) -> str:
    """Let the SQLite file of the settings be served again; return where everything had gone."""
    return undo(_file_of(settings))


def _file_of(settings: Settings) -> Path:
    if is_postgres(settings.database_url):
        raise invalid("database_url", "must name the SQLite file to move")
    return path_of(settings.database_url)
