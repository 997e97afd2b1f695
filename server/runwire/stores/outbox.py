"""Deliveries as senders see them: taken under a lease by the database's clock, and settled.

1. A delivery that is taken is due again when its lease ends, so one whose sender is gone is taken
   by another. Each attempt has a number, and only the newest one's outcome is recorded.
2. What another server has locked is passed over.
3. Deliveries to where a run says have no webhook, and so no secret and no pause; those that lead to
   the same place go by one name all the same.
4. A replay sets `tries` to 0. Whoever settles finds that, and leaves the delivery due.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Connection,
    Row,
    bindparam,
    case,
    delete,
    func,
    literal,
    literal_column,
    select,
    true,
    union_all,
    update,
)

from runwire.domain.webhook import (
    DeliveryId,
    DeliveryStatus,
    Due,
    Settled,
    Waiting,
    WebhookId,
)
from runwire.stores.batch import Batch
from runwire.stores.database import Database
from runwire.stores.times import Micros, micros_of, time_of
from runwire.stores.webhook_tables import deliveries, webhooks
from runwire.stores.webhooks import PENDING

PAUSE_AFTER: Final = timedelta(days=3)
PAUSED_BECAUSE: Final = "nothing was delivered for three days, although it was tried"
LOST: Final = "no attempt came to an end: whoever made them is gone"
MAX_ERROR_CHARACTERS: Final = 300
_CLOCK: Final = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"

_AT = deliveries.c.next_attempt_at
_IS_PENDING = deliveries.c.status == literal_column(f"'{PENDING}'")  # as the index says it
_FIRST = (
    select(func.min(_AT))
    .where(deliveries.c.webhook_id == webhooks.c.webhook_id, _IS_PENDING)
    .scalar_subquery()
)
_PICK: Final[Any] = (
    select(
        *(each for each in deliveries.c if each.name != "url"),
        func.coalesce(deliveries.c.url, webhooks.c.url).label("url"),
        func.coalesce(webhooks.c.secret, "").label("secret"),
    )
    .outerjoin(webhooks, webhooks.c.webhook_id == deliveries.c.webhook_id)
    .where(
        deliveries.c.webhook_id == bindparam("of_webhook"),
        _IS_PENDING,
        bindparam("until", type_=Micros) >= _AT,
        webhooks.c.paused.is_(False) | deliveries.c.url.is_not(None),
    )
    .order_by(_AT)
    .limit(bindparam("count"))
    .with_for_update(of=deliveries, skip_locked=True)
)


class SqlOutbox:
    """What is to be sent, in the table `deliveries`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def waiting(self, limit: int) -> Sequence[Waiting]:
        return await self._database.read(lambda connection: self._waiting(connection, limit))

    async def claim(
        self, wanted: Mapping[WebhookId, int], *, lease_seconds: float, max_tries: int
    ) -> Sequence[Due]:
        life = timedelta(seconds=lease_seconds)

        def work(batch: Batch) -> Sequence[Due]:
            picked: list[Row[Any]] = []
            for webhook_id in sorted(wanted):
                known = {"of_webhook": webhook_id, "until": batch.now, "count": wanted[webhook_id]}
                picked += batch.connection.execute(_PICK, known).all()
            lost = [row for row in picked if row.tries >= max_tries]
            _give_up(batch, lost)
            return _take(batch, [row for row in picked if row.tries < max_tries], life)

        return await self._database.writer.write(work, in_hand=True)

    async def settle(self, due: Due, settled: Settled) -> None:
        await self._database.writer.write(lambda batch: _settle(batch, due, settled), in_hand=True)

    async def release(self, due: Due) -> None:
        def work(batch: Batch) -> None:
            free = {"lease_until": None, "next_attempt_at": batch.now}
            batch.connection.execute(update(deliveries).where(_attempt(due)).values(free))
            batch.wakes.add("deliveries")

        await self._database.writer.write(work, in_hand=True)

    async def abandon(self) -> None:
        def work(batch: Batch) -> None:
            held = _IS_PENDING & deliveries.c.lease_until.is_not(None)
            free = {"lease_until": None, "next_attempt_at": batch.now}
            batch.connection.execute(update(deliveries).where(held).values(free))

        await self._database.writer.write(work, in_hand=True)

    async def prune(self, older_than_seconds: float, limit: int) -> int:
        age = timedelta(seconds=older_than_seconds)

        def work(batch: Batch) -> int:
            old = select(deliveries.c.delivery_id).where(batch.now - age > _AT).order_by(_AT)
            old = old.limit(limit).with_for_update(skip_locked=True)
            ids = batch.connection.execute(old).scalars().all()
            gone = delete(deliveries).where(deliveries.c.delivery_id.in_(ids))
            return batch.connection.execute(gone).rowcount if ids else 0

        return await self._database.writer.write(work, in_hand=True)

    def _waiting(self, connection: Connection, limit: int) -> Sequence[Waiting]:
        clock = self._clock(connection).label("now")
        first = union_all(
            select(
                webhooks.c.webhook_id,
                webhooks.c.failing_since.is_not(None).label("failing"),
                _FIRST.label("first"),
                clock,
            ).where(webhooks.c.paused.is_(False)),
            select(
                deliveries.c.webhook_id,
                (func.max(deliveries.c.tries) > 0).label("failing"),
                func.min(_AT).label("first"),
                clock,
            )
            .where(_IS_PENDING, deliveries.c.url.is_not(None))
            .group_by(deliveries.c.webhook_id),
        ).subquery()
        query = select(first).where(first.c.first.is_not(None))
        query = query.order_by(
            case((first.c.first <= first.c.now, 0), else_=1), first.c.failing, first.c.first
        )
        return [
            Waiting(
                webhook_id=WebhookId(row.webhook_id),
                seconds=(row.first - time_of(row.now)).total_seconds(),
                failing=bool(row.failing),
            )
            for row in connection.execute(query.limit(limit))
        ]

    def _clock(self, connection: Connection) -> Any:
        if connection.dialect.name == "sqlite":
            return literal(micros_of(self._database.now()), BigInteger)
        return literal_column(_CLOCK, BigInteger)


