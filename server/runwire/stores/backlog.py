"""What waits and what is there, counted where indexes hold it, and only so far.

Nothing is counted beyond ``MAX_COUNTED``, so that a look costs the same however much waits; that is
a few milliseconds at most. What has ended is known from sums.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, literal_column, select

from runwire.domain.backlog import Backlog, QueueDepth
from runwire.domain.ids import DEFAULT_QUEUE
from runwire.domain.run import RunStatus
from runwire.stores.database import Database
from runwire.stores.sizes import totals
from runwire.stores.tables import queue, runs

MAX_COUNTED: Final = 100_000
MAX_QUEUES: Final = 100

_READY: Final = (queue.c.worker_id.is_(None), queue.c.waits_for.is_(None))


def _counted(column: Any, *where: Any, order_by: Any = None) -> Any:
    found = select(column).where(*where).limit(bindparam("most"))
    return (found if order_by is None else found.order_by(*order_by)).subquery()


# In the index's own order, so that counting ends where it may.
_READY_ROWS: Final = _counted(
    queue.c.ready_at,
    queue.c.queue == bindparam("name"),
    *_READY,
    order_by=(queue.c.priority.desc(), queue.c.ready_at),
)
_DEPTH: Final = select(
    func.count().label("ready"), func.min(_READY_ROWS.c.ready_at).label("oldest")
).select_from(_READY_ROWS)
_NEXT_QUEUE: Final = select(func.min(queue.c.queue)).where(
    queue.c.queue > bindparam("after"), *_READY
)
# As the indexes spell it.
_DELAYED: Final = select(func.count()).select_from(
    _counted(queue.c.ready_at, queue.c.waits_for == literal_column("'time'"))
)
_LIMITED: Final = select(func.count()).select_from(
    _counted(queue.c.waits_for, queue.c.waits_for != literal_column("'time'"))
)
_OPEN: Final = select(func.count()).select_from(
    _counted(runs.c.created_at, runs.c.status == bindparam("status"))
)
_ENDED: Final = select(totals.c.status, func.sum(totals.c.runs).label("runs")).group_by(
    totals.c.status
)


class SqlBacklog:
    """Counts what waits."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def backlog(self) -> Backlog:
        now = self._database.now()
        return await self._database.read(lambda connection: _backlog(connection, now))


def _backlog(connection: Connection, now: datetime) -> Backlog:
    most = {"most": MAX_COUNTED}
    counts = dict.fromkeys(RunStatus, 0)
    for status in RunStatus:
        if not status.final:
            found = connection.execute(_OPEN, {**most, "status": status.value})
            counts[status] = found.scalar_one()
    for row in connection.execute(_ENDED):
        counts[RunStatus(row.status)] = int(row.runs)
    return Backlog(
        queues=tuple(_queues(connection, now)),
        delayed=connection.execute(_DELAYED, most).scalar_one(),
        limited=connection.execute(_LIMITED, most).scalar_one(),
        runs=counts,
    )


def _queues(connection: Connection, now: datetime) -> list[QueueDepth]:
    """Return the default queue, and every other one in which runs are ready."""
    found: list[QueueDepth] = []
    name: str | None = ""
    while name is not None and len(found) < MAX_QUEUES:
        row = connection.execute(_DEPTH, {"name": name, "most": MAX_COUNTED}).one()
        age = 0.0 if row.oldest is None else max((now - row.oldest).total_seconds(), 0.0)
        found.append(QueueDepth(queue=name or DEFAULT_QUEUE, ready=row.ready, age_seconds=age))
        name = connection.execute(_NEXT_QUEUE, {"after": name}).scalar_one()
    return found
