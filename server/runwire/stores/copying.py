"""Copies rows from a SQLite file to PostgreSQL, a batch of whole runs at a time.

1. A run is copied with all it owns, as one reading transaction sees it, and replaces what the
   target had of it; so a run that changes while others are copied is simply copied again.
2. Whether it has changed is told by its revision and its size: nothing else moves without them.
3. Rows are streamed: memory holds one row, and the ids of one page of runs.
4. Bodies are compared by MD5 sums in the transaction that writes them.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, Final

import psycopg
from psycopg import sql
from sqlalchemy import Table

from runwire.domain.errors import DataLoss
from runwire.stores import (
    access_tables,
    assistant_tables,
    quotas,
    saved_tables,
    sizes,
    tables,
    thread_tables,
    throughput,
    webhook_tables,
)
from runwire.stores.schedule_tables import schedule_runs, schedule_specs, schedules

PAGE: Final = 2000
BATCH_RUNS: Final = 500
BATCH_BYTES: Final = 8 * 1024 * 1024

OF_RUN: Final = (
    tables.runs,
    tables.run_inputs,
    tables.run_labels,
    tables.segments,
    tables.steps,
    tables.checkpoints,
)
"""Copied run by run, parents first."""
WHOLE: Final = (
    tables.queue,
    tables.requests,
    tables.graphs,
    tables.registrations,
    tables.artifacts,
    thread_tables.threads,
    saved_tables.thread_checkpoints,
    saved_tables.thread_blobs,
    saved_tables.thread_writes,
    sizes.totals,
    throughput.throughput,
    schedules,
    schedule_specs,
    schedule_runs,
    webhook_tables.webhooks,
    webhook_tables.deliveries,
    access_tables.keys,
    access_tables.audit,
    quotas.namespaces,
    assistant_tables.assistants,
    assistant_tables.assistant_versions,
    assistant_tables.deleted_assistants,
    assistant_tables.items,
    assistant_tables.item_vectors,
)
"""Copied as a whole, at the end."""
BODIES: Final = (tables.segments, tables.checkpoints)

Source = sqlite3.Connection
Target = psycopg.Connection[Any]

_IDS: Final = "(SELECT value FROM json_each(?))"
_STATES: Final = "SELECT run_id, revision, storage_bytes FROM runs"
_MD5: Final = "('x' || substr(md5(body), 1, 8))::bit(32)::bigint"


def copy_changed(source: Source, target: Target) -> Iterator[int]:
    """Copy every run that the target lacks or has otherwise; yield how many, batch by batch."""
    for page in _pages(source):
        ids = [row[0] for row in page]
        query = f"{_STATES} WHERE run_id = ANY(%s)"
        there = {row[0]: row for row in target.execute(query, (ids,))}
        changed = [row for row in page if there.get(row[0]) != row]
        for batch in _batches(changed):
            with target.transaction():
                _copy_runs(source, target, batch)
            yield len(batch)


def drop_missing(source: Source, target: Target) -> int:
    """Delete from the target the runs that the source has no more; return how many."""
    count = 0
    with target.transaction(), target.cursor("known") as known:
        known.itersize = PAGE
        known.execute("SELECT run_id FROM runs")
        while found := [row[0] for row in known.fetchmany(PAGE)]:
            query = f"SELECT run_id FROM runs WHERE run_id IN {_IDS}"  # noqa: S608 - ours
            kept = {row[0] for row in source.execute(query, (json.dumps(found),))}
            gone = [run_id for run_id in found if run_id not in kept]
            target.execute("DELETE FROM runs WHERE run_id = ANY(%s)", (gone,))
            count += len(gone)
    return count


def copy_whole(source: Source, target: Target) -> None:
    """Copy the tables that are copied as a whole, in the transaction that is open."""
    for table in WHOLE:
        target.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table.name)))
        _copy(source, target, table, "", ())
    target.execute(
        "SELECT setval(pg_get_serial_sequence('segments', 'position'),"
        " GREATEST((SELECT COALESCE(MAX(position), 0) FROM segments), %s, 1))",
        (_last(source, "segments"),),
    )
    target.execute(
        "SELECT setval(pg_get_serial_sequence('audit', 'number'), GREATEST(%s, 1))",
        (_last(source, "audit"),),
    )


def _last(source: Source, table: str) -> int:
    """Return the highest number ever given, though its row may be gone: tokens know it."""
    query = "SELECT seq FROM sqlite_sequence WHERE name = ?"
    found = source.execute(query, (table,)).fetchone()
    return int(found[0]) if found else 0


def _pages(source: Source) -> Iterator[Sequence[tuple[str, int, int]]]:
    last = ""
    query = f"{_STATES} WHERE run_id > ? ORDER BY run_id LIMIT {PAGE}"
    while page := source.execute(query, (last,)).fetchall():
        yield page
        last = page[-1][0]


def _batches(rows: Sequence[tuple[str, int, int]]) -> Iterator[Sequence[str]]:
    batch: list[str] = []
    size = 0
    for run_id, _, storage_bytes in rows:
        if batch and (len(batch) >= BATCH_RUNS or size + storage_bytes > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(run_id)
        size += storage_bytes
    if batch:
        yield batch


def _copy_runs(source: Source, target: Target, run_ids: Sequence[str]) -> None:
    target.execute("DELETE FROM runs WHERE run_id = ANY(%s)", (run_ids,))
    source.execute("BEGIN")
    try:
        for table in OF_RUN:
            where = f" WHERE run_id IN {_IDS}"
            digest = _copy(source, target, table, where, (json.dumps(run_ids),))
            if table in BODIES:
                _compare(target, table, run_ids, digest)
    finally:
        source.execute("COMMIT")


def _copy(source: Source, target: Target, table: Table, where: str, values: Sequence[str]) -> int:
    """Stream the rows of a table; return the sum of the MD5s of their bodies, if they have any."""
    names = [column.name for column in table.c]
    body = names.index("body") if table in BODIES else None
    columns = ", ".join(f'"{name}"' for name in names)
    rows = source.execute(f'SELECT {columns} FROM "{table.name}"{where}', values)  # noqa: S608
    # On PostgreSQL the feed goes by transactions first: those of before are older than any.
    extra = ("xid",) if table is tables.segments else ()
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, (*names, *extra)))
    )
    digest = 0
    with target.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row((*row, 0) if extra else row)
            if body is not None:
                digest += _digest(row[body])
    return digest


def _digest(body: bytes) -> int:
    return int.from_bytes(hashlib.md5(body, usedforsecurity=False).digest()[:4])


def _compare(target: Target, table: Table, run_ids: Sequence[str], digest: int) -> None:
    query = f"SELECT COALESCE(SUM({_MD5}), 0) FROM {table.name} WHERE run_id = ANY(%s)"  # noqa: S608
    found = target.execute(query, (run_ids,)).fetchone()
    if found is None or int(found[0]) != digest:
        raise DataLoss(
            f"what was copied of {table.name} differs from what was read: run `runwire promote`"
            " again, and look at the disks if it happens again",
            reason="COPY_DIFFERS",
        )
