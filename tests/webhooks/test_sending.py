"""Deliveries from the change that makes them due to their end, on both databases."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from tests.conftest import now
from tests.webhooks.receiver import Receiver, receiving, status

from runwire.bus.memory import MemoryBus
from runwire.delivery.posting import Poster
from runwire.delivery.sender import Bounds, Sender
from runwire.domain import moves
from runwire.domain.attempts import Patience
from runwire.domain.errors import AlreadyExists, Exhausted, NotFound
from runwire.domain.outcome import Failed, Succeeded
from runwire.domain.quotas import Quotas
from runwire.domain.run import Run, RunError, RunId
from runwire.domain.signing import new_secret
from runwire.domain.webhook import DeliveryId, DeliveryStatus, Settled, Turn, Webhook, WebhookId
from runwire.domain.work import Lease, Progress, Request, Seed
from runwire.rpc.convert_events import encode_events
from runwire.rpc.convert_webhooks import encode_telling
from runwire.stores.database import Database, open_database
from runwire.stores.journal import SqlJournal
from runwire.stores.namespaces import SqlNamespaceStore
from runwire.stores.outbox import SqlOutbox
from runwire.stores.webhook_tables import deliveries, webhooks
from runwire.stores.webhooks import SqlDeliveryStore, SqlWebhookStore

QUICK = Patience(first_seconds=0.02, max_seconds=0.05)
SECRET = new_secret(bytes)


@dataclass
class Clock:
    """A clock that is set by hand, where the database has none of its own."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return now() + self.ahead


@dataclass
class World:
    """One server's part of all this."""

    database: Database
    bus: MemoryBus
    clock: Clock = field(default_factory=Clock)
    count: int = 0

    def __post_init__(self) -> None:
        self.journal = SqlJournal(self.database.writer)
        self.webhooks = SqlWebhookStore(self.database)
        self.deliveries = SqlDeliveryStore(self.database)
        self.outbox = SqlOutbox(self.database)

    async def hook(self, url: str, webhook_id: str = "hook", **changes: Any) -> Webhook:
        webhook = Webhook(
            **{
                "webhook_id": WebhookId(webhook_id),
                "namespace": "default",
                "url": url,
                "events": tuple(Turn),
                "created_at": now(),
                **changes,
            }
        )
        return await self.webhooks.add(webhook, SECRET, 100)

    async def run(self, **changes: Any) -> Run:
        """Queue a run."""
        self.count += 1
        run = Run(
            **{
                "run_id": RunId(f"run-{self.count}"),
                "graph_id": "g",
                "created_at": now(),
                "ready_at": now(),
                **changes,
            }
        )
        return (await self.journal.create(Seed(run=run, request=Request()))).run

    async def finish(self, outcome: Any = None) -> Run:
        """Claim the run that waits, and end it."""
        [run] = await self.journal.claim("w", 1, graphs=["g"], lease_seconds=10)
        lease = Lease(run_id=run.run_id, epoch=run.epoch, worker_id="w")
        move = moves.settled(lease, Progress(), outcome or Succeeded(b"{}"))
        return await self.journal.record(run.run_id, move)

    async def told(self, webhook_id: str = "hook") -> list[Any]:
        """Return the deliveries of a webhook, oldest first."""
        page = await self.deliveries.find(WebhookId(webhook_id), (), 1000, "")
        return list(page.items)[::-1]

    @asynccontextmanager
    async def sending(self, **how: Any) -> AsyncIterator[None]:
        bounds: Mapping[str, Any] = {"timeout_seconds": 2.0, "look_seconds": 0.2}
        patience = how.pop("patience", QUICK)
        new_posting: Callable[[], Any] = how.pop(
            "new_posting", lambda: Poster(timeout_seconds=2, allow_private=True)
        )
        sender = Sender(
            outbox=self.outbox,
            bus=self.bus,
            new_posting=new_posting,
            patience=patience,
            bounds=Bounds(**{**bounds, **how}),
            now=self.clock,
        )
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(sender.run())
            yield
            task.cancel()


