"""Namespaces at rest."""

import asyncio
import logging
from typing import Any, Final

from sqlalchemy import Connection, delete, func, insert, select, update

from runwire.domain.errors import AlreadyExists, NotAllowed
from runwire.domain.missing import no_namespace
from runwire.domain.paging import Page, position_of, token_of
from runwire.domain.quotas import Namespace, Quotas, Usage
from runwire.domain.run import RunStatus
from runwire.stores.access_tables import keys
from runwire.stores.batch import Batch
from runwire.stores.database import Database
from runwire.stores.quotas import mark, namespaces, quotas_from, stored_bytes
from runwire.stores.schedule_tables import schedules
from runwire.stores.tables import artifacts, graphs, runs
from runwire.stores.thread_tables import threads
from runwire.stores.webhook_tables import webhooks

LOOK_SECONDS: Final = 1.0
_RUNNING: Final = (RunStatus.RUNNING.value, RunStatus.CANCELLING.value)

logger = logging.getLogger("runwire.stores")


class SqlNamespaceStore:
    """Keeps the table `namespaces`, and tells this server's book of quotas of changes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._book = database.writer.quotas

    async def add(self, name: str, display_name: str, quotas: Quotas) -> Namespace:
        now = self._database.now()

        def work(connection: Connection) -> bool:
            if _row(connection, name) is not None:
                return False
            row = {"namespace": name, "display_name": display_name, "created_at": now}
            connection.execute(insert(namespaces).values(row | _values(quotas)))
            return True

        if not await self._database.write(work):
            raise AlreadyExists(
                f"namespace {name} exists: choose another name, or update it",
                reason="NAMESPACE_ALREADY_EXISTS",
                namespace=name,
            )
        await self.refresh()
        return await self.get(name)

    async def check(self, name: str) -> None:
        if self._book.knows(name):
            return
        # Another server may have made it a moment ago.
        if await self._database.read(lambda connection: _row(connection, name)) is None:
            raise no_namespace(name)

    async def get(self, name: str) -> Namespace:
        def read(connection: Connection) -> Namespace | None:
            row = _row(connection, name)
            return None if row is None else _namespace(connection, row)

        found = await self._database.read(read)
        if found is None:
            raise no_namespace(name)
        return found

    async def find(self, page_size: int, page_token: str) -> Page[Namespace]:
        query = ("namespaces",)
        after = position_of(page_token, query=query, kinds=(str,))
        statement = select(namespaces).order_by(namespaces.c.namespace).limit(page_size + 1)
        if after is not None:
            statement = statement.where(namespaces.c.namespace > after[0])

        def read(connection: Connection) -> tuple[list[Namespace], bool]:
            rows = connection.execute(statement).all()
            return [_namespace(connection, row) for row in rows[:page_size]], len(rows) > page_size

        found, more = await self._database.read(read)
        return Page(found, token_of((found[-1].name,), query=query) if more else "")

    async def update(self, name: str, *, display_name: str | None, quotas: Quotas) -> Namespace:
        values: dict[str, Any] = dict(_values(quotas))
        if display_name is not None:
            values["display_name"] = display_name
        statement = update(namespaces).where(namespaces.c.namespace == name).values(values)
        if not await self._database.write(lambda c: c.execute(statement).rowcount):
            raise no_namespace(name)
        await self.refresh()
        return await self.get(name)

    async def delete(self, name: str) -> None:
        def work(connection: Connection) -> str:
            row = _row(connection, name)
            if row is None:
                return "missing"
            left = _left(connection, name)
            if left:
                return left
            connection.execute(delete(graphs).where(graphs.c.namespace == name))
            connection.execute(delete(namespaces).where(namespaces.c.namespace == name))
            return ""

        left = await self._database.write(work)
        if left == "missing":
            raise no_namespace(name)
        if left:
            raise NotAllowed(
                f"namespace {name} still has {left}: delete them first, or revoke them",
                reason="NAMESPACE_NOT_EMPTY",
                namespace=name,
            )
        await self.refresh()

    async def refresh(self) -> None:
        """Learn of all changes; let new quotas count for what is there already."""
        changed = await self._database.read(self._book.load)

        def work(batch: Batch) -> None:
            for name, quotas in changed.items():
                if quotas:
                    mark(batch.connection, name)
                batch.gates.touch_namespace(name)
            batch.gates.let_due_pass(batch.queue_connection)
            batch.left_queued = batch.freed = True

        if changed:
            await self._database.writer.write(work, in_hand=True)

    async def keep_up(self) -> None:
        """Learn of what other servers change, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.refresh()
            except Exception:
                logger.exception("could not look for changed quotas; trying again")


def _left(connection: Connection, name: str) -> str:
    """Return what a namespace still has, empty if nothing."""
    for table in (runs, threads, artifacts, graphs, schedules, webhooks, keys):
        ours = select(table.c.namespace).where(table.c.namespace == name)
        if table is graphs:
            ours = ours.where(graphs.c.deleted.is_(False))
        if table is keys:
            ours = ours.where(keys.c.revoked_at.is_(None))
        if connection.execute(ours.limit(1)).first() is not None:
            return table.name
    return ""


def _row(connection: Connection, name: str) -> Any:
    query = select(namespaces).where(namespaces.c.namespace == name)
    return connection.execute(query).one_or_none()


def _values(quotas: Quotas) -> dict[str, int]:
    return {name: getattr(quotas, name) for name in Quotas.__slots__}


def _namespace(connection: Connection, row: Any) -> Namespace:
    return Namespace(
        name=row.namespace,
        display_name=row.display_name,
        quotas=quotas_from(row),
        created_at=row.created_at,
        usage=Usage(
            stored_bytes=stored_bytes(connection, row.namespace),
            running_runs=_count(connection, row.namespace, *_RUNNING),
            queued_runs=_count(connection, row.namespace, RunStatus.QUEUED.value),
        ),
    )


def _count(connection: Connection, namespace: str, *statuses: str) -> int:
    ours = (runs.c.namespace == namespace, runs.c.status.in_(statuses))
    return connection.execute(select(func.count()).select_from(runs).where(*ours)).scalar_one()
