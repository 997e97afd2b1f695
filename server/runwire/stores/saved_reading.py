"""How checkpoints of threads are read: with their values, whose parts rest apart, and writes.

1. The values of many checkpoints are read at once; what they share is read once.
2. PostgreSQL reads each statement as of its own time. So who has read values looks whether the
   checkpoints are still there: then so were their values. Else it reads again.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import groupby
from typing import Any, Final

from sqlalchemy import ARRAY, Connection, Select, Text, bindparam, func, select, tuple_

from runwire.domain.errors import DataLoss, Unavailable
from runwire.domain.thread_checkpoint import (
    ChannelBlob,
    CheckpointRead,
    TaskWrites,
    ThreadCheckpoint,
)
from runwire.stores.saved_changes import ASIDE
from runwire.stores.saved_rows import blob_from, checkpoint_from, write_from
from runwire.stores.saved_tables import thread_blobs as blobs
from runwire.stores.saved_tables import thread_checkpoints as checkpoints
from runwire.stores.saved_tables import thread_writes as writes

Place = tuple[str, str]
"""(thread id, checkpoint namespace)."""
Key = tuple[str, str]
"""(channel, version)."""

TIMES: Final = 5
_KEY: Final = ("thread_id", "checkpoint_ns", "checkpoint_id")


def read_all(
    connection: Connection, query: Select[Any], channels: Sequence[str] | None = None
) -> Sequence[CheckpointRead]:
    """Return the checkpoints that a query selects, in its order.

    Of their values and writes only those of some channels are read, if these are given.
    """
    for _ in range(TIMES):
        found = [checkpoint_from(row) for row in connection.execute(query)]
        whole = _whole(connection, found, channels)
        if connection.dialect.name == "sqlite" or _all_there(connection, found):
            return whole
    raise Unavailable("checkpoints go while they are read: try again", reason="STORE_UNAVAILABLE")


def _whole(
    connection: Connection, found: Sequence[ThreadCheckpoint], channels: Sequence[str] | None
) -> Sequence[CheckpointRead]:
    read: dict[int, CheckpointRead] = {}
    order = sorted(range(len(found)), key=lambda i: _place(found[i]))
    for place, group in groupby(order, key=lambda i: _place(found[i])):
        here = list(group)
        wanted = {i: _wanted(found[i], channels) for i in here}
        rest = _blobs(connection, place, {key for keys in wanted.values() for key in keys})
        on_top = _writes(connection, place, [found[i].checkpoint_id for i in here], channels)
        for i in here:
            values = {key[0]: _chain(rest, key) for key in wanted[i] if key in rest}
            read[i] = CheckpointRead(
                checkpoint=found[i],
                values=values,
                writes=on_top.get(found[i].checkpoint_id, ()),
            )
    return [read[i] for i in range(len(found))]


def _place(found: ThreadCheckpoint) -> Place:
    return found.thread_id, found.checkpoint_ns


def _wanted(found: ThreadCheckpoint, channels: Sequence[str] | None) -> Sequence[Key]:
    return [key for key in found.versions.items() if channels is None or key[0] in channels]


def _blobs(connection: Connection, place: Place, keys: Iterable[Key]) -> Mapping[Key, ChannelBlob]:
    """Return blobs, and all that they go on from."""
    asked = sorted(keys)
    if not asked:
        return {}
    alone = connection.dialect.name == "sqlite"
    parameters: dict[str, Any] = {"of_thread": place[0], "of_ns": place[1]}
    if alone:
        parameters["keys"] = json.dumps(asked)
    else:
        parameters["channels"], parameters["versions"] = map(list, zip(*asked, strict=True))
    found = map(blob_from, connection.execute(chains(alone=alone), parameters))
    return {(blob.channel, blob.version): blob for blob in found}


@cache
def chains(*, alone: bool) -> Select[Any]:
    """Return the query for blobs with all that they go on from; compiling it takes milliseconds.

    What is asked for is joined: SQLite finds no rows by an index that are among pairs of values.
    """
    asked = (_asked_here() if alone else _asked_there()).cte("asked").prefix_with("MATERIALIZED")
    columns = ("channel", "version", "base_version")
    first = select(*(blobs.c[name] for name in columns)).select_from(asked)
    both = (blobs.c.channel == asked.c.channel) & (blobs.c.version == asked.c.version)
    first = first.join(blobs, both)
    named = first.where(*_of_place(blobs)).cte("named", recursive=True)
    base = blobs.alias("base")
    more = select(*(base.c[name] for name in columns)).where(
        *_of_place(base),
        base.c.channel == named.c.channel,
        base.c.version == named.c.base_version,
        named.c.base_version != "",
    )
    named = named.union(more)
    whole = (blobs.c.channel == named.c.channel) & (blobs.c.version == named.c.version)
    return select(blobs).join(named, whole).where(*_of_place(blobs))


def _asked_here() -> Select[Any]:
    given = func.json_each(bindparam("keys", type_=Text)).table_valued("value")
    channel, version = (func.json_extract(given.c.value, f"$[{place}]") for place in (0, 1))
    return select(channel.label("channel"), version.label("version"))


def _asked_there() -> Select[Any]:
    arrays = (bindparam(name, type_=ARRAY(Text)) for name in ("channels", "versions"))
    given = func.unnest(*arrays).table_valued("channel", "version").render_derived(name="given")
    return select(given.c.channel, given.c.version)


def _of_place(table: Any) -> tuple[Any, Any]:
    return (
        table.c.thread_id == bindparam("of_thread", type_=Text),
        table.c.checkpoint_ns == bindparam("of_ns", type_=Text),
    )


def _chain(rest: Mapping[Key, ChannelBlob], key: Key) -> tuple[ChannelBlob, ...]:
    """Return the parts of a value, the oldest first."""
    channel, found = key[0], [rest[key]]
    while base := found[-1].base_version:
        if (channel, base) not in rest:
            raise DataLoss(f"a part of channel {channel!r} is gone", reason="CHECKPOINT_DAMAGED")
        found.append(rest[channel, base])
    return tuple(reversed(found))


def _writes(
    connection: Connection,
    place: Place,
    checkpoint_ids: Sequence[str],
    channels: Sequence[str] | None,
) -> Mapping[str, tuple[TaskWrites, ...]]:
    """Return the writes on top of checkpoints, in the order in which LangGraph applies them."""
    of_these = writes.c.checkpoint_id.in_(checkpoint_ids)
    query = select(writes).where(*_at(writes, place), of_these, writes.c.idx > -ASIDE)
    if channels is not None:
        query = query.where(writes.c.channel.in_(channels))
    # Sorted here: databases sort text in ways of their own.
    rows = sorted(connection.execute(query), key=_order)
    found: dict[str, list[TaskWrites]] = {}
    for (checkpoint_id, path, task_id), group in groupby(rows, key=lambda row: _order(row)[:3]):
        here = list(group)
        task = TaskWrites(
            thread_id=place[0],
            checkpoint_ns=place[1],
            checkpoint_id=checkpoint_id,
            task_id=task_id,
            task_path=path,
            run_id=here[0].run_id,
            writes=tuple(map(write_from, here)),
        )
        found.setdefault(checkpoint_id, []).append(task)
    return {checkpoint_id: tuple(tasks) for checkpoint_id, tasks in found.items()}


def _order(row: Any) -> tuple[str, str, str, int]:
    return row.checkpoint_id, row.task_path, row.task_id, row.idx


def _at(table: Any, place: Place) -> tuple[Any, Any]:
    return table.c.thread_id == place[0], table.c.checkpoint_ns == place[1]


def _all_there(connection: Connection, found: Sequence[ThreadCheckpoint]) -> bool:
    keys = [(*_place(one), one.checkpoint_id) for one in found]
    if not keys:
        return True
    of_these = tuple_(*(checkpoints.c[name] for name in _KEY)).in_(keys)
    query = select(func.count()).select_from(checkpoints).where(of_these)
    return bool(connection.execute(query).scalar_one() == len(keys))