@asynccontextmanager
async def a_world(url: str) -> AsyncIterator[World]:
    bus, clock = MemoryBus(), Clock()
    async with open_database(
        url,
        now=clock,
        encode=encode_events,
        wake_all=bus.wake_all,
        encode_telling=encode_telling,
    ) as database:
        yield World(database, bus, clock)


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    async with a_world(database_url) as found:
        yield found


@pytest.fixture
async def lite(tmp_path: Any) -> AsyncIterator[World]:
    """On SQLite only, where the clock can be set."""
    async with a_world(f"sqlite:///{tmp_path}/runwire.db") as found:
        yield found


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as found:
        yield found


async def until_status(world: World, wanted: DeliveryStatus, webhook_id: str = "hook") -> list[Any]:
    """Return the deliveries once all of them have a status."""
    async with asyncio.timeout(20):
        while True:
            found = await world.told(webhook_id)
            if found and all(each.status is wanted for each in found):
                return found
            await asyncio.sleep(0.02)


async def test_every_turn_of_a_run_is_told_once_and_signed(
    world: World, receiver: Receiver
) -> None:
    await world.hook(receiver.url)
    async with world.sending():
        await world.run(labels={"team": "risk"})
        run = await world.finish()
        received = await receiver.wait_for(3)
        found = await until_status(world, DeliveryStatus.DELIVERED)
    bodies = {each.id: each.verified(SECRET) for each in received}
    assert sorted(body["type"] for body in bodies.values()) == [
        *("run.queued", "run.started", "run.succeeded")
    ]
    assert [each.attempts for each in found] == [1, 1, 1]
    assert set(bodies) == {each.delivery_id for each in found}
    ended = next(body for body in bodies.values() if body["type"] == "run.succeeded")
    assert ended["namespace"] == "default"
    assert ended["run"]["runId"] == run.run_id
    assert ended["run"]["status"] == "RUN_STATUS_SUCCEEDED"
    assert ended["run"]["spec"]["labels"] == {"team": "risk"}
    assert "output" not in ended["run"]
    assert "input" not in ended["run"]["spec"]
    assert received[0].headers["content-type"] == "application/json"


async def test_a_row_is_there_as_soon_as_the_change_is(world: World) -> None:
    await world.hook("https://hooks.example.com/")
    await world.run()
    [first] = await world.told()
    assert (first.event, first.status) == (Turn.QUEUED, DeliveryStatus.PENDING)
    await world.finish(Failed(RunError(code=2, reason="BROKEN", message="x" * 50_000)))
    assert [each.event for each in await world.told()] == [
        *(Turn.QUEUED, Turn.STARTED, Turn.FAILED)
    ]
    [body, *_] = [
        each.body
        for each in await world.outbox.claim({WebhookId("hook"): 10}, lease_seconds=1, max_tries=8)
        if b"run.failed" in each.body
    ]
    assert len(body) < 10_000


async def test_only_what_is_asked_for_is_told(world: World) -> None:
    await world.hook("https://a.example/", "ends", events=(Turn.SUCCEEDED,))
    await world.hook("https://a.example/", "risk", filter="labels.team = risk")
    await world.hook("https://a.example/", "paused", paused=True)
    await SqlNamespaceStore(world.database).add("other", "", Quotas())
    await world.hook("https://a.example/", "other/mine", namespace="other")
    await world.run()
    await world.finish()
    await world.run(run_id=RunId("other/run"), labels={"team": "risk"})
    await world.finish()
    assert [each.event for each in await world.told("ends")] == [Turn.SUCCEEDED]
    assert await world.told("risk") == []
    assert await world.told("paused") == []
    assert {each.run_id for each in await world.told("other/mine")} == {"other/run"}


