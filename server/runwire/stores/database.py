"""The database: where it is, how it is opened, and its two ways in, `read` and `write`."""

import asyncio
import fcntl
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from runwire.domain.errors import Unavailable, invalid
from runwire.domain.ports import Clock, EncodeEvents
from runwire.stores.tail import Tail
from runwire.stores.writer import Writer

MIGRATIONS: Final = Path(__file__).parent / "migrations"
BUSY_SECONDS: Final = 10
NO_LIMITS: Final[Mapping[str, int]] = {}
LOG_BYTES: Final = 4 * 1024 * 1024  # what the log grows to between two checkpoints

T = TypeVar("T")


class Database:
    """An open database. Everything is written by one thread; reading is asynchronous."""

    def __init__(self, *, reader: AsyncEngine, writer: Writer, tail: Tail, now: Clock) -> None:
        self._reader = reader
        self.writer = writer
        self.tail = tail
        self.now = now

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Run a query (synchronous Core code) on a connection of the pool."""
        async with self._reader.connect() as connection:
            return await connection.run_sync(query)

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
    """Open the database, its schema brought up to date; close it when the block ends.

    Of each graph in `graph_limits`, so many runs are executed at the same time.
    """
    path = sqlite_path(url)
    with _owned(path):
        await asyncio.to_thread(migrate, url)
        engine, reader = _sqlite_engine(path), _sqlite_reader(path)
        await asyncio.to_thread(_grow_log, engine)
        tail = Tail(alone=True)
        writer = Writer(
            engine,
            now=now,
            encode=encode,
            tail=tail,
            wake_all=wake_all,
            graph_limits=graph_limits,
        )
        writer.start()
        try:
            yield Database(reader=reader, writer=writer, tail=tail, now=now)
        finally:
            await writer.stop()
            await reader.dispose()
            engine.dispose()


def migrate(url: str) -> None:
    """Bring the schema up to date. Migrations only go forward."""
    path = sqlite_path(url)
    path.parent.mkdir(parents=True, exist_ok=True)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    engine = _sqlite_engine(path)
    event.listen(engine, "begin", lambda c: c.exec_driver_sql("BEGIN IMMEDIATE"))
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def sqlite_path(url: str) -> Path:
    """Return the file of a SQLite URL; raise Invalid for any other."""
    parsed = make_url(url)
    if (
        parsed.get_backend_name() != "sqlite"
        or not parsed.database
        or parsed.database == ":memory:"
    ):
        raise invalid(
            "database_url", "must name a SQLite file, such as sqlite:///.runwire/runwire.db"
        )
    return Path(parsed.database)


@contextmanager
def _owned(path: Path) -> Iterator[None]:
    """Hold the file for this process alone: it keeps the newest runs in memory."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with Path(f"{path}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Unavailable(
                f"{path} is in use by another server: stop it, or choose another data_dir",
                reason="DATABASE_IN_USE",
            ) from None
        yield


def _sqlite_engine(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}", connect_args={"check_same_thread": False})
    event.listen(engine, "connect", _on_connect)
    return engine


def _grow_log(engine: Engine) -> None:
    """Let the write-ahead log have its later size from the start.

    Until the log has grown, each commit changes the file's size, which makes syncing it half as
    expensive again; the log keeps its size and is written over.
    """
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS padding (body BLOB)")
        connection.exec_driver_sql("INSERT INTO padding VALUES (zeroblob(?))", (LOG_BYTES,))
        connection.exec_driver_sql("DROP TABLE padding")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(RESTART)").all()


def _sqlite_reader(path: Path) -> AsyncEngine:
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}", pool_size=4, max_overflow=4)
    event.listen(engine.sync_engine, "connect", _on_connect)
    event.listen(engine.sync_engine, "begin", lambda c: c.exec_driver_sql("BEGIN"))
    return engine


def _on_connect(connection: Any, _: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # an answer means it is on disk
        "foreign_keys=ON",
        f"busy_timeout={BUSY_SECONDS * 1000}",
        "cache_size=-65536",  # KiB
        "temp_store=MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
