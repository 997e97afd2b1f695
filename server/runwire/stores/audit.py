"""The audit log at rest."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, assert_never

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    delete,
    func,
    insert,
    not_,
    or_,
    select,
    true,
)

from runwire.domain.audit import AuditEntry
from runwire.domain.errors import invalid
from runwire.domain.filter import And, Comparison, Filter, Not, Or, Text
from runwire.domain.paging import Page, page_size_of, position_of, token_of
from runwire.stores.access_tables import audit
from runwire.stores.database import Database
from runwire.stores.filters import operate

PRUNED_AT_ONCE: Final = 2000

_COLUMNS: Final[Mapping[str, Any]] = {
    "caller": audit.c.caller,
    "namespace": audit.c.namespace,
    "method": audit.c.method,
    "code": audit.c.code,
    "event_time": audit.c.at,
}


class SqlAuditStore:
    """Implements AuditStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, entries: Sequence[AuditEntry]) -> None:
        rows = [values_of(entry) for entry in entries]
        await self._database.write(lambda connection: connection.execute(insert(audit), rows))

    async def find(
        self, where: Filter, *, namespace: str, page_size: int, page_token: str
    ) -> Page[AuditEntry]:
        query, size = ("audit", where, namespace), page_size_of(page_size)
        after = position_of(page_token, query=query, kinds=(int,))
        statement = select(audit).where(_clause(where)).order_by(audit.c.number.desc())
        if namespace:
            statement = statement.where(audit.c.namespace == namespace)
        if after is not None:
            statement = statement.where(audit.c.number < after[0])
        limited = statement.limit(size + 1)
        found = await self._database.read(
            lambda c: [_entry_from(row) for row in c.execute(limited)]
        )
        if len(found) <= size:
            return Page(found)
        return Page(found[:size], token_of((found[size - 1].number,), query=query))

    async def prune(self, before: datetime) -> int:
        # By number, which is the order of times but for a moment: so no index is needed.
        oldest = select(audit.c.number, audit.c.at).order_by(audit.c.number).limit(PRUNED_AT_ONCE)

        def write(connection: Connection) -> int:
            gone = [row.number for row in connection.execute(oldest) if row.at < before]
            if gone:
                statement = delete(audit).where(audit.c.number.in_(gone))
                connection.execute(statement)
            return len(gone)

        return await self._database.write(write)


def _clause(where: Filter) -> ColumnElement[bool]:
    match where:
        case And(parts=parts):
            return and_(true(), *map(_clause, parts))
        case Or(parts=parts):
            return or_(*map(_clause, parts))
        case Not(part=part):
            return not_(_clause(part))
        case Comparison(field=field, operator=operator, value=value):
            if field.startswith("subject."):
                return _subject(field.removeprefix("subject."), operator, str(value))
            return operate(_COLUMNS[field], operator, value)
        case Text():
            raise invalid("filter", "cannot look for free text in the audit log")
        case _:
            assert_never(where)


def _subject(key: str, operator: str, value: str) -> ColumnElement[bool]:
    """Look for a part of the JSON as it is written; LIKE would take capitals for small letters."""
    part = f"{_spelled(key)}:" if operator == ":" else f"{_spelled(key)}:{_spelled(value)}"
    has: ColumnElement[bool] = func.replace(audit.c.subject, part, "") != audit.c.subject
    return not_(has) if operator == "!=" else has


def values_of(entry: AuditEntry) -> dict[str, Any]:
    """Return what a row holds; its number is the database's to give."""
    pairs = (f"{_spelled(key)}:{_spelled(value)}" for key, value in sorted(entry.subject.items()))
    found = {name: getattr(entry, name) for name in AuditEntry.__slots__ if name != "number"}
    return {**found, "subject": f"{{{','.join(pairs)}}}"}


def _spelled(text: str) -> str:
    return json.dumps(text)


def _entry_from(row: Row[Any]) -> AuditEntry:
    found = {name: getattr(row, name) for name in AuditEntry.__slots__}
    return AuditEntry(**{**found, "subject": json.loads(row.subject)})
