"""The journal's connection to PostgreSQL.

1. A batch costs two round trips: one for the time, its locks and its rows, one for its writes and
   the commit. Statements of a trip are sent together, in the driver's pipeline mode.
2. A connection that breaks is replaced at the next beginning. If it broke during a commit, the
   database is asked, by the transaction's id, what became of it.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from time import monotonic
from typing import Any, Final

import psycopg
from psycopg import errors
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from runwire.stores.link import InDoubt, Look
from runwire.stores.postgres import driver_error, lost
from runwire.stores.statements import Writing, statements_for
from runwire.stores.times import time_of

DOUBT_SECONDS: Final = 20.0
ASK_SECONDS: Final = 0.1

_TIME: Final = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
_TIME_AND_ID: Final = f"{_TIME}, pg_current_xact_id()::text"
_ID: Final = "SELECT pg_current_xact_id_if_assigned()::text"
_STATUS: Final = "SELECT pg_xact_status(%s::xid8)"

_PASSING: Final = (
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.LockNotAvailable,
    errors.ReadOnlySqlTransaction,  # it has become a standby
    errors.IdleInTransactionSessionTimeout,
)


class PostgresLink:
    """The one connection that writes for this server."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._now: datetime | None = None
        self._transaction_id: str | None = None
        self.statements = statements_for(engine.dialect.name)

    @property
    def now(self) -> datetime:
        if self._now is None:
            with self._driver().cursor() as cursor:
                [micros] = cursor.execute(_TIME).fetchone()
                self._now = time_of(micros)
        return self._now

    @property
    def connection(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._connection

    def look(
        self, run_ids: Sequence[str], request_ids: Sequence[str]
    ) -> tuple[Sequence[Any], Sequence[Any]]:
        driver, wanted = self._driver(), self.statements
        begins, runs, requests = driver.cursor(), driver.cursor(), driver.cursor()
        with driver.pipeline():
            if self._transaction_id is None:
                begins.execute(_TIME_AND_ID)
            if run_ids:
                runs.execute(wanted.lock_runs.sql, wanted.lock_runs.values(run_ids))
            if request_ids:
                query = wanted.select_requests
                requests.execute(query.sql, query.values(request_ids))
        if self._transaction_id is None:
            micros, self._transaction_id = begins.fetchone()
            self._now = self._now or time_of(micros)
        return (
            wanted.lock_runs.rows(runs) if run_ids else (),
            wanted.select_requests.rows(requests) if request_ids else (),
        )

    def write(self, statement: Writing, rows: Sequence[Mapping[str, Any]]) -> None:
        statement.execute(self._driver().cursor(), rows)

    def flush(self, write: Callable[[], None]) -> None:
        with self._driver().pipeline():
            write()

    def commit(self, write: Callable[[], None], look: Look) -> None:  # noqa: ARG002 - the database can say
        if self._connection is None:
            return  # nothing was asked, so nothing is to be written
        driver = self._driver()
        if self._transaction_id is None:
            self.flush(write)
            [self._transaction_id] = driver.execute(_ID).fetchone()
            write = _nothing
        try:
            with driver.pipeline():
                write()
                driver.execute("COMMIT")  # not commit(), which would be a trip of its own
        except psycopg.OperationalError as error:
            if not driver.closed or self._transaction_id is None:
                raise
            self._settle_doubt(self._transaction_id, error)
        self._end()

    def rollback(self) -> None:
        if self._connection is None:
            return
        with suppress(psycopg.Error, DBAPIError):
            self._connection.rollback()
            self._driver().rollback()
        self._end()

    def passing(self, error: Exception) -> bool:
        return lost(error) or isinstance(driver_error(error), _PASSING)

    def failing(self, error: Exception) -> bool:
        return isinstance(driver_error(error), psycopg.OperationalError)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

    def _driver(self) -> Any:
        return self.connection.connection.dbapi_connection

    def _end(self) -> None:
        self._now = self._transaction_id = None
        if self._connection is None:
            return
        if self._connection.in_transaction():
            with suppress(psycopg.Error, DBAPIError):
                self._connection.rollback()  # it is over already; SQLAlchemy does not know
        if self._connection.invalidated or self._driver().closed:
            self.close()

    def _settle_doubt(self, transaction_id: str, error: Exception) -> None:
        """Return if a transaction was committed, raise the error if it was not."""
        until = monotonic() + DOUBT_SECONDS
        while monotonic() < until:
            status = self._ask(transaction_id)
            if status == "committed":
                return
            if status == "aborted":
                raise error
            time.sleep(ASK_SECONDS)
        raise InDoubt(f"transaction {transaction_id} was lost while it was committed") from error

    def _ask(self, transaction_id: str) -> str | None:
        try:
            with self._engine.connect() as connection:
                driver: Any = connection.connection.dbapi_connection
                [status] = driver.execute(_STATUS, (transaction_id,)).fetchone()
        except (psycopg.OperationalError, DBAPIError):
            return None
        return str(status) if status else None


def _nothing() -> None:
    """Write nothing."""
