"""What is SQLite's own: one file, one process, one writer."""

import fcntl
import logging
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DatabaseError, OperationalError, SQLAlchemyError

from runwire.domain.errors import DataLoss, Unavailable, invalid
from runwire.domain.ports import Clock
from runwire.stores import containment, item_filters
from runwire.stores.link import UNFIT, Look
from runwire.stores.reader import Reader
from runwire.stores.statements import statements_for
from runwire.stores.writing import Writing

BUSY_SECONDS: Final = 10
CACHE: Final = -65_536  # KiB, as SQLite spells them
LOG_BYTES: Final = 4 * 1024 * 1024  # what the log grows to between two checkpoints

logger = logging.getLogger("runwire.stores")


def path_of(url: str) -> Path:
    """Return the file of a SQLite URL; raise Invalid if it names none."""
    database = make_url(url).database
    if not database or database == ":memory:":
        raise invalid("database_url", "must name a file, such as sqlite:///.runwire/runwire.db")
    return Path(database)


@contextmanager
def owned(path: Path) -> Iterator[None]:
    """Hold the file for this process alone: it keeps the newest runs in memory."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _lock_of(path).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Unavailable(
                f"{path} is in use by another server: stop it, or choose another data_dir",
                reason="DATABASE_IN_USE",
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def owner_of(path: Path) -> int:
    """Return the id of the process that holds the file; raise Unavailable if it did not say."""
    found = _lock_of(path).read_text().strip()
    if not found.isdecimal():
        raise Unavailable(
            f"nobody knows which process serves {path}: stop it by hand", reason="DATABASE_IN_USE"
        )
    return int(found)


@contextmanager
def opening(path: Path) -> Iterator[None]:
    """Say what is wrong with a file that cannot be used: raise DataLoss or Unavailable."""
    try:
        yield
    except (DatabaseError, sqlite3.DatabaseError) as error:
        told = error.orig if isinstance(error, DatabaseError) else error
        if isinstance(told, sqlite3.OperationalError):
            raise Unavailable(
                f"{path} cannot be used: {told}: look at its rights and its disk, or choose another"
                " data_dir",
                reason="STORE_UNAVAILABLE",
            ) from error
        raise DataLoss(
            f"{path} is damaged or no SQLite file: {told}; bring back a copy of it, or choose"
            " another data_dir",
            reason="DATABASE_DAMAGED",
        ) from error


def _lock_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.lock")


def engine_of(path: Path) -> Engine:
    """Return an engine for the journal's connection."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"check_same_thread": False})
    event.listen(engine, "connect", _on_connect)
    return engine


def reader_of(path: Path) -> Reader:
    """Return what reads the file."""
    reader = Reader(f"sqlite+aiosqlite:///{path}", pool_size=4, max_overflow=4)
    event.listen(reader.engine, "connect", _on_connect)
    event.listen(reader.engine, "begin", lambda c: c.exec_driver_sql("BEGIN"))
    return reader


@contextmanager
def migrating(path: Path) -> Iterator[Connection]:
    """Give a transaction that may change the schema."""
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = engine_of(path)
    event.listen(engine, "begin", lambda c: c.exec_driver_sql("BEGIN IMMEDIATE"))
    try:
        with opening(path), engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def grow_log(engine: Engine) -> None:
    """Let the write-ahead log have its later size from the start.

    Until the log has grown, each commit changes the file's size, which makes syncing it half as
    expensive again; the log keeps its size and is written over.
    """
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA cache_size=16")  # or all of the padding stays in memory
        connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS padding (body BLOB)")
        connection.exec_driver_sql("INSERT INTO padding VALUES (zeroblob(?))", (LOG_BYTES,))
        connection.exec_driver_sql("DROP TABLE padding")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(RESTART)").all()
        connection.exec_driver_sql(f"PRAGMA cache_size={CACHE}")


def compact(path: Path) -> None:
    """Rewrite the file, so that it is small and can shrink by itself from now on."""
    with owned(path):
        engine = engine_of(path)
        try:
            with opening(path), engine.connect() as connection:
                connection.exec_driver_sql("VACUUM")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").all()
        finally:
            engine.dispose()


class SqliteLink:
    """The one connection that writes to the file."""

    def __init__(self, engine: Engine, now: Clock) -> None:
        self.statements = statements_for(engine.dialect.name)
        self._clock = now
        self._connection = engine.connect()
        self._cursor: Any = None
        self._now: datetime | None = None

    @property
    def now(self) -> datetime:
        if self._now is None:
            self._now = self._clock()
        return self._now

    @property
    def connection(self) -> Connection:
        self._begin()
        return self._connection

    def look(
        self, run_ids: Sequence[str], request_ids: Sequence[str]
    ) -> tuple[Sequence[Any], Sequence[Any]]:
        if not run_ids and not request_ids:
            return (), ()
        self._begin()
        wanted = self.statements
        runs = wanted.lock_runs.fetch(self._cursor, run_ids) if run_ids else ()
        requests = wanted.select_requests.fetch(self._cursor, request_ids) if request_ids else ()
        return runs, requests

    def write(self, statement: Writing, rows: Sequence[Mapping[str, Any]]) -> None:
        self._begin()
        statement.execute(self._cursor, rows)

    def flush(self, write: Callable[[], None]) -> None:
        write()

    def commit(self, write: Callable[[], None], look: Look) -> None:
        write()
        try:
            if self._connection.in_transaction():
                self._connection.commit()
            elif self._cursor is not None:
                self._cursor.connection.commit()
        except Exception as error:  # noqa: BLE001 - raised there, unless it is on disk
            look(self._connection, error)
        self._cursor = self._now = None

    def rollback(self) -> None:
        cursor, self._cursor, self._now = self._cursor, None, None
        try:
            self._connection.rollback()
            if cursor is not None:
                cursor.connection.rollback()
        except (SQLAlchemyError, sqlite3.Error):
            logger.exception("a transaction could not be undone; the next one tries it again")

    def passing(self, error: Exception) -> bool:  # noqa: ARG002 - only this process writes
        return False

    def unfit(self, error: Exception) -> bool:
        told = error.orig if isinstance(error, DatabaseError) else error
        return isinstance(told, (*UNFIT, sqlite3.DataError))

    def failing(self, error: Exception) -> bool:
        return isinstance(error, OperationalError | sqlite3.OperationalError)

    def close(self) -> None:
        self._connection.close()

    def _begin(self) -> None:
        # Past SQLAlchemy's own machinery, since this is done for every commit. It begins to write
        # at once: a transaction that began by reading can fail half-way.
        if self._cursor is None:
            driver: Any = self._connection.connection.dbapi_connection
            if driver.in_transaction:  # the one before could not even be undone
                driver.rollback()
            self._cursor = driver.cursor()
            self._cursor.execute("BEGIN IMMEDIATE")


def _on_connect(connection: Any, _: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "auto_vacuum=INCREMENTAL",  # counts before the first table, so before the log's mode
        "journal_mode=WAL",
        "synchronous=FULL",  # an answer means it is on disk
        "foreign_keys=ON",
        f"busy_timeout={BUSY_SECONDS * 1000}",
        f"cache_size={CACHE}",
        "temp_store=MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
    containment.teach(connection)
    item_filters.teach(connection)
