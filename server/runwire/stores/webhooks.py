"""Webhooks at rest, and what callers see of their deliveries."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, tuple_, update

from runwire.domain.errors import AlreadyExists, Exhausted, NotFound
from runwire.domain.paging import Page, position_of, token_of
from runwire.domain.run import RunId
from runwire.domain.webhook import (
    Delivery,
    DeliveryId,
    DeliveryStatus,
    Turn,
    Webhook,
    WebhookId,
)
from runwire.stores.batch import Batch
from runwire.stores.database import Database
from runwire.stores.times import micros_of, time_of
from runwire.stores.webhook_tables import deliveries, webhooks

T = TypeVar("T")
PENDING = DeliveryStatus.PENDING.value


class SqlWebhookStore:
    """Webhooks in the table `webhooks`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, webhook: Webhook, secret: str, max_count: int) -> Webhook:
        return await self._change(lambda batch: _add(batch.connection, webhook, secret, max_count))

    async def get(self, webhook_id: WebhookId) -> Webhook:
        return await self._database.read(lambda connection: _get(connection, webhook_id))

    async def find(self, namespace: str, page_size: int, page_token: str) -> Page[Webhook]:
        query = ("webhooks", namespace)
        statement = select(webhooks).where(webhooks.c.namespace == namespace)
        rank = (webhooks.c.created_at, webhooks.c.webhook_id)
        rows, token = await _page(self._database, statement, rank, page_size, page_token, query)
        return Page([_webhook_from(row) for row in rows], token)

    async def update(self, webhook_id: WebhookId, change: Callable[[Webhook], Webhook]) -> Webhook:
        def work(batch: Batch) -> Webhook:
            connection = batch.connection
            before = _get(connection, webhook_id, locked=True)
            after = change(before)
            values = _values(after)
            if before.paused and not after.paused:
                values["failing_since"] = None
            of_this = webhooks.c.webhook_id == webhook_id
            connection.execute(update(webhooks).where(of_this).values(values))
            return after

        return await self._change(work)

    async def delete(self, webhook_id: WebhookId) -> None:
        def work(batch: Batch) -> None:
            connection = batch.connection
            _get(connection, webhook_id, locked=True)
            connection.execute(delete(webhooks).where(webhooks.c.webhook_id == webhook_id))
            connection.execute(delete(deliveries).where(deliveries.c.webhook_id == webhook_id))

        await self._change(work)

    async def _change(self, work: Callable[[Batch], T]) -> T:
        def changing(batch: Batch) -> T:
            batch.webhooks_changed = True
            batch.wakes.add("deliveries")
            return work(batch)

        result = await self._database.writer.write(changing)
        if self._database.telling is not None:
            await self._database.telling.settled()
        return result


