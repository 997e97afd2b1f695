"""Deleting the history of threads, some at a time, so that commits need not wait for long.

1. What is to go is worked out beside the writer; each transaction looks whether that still holds:
   the newest checkpoints are the same, and no run goes on.
2. Blobs go last: as long as a checkpoint is there, so are its values. What breaks off leaves blobs
   of no use, which go the next time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Select, Table, func, select

from runwire.stores.saved_deleting import drop, superfluous
from runwire.stores.saved_needs import Place
from runwire.stores.saved_tables import thread_blobs as blobs
from runwire.stores.saved_tables import thread_checkpoints as checkpoints
from runwire.stores.saved_tables import thread_writes as writes

PORTION: Final = 250
"""So many checkpoints, or blobs, go at once."""

Newest = dict[str, str]
"""Checkpoint ids by checkpoint namespace."""


@dataclass(frozen=True, slots=True)
class Portion:
    """What goes in one transaction, if these still are the newest checkpoints of the thread."""

    newest: Newest
    place: Place
    tables: tuple[Table, ...]
    names: tuple[str, ...]
    keys: Sequence[tuple[str, ...]]

    def drop(self, connection: Connection) -> bool:
        """Delete it; return whether it was to go still."""
        if newest_of(connection, self.place[0]) != self.newest:
            return False
        for table in self.tables:
            drop(connection, table, self.place, self.names, self.keys)
        return True


def history_of(connection: Connection, thread_id: str) -> Sequence[Portion]:
    """Return all but the newest checkpoints of a thread, and what these need."""
    newest = newest_of(connection, thread_id)
    return [
        portion
        for checkpoint_ns, checkpoint_id in newest.items()
        for portion in _portions(connection, newest, (thread_id, checkpoint_ns), checkpoint_id)
    ]


def newest_of(connection: Connection, thread_id: str) -> Newest:
    """Return the newest checkpoint of every checkpoint namespace of a thread."""
    found = connection.execute(_newest().where(checkpoints.c.thread_id == thread_id)).all()
    return {row.checkpoint_ns: row.newest for row in found}


def _portions(
    connection: Connection, newest: Newest, place: Place, checkpoint_id: str
) -> Iterator[Portion]:
    gone, useless = superfluous(connection, place, {checkpoint_id})
    ids = sorted((one,) for one in gone)
    for start in range(0, len(ids), PORTION):
        some = ids[start : start + PORTION]
        yield Portion(newest, place, (checkpoints, writes), ("checkpoint_id",), some)
    keys = sorted(useless)
    for start in range(0, len(keys), PORTION):
        some_keys = keys[start : start + PORTION]
        yield Portion(newest, place, (blobs,), ("channel", "version"), some_keys)


def _newest() -> Select[Any]:
    ids = func.max(checkpoints.c.checkpoint_id).label("newest")
    return select(checkpoints.c.checkpoint_ns, ids).group_by(checkpoints.c.checkpoint_ns)