async def test_what_is_answered_with_an_error_comes_again_with_the_same_id(
    world: World, receiver: Receiver
) -> None:
    receiver.answers = [status(500), status(429, "retry-after: 0"), b""]
    await world.hook(receiver.url, events=(Turn.QUEUED,))
    async with world.sending():
        await world.run()
        received = await receiver.wait_for(4)
        [found] = await until_status(world, DeliveryStatus.DELIVERED)
    assert found.attempts == 4
    assert {each.id for each in received} == {found.delivery_id}
    assert {each.body for each in received} == {received[0].body}
    for each in received:
        each.verified(SECRET)


async def test_it_waits_between_attempts_as_the_clock_says(lite: World, receiver: Receiver) -> None:
    receiver.usual = status(500)
    await lite.hook(receiver.url, events=(Turn.QUEUED,))
    async with lite.sending(patience=Patience(), look_seconds=0.05):
        await lite.run()
        for attempt, wait in enumerate((5, 25, 125, 625, 3125, 15_625, 72_000), start=1):
            await receiver.wait_for(attempt)
            await settled(lite, attempt)
            [waits] = await lite.told()
            assert 0.79 * wait < (waits.next_attempt_at - lite.clock()).total_seconds() < 1.2 * wait
            assert waits.error_message == "HTTP 500"
            lite.clock.ahead = waits.next_attempt_at - now()
        await receiver.wait_for(8)
        [gone] = await until_status(lite, DeliveryStatus.FAILED)
    assert (gone.attempts, gone.response_code) == (8, 500)
    assert not (await lite.webhooks.get(WebhookId("hook"))).paused  # it has failed for a day only


async def settled(world: World, attempts: int) -> None:
    """Wait until the outcome of an attempt is recorded: then nothing is due when its lease ends."""
    query = select(deliveries.c.attempts, deliveries.c.lease_until)
    async with asyncio.timeout(10):
        while True:
            row = await world.database.read(lambda connection: connection.execute(query).one())
            if tuple(row) == (attempts, None):
                return
            await asyncio.sleep(0.01)


async def test_gone_is_given_up_and_pauses_the_webhook(world: World, receiver: Receiver) -> None:
    receiver.usual = status(410)
    await world.hook(receiver.url, events=(Turn.QUEUED,))
    async with world.sending():
        await world.run()
        [found] = await until_status(world, DeliveryStatus.FAILED)
        assert found.attempts == 1
        paused = await world.webhooks.get(WebhookId("hook"))
        assert paused.paused
        assert "410" in paused.pause_reason
        assert world.database.telling is not None
        await world.database.telling.settled()  # other servers learn of it a little later
        await world.run()
        assert len(await world.told()) == 1


async def test_what_fails_for_three_days_is_paused_with_the_reason(
    lite: World, receiver: Receiver
) -> None:
    receiver.usual = status(500)
    await lite.hook(receiver.url, events=(Turn.QUEUED,))
    async with lite.sending(patience=Patience(attempts=1)):
        await lite.run()
        await until_status(lite, DeliveryStatus.FAILED)
        assert not (await lite.webhooks.get(WebhookId("hook"))).paused
        lite.clock.ahead = timedelta(days=3, seconds=1)
        await lite.run()
        await until_status(lite, DeliveryStatus.FAILED)
    paused = await lite.webhooks.get(WebhookId("hook"))
    assert paused.paused
    assert "three days" in paused.pause_reason


async def test_a_replay_sends_it_again_whatever_became_of_it(
    world: World, receiver: Receiver
) -> None:
    await world.hook(receiver.url, events=(Turn.QUEUED,))
    async with world.sending():
        await world.run()
        [done] = await until_status(world, DeliveryStatus.DELIVERED)
        again = await world.deliveries.replay(WebhookId("hook"), done.delivery_id)
        assert again.status is DeliveryStatus.PENDING
        received = await receiver.wait_for(2)
        [found] = await until_status(world, DeliveryStatus.DELIVERED)
    assert found.attempts == 2
    assert received[0].id == received[1].id
    assert received[0].body == received[1].body
    with pytest.raises(NotFound):
        await world.deliveries.replay(WebhookId("hook"), DeliveryId("msg_none"))
    with pytest.raises(NotFound):
        await world.deliveries.replay(WebhookId("other"), done.delivery_id)


