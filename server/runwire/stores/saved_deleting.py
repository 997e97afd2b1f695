"""Deleting and copying what LangGraph's saver has left of threads.

1. What is deleted are checkpoints, with the writes on top of them. Then blobs go that nothing
   needs: no checkpoint that is left, and no other blob that goes on from it.
2. A channel of which only the writes rest (a `DeltaChannel`) is read by going back from a
   checkpoint until its value rests. What such a checkpoint goes back to stays with it.
3. Everything is for a transaction that somebody else has begun.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Any, Final

from sqlalchemy import Connection, Table, bindparam, case, delete, func, insert, literal, select

from runwire.domain.errors import AlreadyExists
from runwire.domain.run import own_thread_of
from runwire.stores.saved_changes import bring_back
from runwire.stores.saved_needs import Key, Line, Place, needed_blobs, needed_checkpoints
from runwire.stores.saved_rows import versions_from
from runwire.stores.saved_tables import thread_blobs as blobs
from runwire.stores.saved_tables import thread_checkpoints as checkpoints
from runwire.stores.saved_tables import thread_writes as writes
from runwire.stores.tables import runs

MAX_KEYS: Final = 500
DELTA: Final = "counters_since_delta_snapshot"
"""In the metadata of checkpoints of graphs with such channels, by channel."""

Superfluous = tuple[Set[str], Set[Key]]
"""Checkpoints by their ids, and blobs."""

_IDS: Final[Any] = bindparam("ids", expanding=True)


def drop_saved(connection: Connection, thread_ids: Sequence[str]) -> None:
    """Delete all there is of threads."""
    for some in _some(thread_ids):
        for table in (checkpoints, blobs, writes):
            connection.execute(delete(table).where(table.c.thread_id.in_(_IDS)), {"ids": some})


def drop_saved_by(connection: Connection, run_ids: Sequence[str]) -> None:
    """Delete what runs have left in any thread, and all there is of threads that are their own."""
    for some in _some(run_ids):
        threads, own = _threads_of(connection, some)
        drop_saved(connection, own)
        for thread_id in threads:
            _drop_from(connection, thread_id, some)


def keep_newest(connection: Connection, thread_ids: Sequence[str]) -> None:
    """Delete all but the newest checkpoint of every checkpoint namespace of threads."""
    newest = select(checkpoints.c.checkpoint_ns, func.max(checkpoints.c.checkpoint_id))
    for thread_id in thread_ids:
        query = newest.where(checkpoints.c.thread_id == thread_id)
        found = connection.execute(query.group_by(checkpoints.c.checkpoint_ns)).all()
        for checkpoint_ns, checkpoint_id in found:
            place = thread_id, checkpoint_ns
            _drop_all(connection, place, superfluous(connection, place, {checkpoint_id}))


def copy_saved(connection: Connection, thread_id: str, new_id: str) -> None:
    """Copy all there is of a thread; the copy is of no run. Raises AlreadyExists."""
    there = select(literal(1)).where(checkpoints.c.thread_id == new_id).limit(1)
    if connection.execute(there).first():
        raise AlreadyExists(
            f"thread {new_id} has checkpoints already", reason="THREAD_EXISTS", thread_id=new_id
        )
    for table in (checkpoints, blobs, writes):
        changed = {"thread_id": literal(new_id), "run_id": literal("")}
        columns = [changed.get(column.name, column).label(column.name) for column in table.c]
        found = select(*columns).where(table.c.thread_id == thread_id)
        connection.execute(insert(table).from_select(list(table.c.keys()), found))


def _threads_of(
    connection: Connection, run_ids: Sequence[str]
) -> tuple[Sequence[str], Sequence[str]]:
    """Return the threads in which runs may have left something, and those that are their own."""
    theirs = checkpoints.c.run_id.in_(_IDS) & (checkpoints.c.run_id != "")
    query = select(checkpoints.c.thread_id).where(theirs).distinct()
    found = set(connection.execute(query, {"ids": run_ids}).scalars())
    named = select(runs.c.run_id, runs.c.thread_id).where(runs.c.run_id.in_(_IDS))
    rows = connection.execute(named, {"ids": run_ids}).all()
    own = {own_thread_of(row.run_id) for row in rows if not row.thread_id}
    found |= {row.thread_id for row in rows if row.thread_id}
    return sorted(found - own), sorted(own)


def _drop_from(connection: Connection, thread_id: str, run_ids: Sequence[str]) -> None:
    theirs = (writes.c.thread_id == thread_id) & writes.c.run_id.in_(_IDS)
    connection.execute(delete(writes).where(theirs), {"ids": run_ids})
    bring_back(connection, thread_id)
    column = checkpoints.c
    query = select(column.checkpoint_ns, column.checkpoint_id, column.parent_id, column.versions)
    query = query.where(column.thread_id == thread_id, column.run_id.in_(_IDS))
    gone: dict[str, dict[str, Line]] = {}
    for row in connection.execute(query, {"ids": run_ids}):
        line = Line(parent_id=row.parent_id, versions=versions_from(row.versions))
        gone.setdefault(row.checkpoint_ns, {})[row.checkpoint_id] = line
    for checkpoint_ns, undone in gone.items():
        place = thread_id, checkpoint_ns
        if not _cut_off(connection, place, undone):
            _drop_all(connection, place, superfluous(connection, place, gone=undone.keys()))


def _cut_off(connection: Connection, place: Place, undone: Mapping[str, Line]) -> bool:
    """Delete checkpoints on which no other goes on; return whether that is so.

    What they alone read are the versions that those before them do not have: so the rest of the
    thread, which may be long, is not looked at.
    """
    column = checkpoints.c
    later = select(column.checkpoint_id, column.parent_id).where(
        *_at(checkpoints, place), column.checkpoint_id > min(undone)
    )
    for row in connection.execute(later):
        if row.parent_id in undone and row.checkpoint_id not in undone:
            return False
    roots = {line.parent_id for line in undone.values()} - undone.keys() - {""}
    before: dict[str, Line] = {}
    for some in _some(sorted(roots)):
        named = (*_at(checkpoints, place), column.checkpoint_id.in_(_IDS))
        query = select(column.checkpoint_id, column.versions).where(*named)
        for row in connection.execute(query, {"ids": some}):
            before[row.checkpoint_id] = Line(parent_id="", versions=versions_from(row.versions))
    if len(before) < len(roots):
        return False
    made = {key for line in undone.values() for key in line.versions.items()}
    made -= {key for line in before.values() for key in line.versions.items()}
    _drop_all(connection, place, (undone.keys(), made))
    return True


def superfluous(
    connection: Connection,
    place: Place,
    keep: Set[str] = frozenset(),
    *,
    gone: Set[str] = frozenset(),
) -> Superfluous:
    """Return what of a place nobody needs for some checkpoints, or for all but those `gone`."""
    lines, bases = _lines(connection, place), _bases(connection, place)
    keep = keep or lines.keys() - gone
    deltas = {name for line in lines.values() for name in line.deltas}
    used = deltas and _channels(connection, place, deltas)
    kept = needed_checkpoints(lines, keep, bases.keys(), used or set())
    needed = needed_blobs((lines[checkpoint_id] for checkpoint_id in kept), bases)
    return lines.keys() - kept, bases.keys() - needed


def _drop_all(connection: Connection, place: Place, what: Superfluous) -> None:
    gone = [(checkpoint_id,) for checkpoint_id in what[0]]
    drop(connection, checkpoints, place, ("checkpoint_id",), gone)
    drop(connection, writes, place, ("checkpoint_id",), gone)
    drop(connection, blobs, place, ("channel", "version"), what[1])


def _lines(connection: Connection, place: Place) -> Mapping[str, Line]:
    """Return what is to be known of every checkpoint of a place, by id."""
    column = checkpoints.c
    has_deltas = column.metadata.contains(f'"{DELTA}"', autoescape=True)
    told = case((has_deltas, column.metadata), else_="{}").label("told")
    query = select(column.checkpoint_id, column.parent_id, column.versions, told)
    return {
        row.checkpoint_id: Line(
            parent_id=row.parent_id,
            versions=versions_from(row.versions),
            deltas=frozenset(json.loads(row.told).get(DELTA) or ()),
        )
        for row in connection.execute(query.where(*_at(checkpoints, place)))
    }


def _bases(connection: Connection, place: Place) -> Mapping[tuple[str, str], str]:
    """Return what the blobs of a place go on from."""
    query = select(blobs.c.channel, blobs.c.version, blobs.c.base_version)
    found = connection.execute(query.where(*_at(blobs, place)))
    return {(row.channel, row.version): row.base_version for row in found}


def _channels(connection: Connection, place: Place, among: Iterable[str]) -> Set[str]:
    """Return which channels anything was ever written to."""
    found: set[str] = set()
    for table in (blobs, writes):
        query = select(table.c.channel).where(*_at(table, place), table.c.channel.in_(among))
        found |= set(connection.execute(query.distinct()).scalars())
    return found


def drop(
    connection: Connection,
    table: Table,
    place: Place,
    names: Sequence[str],
    keys: Iterable[tuple[str, ...]],
) -> None:
    """Delete rows of a place by what names them there."""
    named = [table.c[name] == bindparam(f"its_{name}") for name in names]
    statement = delete(table).where(*_at(table, place), *named)
    rows = [{f"its_{name}": one for name, one in zip(names, key, strict=True)} for key in keys]
    if rows:
        connection.execute(statement, sorted(rows, key=lambda row: tuple(row.values())))


def _at(table: Table, place: Place) -> tuple[Any, Any]:
    return table.c.thread_id == place[0], table.c.checkpoint_ns == place[1]


def _some(keys: Sequence[Any]) -> Iterator[list[Any]]:
    """Yield keys, as many at a time as one statement takes."""
    for start in range(0, len(keys), MAX_KEYS):
        yield list(keys[start : start + MAX_KEYS])
