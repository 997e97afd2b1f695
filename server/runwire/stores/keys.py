"""API keys at rest: never a secret, only its hash."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, tuple_, update

from runwire.domain.audit import AuditEntry
from runwire.domain.caller import Role
from runwire.domain.errors import NotFound
from runwire.domain.key import Key, KeyId
from runwire.domain.paging import Page, page_size_of, position_of, token_of
from runwire.stores import schema
from runwire.stores.access_tables import audit, keys
from runwire.stores.audit import values_of
from runwire.stores.database import Database
from runwire.stores.kind import kind_of
from runwire.stores.marks import check_servable
from runwire.stores.sqlite import path_of
from runwire.stores.times import micros_of, time_of
from runwire.stores.urls import is_postgres


class SqlKeyStore:
    """Implements KeyStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, key: Key, secret_hash: bytes) -> None:
        statement = insert(keys).values(**_values_of(key), secret_hash=secret_hash)
        await self._database.write(lambda connection: connection.execute(statement))

    async def get(self, key_id: KeyId) -> tuple[Key, bytes]:
        statement = select(keys).where(keys.c.key_id == key_id)
        row = await self._database.read(lambda c: c.execute(statement).one_or_none())
        if row is None:
            raise _missing(key_id)
        return _key_from(row), row.secret_hash

    async def find(self, *, namespace: str, page_size: int, page_token: str) -> Page[Key]:
        query, size = (namespace,), page_size_of(page_size)
        after = position_of(page_token, query=query, kinds=(int, str))
        statement = select(keys).order_by(keys.c.created_at.desc(), keys.c.key_id.desc())
        if namespace:
            statement = statement.where(keys.c.namespace == namespace)
        if after is not None:
            position = (time_of(after[0]), after[1])
            statement = statement.where(tuple_(keys.c.created_at, keys.c.key_id) < position)
        limited = statement.limit(size + 1)
        found = await self._database.read(lambda c: [_key_from(row) for row in c.execute(limited)])
        if len(found) <= size:
            return Page(found)
        last = found[size - 1]
        token = token_of((micros_of(last.created_at), last.key_id), query=query)
        return Page(found[:size], token)

    async def revoke(self, key_id: KeyId, at: datetime) -> Key:
        living = (keys.c.key_id == key_id) & keys.c.revoked_at.is_(None)
        ended = update(keys).where(living).values(revoked_at=at)
        statement = select(keys).where(keys.c.key_id == key_id)

        def write(connection: Connection) -> Key:
            connection.execute(ended)
            row = connection.execute(statement).one_or_none()
            if row is None:
                raise _missing(key_id)
            return _key_from(row)

        return await self._database.write(write)

    async def used(self, uses: Mapping[KeyId, datetime]) -> None:
        statements = [
            update(keys)
            .where(
                keys.c.key_id == key_id,
                keys.c.last_used_at.is_(None) | (keys.c.last_used_at < at),
            )
            .values(last_used_at=at)
            for key_id, at in sorted(uses.items())  # in one order, or two servers may deadlock
        ]

        def write(connection: Connection) -> None:
            for statement in statements:
                connection.execute(statement)

        await self._database.write(write)


def add_directly(url: str, key: Key, secret_hash: bytes) -> None:
    """Keep a new key in a database that a server may have open, and note that in the audit log."""
    kind = kind_of(url)
    if not is_postgres(url) and not path_of(url).exists():
        schema.upgrade(kind.migrating(url))
    with kind.migrating(url) as connection:
        schema.check(connection)
        check_servable(connection)
        connection.execute(insert(keys).values(**_values_of(key), secret_hash=secret_hash))
        entry = AuditEntry(
            at=key.created_at,
            caller="local",
            peer="",
            namespace=key.namespace,
            method="/runwire.v1.KeyService/CreateKey",
            subject={"key_id": key.key_id, "display_name": key.display_name},
        )
        connection.execute(insert(audit).values(**values_of(entry)))


def _values_of(key: Key) -> dict[str, Any]:
    found = {name: getattr(key, name) for name in Key.__slots__}
    return {**found, "role": key.role.value, "graphs": json.dumps(key.graphs)}


def _key_from(row: Row[Any]) -> Key:
    found = {name: getattr(row, name) for name in Key.__slots__}
    return Key(**{**found, "role": Role(row.role), "graphs": tuple(json.loads(row.graphs))})


def _missing(key_id: str) -> NotFound:
    return NotFound(
        f"no key {key_id}: KeyService.ListKeys names those there are",
        reason="KEY_NOT_FOUND",
        key_id=key_id,
    )
