"""The database: how it is opened, and its two ways in, `read` and `write`."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from time import monotonic
from typing import Final, TypeVar

from sqlalchemy import Connection

from runwire.domain.errors import Unavailable, invalid
from runwire.domain.ports import Clock, EncodeEvents
from runwire.domain.run_webhooks import EncodeEnding
from runwire.domain.tallies import StoreTally
from runwire.domain.webhook_ports import EncodeTelling
from runwire.stores import schema, sqlite
from runwire.stores.kind import Kind, kind_of
from runwire.stores.quotas import Limits
from runwire.stores.reader import Reader
from runwire.stores.tail import Tail
from runwire.stores.telling import Telling
from runwire.stores.urls import is_postgres
from runwire.stores.writer import Writer

READ_AGAIN_SECONDS: Final = 4.0
READ_PAUSE_SECONDS: Final = 0.1
NO_LIMITS: Final[Mapping[str, int]] = {}

T = TypeVar("T")
_UNREADABLE: Final = "the database refuses a query: the server's log says why"
logger = logging.getLogger("runwire.stores")


class Unreadable(Exception):
    """A query is wrong. Its text is for anybody: the code of graphs sees it, and so do callers."""


class Database:
    """An open database. Everything is written by one thread; reading is asynchronous."""

    def __init__(
        self,
        *,
        kind: Kind,
        reader: Reader,
        writer: Writer,
        tail: Tail,
        telling: Telling | None,
        now: Clock,
    ) -> None:
        self._kind = kind
        self._reader = reader
        self.writer = writer
        self.tail = tail
        self.telling = telling
        self.now = now

    @property
    def kind_name(self) -> str:
        """What it is: `sqlite` or `postgresql`."""
        return "sqlite" if self.alone else "postgresql"

    @property
    def tally(self) -> StoreTally:
        """What is counted here."""
        return self.writer.tally

    @property
    def alone(self) -> bool:
        """Whether this process makes every change."""
        return self.tail.alone

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Run a query (synchronous Core code) on a connection of the pool.

        Raises Unavailable if the database stays out of reach, or takes too long, and Unreadable
        for what it refuses.
        """
        until = monotonic() + READ_AGAIN_SECONDS
        while True:
            try:
                return await self._reader.read(query)
            except self._kind.ERRORS as error:
                self.tally.read_errors += 1
                if not self._kind.lost(error):
                    ended = self._kind.ended(error)
                    if ended is None:
                        logger.exception("a query was refused")
                        raise Unreadable(_UNREADABLE) from error
                    raise Unavailable(ended, reason="QUERY_TOO_SLOW") from error
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
    encode_telling: EncodeTelling | None = None,
    encode_ending: EncodeEnding | None = None,
) -> AsyncIterator[Database]:
    """Open the database; close it when the block ends.

    A SQLite file's schema is brought up to date. PostgreSQL's has to be: raises Unavailable if not.
    Of each graph in `graph_limits`, so many runs are executed at the same time. Without
    `encode_telling` no webhook is told anything; without `encode_ending` none of a run's own is.
    """
    kind = kind_of(url)
    async with kind.opened(url, now) as (link, reader):
        tail = Tail(alone=not is_postgres(url))
        telling = None
        if encode_telling:
            telling = Telling(encode_telling, alone=tail.alone, encode_ending=encode_ending)
        limits = Limits(graph_limits)
        writer = Writer(
            link, encode=encode, tail=tail, wake_all=wake_all, limits=limits, telling=telling
        )
        database = Database(
            kind=kind, reader=reader, writer=writer, tail=tail, telling=telling, now=now
        )
        await database.read(limits.quotas.load)
        writer.start()
        try:
            yield database
        finally:
            await writer.stop()


def compact(url: str) -> None:
    """Rewrite a SQLite file, so that it is small and can shrink by itself from now on.

    Needs as much free disk again; raises Unavailable while a server has the file, and Invalid for
    PostgreSQL, which does this by itself.
    """
    if is_postgres(url):
        raise invalid("compact", "is for SQLite files; PostgreSQL does this by itself")
    sqlite.compact(sqlite.path_of(url))


def migrate(url: str) -> None:
    """Bring the schema up to date."""
    schema.upgrade(kind_of(url).migrating(url))