async def test_what_is_replayed_while_it_is_sent_is_sent_again_afterwards(
    world: World, receiver: Receiver
) -> None:
    answer = asyncio.Event()

    async def late(writer: asyncio.StreamWriter) -> None:
        await answer.wait()
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    receiver.answers = [late]
    await world.hook(receiver.url, events=(Turn.QUEUED,))
    async with world.sending():
        await world.run()
        [first] = await receiver.wait_for(1)
        await world.deliveries.replay(WebhookId("hook"), DeliveryId(first.id))
        answer.set()
        await receiver.wait_for(2)
        [found] = await until_status(world, DeliveryStatus.DELIVERED)
    assert found.attempts == 2
    assert receiver.most_at_once == 1


async def test_an_endpoint_that_is_dead_holds_up_nobody(world: World, receiver: Receiver) -> None:
    async with receiving(usual=None) as dead:  # silent for longer than this test lasts
        for number in range(3):
            await world.hook(dead.url, f"dead-{number}", events=(Turn.QUEUED,))
        await world.hook(receiver.url, "live", events=(Turn.QUEUED,))
        async with world.sending(places=8, timeout_seconds=90.0, new_posting=_patient):
            for _ in range(20):
                await world.run()
            await receiver.wait_for(20)
            await until_status(world, DeliveryStatus.DELIVERED, "live")
            assert 3 <= len(dead.received) <= 8
    assert dead.most_at_once <= 8


async def test_those_that_fail_leave_half_of_the_places(world: World, receiver: Receiver) -> None:
    async with receiving(usual=status(500)) as failing:
        for number in range(8):
            await world.hook(failing.url, f"dead-{number}", events=(Turn.QUEUED,))
        async with world.sending(places=8, patience=Patience(first_seconds=0.1)):
            await world.run()
            await failing.wait_for(8)
            failing.usual = None  # known to fail by now, and silent from here on
            failing.most_at_once = 0
            for number in range(8):
                await until_failing(world, f"dead-{number}")
            await world.hook(receiver.url, "live", events=(Turn.QUEUED,))
            for _ in range(20):
                await world.run()
            await receiver.wait_for(20, seconds=10)
    assert failing.most_at_once <= 4


async def until_failing(world: World, webhook_id: str) -> None:
    query = select(webhooks.c.failing_since).where(webhooks.c.webhook_id == webhook_id)
    async with asyncio.timeout(10):
        while await world.database.read(lambda connection: connection.scalar(query)) is None:
            await asyncio.sleep(0.01)


def _patient() -> Poster:
    return Poster(timeout_seconds=60, allow_private=True)


async def test_what_a_sender_leaves_is_sent_by_another_and_one_at_a_time(
    world: World, receiver: Receiver
) -> None:
    await world.hook(receiver.url, events=(Turn.QUEUED,))
    await world.run()
    wanted = {WebhookId("hook"): 4}
    [lost] = await world.outbox.claim(wanted, lease_seconds=0.3, max_tries=8)
    assert await world.outbox.claim(wanted, lease_seconds=0.3, max_tries=8) == []
    async with world.sending():
        await receiver.wait_for(1)
        [found] = await until_status(world, DeliveryStatus.DELIVERED)
    assert found.attempts == 2
    # What the one that was lost has to say no longer counts.
    late = Settled(status=DeliveryStatus.FAILED, response_code=500, error_message="HTTP 500")
    await world.outbox.settle(lost, late)
    await world.outbox.release(lost)
    assert await world.told() == [found]


