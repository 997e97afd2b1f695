"""Which kind of database a URL leads to; what only the other one needs is not imported.

PostgreSQL's driver and dialects take 11 MiB and a tenth of a second, which a server on SQLite does
without.
"""

from contextlib import AbstractAsyncContextManager, AbstractContextManager
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from sqlalchemy import Connection

from runwire.domain.ports import Clock
from runwire.stores.link import Link
from runwire.stores.reader import Reader
from runwire.stores.urls import is_postgres


class Kind(Protocol):
    """What each kind of database does in its own way: a module of this package."""

    ERRORS: tuple[type[Exception], ...]
    """What reading may raise."""

    def opened(self, url: str, now: Clock) -> AbstractAsyncContextManager[tuple[Link, Reader]]:
        """Open the database for writing and for reading; close both when the block ends."""

    def migrating(self, url: str) -> AbstractContextManager[Connection]:
        """Give a transaction that may change the schema; no two are at it at once."""

    def lost(self, error: Exception) -> bool:
        """Return whether the database was not reached, or has just gone."""

    def ended(self, error: Exception) -> str | None:
        """Return why the database has ended a query that took too long, None if it has not."""


def kind_of(url: str) -> Kind:
    """Return the kind of database that a URL leads to."""
    name = "on_postgres" if is_postgres(url) else "on_sqlite"
    return cast("Kind", import_module(f"runwire.stores.{name}"))


if TYPE_CHECKING:
    from runwire.stores import on_postgres, on_sqlite

    _BOTH: tuple[Kind, ...] = (on_sqlite, on_postgres)
