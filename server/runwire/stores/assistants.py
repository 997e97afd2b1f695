"""Assistants at rest: the current version of each, and all that there were."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from runwire.domain.assistant import Assistant, AssistantId, own_assistant_id
from runwire.domain.assistant_ports import AssistantFilter
from runwire.domain.errors import AlreadyExists, NotFound
from runwire.domain.missing import no_assistant
from runwire.domain.namespace import local_id, namespace_of
from runwire.domain.payload import decode, encode
from runwire.domain.thread_ports import Found
from runwire.stores.assistant_tables import assistant_versions, assistants, deleted_assistants
from runwire.stores.containment import contains, filtered
from runwire.stores.database import Database
from runwire.stores.writing import upserting

_TEXTS: Final = ("graph_id", "name", "description")
_OBJECTS: Final = ("config", "context", "metadata")
_SORTED: Final[Mapping[str, Any]] = {
    "assistant_id": assistants.c.assistant_id,
    "graph_id": assistants.c.graph_id,
    "name": assistants.c.folded,
    "created_at": assistants.c.created_at,
    "updated_at": assistants.c.updated_at,
}


class SqlAssistantStore:
    """Implements AssistantStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, assistant: Assistant, *, if_exists: str) -> Assistant:
        def write(connection: Connection) -> Assistant:
            if _insert(connection, assistant):
                gone = deleted_assistants.c.assistant_id == assistant.assistant_id
                connection.execute(delete(deleted_assistants).where(gone))
                return assistant
            if if_exists == "do_nothing":
                return _get(connection, assistant.assistant_id)
            raise _taken(assistant.assistant_id)

        return await self._database.write(write)

    async def provide(self, own: Sequence[Assistant]) -> None:
        def write(connection: Connection) -> None:
            for assistant in own:
                gone = deleted_assistants.c.assistant_id == assistant.assistant_id
                if not connection.scalar(select(exists().where(gone))):
                    _insert(connection, assistant)

        await self._database.write(write)

    async def get(self, assistant_id: AssistantId) -> Assistant:
        return await self._database.read(lambda connection: _get(connection, assistant_id))

    async def change(
        self, assistant_id: AssistantId, edit: Callable[[Assistant], Assistant]
    ) -> Assistant:
        def write(connection: Connection) -> Assistant:
            row = _row(connection, assistant_id, lock=True)
            now, number = self._database.now(), row.last_version + 1
            after = replace(edit(_assistant_from(row)), version=number, updated_at=now)
            _set(connection, after, last_version=number)
            connection.execute(insert(assistant_versions).values(_version_row(after, now)))
            return after

        return await self._database.write(write)

    async def find(
        self, where: AssistantFilter, *, sort_by: str, descending: bool, limit: int, offset: int
    ) -> Found[Assistant]:
        meant = _meant(where)
        order = [_SORTED[sort_by], assistants.c.assistant_id]
        statement = select(assistants).where(*meant)
        statement = statement.order_by(*(c.desc() if descending else c for c in order))
        page = statement.limit(limit).offset(offset)
        count = select(func.count()).select_from(assistants).where(*meant)

        def read(connection: Connection) -> Found[Assistant]:
            found = [_assistant_from(row) for row in connection.execute(page)]
            return Found(found, connection.scalar(count) or 0)

        return await self._database.read(read)

    async def versions(
        self, assistant_id: AssistantId, *, metadata: Mapping[str, Any], limit: int, offset: int
    ) -> Sequence[Assistant]:
        statement = select(assistant_versions).where(
            assistant_versions.c.assistant_id == assistant_id
        )
        if metadata:
            statement = statement.where(contains(assistant_versions.c.metadata, metadata))
        statement = statement.order_by(assistant_versions.c.version.desc())

        def read(connection: Connection) -> Sequence[Assistant]:
            _row(connection, assistant_id)
            return [
                _assistant_from(row)
                for row in connection.execute(statement.limit(limit).offset(offset))
            ]

        return await self._database.read(read)

    async def choose(self, assistant_id: AssistantId, version: int) -> Assistant:
        named = (assistant_versions.c.assistant_id == assistant_id) & (
            assistant_versions.c.version == version
        )

        def write(connection: Connection) -> Assistant:
            current = _row(connection, assistant_id, lock=True)
            row = connection.execute(select(assistant_versions).where(named)).one_or_none()
            if row is None:
                raise _no_version(assistant_id, version)
            chosen = replace(
                _assistant_from(row),
                created_at=current.created_at,
                updated_at=self._database.now(),
            )
            _set(connection, chosen)
            return chosen

        return await self._database.write(write)

    async def delete(self, assistant_id: AssistantId) -> None:
        def write(connection: Connection) -> None:
            row = _row(connection, assistant_id, lock=True)
            if local_id(assistant_id) == own_assistant_id(row.graph_id):
                mark = upserting(connection.dialect.name, deleted_assistants)
                connection.execute(mark.values(assistant_id=assistant_id).on_conflict_do_nothing())
            same = assistants.c.assistant_id == assistant_id
            connection.execute(delete(assistants).where(same))

        await self._database.write(write)


