"""What is PostgreSQL's own: how it is reached, and how its schema is changed.

Everything goes through psycopg, so a URL may say whatever libpq understands.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg import errors
from psycopg.types.numeric import Int8Dumper
from sqlalchemy import Connection, Engine, NullPool, create_engine, event, text
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from runwire.domain.errors import Unavailable, invalid
from runwire.stores.array_dumpers import register
from runwire.stores.reader import Reader
from runwire.stores.urls import reached

OLDEST: Final = 14
READERS: Final = 8
READ_SECONDS: Final = 30  # a list or a search that takes longer is ended
LOCK_SECONDS: Final = 5
IDLE_SECONDS: Final = 15  # what a journal that hangs, or is cut off, keeps locked, and how long
MIGRATION_LOCK: Final = 0x52756E77697265  # "Runwire"

_GONE: Final = ("08", "57")  # classes of states: connection exception, operator intervention
_DRIVER: Final = "postgresql+psycopg"
# On the journal's connection everything has its index. Planned once, for no parameters in
# particular, a statement must not read whole tables because they were small then.
_PLANNING: Final = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}


def engine_of(url: str) -> Engine:
    """Return an engine for the journal's connection; it keeps none. Who needs more says BEGIN."""
    engine = create_engine(reached(url, _DRIVER), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    event.listen(engine, "connect", _for_writing)
    return engine


def reader_of(url: str) -> Reader:
    """Return what reads the database; every query stands for itself."""
    reader = Reader(
        reached(url, _DRIVER),
        isolation_level="AUTOCOMMIT",
        pool_size=READERS,
        max_overflow=0,
        pool_timeout=READ_SECONDS,
        pool_recycle=3600,
    )
    event.listen(reader.engine, "connect", _for_reading)
    return reader


@contextmanager
def connected(engine: Engine) -> Iterator[Connection]:
    """Give a connection in a transaction; raise Unavailable if the database is not reached."""
    try:
        with engine.begin() as connection:
            yield connection
    except OperationalError as error:
        raise Unavailable(
            f"the database cannot be used: {str(error.orig).strip()}", reason="STORE_UNAVAILABLE"
        ) from error
    except ProgrammingError as error:
        told = str(error.orig).partition("\n")[0]
        if isinstance(error.orig, errors.InsufficientPrivilege):
            raise invalid(
                "database_url",
                f"names a role that may not do this: {told}; grant it, or say another",
            ) from error
        if isinstance(error.orig, psycopg.Error) and error.orig.sqlstate is None:
            raise invalid("database_url", f"is nothing that libpq takes: {told}") from error
        raise


@contextmanager
def migrating(url: str) -> Iterator[Connection]:
    """Give a transaction that may change the schema; no two are at it at once."""
    with connected(create_engine(reached(url, _DRIVER), poolclass=NullPool)) as connection:
        check_version(connection)
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        yield connection


def check_version(connection: Connection) -> None:
    """Raise Unavailable for a PostgreSQL that is too old."""
    found = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one())
    if found // 10_000 < OLDEST:
        raise Unavailable(
            f"PostgreSQL {found // 10_000} is too old: {OLDEST} or newer is needed",
            reason="DATABASE_TOO_OLD",
        )


def lost(error: Exception) -> bool:
    """Return whether an error says that the database was not reached, or has just gone."""
    driver = driver_error(error)
    # Without a state it did not come from the database, but from the way there.
    if isinstance(driver, psycopg.OperationalError) and not isinstance(
        driver, errors.QueryCanceled
    ):
        return (driver.sqlstate or "08")[:2] in _GONE
    return isinstance(error, PoolTimeout)


def driver_error(error: Exception) -> BaseException:
    """Return the driver's own error."""
    return error.orig if isinstance(error, DBAPIError) and error.orig is not None else error


def _for_writing(connection: Any, _: object) -> None:
    # One kind of integer, or every mixture of sizes would be a prepared statement of its own.
    connection.adapters.register_dumper(int, Int8Dumper)
    register(connection)
    words = {**_PLANNING, "lock_timeout": f"{LOCK_SECONDS}s"}
    words["idle_in_transaction_session_timeout"] = f"{IDLE_SECONDS}s"
    with connection.cursor() as cursor:
        # In one trip: the next batch waits for this. And an answer means that it is on disk,
        # whatever the database does by default.
        cursor.execute(
            "SELECT set_config(name, word, false) FROM unnest(%s::text[], %s::text[])"
            " AS given(name, word) UNION ALL SELECT set_config('synchronous_commit', 'on', false)"
            " WHERE current_setting('synchronous_commit') = 'off'",
            (list(words), list(words.values())),
        )
    connection.commit()


def _for_reading(connection: Any, _: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, false)", (f"{READ_SECONDS}s",))
    connection.commit()
