"""A database on PostgreSQL, opened."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import psycopg
from psycopg import errors
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from runwire.domain.ports import Clock
from runwire.stores import postgres, schema
from runwire.stores.link import Link
from runwire.stores.marks import check_servable
from runwire.stores.postgres_link import PostgresLink
from runwire.stores.reader import Reader

ERRORS: Final[tuple[type[Exception], ...]] = (SQLAlchemyError, psycopg.Error)

migrating = postgres.migrating
lost = postgres.lost


@asynccontextmanager
async def opened(url: str, now: Clock) -> AsyncIterator[tuple[Link, Reader]]:  # noqa: ARG001 - its own clock
    """Open the database, whose schema has to be up to date: raise Unavailable if it is not."""
    engine = postgres.engine_of(url)
    await asyncio.to_thread(_check, engine)
    reader = postgres.reader_of(url)
    try:
        yield PostgresLink(engine), reader
    finally:
        await reader.dispose()


def ended(error: Exception) -> str | None:
    """Return why the database has ended a query that took too long, None if it has not."""
    if not isinstance(postgres.driver_error(error), errors.QueryCanceled):
        return None
    return f"this takes the database more than {postgres.READ_SECONDS} s: ask for less at a time"


def _check(engine: Engine) -> None:
    with postgres.connected(engine) as connection:
        postgres.check_version(connection)
        schema.check(connection)
        check_servable(connection)
