"""A look into a database that changes nothing, for whoever wants to know what is wrong with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any, Final

from sqlalchemy import Connection, NullPool, create_engine, text

from runwire.stores.sqlite import opening, path_of
from runwire.stores.urls import is_postgres, reached

MORE_THAN_READERS: Final = 3
"""Connections of a server beside those that read: the journal's, LISTEN, and one to spare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresFacts:
    """What PostgreSQL says of itself."""

    version: str
    now: datetime
    read_only: bool
    fsync: bool
    full_page_writes: bool
    free_connections: int
    needed_connections: int


@contextmanager
def inspected(url: str) -> Iterator[Connection]:
    """Give a connection that may only read; raise an Error if the database is not reached."""
    if is_postgres(url):
        postgres: Any = import_module("runwire.stores.postgres")
        engine = create_engine(reached(url, "postgresql+psycopg"), poolclass=NullPool)
        with postgres.connected(engine) as connection:
            connection.execute(text("SET TRANSACTION READ ONLY"))
            yield connection
        return
    path = path_of(url)
    engine = create_engine(f"sqlite:///file:{path}?mode=ro&uri=true", poolclass=NullPool)
    with opening(path), engine.connect() as connection:
        yield connection


def postgres_facts(connection: Connection) -> PostgresFacts:
    """Return what PostgreSQL says of itself; raise Unavailable for one that is too old."""
    postgres: Any = import_module("runwire.stores.postgres")
    postgres.check_version(connection)
    row = connection.execute(
        text(
            "SELECT current_setting('server_version') AS version, clock_timestamp() AS now,"
            " pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on'"
            " AS read_only, current_setting('fsync') = 'on' AS fsync,"
            " current_setting('full_page_writes') = 'on' AS full_page_writes,"
            " current_setting('max_connections')::int"
            " - current_setting('superuser_reserved_connections')::int"
            " - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')"
            " AS free_connections"
        )
    ).one()
    return PostgresFacts(**row._mapping, needed_connections=postgres.READERS + MORE_THAN_READERS)
