"""What workers have registered, at rest."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from runwire.domain.graph import EdgeInfo, GraphInfo, GraphKind, NodeInfo, ToolInfo
from runwire.domain.registration import Registration
from runwire.stores.database import Database
from runwire.stores.tables import registrations
from runwire.stores.writing import upserting


class SqlRegistrationStore:
    """Keeps the newest registration of every graph and tool."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, found: Sequence[Registration]) -> None:
        rows = [_row_of(each) for each in found]

        def write(connection: Connection) -> None:
            statement = upserting(connection.dialect.name, registrations)
            changed = {name: statement.excluded[name] for name in ("body", "worker_id", "seen_at")}
            connection.execute(
                statement.on_conflict_do_update(index_elements=["kind", "name"], set_=changed), rows
            )

        await self._database.write(write)

    async def find(self) -> Sequence[Registration]:
        statement = select(registrations).order_by(registrations.c.kind, registrations.c.name)
        return await self._database.read(
            lambda connection: [_registration_from(row) for row in connection.execute(statement)]
        )


def _row_of(found: Registration) -> dict[str, Any]:
    return {
        "kind": found.kind,
        "name": found.name,
        "body": _body_of(found.item),
        "worker_id": found.worker_id,
        "seen_at": found.seen_at,
    }


def _registration_from(row: Row[Any]) -> Registration:
    return Registration(
        item=_item_from(row.kind, json.loads(row.body)),
        worker_id=row.worker_id,
        seen_at=row.seen_at,
    )


def _body_of(item: GraphInfo | ToolInfo) -> bytes:
    body = _body_of_graph(item) if isinstance(item, GraphInfo) else _fields(item)
    return json.dumps(body, separators=(",", ":"), default=bytes.decode).encode()


def _body_of_graph(item: GraphInfo) -> dict[str, Any]:
    return {
        "graph_id": item.graph_id,
        "kind": item.kind.value,
        "description": item.description,
        "nodes": [_fields(node) for node in item.nodes],
        "edges": [_fields(edge) for edge in item.edges],
        "input_schema": item.input_schema,
        "state_schema": item.state_schema,
    }


def _fields(item: NodeInfo | EdgeInfo | ToolInfo) -> dict[str, Any]:
    return {name: getattr(item, name) for name in item.__slots__}


def _item_from(kind: str, body: dict[str, Any]) -> GraphInfo | ToolInfo:
    if kind == "tool":
        return ToolInfo(**{**body, "arguments_schema": body["arguments_schema"].encode()})
    return GraphInfo(
        **{
            **body,
            "kind": GraphKind(body.get("kind", GraphKind.PYTHON)),
            "nodes": tuple(NodeInfo(**node) for node in body["nodes"]),
            "edges": tuple(EdgeInfo(**edge) for edge in body["edges"]),
            "input_schema": body["input_schema"].encode(),
            "state_schema": body["state_schema"].encode(),
        }
    )
