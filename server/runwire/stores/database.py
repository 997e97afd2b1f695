"""The database: how it is opened, and its two ways in, `read` and `write`."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from time import monotonic
from typing import Final, TypeVar

import psycopg
from psycopg import errors
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from runwire.domain.errors import Unavailable, invalid
from runwire.domain.ports import Clock, EncodeEvents
from runwire.stores import postgres, schema, sqlite
from runwire.stores.link import Link
from runwire.stores.marks import check_servable
from runwire.stores.postgres_link import PostgresLink
from runwire.stores.tail import Tail
from runwire.stores.writer import Writer

READ_AGAIN_SECONDS: Final = 4.0
READ_PAUSE_SECONDS: Final = 0.1
NO_LIMITS: Final[Mapping[str, int]] = {}

T = TypeVar("T")
logger = logging.getLogger("runwire.stores")


class Database:
    """An open database. Everything is written by one thread; reading is asynchronous."""

    def __init__(self, *, reader: AsyncEngine, writer: Writer, tail: Tail, now: Clock) -> None:
        self._reader = reader
        self.writer = writer
        self.tail = tail
        self.now = now

    @property
    def alone(self) -> bool:
        """Whether this process makes every change."""
        return self.tail.alone

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Run a query (synchronous Core code) on a connection of the pool.

        Raises Unavailable if the database stays out of reach, or takes too long.
        """
        until = monotonic() + READ_AGAIN_SECONDS
        while True:
            try:
                async with self._reader.connect() as connection:
                    return await connection.run_sync(query)
            except (SQLAlchemyError, psycopg.Error) as error:
                if not postgres.lost(error):
                    raise _told(error) from error
                if monotonic() > until:
                    logger.warning("the database cannot be read: %s", error)
                    raise Unavailable(
                        "the database cannot be read now: try again later",
                        reason="STORE_UNAVAILABLE",
                        retry_after_seconds=1,
                    ) from error
            await asyncio.sleep(READ_PAUSE_SECONDS)

    async def write(self, statements: Callable[[Connection], T]) -> T:
        """Run statements in a transaction that others share; they may be run again alone."""
        return await self.writer.write(lambda batch: statements(batch.connection))


@asynccontextmanager
async def open_database(
    url: str,
    *,
    now: Clock,
    encode: EncodeEvents,
    wake_all: Callable[[Iterable[str]], None],
    graph_limits: Mapping[str, int] = NO_LIMITS,
) -> AsyncIterator[Database]:
    """Open the database; close it when the block ends.

    A SQLite file's schema is brought up to date. PostgreSQL's has to be: raises Unavailable if not.
    Of each graph in `graph_limits`, so many runs are executed at the same time.
    """
    shared = postgres.is_postgres(url)
    async with _postgres(url) if shared else _sqlite(url, now) as (link, reader):
        tail = Tail(alone=not shared)
        writer = Writer(
            link, encode=encode, tail=tail, wake_all=wake_all, graph_limits=graph_limits
        )
        writer.start()
        try:
            yield Database(reader=reader, writer=writer, tail=tail, now=now)
        finally:
            await writer.stop()
            await reader.dispose()


def compact(url: str) -> None:
    """Rewrite a SQLite file, so that it is small and can shrink by itself from now on.

    Needs as much free disk again; raises Unavailable while a server has the file, and Invalid for
    PostgreSQL, which does this by itself.
    """
    if postgres.is_postgres(url):
        raise invalid("compact", "is for SQLite files; PostgreSQL does this by itself")
    sqlite.compact(sqlite.path_of(url))


def migrate(url: str) -> None:
    """Bring the schema up to date."""
    if postgres.is_postgres(url):
        schema.upgrade(postgres.migrating(url))
    else:
        schema.upgrade(sqlite.migrating(sqlite.path_of(url)))


@asynccontextmanager
async def _sqlite(url: str, now: Clock) -> AsyncIterator[tuple[Link, AsyncEngine]]:
    path = sqlite.path_of(url)
    with sqlite.owned(path):
        await asyncio.to_thread(migrate, url)
        engine = sqlite.engine_of(path)
        await asyncio.to_thread(_prepare, engine)
        try:
            yield sqlite.SqliteLink(engine, now), sqlite.reader_of(path)
        finally:
            engine.dispose()


@asynccontextmanager
async def _postgres(url: str) -> AsyncIterator[tuple[Link, AsyncEngine]]:
    engine = postgres.engine_of(url)
    await asyncio.to_thread(_check, engine)
    yield PostgresLink(engine), postgres.reader_of(url)


def _prepare(engine: Engine) -> None:
    with engine.connect() as connection:
        check_servable(connection)
    sqlite.grow_log(engine)


def _check(engine: Engine) -> None:
    with postgres.connected(engine) as connection:
        postgres.check_version(connection)
        schema.check(connection)
        check_servable(connection)


def _told(error: Exception) -> Exception:
    if isinstance(postgres.driver_error(error), errors.QueryCanceled):
        return Unavailable(
            f"this takes the database more than {postgres.READ_SECONDS} s: ask for less at a time",
            reason="QUERY_TOO_SLOW",
        )
    return error
