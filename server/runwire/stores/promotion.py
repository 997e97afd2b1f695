"""Moves a deployment from a SQLite file to PostgreSQL.

1. What can be copied while a server works is copied before it stops, in rounds: what changed
   during a round is copied by the next. Nothing is written to the file.
2. Who has the file's lock has stopped every server; then the rest is copied, and counts and sums of
   every table are compared.
3. The file is marked as left before the target is marked as filled: at no instant may both be
   served. Whatever breaks off before leaves the file as it was, and another call goes on.
"""

import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, Final

import psycopg
from sqlalchemy import delete, select

from runwire.domain.errors import AlreadyExists, NotAllowed, NotFound, Unavailable
from runwire.domain.ports import Clock
from runwire.stores import postgres, schema, sqlite
from runwire.stores.copying import Source, Target, copy_changed, copy_whole, drop_missing
from runwire.stores.counting import verify
from runwire.stores.marks import FILLED, FILLING, LEFT, promotion
from runwire.stores.times import micros_of
from runwire.stores.urls import conninfo_of

ROUNDS: Final = 10
FEW: Final = 200
"""When a round has copied so few runs, the rest is for the stop."""
LOCK: Final = 0x52756E77697266
POLL_SECONDS: Final = 0.01

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Promoted:
    """What was moved: rows by table, and how long nobody was served (None: nobody was before)."""

    rows: Mapping[str, int]
    copied_seconds: float
    downtime_seconds: float | None


class Promotion:
    """One move, or the continuation of one that broke off."""

    def __init__(self, path: Path, url: str, *, place: str, now: Clock, tell: Tell) -> None:
        self._path = path
        self._url = url
        self._place = place  # the target, without passwords
        self._now = now
        self._tell = tell

    def run(self, *, stop_server: bool, wait_seconds: float) -> Promoted:
        """Move everything; raise Error, the file being as it was, if that cannot be done."""
        if not self._path.exists():
            raise NotFound(f"no database at {self._path}", reason="DATABASE_NOT_FOUND")
        schema.upgrade(postgres.migrating(self._url))
        began = monotonic()
        with ExitStack() as held, _reached(self._url) as target:
            alone = _lock(held, self._path)
            if alone:
                schema.upgrade(sqlite.migrating(self._path))
            source = held.enter_context(_opened(self._path))
            self._check_source(source)
            self._claim(target)
            stopped = None
            if not alone:
                self._copy_ahead(source, target)
                stopped = self._wait(held, stop_server=stop_server, seconds=wait_seconds)
                self._tell("no server is left; copying what has changed since")
            rows = self._finish(source, target)
        downtime = None if stopped is None else monotonic() - stopped
        return Promoted(rows=rows, copied_seconds=monotonic() - began, downtime_seconds=downtime)

    def _check_source(self, source: Source) -> None:
        try:
            row = source.execute("SELECT version_num FROM alembic_version").fetchone()
            left = source.execute("SELECT place FROM promotion WHERE state = ?", (LEFT,)).fetchone()
        except sqlite3.OperationalError:
            row = left = None
        if row is None or row[0] != schema.newest():
            raise Unavailable(
                f"{self._path} is served by another version: start this version over it first",
                reason="SCHEMA_OUT_OF_DATE",
            )
        if left and left[0] != self._place:
            raise NotAllowed(f"{self._path} was moved to {left[0]} before", reason="DATABASE_LEFT")

    def _claim(self, target: Target) -> None:
        """Make the target ours; raise if it holds, or gets, anything else."""
        mine = str(self._path.resolve())
        [held] = _one(target, "SELECT pg_try_advisory_lock(%s)", LOCK)
        if not held:
            raise Unavailable("another `runwire promote` fills it", reason="DATABASE_INCOMPLETE")
        known = target.execute("SELECT place, state FROM promotion").fetchone()
        if known and tuple(known) != (mine, FILLING):
            raise AlreadyExists(
                f"the target was filled from {known[0]} before: give an empty database",
                reason="TARGET_NOT_EMPTY",
            )
        if known is None:
            for table in ("runs", "graphs", "artifacts", "schedules", "threads", "items"):
                if target.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone():  # noqa: S608
                    raise AlreadyExists(
                        f"the target is not empty, it has {table}: give an empty database",
                        reason="TARGET_NOT_EMPTY",
                    )
            self._mark(target, mine, FILLING)

    def _mark(self, target: Target, place: str, state: str) -> None:
        target.execute(
            "INSERT INTO promotion (place, state, at) VALUES (%s, %s, %s)"
            " ON CONFLICT (place) DO UPDATE SET state = excluded.state, at = excluded.at",
            (place, state, micros_of(self._now())),
        )

    def _copy_ahead(self, source: Source, target: Target) -> None:
        for number in range(1, ROUNDS + 1):
            count = self._copy(source, target)
            self._tell(f"round {number}: {count} runs copied while the server works")
            if count <= FEW:
                return

    def _copy(self, source: Source, target: Target) -> int:
        count, told = 0, monotonic()
        for copied in copy_changed(source, target):
            count += copied
            if monotonic() - told > 2:
                self._tell(f"{count} runs copied")
                told = monotonic()
        return count

    def _wait(self, held: ExitStack, *, stop_server: bool, seconds: float) -> float:
        """Wait until no server has the file; return when that began."""
        if stop_server:
            began = monotonic()
            os.kill(sqlite.owner_of(self._path), signal.SIGTERM)
            self._tell("asked the server to stop")
        else:
            began = 0.0
            self._tell("stop the server now (Ctrl-C there, or SIGTERM): the rest is quick")
        until = monotonic() + seconds
        while not _lock(held, self._path):
            if monotonic() > until:
                raise Unavailable(
                    f"a server still has {self._path} after {seconds:g} s: stop it, and run"
                    " `runwire promote` again; what was copied is kept",
                    reason="DATABASE_IN_USE",
                )
            time.sleep(POLL_SECONDS)
        return began or monotonic()

    def _finish(self, source: Source, target: Target) -> Mapping[str, int]:
        self._copy(source, target)
        drop_missing(source, target)
        with target.transaction():
            copy_whole(source, target)
            rows = verify(source, target)
            self._leave(source)
            self._mark(target, str(self._path.resolve()), FILLED)
        target.execute("ANALYZE")
        return rows

    def _leave(self, source: Source) -> None:
        source.execute("PRAGMA query_only = OFF")
        source.execute(
            "INSERT OR REPLACE INTO promotion (place, state, at) VALUES (?, ?, ?)",
            (self._place, LEFT, micros_of(self._now())),
        )


