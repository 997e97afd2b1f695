"""The receipt that each batch leaves, and what it says of a commit whose answer was lost."""

import secrets
import time
from time import monotonic
from typing import Any, Final

import psycopg
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from runwire.stores.link import InDoubt
from runwire.stores.together import Receipt

DOUBT_SECONDS: Final = 20.0
ASK_SECONDS: Final = 0.1

_PUT: Final = (
    "INSERT INTO writers (writer_id, batch, seen_at) VALUES (%s, %s, clock_timestamp())"
    " ON CONFLICT (writer_id) DO UPDATE SET batch = excluded.batch, seen_at = excluded.seen_at"
)
_TIDY: Final = "DELETE FROM writers WHERE seen_at < clock_timestamp() - interval '30 days'"
# Waits for the batch if it is under way. If it is still to come, it will find another number.
_SETTLE: Final = (
    "UPDATE writers SET batch = CASE batch WHEN %s THEN batch ELSE %s END"
    " WHERE writer_id = %s RETURNING batch"
)


class Receipts:
    """The receipts of one writer: a row that holds the number of its last batch."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writer_id = secrets.token_hex(8)
        self._last = 0
        self._new = True
        self._there = False

    def ensure(self, driver: Any) -> None:
        """See to it that the row is there, outside of any transaction."""
        if self._there:
            return
        if self._new:
            driver.execute(_TIDY)
        driver.execute(_PUT, (self._writer_id, self._last))
        self._new, self._there = False, True

    def next(self) -> Receipt:
        """Return the receipt of the next batch."""
        return Receipt(self._writer_id, self._last, self._last + 2)

    def committed(self) -> None:
        """Note that the next batch is on disk."""
        self._last += 2

    def doubt(self) -> None:
        """Put the row anew before the next batch."""
        self._there = False

    def settle(self, error: Exception) -> None:
        """Return if the next batch was committed; raise the error if it was not and never will be.

        Raises InDoubt if nobody can say.
        """
        committed, fence = self._last + 2, self._last + 1
        until = monotonic() + DOUBT_SECONDS
        while monotonic() < until:
            try:
                with self._engine.connect() as connection:
                    driver: Any = connection.connection.dbapi_connection
                    values = (committed, fence, self._writer_id)
                    found = driver.execute(_SETTLE, values).fetchone()
            except (psycopg.OperationalError, DBAPIError):
                time.sleep(ASK_SECONDS)
                continue
            if found == (committed,):
                return
            self._last, self._there = fence, found is not None
            raise error
        self._last, self._there = fence, False
        raise InDoubt(f"batch {committed} was lost while it was committed") from error
