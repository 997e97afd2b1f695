"""Discards what need not be kept, a bounded amount at a time.

Several servers may do this at once: they choose the same runs, the oldest, and what one of them has
deleted, or is deleting, the others pass over.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, bindparam, delete, func, select, tuple_

from runwire.domain.reach import Reach
from runwire.domain.retention import Ended, Pruned, RetentionPolicy, by_graph, due, tally
from runwire.domain.run import RunId
from runwire.stores.batch import Batch
from runwire.stores.burying import drop_runs
from runwire.stores.database import Database
from runwire.stores.pieces import PASS_BYTES, discard_deltas, shorten
from runwire.stores.sizes import SUMMED, totals
from runwire.stores.space import give_back
from runwire.stores.storage import storage_by_graph
from runwire.stores.tables import artifacts, requests, runs
from runwire.stores.throughput import throughput
from runwire.stores.times import EPOCH, Micros

PAGE: Final = 100
MAX_PAGE: Final = 800  # of rows at once on the server's loop
MAX_DELETED: Final = 200  # in one transaction

_OWNED = (
    select(func.coalesce(func.sum(artifacts.c.size_bytes), 0))
    .where(artifacts.c.run_id == runs.c.run_id)
    .scalar_subquery()
)
_PAGE = (
    select(runs.c.run_id, runs.c.ended_at, runs.c.storage_bytes, _OWNED.label("artifact_bytes"))
    .where(
        runs.c.namespace == bindparam("namespace"),
        runs.c.graph_id == bindparam("graph_id"),
        runs.c.ended_at.is_not(None),
        tuple_(runs.c.ended_at, runs.c.run_id)
        > tuple_(bindparam("at", type_=Micros), bindparam("run_id")),
    )
    .order_by(runs.c.ended_at, runs.c.run_id)
    .limit(bindparam("count"))
)
_OLD = (
    (runs.c.namespace == bindparam("namespace"))
    & (runs.c.graph_id == bindparam("graph_id"))
    & runs.c.ended_at.is_not(None)
    & (runs.c.ended_at <= bindparam("until", type_=Micros))
)
_AGED = select(
    func.count().label("runs"),
    func.sum(runs.c.storage_bytes).label("run_bytes"),
    func.min(runs.c.ended_at).label("oldest_end"),
    func.max(runs.c.ended_at).label("newest_end"),
).where(_OLD)
_AGED_ARTIFACTS = (
    select(func.coalesce(func.sum(artifacts.c.size_bytes), 0))
    .join(runs)
    .where(
        artifacts.c.namespace == bindparam("namespace"),
        artifacts.c.graph_id == bindparam("graph_id"),
        _OLD,
    )
)
_GRAPHS = select(totals.c.namespace, totals.c.graph_id).distinct()
_TAKE = (
    select(
        *(runs.c[name] for name in ("run_id", "graph_id", "status", "thread_id")),
        *(runs.c[name] for name in SUMMED),
    )
    .where(runs.c.run_id.in_(bindparam("ids", expanding=True)), runs.c.ended_at.is_not(None))
    .order_by(runs.c.ended_at, runs.c.run_id)
    .with_for_update(skip_locked=True)
)
T = TypeVar("T")


class SqlRetention:
    """Deletes what is no longer wanted: runs, deltas of ended runs, request ids past their time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def discard_deltas(self, ended_before: datetime, limit: int) -> int:
        return await self._database.writer.write(
            lambda batch: discard_deltas(batch, ended_before, limit), in_hand=True
        )

    async def discard_requests(self, created_before: datetime, limit: int) -> int:
        old = select(requests.c.request_id).where(requests.c.created_at < created_before)
        statement = delete(requests).where(requests.c.request_id.in_(old.limit(limit)))
        return await self._database.write(lambda c: c.execute(statement).rowcount)

    async def discard_throughput(self, width_seconds: int, before: datetime, limit: int) -> int:
        keys = throughput.primary_key.columns
        old = select(*keys).where(
            throughput.c.width_seconds == width_seconds, throughput.c.starts_at < before
        )
        statement = delete(throughput).where(tuple_(*keys).in_(old.limit(limit)))
        return await self._database.write(lambda c: c.execute(statement).rowcount)

    async def due(
        self, policy: RetentionPolicy, now: datetime, limit: int, reach: Reach | None = None
    ) -> Sequence[Ended]:
        return await self._walk(policy, now, reach, lambda going: list(islice(going, limit)))

    async def would_go(
        self, policy: RetentionPolicy, now: datetime, reach: Reach | None = None
    ) -> Sequence[Pruned]:
        if policy.budgets:
            return await self._walk(policy, now, reach, _tally)
        return await self._database.read(
            lambda connection: _expired(connection, policy, now, reach)
        )

    async def delete(self, run_ids: Sequence[RunId]) -> tuple[Sequence[RunId], Sequence[RunId]]:
        chosen, rest = run_ids[:MAX_DELETED], run_ids[MAX_DELETED:]
        gone, left = await self._database.writer.write(
            lambda batch: _delete(batch, chosen), in_hand=True
        )
        return gone, [*left, *rest]

    async def shrink(self) -> int:
        return await self._database.writer.write(
            lambda batch: give_back(batch.connection), in_hand=True
        )

    async def _walk(
        self,
        policy: RetentionPolicy,
        now: datetime,
        reach: Reach | None,
        take: Callable[[Iterator[Ended]], T],
    ) -> T:
        """Let something be taken of the runs that go, which are read as far as it takes."""

        def read(connection: Connection) -> T:
            sizes: Mapping[str, int] = {}
            if policy.budgets:
                found = storage_by_graph(connection, reach)
                sizes = {graph.graph_id: graph.size_bytes for graph in found}
            ended = {one: _ended(connection, *one) for one in _graphs(connection, reach)}
            return take(due(policy, now, sizes=sizes, ended=ended))

        return await self._database.read(read)


