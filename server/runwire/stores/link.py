"""The journal's own connection, for one kind of database: what a batch reads and writes through.

A link has one transaction at a time. It begins by itself with the first thing asked of it and ends
with `commit` or `rollback`. What one kind of database does in its own way is behind these words.
"""

import struct
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import Connection

from runwire.stores.statements import Statements
from runwire.stores.writing import Writing


class InDoubt(Exception):
    """Nobody can say whether a transaction was committed: the database stayed out of reach."""


class Stale(Exception):
    """A run was not as the batch believed it to be; nothing was written."""


UNFIT: Final = (UnicodeError, OverflowError, struct.error)
"""What Python raises of half a character, or a number too large, on its way to any database."""

Look = Callable[[Connection, Exception], None]
"""(a connection, what a commit has raised) → nothing if it was made, else it raises."""


class Link(Protocol):
    """One connection, used by one thread."""

    @property
    def statements(self) -> Statements:
        """The statements as this database takes them."""

    @property
    def now(self) -> datetime:
        """The one time of this transaction, by the clock that all servers share."""

    @property
    def connection(self) -> Connection:
        """The connection, in the transaction; for what is not done for every commit."""

    def look(
        self, run_ids: Sequence[str], request_ids: Sequence[str]
    ) -> tuple[Sequence[Any], Sequence[Any]]:
        """Return the rows of runs, locked until the end, and of requests."""

    def write(self, statement: Writing, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute a statement for every row."""

    def flush(self, write: Callable[[], None]) -> None:
        """Call what writes, and return when all of it was taken; raise Stale."""

    def commit(self, write: Callable[[], None], look: Look) -> None:
        """Call what writes the rest, and make everything durable.

        Raises Stale, nothing being written, and InDoubt if none can say what became of it.

        A commit that is told as failed may have been made: where the database cannot say so, `look`
        is called; it raises unless everything is there.
        """

    def rollback(self) -> None:
        """Undo everything; never raises for a connection that is lost."""

    def passing(self, error: Exception) -> bool:
        """Whether nothing was written, and the same work may succeed in a moment."""

    def unfit(self, error: Exception) -> bool:
        """Whether the work holds what this database can never store."""

    def failing(self, error: Exception) -> bool:
        """Whether the database is at fault, such as one whose disk is full, and not the work."""

    def close(self) -> None:
        """Close the connection."""
