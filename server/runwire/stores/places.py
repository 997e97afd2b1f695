"""The queue, as one run sees it: the limit it waits under, or who is before it."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, and_, func, or_, select

from runwire.domain.explanation import Place, WaitReason
from runwire.domain.namespace import DEFAULT_NAMESPACE, SEPARATOR, local_id, namespace_of
from runwire.domain.run import Run
from runwire.stores.database import Database
from runwire.stores.quotas import TIME
from runwire.stores.tables import queue

MAX_AHEAD: Final = 10_000
MAX_HOLDERS: Final = 5

_GATES: Final = {
    "key": (WaitReason.CONCURRENCY_KEY, queue.c.limit_key),
    "graph": (WaitReason.GRAPH_LIMIT, queue.c.graph_key),
    "namespace": (WaitReason.NAMESPACE_QUOTA, queue.c.namespace_key),
}
"""Kinds of gates, as ``waits_for`` names them, and the column of those who share one."""


class SqlPlaces:
    """Reads places in the queue."""

    def __init__(self, database: Database, graph_limits: Mapping[str, int]) -> None:
        self._database = database
        self._graph_limits = graph_limits

    async def place(self, run: Run) -> Place | None:
        return await self._database.read(lambda connection: self._read(connection, run))

    def _read(self, connection: Connection, run: Run) -> Place | None:
        row = connection.execute(select(queue).where(queue.c.run_id == run.run_id)).one_or_none()
        if row is None:
            return None
        if row.worker_id is not None:
            return Place(gate=None, worker_id=row.worker_id, lease_until=row.lease_until)
        kind, _, name = (row.waits_for or TIME).partition(":")
        if kind == TIME:
            return Place(gate=None, ahead=_ahead(connection, row), counted=MAX_AHEAD)
        reason, column = _GATES[kind]
        return Place(
            gate=reason,
            gate_name=local_id(name),
            limit=self._limit(kind, name, row),
            holders=_holders(connection, column, name, row),
        )

    def _limit(self, kind: str, name: str, row: Any) -> int:
        match kind:
            case "key":
                limit: int = row.limit_count
            case "graph":
                limit = self._graph_limits.get(name, 0)
            case _:
                quotas = self._database.writer.quotas.of(name)
                limit = quotas.running_runs if quotas else 0
        return limit


def _ahead(connection: Connection, row: Any) -> int:
    """Count those that wait for nothing but a worker, too, and are taken first."""
    sooner = or_(
        queue.c.priority > row.priority,
        and_(queue.c.priority == row.priority, queue.c.ready_at < row.ready_at),
        and_(
            queue.c.priority == row.priority,
            queue.c.ready_at == row.ready_at,
            queue.c.run_id < row.run_id,
        ),
    )
    waiting = and_(
        queue.c.queue == row.queue, queue.c.worker_id.is_(None), queue.c.waits_for.is_(None)
    )
    some = select(queue.c.run_id).where(waiting, sooner).limit(MAX_AHEAD).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one()


def _holders(connection: Connection, column: Any, name: str, row: Any) -> tuple[str, ...]:
    """Return some who have a place: held by a worker, or let pass a moment ago.

    Of a graph that namespaces share, only those of the run's own namespace are named.
    """
    namespace = namespace_of(row.run_id)
    elsewhere = queue.c.run_id.contains(SEPARATOR, autoescape=True)
    ours = (
        ~elsewhere
        if namespace == DEFAULT_NAMESPACE
        else queue.c.run_id.startswith(namespace + SEPARATOR, autoescape=True)
    )
    found = connection.execute(
        select(queue.c.run_id)
        .where(
            column == name,
            ours,
            queue.c.run_id != row.run_id,
            or_(queue.c.worker_id.is_not(None), queue.c.waits_for.is_(None)),
        )
        .order_by(queue.c.worker_id.is_(None), queue.c.run_id)
        .limit(MAX_HOLDERS)
    )
    return tuple(local_id(run_id) for run_id in found.scalars())