def _graphs(connection: Connection, reach: Reach | None) -> Sequence[tuple[str, str]]:
    """Return the graphs in reach (None: all) that have ended runs, each with its namespace."""
    query = _GRAPHS if reach is None else _GRAPHS.where(totals.c.namespace == reach.namespace)
    return [
        (row.namespace, row.graph_id)
        for row in connection.execute(query)
        if reach is None or reach.sees(row.graph_id)
    ]


def _ended(connection: Connection, namespace: str, graph_id: str) -> Iterator[Ended]:
    """Yield the ended runs of a graph, the oldest end first, a page at a time."""
    at, run_id, count = EPOCH, "", PAGE
    of_graph = {"namespace": namespace, "graph_id": graph_id}
    while True:
        parameters = {**of_graph, "at": at, "run_id": run_id, "count": count}
        page = connection.execute(_PAGE, parameters).all()
        for row in page:
            yield Ended(
                run_id=RunId(row.run_id),
                graph_id=graph_id,
                ended_at=row.ended_at,
                stored_bytes=row.storage_bytes,
                artifact_bytes=int(row.artifact_bytes),
            )
        if len(page) < count:
            return
        at, run_id = page[-1].ended_at, page[-1].run_id
        count = min(count * 2, MAX_PAGE)


def _expired(
    connection: Connection, policy: RetentionPolicy, now: datetime, reach: Reach | None
) -> Sequence[Pruned]:
    """Return what goes by its age alone, added up by the database."""
    found = []
    for namespace, graph_id in sorted(_graphs(connection, reach)):
        seconds = policy.seconds_of(graph_id)
        parameters: dict[str, Any] = {"namespace": namespace, "graph_id": graph_id}
        parameters |= {"until": now - timedelta(seconds=seconds)}
        row = connection.execute(_AGED, parameters).one() if seconds else None
        if row is None or not row.runs:
            continue
        found.append(
            Pruned(
                graph_id=graph_id,
                runs=row.runs,
                run_bytes=int(row.run_bytes),
                artifact_bytes=int(connection.execute(_AGED_ARTIFACTS, parameters).scalar_one()),
                oldest_end=row.oldest_end,
                newest_end=row.newest_end,
            )
        )
    return found


def _delete(batch: Batch, run_ids: Sequence[RunId]) -> tuple[list[RunId], list[RunId]]:
    """Delete of these what fits into one transaction; return those, and those that are left."""
    rows = batch.connection.execute(_TAKE, {"ids": run_ids}).all()
    count, size = 0, 0
    for row in rows:
        size += row.storage_bytes
        if count and size > PASS_BYTES:
            break
        count += 1
    if count == 1 and size > PASS_BYTES and shorten(batch, rows[0]):
        count = 0
    drop_ended(batch, rows[:count])
    ids = [RunId(row.run_id) for row in rows]
    return ids[:count], ids[count:]


def drop_ended(batch: Batch, rows: Sequence[Any]) -> None:
    """Delete ended runs, whose rows tell what the sums lose."""
    drop_runs(batch.connection, rows)
    for row in rows:
        batch.sums.add(row, row.status, -1, *(-getattr(row, name) for name in SUMMED))
        batch.forget(RunId(row.run_id))


def _tally(going: Iterator[Ended]) -> Sequence[Pruned]:
    found: dict[str, Pruned] = {}
    tally(found, going)
    return by_graph(found)
