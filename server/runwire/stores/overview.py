"""What is going on, counted where indexes and kept sums hold it, and only so far.

1. What has ended, and what happened when, is known from sums.
2. What is open is counted by reading so many rows at most, whoever's they are: what a caller may
   not see is left out only then, so that looking for it never costs more.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, case, func, select

from runwire.domain.filter import EVERYTHING, Comparison, Filter
from runwire.domain.overview import (
    MAX_HELD,
    MAX_OPEN,
    Bucket,
    HeldRun,
    Holder,
    QueueState,
    RunCounts,
    StatusCount,
    Window,
    window_of,
)
from runwire.domain.reach import Reach
from runwire.domain.run import RunId, RunStatus
from runwire.stores.database import Database
from runwire.stores.filters import where_clause
from runwire.stores.queue_states import HELD, queue_states
from runwire.stores.sizes import totals
from runwire.stores.tables import queue, runs
from runwire.stores.throughput import COUNTED, throughput


class SqlOverview:
    """Counts for whoever looks at a server; implements the port `OverviewStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def counts(
        self, reach: Reach, graph_id: str, window_seconds: float, buckets: int
    ) -> RunCounts:
        window = window_of(self._database.now(), window_seconds, buckets)
        where = reach.within(Comparison("graph_id", "=", graph_id) if graph_id else EVERYTHING)
        return await self._database.read(
            lambda connection: RunCounts(
                statuses=_statuses(connection, reach, where),
                buckets=_buckets(connection, where, window),
                width_seconds=window.width_seconds,
            )
        )

    async def queues(self, reach: Reach) -> Sequence[QueueState]:
        now, where = self._database.now(), reach.within(EVERYTHING)
        return await self._database.read(lambda connection: queue_states(connection, where, now))

    async def holders(self, reach: Reach) -> Sequence[Holder]:
        seen = case((where_clause(reach.within(EVERYTHING)), 1), else_=0)
        held = HELD.limit(MAX_OPEN).subquery()
        query = (
            select(held.c.worker_id, func.sum(seen).label("seen"), func.count().label("runs"))
            .join(runs, runs.c.run_id == held.c.run_id)
            .group_by(held.c.worker_id)
        )
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [
            Holder(worker_id=row.worker_id, runs=int(row.seen), others=row.runs - int(row.seen))
            for row in rows
        ]

    async def held(
        self, reach: Reach, worker_ids: Sequence[str]
    ) -> Mapping[str, Sequence[HeldRun]]:
        place = func.row_number().over(
            partition_by=queue.c.worker_id, order_by=(queue.c.lease_until, queue.c.run_id)
        )
        held = (
            select(
                *runs.c["run_id", "graph_id", "attempt"],
                *queue.c["worker_id", "lease_until"],
                place.label("place"),
            )
            .join(runs, runs.c.run_id == queue.c.run_id)
            .where(
                queue.c.worker_id.is_not(None),
                queue.c.worker_id.in_(worker_ids),
                where_clause(reach.within(EVERYTHING)),
            )
            .subquery()
        )
        query = select(held).where(held.c.place <= MAX_HELD).order_by(held.c.place)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        found: defaultdict[str, list[HeldRun]] = defaultdict(list)
        for row in rows:
            found[row.worker_id].append(
                HeldRun(
                    run_id=RunId(row.run_id),
                    graph_id=row.graph_id,
                    attempt=row.attempt,
                    lease_until=row.lease_until,
                )
            )
        return found


def _statuses(connection: Connection, reach: Reach, where: Filter) -> list[StatusCount]:
    ended_columns = {"namespace": totals.c.namespace, "graph_id": totals.c.graph_id}
    ended = (
        select(totals.c.status, func.sum(totals.c.runs).label("runs"))
        .where(where_clause(where, ended_columns))
        .group_by(totals.c.status)
    )
    counts = {row.status: int(row.runs) for row in connection.execute(ended)}
    return [
        StatusCount(status=status, runs=counts.get(status.value, 0))
        if status.final
        else _open(connection, reach, where, status)
        for status in RunStatus
    ]


def _open(connection: Connection, reach: Reach, where: Filter, status: RunStatus) -> StatusCount:
    named = where != reach.within(EVERYTHING) or reach.limited
    read = (
        # The index has no graphs: without them it is all that is read.
        select(runs.c.namespace, *((runs.c.graph_id,) if named else ()))
        .where(runs.c.status == status.value, runs.c.namespace == reach.namespace)
        .limit(MAX_OPEN + 1)
        .subquery()
    )
    columns = {name: read.c[name] for name in read.c.keys()}  # noqa: SIM118 - no mapping
    seen = case((where_clause(where, columns), 1), else_=0)
    query = select(func.count().label("runs"), func.sum(seen).label("seen")).select_from(read)
    row = connection.execute(query).one()
    found = min(int(row.seen or 0), MAX_OPEN)
    return StatusCount(status=status, runs=found, more=row.runs > MAX_OPEN)


def _buckets(connection: Connection, where: Filter, window: Window) -> list[Bucket]:
    columns = {"namespace": throughput.c.namespace, "graph_id": throughput.c.graph_id}
    query = (
        select(throughput.c.starts_at, *(func.sum(throughput.c[name]) for name in COUNTED))
        .where(
            where_clause(where, columns),
            throughput.c.width_seconds == window.tier.seconds,
            throughput.c.starts_at >= window.starts_at,
        )
        .group_by(throughput.c.starts_at)
    )
    counts = [[0] * len(COUNTED) for _ in range(window.buckets)]
    for starts_at, *numbers in connection.execute(query):
        # What other servers have written by now may lie a hair behind the window.
        bucket = counts[min(window.bucket_of(starts_at), window.buckets - 1)]
        for index, number in enumerate(numbers):
            bucket[index] += int(number)
    return [
        Bucket(starts_at=window.start_of(index), **dict(zip(COUNTED, numbers, strict=True)))
        for index, numbers in enumerate(counts)
    ]
