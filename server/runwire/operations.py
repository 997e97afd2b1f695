"""What operators do to a database by themselves, beside or without a server."""

from collections.abc import Callable, Sequence
from pathlib import Path

from runwire.app.keys import MadeKey, NewKey, make_key
from runwire.clock import now
from runwire.config import Settings
from runwire.domain.caller import Role
from runwire.domain.errors import invalid
from runwire.domain.key import EVERYWHERE
from runwire.domain.secret import hash_of, new_key_id
from runwire.spelling import named
from runwire.stores import database
from runwire.stores.keys import add_directly
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


def create_key(
    settings: Settings,
    *,
    display_name: str,
    role: str,
    namespace: str,
    graphs: Sequence[str],
    lifetime_seconds: float | None,
) -> MadeKey:
    """Make a key in the database itself, for when nobody has one to ask a server with."""
    new = NewKey(
        display_name=display_name,
        role=Role(role),
        namespace=namespace or EVERYWHERE,
        graphs=tuple(graphs),
        lifetime_seconds=lifetime_seconds,
    )
    made = make_key(new, namespace=new.namespace, key_id=new_key_id(), at=now())
    add_directly(settings.database_url, made.key, hash_of(made.secret))
    return made


def _file_of(settings: Settings) -> Path:
    if is_postgres(settings.database_url):
        raise invalid("database_url", "must name the SQLite file to move")
    return path_of(settings.database_url)
