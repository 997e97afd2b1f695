"""A database on SQLite, opened."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Final

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from runwire.domain.ports import Clock
from runwire.stores import schema, sqlite
from runwire.stores.link import Link
from runwire.stores.marks import check_servable
from runwire.stores.reader import Reader

ERRORS: Final[tuple[type[Exception], ...]] = (SQLAlchemyError,)


@asynccontextmanager
async def opened(url: str, now: Clock) -> AsyncIterator[tuple[Link, Reader]]:
    """Open the file, which is this process's alone, and bring its schema up to date."""
    path = sqlite.path_of(url)
    with sqlite.owned(path):
        await asyncio.to_thread(schema.upgrade, migrating(url))
        engine, reader = sqlite.engine_of(path), sqlite.reader_of(path)
        with sqlite.opening(path):
            await asyncio.to_thread(_prepare, engine)
        try:
            yield sqlite.SqliteLink(engine, now), reader
        finally:
            await reader.dispose()
            engine.dispose()


def migrating(url: str) -> AbstractContextManager[Connection]:
    """Give a transaction that may change the schema."""
    return sqlite.migrating(sqlite.path_of(url))


def lost(error: Exception) -> bool:  # noqa: ARG001 - a file does not go
    """Return False."""
    return False


def ended(error: Exception) -> str | None:  # noqa: ARG001 - nothing ends a query
    """Return None."""
    return None


def _prepare(engine: Engine) -> None:
    with engine.connect() as connection:
        check_servable(connection)
    sqlite.grow_log(engine)
