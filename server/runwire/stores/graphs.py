"""JSON definitions at rest."""

from collections.abc import Sequence

from sqlalchemy import Connection, Row, func, insert, select, true, update

from runwire.domain.graph import GraphVersion
from runwire.domain.missing import no_graph
from runwire.domain.namespace import namespace_of
from runwire.stores.database import Database
from runwire.stores.tables import graphs


class SqlGraphStore:
    """Reads and adds versions; a deleted graph's versions stay for the runs that use them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, graph_id: str, definition: bytes) -> GraphVersion:
        now = self._database.now()

        def write(connection: Connection) -> GraphVersion:
            newest = connection.execute(_newest(graph_id)).one_or_none()
            if newest is not None and not newest.deleted and newest.definition == definition:
                return _version_from(newest)
            version = GraphVersion(
                graph_id=graph_id,
                version=1 if newest is None else newest.version + 1,
                definition=definition,
                created_at=now,
            )
            row = {name: getattr(version, name) for name in GraphVersion.__slots__}
            row["namespace"] = namespace_of(graph_id)
            connection.execute(insert(graphs).values(**row, deleted=False))
            return version

        return await self._database.write(write)

    async def get(self, graph_id: str, version: int) -> GraphVersion:
        statement = _newest(graph_id).where(graphs.c.deleted.is_(False))
        if version:
            statement = _newest(graph_id).where(graphs.c.version == version)
        row = await self._database.read(lambda c: c.execute(statement).one_or_none())
        if row is None:
            raise no_graph(graph_id, version)
        return _version_from(row)

    async def find(self, namespace: str | None) -> Sequence[GraphVersion]:
        meant = true() if namespace is None else graphs.c.namespace == namespace
        newest = (
            select(graphs.c.graph_id, func.max(graphs.c.version).label("version"))
            .where(graphs.c.deleted.is_(False), meant)
            .group_by(graphs.c.graph_id)
            .subquery()
        )
        same = (graphs.c.graph_id == newest.c.graph_id) & (graphs.c.version == newest.c.version)
        statement = select(graphs).join(newest, same).order_by(graphs.c.graph_id)
        return await self._database.read(lambda c: [_version_from(r) for r in c.execute(statement)])

    async def delete(self, graph_id: str) -> None:
        living = (graphs.c.graph_id == graph_id) & graphs.c.deleted.is_(False)

        def write(connection: Connection) -> None:
            if connection.execute(update(graphs).where(living).values(deleted=True)).rowcount == 0:
                raise no_graph(graph_id)

        await self._database.write(write)


def _newest(graph_id: str):  # type: ignore[no-untyped-def]
    of_graph = graphs.c.graph_id == graph_id
    return select(graphs).where(of_graph).order_by(graphs.c.version.desc()).limit(1)


def _version_from(row: Row[tuple[object, ...]]) -> GraphVersion:
    return GraphVersion(
        graph_id=row.graph_id,
        version=row.version,
        definition=row.definition,
        created_at=row.created_at,
    )