def _take(batch: Batch, rows: Sequence[Row[Any]], life: timedelta) -> Sequence[Due]:
    until = batch.now + life
    taken = {
        "attempts": deliveries.c.attempts + 1,
        "tries": deliveries.c.tries + 1,
        "last_attempt_at": batch.now,
        "lease_until": until,
        "next_attempt_at": until,
    }
    ids = [row.delivery_id for row in rows]
    if ids:
        batch.connection.execute(
            update(deliveries).where(deliveries.c.delivery_id.in_(ids)).values(taken)
        )
    return [
        Due(
            delivery_id=DeliveryId(row.delivery_id),
            webhook_id=WebhookId(row.webhook_id),
            url=row.url,
            secret=row.secret,
            body=row.body,
            attempts=row.attempts + 1,
            tries=row.tries + 1,
        )
        for row in rows
    ]


def _give_up(batch: Batch, rows: Sequence[Row[Any]]) -> None:
    for row in rows:
        ended = {
            "status": DeliveryStatus.FAILED.value,
            "error_message": row.error_message or LOST,
            "lease_until": None,
            "next_attempt_at": batch.now,
        }
        this = deliveries.c.delivery_id == row.delivery_id
        batch.connection.execute(update(deliveries).where(this).values(ended))


def _settle(batch: Batch, due: Due, settled: Settled) -> None:
    outcome = {
        "response_code": settled.response_code,
        "error_message": settled.error_message[:MAX_ERROR_CHARACTERS],
        "lease_until": None,
    }
    follows = {
        "status": settled.status.value,
        "next_attempt_at": batch.now + timedelta(seconds=settled.delay_seconds),
    }
    newest = update(deliveries).where(_attempt(due))
    same = deliveries.c.tries == due.tries
    if batch.connection.execute(newest.where(same).values({**outcome, **follows})).rowcount == 0:
        # Asked for again meanwhile, so whatever became of this attempt there is another one.
        batch.connection.execute(newest.values({**outcome, "next_attempt_at": batch.now}))
        batch.wakes.add("deliveries")
    _judge(batch, due.webhook_id, settled)


def _judge(batch: Batch, webhook_id: WebhookId, settled: Settled) -> None:
    """Note whether a webhook fails, and pause one that has for too long."""
    since = webhooks.c.failing_since
    this = update(webhooks).where(webhooks.c.webhook_id == webhook_id)
    if settled.status is DeliveryStatus.DELIVERED:
        batch.connection.execute(this.where(since.is_not(None)).values(failing_since=None))
        return
    batch.connection.execute(this.where(since.is_(None)).values(failing_since=batch.now))
    overdue = true() if settled.pause_reason else since <= batch.now - PAUSE_AFTER
    pause = this.where(webhooks.c.paused.is_(False), overdue).values(
        paused=True, pause_reason=settled.pause_reason or PAUSED_BECAUSE
    )
    if batch.connection.execute(pause).rowcount:
        batch.webhooks_changed = True
        batch.wakes.add("deliveries")


def _attempt(due: Due) -> Any:
    """Return the condition that an attempt is the newest of its delivery."""
    return (
        (deliveries.c.delivery_id == due.delivery_id)
        & (deliveries.c.attempts == due.attempts)
        & _IS_PENDING
    )
