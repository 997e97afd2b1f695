"""The database: whether it is reached, whose version it has, and whether its clock is right."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from runwire.clock import now
from runwire.config import Settings
from runwire.doctor.finding import Finding, ok, problem, warning
from runwire.domain.errors import Error, Unavailable
from runwire.spelling import named
from runwire.stores import schema
from runwire.stores.inspection import PostgresFacts, inspected, postgres_facts
from runwire.stores.sqlite import path_of
from runwire.stores.urls import is_postgres

WHAT: Final = "database"
SKEW: Final = timedelta(seconds=2)
SMALL_BYTES: Final = 256 * 1024 * 1024


def database(settings: Settings) -> Iterator[Finding]:
    """Look into the database, and change nothing."""
    if is_postgres(settings.database_url):
        yield from _postgres(settings.database_url)
    else:
        yield from _sqlite(path_of(settings.database_url))


def _sqlite(path: Path) -> Iterator[Finding]:
    if not path.exists():
        yield ok(WHAT, f"there is no {path} yet: `runwire serve` makes it")
        return
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as connection:
            if path.stat().st_size <= SMALL_BYTES:
                told = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
                if told != "ok":
                    yield problem(WHAT, f"{path} is damaged: {told}", "Bring back a copy of it.")
                    return
            mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
        with inspected(f"sqlite:///{path}") as found:
            yield from _schema(found, f"{path}, SQLite {sqlite3.sqlite_version}")
    except sqlite3.DatabaseError as error:
        remedy = "Look at its rights; bring back a copy of it if it is damaged."
        yield problem(WHAT, f"{path} cannot be read: {error}", remedy)
        return
    if mode != "wal":
        yield ok(WHAT, f"journal mode is {mode}: a server makes it WAL at its start")


def _postgres(url: str) -> Iterator[Finding]:
    try:
        with inspected(url) as connection:
            facts = postgres_facts(connection)
            yield from _schema(connection, f"{named(url)}, PostgreSQL {facts.version}")
            yield from _as_needed(facts)
    except Error as error:
        yield problem(WHAT, f"{named(url)}: {error.message}", "Mend database_url or the database.")


def _as_needed(facts: PostgresFacts) -> Iterator[Finding]:
    skew = abs(now() - facts.now.astimezone(UTC))
    if skew > SKEW:
        yield warning(
            "clocks",
            f"this machine and the database differ by {skew.total_seconds():.1f} s",
            "Let both follow a time server. Leases hold all the same: they go by the database's.",
        )
    if facts.read_only:
        yield problem(
            WHAT,
            "it takes no changes: a standby, or read-only",
            "Name the primary in database_url.",
        )
    if not facts.fsync or not facts.full_page_writes:
        yield problem(
            WHAT,
            "fsync or full_page_writes is off: a power cut loses what was answered",
            "Switch both on in postgresql.conf.",
        )
    if facts.free_connections < facts.needed_connections:
        yield warning(
            WHAT,
            f"{facts.free_connections} connections are free; a server takes up to"
            f" {facts.needed_connections}",
            "Raise max_connections, or end what holds them.",
        )


def _schema(connection: Connection, where: str) -> Iterator[Finding]:
    found = schema.found_in(connection)
    if found is None:
        yield warning(WHAT, f"{where}: there are no tables yet", "runwire migrate")
        return
    try:
        schema.check(connection)
    except Unavailable as error:
        yield problem(WHAT, f"{where}: {error.message}", "runwire migrate")
        return
    yield ok(WHAT, f"{where}, tables of version {found}")