async def test_one_whose_senders_all_die_is_given_up(world: World) -> None:
    await world.hook("https://a.example/", events=(Turn.QUEUED,))
    await world.run()
    for _ in range(3):
        await world.outbox.claim({WebhookId("hook"): 1}, lease_seconds=0.0, max_tries=3)
    assert await world.outbox.claim({WebhookId("hook"): 1}, lease_seconds=0, max_tries=3) == []
    [found] = await world.told()
    assert (found.status, found.attempts) == (DeliveryStatus.FAILED, 3)
    assert "came to an end" in found.error_message


async def test_a_sender_that_stops_gives_back_what_is_on_its_way(world: World) -> None:
    async with receiving(usual=None) as silent:
        await world.hook(silent.url, events=(Turn.QUEUED,))
        async with world.sending(timeout_seconds=60.0):
            await world.run()
            await silent.wait_for(1)
    [waiting] = await world.outbox.waiting(10)
    assert waiting.seconds <= 0.1
    [due] = await world.outbox.claim({WebhookId("hook"): 1}, lease_seconds=1, max_tries=8)
    assert due.attempts == 2


async def test_a_paused_webhook_keeps_what_waits(world: World, receiver: Receiver) -> None:
    hook = await world.hook(receiver.url, events=(Turn.QUEUED,))
    await world.run()
    await world.webhooks.update(hook.webhook_id, lambda it: replace(it, paused=True))
    await world.run()
    assert await world.outbox.waiting(10) == []
    assert await world.outbox.claim({hook.webhook_id: 1}, lease_seconds=1, max_tries=8) == []
    async with world.sending():
        await world.webhooks.update(hook.webhook_id, lambda it: replace(it, paused=False))
        await receiver.wait_for(1)
        await until_status(world, DeliveryStatus.DELIVERED)
    assert len(receiver.received) == 1


async def test_deliveries_outlive_their_run_and_go_with_their_webhook(world: World) -> None:
    hook = await world.hook("https://a.example/", events=(Turn.SUCCEEDED,))
    await world.run()
    run = await world.finish()
    await world.journal.delete(run.run_id, "")
    assert len(await world.told()) == 1
    await world.webhooks.delete(hook.webhook_id)
    assert await world.told() == []
    with pytest.raises(NotFound):
        await world.webhooks.delete(hook.webhook_id)


async def test_a_run_that_is_made_again_is_told_anew(world: World) -> None:
    await world.hook("https://a.example/", events=(Turn.QUEUED,))
    for _ in range(2):
        run = await world.run(run_id=RunId("again"))
        await world.finish()
        await world.journal.delete(run.run_id, "")
    assert len({each.delivery_id for each in await world.told()}) == 2


async def test_old_deliveries_are_pruned(lite: World) -> None:
    await lite.hook("https://a.example/", events=(Turn.QUEUED,))
    for _ in range(3):
        await lite.run()
    assert await lite.outbox.prune(60, 2) == 0
    lite.clock.ahead = timedelta(seconds=61)
    assert await lite.outbox.prune(60, 2) == 2
    assert await lite.outbox.prune(60, 2) == 1
    assert await lite.told() == []


async def test_ids_are_taken_once_and_numbers_are_bounded(world: World) -> None:
    await world.hook("https://a.example/", "one")
    with pytest.raises(AlreadyExists):
        await world.hook("https://a.example/", "one")
    webhook = await world.webhooks.get(WebhookId("one"))
    with pytest.raises(Exhausted, match="1 at most"):
        await world.webhooks.add(replace(webhook, webhook_id=WebhookId("two")), SECRET, 1)


async def test_runs_that_nobody_asks_about_leave_nothing(world: World) -> None:
    await world.run()
    await world.finish()
    assert await world.outbox.waiting(10) == []


def test_no_text_of_a_webhook_has_its_url_or_secret() -> None:
    webhook = Webhook(
        webhook_id=WebhookId("w"), namespace="n", url="https://a/key", created_at=now()
    )
    assert "key" not in repr(webhook)
