"""What is stored, in numbers: sums that are kept, and a look at runs that have not ended."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Table, func, select

from runwire.domain.reach import Reach
from runwire.domain.run import RunStatus
from runwire.domain.storage import GraphStorage, StatusStorage, Storage
from runwire.stores.database import Database
from runwire.stores.sizes import SUMMED, totals
from runwire.stores.space import space_of
from runwire.stores.tables import artifacts, runs

OPEN: Final = [status.value for status in RunStatus if not status.final]
_LIVE = (
    select(
        runs.c.graph_id,
        runs.c.status,
        func.count().label("runs"),
        *(func.sum(runs.c[name]).label(name) for name in SUMMED),
    )
    .where(runs.c.status.in_(OPEN))
    .group_by(runs.c.graph_id, runs.c.status)
)
_ENDED = (
    select(
        totals.c.graph_id,
        totals.c.status,
        func.sum(totals.c.runs).label("runs"),
        *(func.sum(totals.c[name]).label(name) for name in SUMMED),
    )
    .group_by(totals.c.graph_id, totals.c.status)
    .having(func.sum(totals.c.runs) > 0)
)
_ARTIFACTS = select(
    artifacts.c.graph_id, func.count().label("count"), func.sum(artifacts.c.size_bytes).label("sum")
).group_by(artifacts.c.graph_id)


class SqlStorageStore:
    """Adds up."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def storage(self, reach: Reach | None = None) -> Storage:
        return await self._database.read(
            lambda connection: Storage(
                graphs=storage_by_graph(connection, reach), database=space_of(connection)
            )
        )


def storage_by_graph(connection: Connection, reach: Reach | None) -> Sequence[GraphStorage]:
    """Return what each graph in reach (None: each there is) stores, the largest first."""
    statuses: defaultdict[str, list[StatusStorage]] = defaultdict(list)
    for query, table in ((_LIVE, runs), (_ENDED, totals)):
        for row in connection.execute(_of(reach, query, table)):
            statuses[row.graph_id].append(_status(row))
    owned = {row.graph_id: row for row in connection.execute(_of(reach, _ARTIFACTS, artifacts))}
    graph_ids = [
        graph_id
        for graph_id in statuses.keys() | owned.keys()
        if reach is None or reach.sees(graph_id)
    ]
    found = [_graph(graph_id, statuses, owned) for graph_id in graph_ids]
    return sorted(found, key=lambda graph: (-graph.size_bytes, graph.graph_id))


def _of(reach: Reach | None, query: Any, table: Table) -> Any:
    return query if reach is None else query.where(table.c.namespace == reach.namespace)


def _graph(
    graph_id: str, statuses: Mapping[str, Sequence[StatusStorage]], owned: Mapping[str, Any]
) -> GraphStorage:
    artifact = owned.get(graph_id)
    return GraphStorage(
        graph_id=graph_id,
        statuses=tuple(statuses[graph_id]),
        artifacts=artifact.count if artifact else 0,
        artifact_bytes=int(artifact.sum) if artifact else 0,
    )


def _status(row: Any) -> StatusStorage:
    # Sums of integers are decimals on PostgreSQL.
    return StatusStorage(
        status=RunStatus(row.status),
        runs=int(row.runs),
        run_bytes=int(row.storage_bytes),
        event_bytes=int(row.event_bytes),
        checkpoint_bytes=int(row.checkpoint_bytes),
    )
