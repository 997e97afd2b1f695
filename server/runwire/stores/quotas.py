"""Quotas of namespaces: who has which, and whether more is let in.

1. What a namespace holds is never stored, but counted in the transaction that lets something in;
   servers that share the database take turns with that. So no two callers get the last place.
2. Only what belongs to a namespace with quotas is counted: its rows in the queue are marked. For
   all others a look into a dictionary in memory is everything.
3. That dictionary is this server's: what another one changes is known here within a second.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Integer,
    Table,
    Text,
    bindparam,
    func,
    literal_column,
    select,
    type_coerce,
    update,
)

from runwire.domain.namespace import DEFAULT_NAMESPACE, SEPARATOR
from runwire.domain.quotas import Quotas, exceeded
from runwire.domain.run import RunStatus
from runwire.stores.columns import metadata
from runwire.stores.sizes import totals
from runwire.stores.tables import artifacts, queue, runs
from runwire.stores.times import Micros

TIME: Final = "time"  # the first gate

namespaces = Table(
    "namespaces",
    metadata,
    Column("namespace", Text, primary_key=True),
    Column("display_name", Text, nullable=False),
    Column("stored_bytes", BigInteger, nullable=False),
    Column("running_runs", Integer, nullable=False),
    Column("queued_runs", Integer, nullable=False),
    Column("created_at", Micros, nullable=False),
)

_OPEN: Final = [status.value for status in RunStatus if not status.final]
_OURS: Final[Any] = bindparam("namespace")
_QUEUED: Final = select(func.count()).where(
    queue.c.namespace_key == _OURS, queue.c.worker_id.is_(None)
)
_BYTES: Final = (
    select(func.coalesce(func.sum(totals.c.storage_bytes), 0)).where(totals.c.namespace == _OURS),
    select(func.coalesce(func.sum(runs.c.storage_bytes), 0)).where(
        runs.c.namespace == _OURS, runs.c.status.in_(_OPEN)
    ),
    select(func.coalesce(func.sum(artifacts.c.size_bytes), 0)).where(
        artifacts.c.namespace == _OURS
    ),
)


class QuotaBook:
    """The namespaces there are and their quotas, as this process knows them."""

    def __init__(self) -> None:
        self._quotas: Mapping[str, Quotas] = {DEFAULT_NAMESPACE: Quotas()}

    def knows(self, namespace: str) -> bool:
        """Whether there is such a namespace."""
        return namespace in self._quotas

    def of(self, namespace: str) -> Quotas | None:
        """Return the quotas of a namespace, None if it has none."""
        return self._quotas.get(namespace) or None

    def load(self, connection: Connection) -> Mapping[str, Quotas]:
        """Read all, and return those that have changed."""
        found = {row.namespace: quotas_from(row) for row in connection.execute(select(namespaces))}
        found.setdefault(DEFAULT_NAMESPACE, Quotas())
        before, self._quotas = self._quotas, found
        return {name: each for name, each in found.items() if before.get(name) != each}


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds how many runs are executed, or are there, at the same time."""

    graphs: Mapping[str, int] = field(default_factory=dict)
    quotas: QuotaBook = field(default_factory=QuotaBook)


class Admission:
    """Lets in what quotas allow; one batch's view."""

    def __init__(self, book: QuotaBook, enter: Callable[[], Connection]) -> None:
        self._book = book
        self._enter = enter
        self._queued: dict[str, int] = {}
        self._bytes: dict[str, int] = {}

    def check(self, namespace: str, *, runs: int = 0, size_bytes: int = 0) -> None:
        """Count something in; raise Exhausted if there is no room for it."""
        quotas = self._book.of(namespace)
        if quotas is None or not (quotas.queued_runs or quotas.stored_bytes):
            return
        if namespace not in self._bytes:
            connection = self._enter()
            ours = {"namespace": namespace}
            limited = bool(quotas.queued_runs) and runs
            self._queued[namespace] = (
                connection.execute(_QUEUED, ours).scalar_one() if limited else 0
            )
            self._bytes[namespace] = (
                stored_bytes(connection, namespace) if quotas.stored_bytes else 0
            )
        if runs and 0 < quotas.queued_runs < self._queued[namespace] + runs:
            remedy = "wait until some have begun, cancel some"
            raise exceeded(namespace, "queued_runs", quotas.queued_runs, remedy)
        if 0 < quotas.stored_bytes < self._bytes[namespace] + size_bytes:
            remedy = "delete runs and artifacts"
            raise exceeded(namespace, "stored_bytes", quotas.stored_bytes, remedy)
        self._queued[namespace] += runs
        self._bytes[namespace] += size_bytes


def stored_bytes(connection: Connection, namespace: str) -> int:
    """Return what the runs and artifacts of a namespace fill."""
    ours = {"namespace": namespace}
    return sum(int(connection.execute(each, ours).scalar_one()) for each in _BYTES)


def default() -> dict[str, Any]:
    """Return the row of the namespace that there always is, in a new SQLite file."""
    none = {"stored_bytes": 0, "running_runs": 0, "queued_runs": 0}
    seconds = literal_column("CAST(strftime('%s', 'now') AS INTEGER)", Integer)
    made = type_coerce(seconds * 1_000_000, Micros)
    return {"namespace": DEFAULT_NAMESPACE, "display_name": "", "created_at": made, **none}


def quotas_from(row: Any) -> Quotas:
    """Return the quotas of a row."""
    return Quotas(
        stored_bytes=row.stored_bytes, running_runs=row.running_runs, queued_runs=row.queued_runs
    )


def mark(connection: Connection, namespace: str) -> None:
    """Let quotas count for runs that were queued while their namespace had none."""
    unmarked = queue.c.namespace_key.is_(None) & _of(namespace)
    waiting = queue.c.worker_id.is_(None)
    # Back to where gates begin. Those that are held only have to be counted.
    connection.execute(
        update(queue).where(unmarked, waiting).values(namespace_key=namespace, waits_for=TIME)
    )
    connection.execute(update(queue).where(unmarked).values(namespace_key=namespace))
    unplaced = (queue.c.namespace_key == namespace) & queue.c.placed_at.is_(None)
    connection.execute(
        update(queue)
        .where(unplaced, queue.c.worker_id.is_not(None))
        .values(placed_at=queue.c.ready_at)
    )


def limit_anew(connection: Connection, graph_limits: Mapping[str, int]) -> None:
    """Send runs that were queued while their graph had no limit back to where gates begin."""
    for graph_id in graph_limits:
        of_graph = select(queue.c.run_id).join(runs).where(runs.c.graph_id == graph_id)
        unlimited = queue.c.worker_id.is_(None) & queue.c.graph_key.is_(None)
        connection.execute(
            update(queue)
            .where(unlimited, queue.c.run_id.in_(of_graph))
            .values(graph_key=graph_id, waits_for=TIME)
        )


def _of(namespace: str) -> ColumnElement[bool]:
    if namespace == DEFAULT_NAMESPACE:
        return ~queue.c.run_id.contains(SEPARATOR)
    return queue.c.run_id.startswith(f"{namespace}{SEPARATOR}")
