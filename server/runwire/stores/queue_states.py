"""The queues: what waits in each, what is held of it, and how long the oldest has waited."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, case, func, literal_column, select

from runwire.domain.filter import Filter
from runwire.domain.ids import DEFAULT_QUEUE
from runwire.domain.overview import MAX_IN_QUEUE, QueuedGraph, QueueState
from runwire.stores.filters import where_clause
from runwire.stores.tables import queue, runs

MAX_QUEUES: Final = 1000
MAX_GRAPHS: Final = 100

_READY: Final = (queue.c.worker_id.is_(None), queue.c.waits_for.is_(None))
_NEXT_QUEUE: Final = select(func.min(queue.c.queue)).where(
    queue.c.queue > bindparam("after"), *_READY
)
_QUEUED: Final = select(*queue.c["run_id", "queue", "ready_at", "worker_id", "lease_until"])
HELD: Final = _QUEUED.where(queue.c.worker_id.is_not(None)).order_by(queue.c.lease_until)
"""The runs that workers hold."""
# One way into the table each, by its own index, whose condition is spelled as the index has it.
_WAYS: Final[Mapping[str, Any]] = {
    "ready": _QUEUED.where(queue.c.queue == bindparam("name"), *_READY).order_by(
        queue.c.priority.desc(), queue.c.ready_at
    ),
    "delayed": _QUEUED.where(queue.c.waits_for == literal_column("'time'")),
    "limited": _QUEUED.where(queue.c.waits_for != literal_column("'time'")),
    "running": HELD,
}


class _Found:
    """What was found of one queue so far."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys(_WAYS, 0)
        self.oldest: datetime | None = None
        self.graphs: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])

    def add(self, way: str, row: Any) -> None:
        """Add the runs of one graph."""
        self.counts[way] += row.runs
        self.graphs[row.graph_id][way == "running"] += row.runs
        if way == "ready" and (self.oldest is None or row.oldest < self.oldest):
            self.oldest = row.oldest

    def state(self, name: str, now: datetime, *, more: bool) -> QueueState:
        """Return it as it is told."""
        graphs = [
            QueuedGraph(graph_id=graph_id, waiting=waiting, running=running)
            for graph_id, (waiting, running) in self.graphs.items()
        ]
        graphs.sort(key=lambda graph: (-graph.waiting - graph.running, graph.graph_id))
        lag = 0.0 if self.oldest is None else (now - self.oldest).total_seconds()
        return QueueState(
            queue=name or DEFAULT_QUEUE,
            **self.counts,
            lag_seconds=max(lag, 0.0),
            graphs=graphs[:MAX_GRAPHS],
            more=more,
        )


def queue_states(connection: Connection, where: Filter, now: datetime) -> list[QueueState]:
    """Return the queues in which there are runs that a filter means, by name."""
    found: defaultdict[str, _Found] = defaultdict(_Found)
    cut: set[str] = set()
    more = False
    for name in _with_ready(connection):
        if _read(connection, where, "ready", found, name=name):
            cut.add(name)
    for way in ("delayed", "limited", "running"):
        more |= _read(connection, where, way, found)
    states = [each.state(name, now, more=more or name in cut) for name, each in found.items()]
    return sorted(states, key=lambda state: state.queue)


def _with_ready(connection: Connection) -> Iterator[str]:
    """Yield the queues in which runs are ready: one look at the index for each."""
    name: str | None = ""
    for _ in range(MAX_QUEUES):
        if name is None:
            return
        yield name
        name = connection.execute(_NEXT_QUEUE, {"after": name}).scalar_one()


def _read(
    connection: Connection, where: Filter, way: str, found: dict[str, _Found], **given: str
) -> bool:
    """Add what one way leads to; return whether there is more of it than may be counted."""
    read = _WAYS[way].limit(MAX_IN_QUEUE + 1).subquery()
    seen = case((where_clause(where), 1), else_=0)
    query = (
        select(
            read.c.queue,
            runs.c.graph_id,
            seen.label("seen"),
            func.count().label("runs"),
            func.min(read.c.ready_at).label("oldest"),
        )
        .join(runs, runs.c.run_id == read.c.run_id)
        .group_by(read.c.queue, runs.c.graph_id, seen)
    )
    rows = connection.execute(query, given).all()
    for row in rows:
        if row.seen:
            found[row.queue].add(way, row)
    return bool(sum(row.runs for row in rows) > MAX_IN_QUEUE)
