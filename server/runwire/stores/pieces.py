"""Discards parts of ended runs, so much at a time that nobody who writes has to wait for long."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, delete, func, select, update

from runwire.domain.run import RunId
from runwire.stores.batch import Batch
from runwire.stores.tables import checkpoints, runs, segments

PASS_BYTES: Final = 4 * 1024 * 1024
"""About so much goes in one transaction; 20 ms of the writer's time or less."""
PASS_ROWS: Final = 1000

_SEGMENT_BYTES = func.length(segments.c.body).label("size")
_DELTAS = (
    select(segments.c.position, _SEGMENT_BYTES, runs.c.run_id, runs.c.graph_id, runs.c.status)
    .join(runs)
    .where(segments.c.delta, runs.c.ended_at < bindparam("before", type_=runs.c.ended_at.type))
    .limit(bindparam("count"))
    .with_for_update(of=(segments, runs), skip_locked=True)
)
_OF_RUN = (
    select(segments.c.position, _SEGMENT_BYTES)
    .where(segments.c.run_id == bindparam("run_id"))
    .order_by(segments.c.first_sequence)
    .limit(PASS_ROWS)
)
_CHECKPOINTS = (
    select(checkpoints.c.number, func.length(checkpoints.c.body).label("size"))
    .where(checkpoints.c.run_id == bindparam("run_id"))
    .order_by(checkpoints.c.number)
    .limit(PASS_ROWS)
)
_LESS = (
    update(runs)
    .where(runs.c.run_id == bindparam("of_run"))
    .values(
        storage_bytes=runs.c.storage_bytes - bindparam("events") - bindparam("saved"),
        event_bytes=runs.c.event_bytes - bindparam("events"),
        checkpoint_bytes=runs.c.checkpoint_bytes - bindparam("saved"),
    )
)


def discard_deltas(batch: Batch, ended_before: datetime, limit: int) -> int:
    """Discard some segments of deltas of runs that ended before a time; return how many."""
    parameters = {"before": ended_before, "count": limit}
    found = _fitting(batch.connection.execute(_DELTAS, parameters).all())
    _drop_segments(batch, found)
    sizes: defaultdict[str, int] = defaultdict(int)
    for row in found:
        sizes[row.run_id] += row.size
    for run_id, run in sorted({row.run_id: row for row in found}.items()):
        _less(batch, run, events=sizes[run_id])
    return len(found)


def shorten(batch: Batch, run: Any) -> bool:
    """Take a piece off a run that is to be deleted and is too large for that; False if none is."""
    of_run = {"run_id": run.run_id}
    found = _fitting(batch.connection.execute(_OF_RUN, of_run).all())
    if found:
        _drop_segments(batch, found)
        events = sum(row.size for row in found)
        _less(batch, run, events=events)
        return True
    saved = _fitting(batch.connection.execute(_CHECKPOINTS, of_run).all())
    if saved:
        numbers = checkpoints.c.number.in_([row.number for row in saved])
        mine = checkpoints.c.run_id == run.run_id
        batch.connection.execute(delete(checkpoints).where(mine, numbers))
        size = sum(row.size for row in saved)
        _less(batch, run, saved=size)
    return bool(saved)


def _fitting(rows: Sequence[Any]) -> Sequence[Any]:
    """Return as many as go at once: one at least, if there is any."""
    size = 0
    for count, row in enumerate(rows):
        size += row.size
        if count and size > PASS_BYTES:
            return rows[:count]
    return rows


def _drop_segments(batch: Batch, found: Iterable[Any]) -> None:
    positions = [row.position for row in found]
    batch.connection.execute(delete(segments).where(segments.c.position.in_(positions)))


def _less(batch: Batch, run: Any, *, events: int = 0, saved: int = 0) -> None:
    """Let a run and the sums say that it stores less."""
    batch.connection.execute(_LESS, {"of_run": run.run_id, "events": events, "saved": saved})
    batch.sums.add(run, run.status, 0, -events - saved, -events, -saved)
    batch.outdate(RunId(run.run_id))