def undo(path: Path) -> str:
    """Let a file be served again that was left, and return for where; raise NotFound if not so."""
    if not path.exists():
        raise NotFound(f"no database at {path}", reason="DATABASE_NOT_FOUND")
    with sqlite.migrating(path) as connection:
        left = promotion.c.state == LEFT
        place = connection.execute(select(promotion.c.place).where(left)).scalar_one_or_none()
        if place is None:
            raise NotFound(f"{path} was not moved anywhere", reason="DATABASE_NOT_LEFT")
        connection.execute(delete(promotion).where(left))
    return str(place)


def _lock(held: ExitStack, path: Path) -> bool:
    try:
        held.enter_context(sqlite.owned(path))
    except Unavailable:
        return False
    return True


@contextmanager
def _opened(path: Path) -> Iterator[Source]:
    source = sqlite3.connect(path, isolation_level=None, timeout=sqlite.BUSY_SECONDS)
    try:
        with sqlite.opening(path):
            source.execute("PRAGMA synchronous = FULL")
            source.execute("PRAGMA query_only = ON")
            yield source
    finally:
        source.close()


@contextmanager
def _reached(url: str) -> Iterator[Target]:
    try:
        with psycopg.connect(conninfo_of(url), autocommit=True) as target:
            yield target
    except psycopg.OperationalError as error:
        raise Unavailable(
            f"the target cannot be used: {str(error).strip()}", reason="STORE_UNAVAILABLE"
        ) from error


def _one(target: Target, query: Any, *values: Any) -> Any:
    found = target.execute(query, values).fetchone()
    return () if found is None else found
