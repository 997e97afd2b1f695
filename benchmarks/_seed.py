"""Stored runs in bulk: real ones, copied inside SQLite under other ids.

A server executes a few runs first; then each of their rows is copied as often as asked, in every
table there is, with what lists filter by spread over it:

- one run a second, the newest now; ids are UUIDs of version 7, as the server makes them;
- statuses: 90 % succeeded, 5 % failed, 4 % cancelled, 1 % interrupted, and 20 running;
- graphs: 20 of equal share, and `rare` with one run in 10,000; 50,000 threads; priorities 0 to 9;
- labels: `team` (10 values), `env` (3), `customer` (10,000 values).

What the copies' events and checkpoints say inside still names the runs copied. No queue rows are
made, so no copy is ever executed. The file must be closed; it is written without syncing.
"""

import sqlite3
import time
from pathlib import Path
from typing import Final

import uvloop
from _calls import SHAPES
from _load import driven
from _setting import server

CHUNK: Final = 50_000
REAL: Final = 40
FULL: Final = ("run_inputs", "steps", "checkpoints", "segments")
"""The tables with rows of a run beside `runs` and `run_labels`."""

_IDS: Final = """
WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i < :last)
INSERT INTO seeded
SELECT i, :newest - (:total - i) * 1000000,
  substr(printf('%012x', (:newest - (:total - i) * 1000000) / 1000), 1, 8) || '-' ||
  substr(printf('%012x', (:newest - (:total - i) * 1000000) / 1000), 9) ||
  printf('-7%03x-8%03x-%012x', abs(random()) % 4096, abs(random()) % 4096,
         abs(random()) % 281474976710656),
  (SELECT run_id FROM templates WHERE number = i % :templates)
FROM n
"""


def _share(factor: int, of: int) -> str:
    """Return SQL for a number below `of`; those of different factors do not follow each other."""
    return f"((s.i * {factor} % 4294967296 >> 10) % {of})"


_HUNDREDTH: Final = _share(2654435761, 100)
_STATUS: Final = (
    f"CASE WHEN s.i % 50000 = 77 THEN 'running' WHEN {_HUNDREDTH} < 90 THEN 'succeeded'"
    f" WHEN {_HUNDREDTH} < 95 THEN 'failed' WHEN {_HUNDREDTH} < 99 THEN 'cancelled'"
    " ELSE 'interrupted' END"
)
_CHANGED: Final = {
    "run_id": "s.run_id",
    "graph_id": "CASE WHEN s.i % 10000 = 0 THEN 'rare' ELSE"
    f" printf('graph-%02d', {_share(2246822519, 20)}) END",
    "thread_id": f"printf('thread-%d', {_share(3266489917, 50_000)})",
    "priority": _share(668265263, 10),
    "labels": f"json_object('team', printf('team-%d', {_share(374761393, 10)}),"
    f" 'env', printf('env-%d', {_share(1103515245, 3)}),"
    f" 'customer', printf('customer-%d', {_share(1597334677, 10_000)}))",
    "status": _STATUS,
    "output": f"CASE {_STATUS} WHEN 'succeeded' THEN t.output END",
    "error": f"CASE {_STATUS} WHEN 'failed' THEN"
    """ '{"code":13,"reason":"NODE_FAILED","message":"it failed","metadata":{}}' END""",
    "ended_at": f"CASE WHEN {_STATUS} IN ('succeeded', 'failed', 'cancelled')"
    " THEN s.created_at + 50000 END",
    "created_at": "s.created_at",
    "ready_at": "s.created_at",
    "started_at": "s.created_at",
}


def begin(data_dir: Path, shape: str = "create_and_watch") -> None:
    """Execute the runs that will be copied, on a new database in a directory."""
    with server(data_dir=data_dir) as running:
        work = driven(
            running.address, shape, SHAPES[shape].request, concurrency=4, seconds=0, count=REAL
        )
        uvloop.run(work)


def grow(data_dir: Path, total: int, *, full: bool) -> float:
    """Copy runs until so many are stored; return how many seconds it took.

    Without `full`, runs, inputs and labels only: what lists look at.
    """
    began = time.perf_counter()
    with sqlite3.connect(data_dir / "runwire.db", isolation_level=None) as database:
        database.execute("PRAGMA synchronous = OFF")
        database.execute("PRAGMA cache_size = -1048576")
        database.execute("PRAGMA temp_store = MEMORY")
        _templates(database)
        (stored,) = database.execute("SELECT count(*) FROM runs").fetchone()
        newest = time.time_ns() // 1000
        for first in range(stored, total, CHUNK):
            last = min(first + CHUNK, total) - 1
            given = {"first": first, "last": last, "total": total, "newest": newest}
            database.execute("BEGIN")
            database.execute("DELETE FROM seeded")
            database.execute(_IDS, {**given, "templates": REAL})
            _copy(database, FULL if full else FULL[:1])
            database.execute("COMMIT")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return time.perf_counter() - began


def _templates(database: sqlite3.Connection) -> None:
    database.executescript("""
        CREATE TEMP TABLE seeded (i INTEGER PRIMARY KEY, created_at INTEGER, run_id TEXT, of TEXT);
        CREATE TEMP TABLE templates (number INTEGER PRIMARY KEY, run_id TEXT);
    """)
    database.execute(
        "INSERT INTO templates SELECT row_number() OVER (ORDER BY run_id) - 1, run_id FROM runs"
        " WHERE status = 'succeeded' AND labels = '{}' ORDER BY run_id LIMIT ?",
        (REAL,),
    )


def _copy(database: sqlite3.Connection, tables: tuple[str, ...]) -> None:
    for table in ("runs", *tables):
        changed = _CHANGED if table == "runs" else {"run_id": "s.run_id", "position": "NULL"}
        names = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
        # A table's own number is not copied; SQLite gives the next one.
        columns = ", ".join(f'"{name}"' for name in names)
        values = ", ".join(changed.get(name, f't."{name}"') for name in names)
        database.execute(
            f"INSERT INTO {table} ({columns}) SELECT {values} FROM seeded s"  # noqa: S608 - ours
            f" JOIN {table} t ON t.run_id = s.of ORDER BY s.i"
        )
    database.execute(
        "INSERT INTO run_labels (run_id, key, value, created_at)"
        " SELECT s.run_id, l.key, l.value, s.created_at FROM seeded s"
        " JOIN runs USING (run_id), json_each(runs.labels) l"
    )
