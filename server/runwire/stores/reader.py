"""Asynchronous reading: queries in SQLAlchemy's synchronous words, on an asynchronous driver.

A whole query runs in one greenlet, which waits on the loop whenever the driver does. SQLAlchemy's
own AsyncEngine does the same in three steps, and it cannot be imported without the whole of the
ORM, 6 MiB that nothing here uses.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.util import greenlet_spawn

T = TypeVar("T")


class Reader:
    """A pool of connections for reading."""

    def __init__(self, url: Any, **how: Any) -> None:
        # As create_async_engine asks for the driver's asynchronous side.
        self.engine: Engine = create_engine(url, _is_async=True, **how)

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Run a query on a connection of the pool."""

        def run() -> T:
            with self.engine.connect() as connection:
                return query(connection)

        return await greenlet_spawn(run)

    async def dispose(self) -> None:
        """Close the connections."""
        await greenlet_spawn(self.engine.dispose)