class SqlDeliveryStore:
    """Deliveries in the table `deliveries`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(
        self,
        webhook_id: WebhookId,
        statuses: Sequence[DeliveryStatus],
        page_size: int,
        page_token: str,
    ) -> Page[Delivery]:
        words = sorted({status.value for status in statuses})
        query = ("deliveries", webhook_id, *words)
        statement = select(deliveries).where(deliveries.c.webhook_id == webhook_id)
        if words:
            statement = statement.where(deliveries.c.status.in_(words))
        rank = (deliveries.c.event_at, deliveries.c.delivery_id)
        rows, token = await _page(self._database, statement, rank, page_size, page_token, query)
        return Page([_delivery_from(row) for row in rows], token)

    async def replay(self, webhook_id: WebhookId, delivery_id: DeliveryId) -> Delivery:
        def work(batch: Batch) -> Delivery:
            connection, now = batch.connection, batch.now
            of_this = (deliveries.c.webhook_id == webhook_id) & (
                deliveries.c.delivery_id == delivery_id
            )
            query = select(deliveries).where(of_this).with_for_update()
            row = connection.execute(query).one_or_none()
            if row is None:
                raise NotFound(
                    f"no delivery {delivery_id} of webhook {webhook_id}: deliveries are kept for"
                    " some days only",
                    reason="DELIVERY_NOT_FOUND",
                    delivery_id=delivery_id,
                )
            # One that is being sent is sent again after that, and not at the same time.
            due = max(now, row.lease_until or now)
            change = {"status": PENDING, "tries": 0, "next_attempt_at": due}
            connection.execute(update(deliveries).where(of_this).values(change))
            batch.wakes.add("deliveries")
            return _delivery_from(connection.execute(query).one())

        return await self._database.writer.write(work)


async def _page(
    database: Database,
    statement: Select[Any],
    rank: tuple[Any, Any],
    page_size: int,
    page_token: str,
    query: Sequence[str],
) -> tuple[Sequence[Row[Any]], str]:
    """Return the rows of one page, the highest rank first, and the token of the next."""
    after = position_of(page_token, query=query, kinds=(int, str))
    if after is not None:
        statement = statement.where(tuple_(*rank) < (time_of(after[0]), after[1]))
    statement = statement.order_by(*(column.desc() for column in rank)).limit(page_size + 1)
    rows = await database.read(lambda connection: connection.execute(statement).all())
    if len(rows) <= page_size:
        return rows, ""
    last = rows[page_size - 1]._mapping
    position = (micros_of(last[rank[0]]), last[rank[1]])
    return rows[:page_size], token_of(position, query=query)


def _add(connection: Connection, webhook: Webhook, secret: str, max_count: int) -> Webhook:
    taken = select(webhooks.c.webhook_id).where(webhooks.c.webhook_id == webhook.webhook_id)
    if connection.execute(taken).one_or_none() is not None:
        raise AlreadyExists(
            f"webhook {webhook.webhook_id} exists already: choose another id",
            reason="WEBHOOK_ALREADY_EXISTS",
            webhook_id=webhook.webhook_id,
        )
    same = webhooks.c.namespace == webhook.namespace
    count = connection.execute(select(func.count()).select_from(webhooks).where(same)).scalar_one()
    if count >= max_count:
        raise Exhausted(
            f"namespace {webhook.namespace} has {count} webhooks, and {max_count} at most:"
            " delete some, or let one be told of more",
            reason="TOO_MANY_WEBHOOKS",
        )
    row = {**_values(webhook), "webhook_id": webhook.webhook_id, "secret": secret}
    row |= {"namespace": webhook.namespace, "created_at": webhook.created_at}
    connection.execute(insert(webhooks).values(row))
    return webhook


def _get(connection: Connection, webhook_id: WebhookId, *, locked: bool = False) -> Webhook:
    query = select(webhooks).where(webhooks.c.webhook_id == webhook_id)
    row = connection.execute(query.with_for_update() if locked else query).one_or_none()
    if row is None:
        raise NotFound(
            f"no webhook {webhook_id}: WebhookService.ListWebhooks names those there are",
            reason="WEBHOOK_NOT_FOUND",
            webhook_id=webhook_id,
        )
    return _webhook_from(row)


def _values(webhook: Webhook) -> dict[str, Any]:
    """Return the columns that may change."""
    return {
        "display_name": webhook.display_name,
        "url": webhook.url,
        "events": " ".join(webhook.events),
        "filter": webhook.filter,
        "paused": webhook.paused,
        "pause_reason": webhook.pause_reason,
    }


def _webhook_from(row: Row[Any]) -> Webhook:
    return Webhook(
        webhook_id=WebhookId(row.webhook_id),
        namespace=row.namespace,
        display_name=row.display_name,
        url=row.url,
        events=tuple(Turn(word) for word in row.events.split()),
        filter=row.filter,
        paused=row.paused,
        pause_reason=row.pause_reason,
        created_at=row.created_at,
    )


def _delivery_from(row: Row[Any]) -> Delivery:
    return Delivery(
        delivery_id=DeliveryId(row.delivery_id),
        webhook_id=WebhookId(row.webhook_id),
        run_id=RunId(row.run_id),
        event=Turn(row.event),
        status=DeliveryStatus(row.status),
        attempts=row.attempts,
        response_code=row.response_code,
        error_message=row.error_message,
        event_at=row.event_at,
        last_attempt_at=row.last_attempt_at,
        next_attempt_at=row.next_attempt_at,
    )
