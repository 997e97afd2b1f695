"""A layer around the database's driver that fails the n-th call: before it is made, or after.

After, that is the ambiguous kind: the statement was executed, or the transaction committed, but
whoever asked is told of an error. Only connections of the journal's thread are wrapped.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Engine, event

MODES: Final = ("before", "after")


@dataclass
class Faults:
    """Which calls fail; calls are counted from `arm` on."""

    error: Callable[[], Exception] = lambda: sqlite3.OperationalError("disk I/O error (injected)")
    plan: Mapping[int, str] = field(default_factory=dict)
    """The number of the call (from 1) → its mode."""
    armed: bool = False
    sites: list[str] = field(default_factory=list)
    """What was called, in order: a statement's first words, or COMMIT or ROLLBACK."""
    hit: list[str] = field(default_factory=list)

    def arm(self, plan: Mapping[int, str]) -> None:
        """Begin to count, and to fail by a plan."""
        self.plan, self.armed, self.sites, self.hit = plan, True, [], []

    def around(self, site: str, call: Callable[[], Any]) -> Any:
        """Make a call, or fail it."""
        if not self.armed:
            return call()
        self.sites.append(site)
        mode = self.plan.get(len(self.sites))
        if mode is None:
            return call()
        self.hit.append(f"{site}, {mode}")
        if mode == "after":
            call()
        raise self.error()


def site_of(sql: str) -> str:
    """Return a statement's first words, and its table."""
    words = sql.replace("\n", " ").split()
    if words[0] == "SELECT" and "FROM" in words:
        return f"SELECT {words[words.index('FROM') + 1]}"
    return " ".join(words[: 3 if words[0] in ("INSERT", "DELETE") else 2])


@contextmanager
def on_sqlite(faults: Faults) -> Iterator[None]:
    """Wrap every synchronous SQLite connection that is opened meanwhile."""

    class Cursor(sqlite3.Cursor):
        def execute(self, sql: str, *args: Any) -> Any:
            return faults.around(site_of(sql), lambda: super(Cursor, self).execute(sql, *args))

        def executemany(self, sql: str, *args: Any) -> Any:
            return faults.around(site_of(sql), lambda: super(Cursor, self).executemany(sql, *args))

    class Connection(sqlite3.Connection):
        def cursor(self, factory: Any = Cursor) -> Any:
            return super().cursor(factory)

        def commit(self) -> None:
            faults.around("COMMIT", super().commit)

        def rollback(self) -> None:
            faults.around("ROLLBACK", super().rollback)

    def connecting(dialect: Any, _: Any, __: Any, parameters: dict[str, Any]) -> None:
        if dialect.driver == "pysqlite":
            parameters["factory"] = Connection

    event.listen(Engine, "do_connect", connecting)
    try:
        yield
    finally:
        event.remove(Engine, "do_connect", connecting)