def _meant(where: AssistantFilter) -> list[ColumnElement[bool]]:
    meant = [assistants.c.namespace == where.namespace, filtered(assistants.c.metadata, where.also)]
    if where.ids:
        meant.append(assistants.c.assistant_id.in_(where.ids))
    if where.metadata:
        meant.append(contains(assistants.c.metadata, where.metadata))
    if where.graph_id:
        meant.append(assistants.c.graph_id == where.graph_id)
    if where.name:
        meant.append(assistants.c.folded.contains(where.name.casefold(), autoescape=True))
    if where.graphs:
        meant.append(or_(*(_fits(pattern) for pattern in where.graphs)))
    return meant


def _fits(pattern: str) -> ColumnElement[bool]:
    if not pattern.endswith("*"):
        return assistants.c.graph_id == pattern
    prefix = pattern[:-1]
    return func.substr(assistants.c.graph_id, 1, len(prefix)) == prefix  # LIKE knows no case here


def _get(connection: Connection, assistant_id: AssistantId) -> Assistant:
    return _assistant_from(_row(connection, assistant_id))


def _row(connection: Connection, assistant_id: AssistantId, *, lock: bool = False) -> Row[Any]:
    statement = select(assistants).where(assistants.c.assistant_id == assistant_id)
    found = connection.execute(statement.with_for_update() if lock else statement).one_or_none()
    if found is None:
        raise no_assistant(local_id(assistant_id))
    return found


def _insert(connection: Connection, assistant: Assistant) -> bool:
    """Store a new assistant; return False if there is one with its id."""
    row = {
        **_current_row(assistant),
        "namespace": namespace_of(assistant.assistant_id),
        "last_version": assistant.version,
        "created_at": assistant.created_at,
    }
    statement = upserting(connection.dialect.name, assistants).inline().values(row)
    inserted = connection.execute(
        statement.on_conflict_do_nothing(), execution_options={"preserve_rowcount": True}
    )
    if inserted.rowcount == 0:
        return False
    version = _version_row(assistant, assistant.created_at)
    connection.execute(insert(assistant_versions).values(version))
    return True


def _set(connection: Connection, assistant: Assistant, **more: Any) -> None:
    same = assistants.c.assistant_id == assistant.assistant_id
    connection.execute(update(assistants).where(same).values(**_current_row(assistant), **more))


def _current_row(assistant: Assistant) -> dict[str, Any]:
    return {
        **_described(assistant),
        "folded": assistant.name.casefold(),
        "updated_at": assistant.updated_at,
    }


def _version_row(assistant: Assistant, created_at: Any) -> dict[str, Any]:
    return {**_described(assistant), "created_at": created_at}


def _described(assistant: Assistant) -> dict[str, Any]:
    return {
        "assistant_id": assistant.assistant_id,
        "version": assistant.version,
        **{name: getattr(assistant, name) for name in _TEXTS},
        **{name: encode(getattr(assistant, name), name=name).decode() for name in _OBJECTS},
    }


def _assistant_from(row: Row[Any]) -> Assistant:
    return Assistant(
        assistant_id=AssistantId(row.assistant_id),
        version=row.version,
        created_at=row.created_at,
        updated_at=getattr(row, "updated_at", row.created_at),
        **{name: getattr(row, name) for name in _TEXTS},
        **{name: decode(getattr(row, name).encode()) for name in _OBJECTS},
    )


def _taken(assistant_id: AssistantId) -> AlreadyExists:
    name = local_id(assistant_id)
    return AlreadyExists(
        f"assistant {name} exists: choose another assistant_id, change it, or say if_exists"
        " do_nothing",
        reason="ASSISTANT_ALREADY_EXISTS",
        assistant_id=name,
    )


def _no_version(assistant_id: AssistantId, version: int) -> NotFound:
    name = local_id(assistant_id)
    return NotFound(
        f"no version {version} of assistant {name}",
        reason="ASSISTANT_VERSION_NOT_FOUND",
        assistant_id=name,
        version=version,
    )
