"""The journal's connection to PostgreSQL.

1. A batch that only moves what this server knows is one statement, and that a transaction: one
   message and one answer. It fails if another server has moved any of its runs; then the batch is
   done again as others are: one round trip for locks and rows, one for its writes and the commit.
2. A connection that breaks is replaced at the next beginning. If it broke during a commit, the
   receipt of this writer tells what became of it (see `receipts.py`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import count
from time import monotonic
from typing import Any, Final

import psycopg
from psycopg import errors, pq
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from runwire.stores.database_clock import DatabaseClock
from runwire.stores.link import UNFIT, Look, Stale
from runwire.stores.postgres import driver_error, lost
from runwire.stores.receipts import Receipts
from runwire.stores.statements import statements_for
from runwire.stores.together import CLOCK, Part, Together
from runwire.stores.writing import Writing

_TIME: Final = f"SELECT {CLOCK}"
_PASSING: Final = (
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.LockNotAvailable,
    errors.ReadOnlySqlTransaction,  # it has become a standby
    errors.IdleInTransactionSessionTimeout,
)
_UNFIT: Final = (*UNFIT, psycopg.DataError, errors.ProgramLimitExceeded)


class PostgresLink:
    """The one connection that writes for this server."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._begun = False
        self._now: datetime | None = None
        self._clock = DatabaseClock()
        self._parts: list[Part] = []
        self._prepared: dict[str, bytes] = {}  # names of statements, on this connection
        self._names = count()
        self.statements = statements_for(engine.dialect.name)
        self._together = Together(self.statements)
        self._receipts = Receipts(engine)

    @property
    def now(self) -> datetime:
        if self._now is None:
            self._now = self._clock.now()
        while self._now is None:
            sent = monotonic()
            [micros] = self._driver().execute(_TIME).fetchone()
            self._clock.saw(micros, sent, monotonic())
            self._now = self._clock.now()
        return self._now

    @property
    def connection(self) -> Connection:
        self._begin(self._driver())
        assert self._connection is not None  # noqa: S101 - `_driver` has seen to it
        return self._connection

    def look(
        self, run_ids: Sequence[str], request_ids: Sequence[str]
    ) -> tuple[Sequence[Any], Sequence[Any]]:
        if not run_ids and not request_ids:
            return (), ()
        driver, wanted = self._driver(), self.statements
        runs, requests = driver.cursor(), driver.cursor()
        with driver.pipeline():
            self._begin(driver)
            if run_ids:
                runs.execute(wanted.lock_runs.sql, wanted.lock_runs.values(run_ids), prepare=True)
            if request_ids:
                query = wanted.select_requests
                requests.execute(query.sql, query.values(request_ids), prepare=True)
        return (
            wanted.lock_runs.rows(runs) if run_ids else (),
            wanted.select_requests.rows(requests) if request_ids else (),
        )

    def write(self, statement: Writing, rows: Sequence[Mapping[str, Any]]) -> None:
        self._parts.append((statement, rows))

    def flush(self, write: Callable[[], None]) -> None:
        write()
        if self._parts:
            driver = self._driver()
            with self._guarded(), driver.pipeline():
                self._begin(driver)
                self._send(driver)

    def commit(self, write: Callable[[], None], look: Look) -> None:  # noqa: ARG002 - the receipt says it
        write()
        if not self._begun and not self._parts:
            self._end()
            return  # nothing was asked, so nothing is to be written
        driver = self._driver()
        marked = True
        try:
            with self._guarded():
                if not self._begun and self._together.one(self._parts):
                    self._commit_at_once(driver)
                else:
                    marked = self._commit_begun(driver)
        except psycopg.OperationalError as error:
            if not driver.closed:
                raise
            self._receipts.settle(error)
        if marked:
            self._receipts.committed()
        self._end()

    def rollback(self) -> None:
        self._parts.clear()
        if self._connection is None:
            return
        with suppress(psycopg.Error, DBAPIError):
            self._connection.rollback()
            self._connection.connection.rollback()
        self._end()

    def passing(self, error: Exception) -> bool:
        return isinstance(error, Stale) or lost(error) or isinstance(driver_error(error), _PASSING)

    def unfit(self, error: Exception) -> bool:
        return isinstance(driver_error(error), _UNFIT)

    def failing(self, error: Exception) -> bool:
        return isinstance(driver_error(error), psycopg.OperationalError)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None
        self._prepared.clear()
        self._begun = False

    def _driver(self) -> Any:
        if self._connection is None:
            self._connection = self._engine.connect()
        driver: Any = self._connection.connection.dbapi_connection
        if not self._begun:
            self._receipts.ensure(driver)
        return driver

    def _begin(self, driver: Any) -> None:
        if not self._begun:
            driver.execute("BEGIN")
            self._begun = True

    def _commit_at_once(self, driver: Any) -> None:
        # Past the driver's own machinery, which costs as much as the database: parameters are in
        # binary form already, and one call sends, waits and receives.
        sql, values = self._together.made(self._parts, self._receipts.next())
        sent = monotonic()
        try:
            result = self._execute_prepared(driver, sql, values)
        except errors.InvalidSqlStatementName:
            # The driver has the server forget all statements when something was rolled back. Those
            # that were prepared since are still there, so no name is ever given twice.
            del self._prepared[sql]
            result = self._execute_prepared(driver, sql, values)
        self._clock.saw(int.from_bytes(result.get_value(0, 0)), sent, monotonic())

    def _execute_prepared(self, driver: Any, sql: str, values: Sequence[bytes]) -> Any:
        name = self._prepared.get(sql)
        if name is None:
            name = b"runwire_batch_%d" % next(self._names)
            _taken(driver, driver.pgconn.prepare(name, sql.encode()))
            self._prepared[sql] = name
        formats = [pq.Format.BINARY] * len(values)
        return _taken(driver, driver.pgconn.exec_prepared(name, values, formats, pq.Format.BINARY))

    def _commit_begun(self, driver: Any) -> bool:
        """Commit a transaction of several statements; return whether it has written anything."""
        with driver.pipeline():
            self._begin(driver)
            self._send(driver)
            receipt = _execute(driver, self._together.only_receipt, self._receipts.next().values)
            driver.execute("COMMIT")  # not commit(), which would be a trip of its own
        [marked, _] = receipt.fetchone()
        return bool(marked)

    def _send(self, driver: Any) -> None:
        parts, self._parts = self._parts, []
        for group in self._together.grouped(parts):
            if self._together.one(group):
                _execute(driver, *self._together.made(group, None))
            else:
                [(statement, rows)] = group
                statement.execute(driver.cursor(), rows)

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except errors.DivisionByZero as error:
            self._receipts.doubt()
            raise Stale("another server was quicker") from error

    def _end(self) -> None:
        self._now, self._begun = None, False
        self._parts.clear()
        if self._connection is None:
            return
        if self._connection.in_transaction():
            with suppress(psycopg.Error, DBAPIError):
                self._connection.rollback()  # it is over already; SQLAlchemy does not know
        driver: Any = self._connection.connection.dbapi_connection
        if self._connection.invalidated or driver.closed:
            self.close()


def _execute(driver: Any, sql: str, values: Sequence[Any]) -> Any:
    # Its SQL has numbers for parameters, so nothing is to be looked for in it.
    return psycopg.RawCursor(driver).execute(sql, values, prepare=True)


def _taken(driver: Any, result: Any) -> Any:
    """Return a result, or raise the error that it is."""
    if result.status in (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK):
        return result
    if driver.closed:
        raise psycopg.OperationalError(driver.pgconn.get_error_message())
    raise errors.error_from_result(result)
