"""WebhookService on a real server: its rpcs, what they refuse, and what arrives."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.conftest import ROOT, settings_in
from tests.webhooks.receiver import Receiver, receiving

from runwire.server import Server, serve
from runwire_client import AsyncClient, DeliveryStatus, Invalid, NotFound, WebhookEvent

E = WebhookEvent


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as found:
        yield found


@pytest.fixture
async def open_server(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Server]:
    """A server whose webhooks may lead to this machine."""
    monkeypatch.chdir(ROOT)
    settings = settings_in(tmp_path, database_url=database_url, webhook_allow_private=True)
    async with serve(settings) as running:
        yield running


@pytest.fixture
async def caller(open_server: Server) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(open_server.grpc_address) as connected:
        yield connected


async def test_a_webhook_is_made_changed_listed_and_deleted(
    caller: AsyncClient, receiver: Receiver
) -> None:
    made = await caller.webhooks.create(receiver.url, display_name="team", webhook_id="mine")
    assert made.secret.startswith("whsec_")
    assert made.events == (E.INTERRUPTED, E.SUCCEEDED, E.FAILED, E.CANCELLED)
    kept = await caller.webhooks.get("mine")
    assert (kept.secret, kept.url, kept.display_name) == ("", receiver.url, "team")
    other = await caller.webhooks.create(receiver.url, events=[E.FAILED, E.FAILED, E.QUEUED])
    assert other.events == (E.QUEUED, E.FAILED)
    assert [each.webhook_id async for each in caller.webhooks.list(page_size=1)] == [
        *(other.webhook_id, "mine")
    ]
    changed = await caller.webhooks.update("mine", filter="graph_id = echo", paused=True)
    assert (changed.filter, changed.paused, changed.url) == ("graph_id = echo", True, receiver.url)
    await caller.webhooks.delete("mine")
    with pytest.raises(NotFound) as caught:
        await caller.webhooks.get("mine")
    assert caught.value.reason == "WEBHOOK_NOT_FOUND"


async def test_what_happens_to_a_run_arrives_signed_and_can_be_replayed(
    caller: AsyncClient, receiver: Receiver
) -> None:
    hook = await caller.webhooks.create(receiver.url, filter="labels.team = risk")
    await caller.runs.create("echo", {"n": 1})
    run = await caller.runs.create("echo", {"secret": 5}, labels={"team": "risk"})
    [received] = await receiver.wait_for(1)
    body = received.verified(hook.secret)
    assert (body["type"], body["run"]["runId"]) == ("run.succeeded", run.run_id)
    assert b"secret" not in received.body
    delivery = await settled(caller, hook.webhook_id)
    assert (delivery.delivery_id, delivery.response_code) == (received.id, 204)
    again = await caller.webhooks.replay(hook.webhook_id, delivery.delivery_id)
    assert again.status is DeliveryStatus.PENDING
    await receiver.wait_for(2)
    assert (await settled(caller, hook.webhook_id)).attempts == 2


async def settled(caller: AsyncClient, webhook_id: str):  # type: ignore[no-untyped-def]
    async with asyncio.timeout(20):
        while True:
            found = [each async for each in caller.webhooks.deliveries(webhook_id)]
            done = [each for each in found if each.status is DeliveryStatus.DELIVERED]
            if done:
                [only] = done
                return only
            await asyncio.sleep(0.02)


async def test_an_answer_to_creation_means_that_runs_are_told(
    caller: AsyncClient, receiver: Receiver
) -> None:
    for number in range(3):
        hook = await caller.webhooks.create(receiver.url, events=[E.QUEUED])
        run = await caller.runs.create("echo", {})
        assert [each.run_id async for each in caller.webhooks.deliveries(hook.webhook_id)] == [
            run.run_id
        ]
        await caller.webhooks.delete(hook.webhook_id)
        assert number < 3


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"url": ""}, "webhook.url"),
        ({"url": "http://user:pw@example.com/"}, "webhook.url"),
        ({"url": "https://example.com/", "filter": "status = FAILED"}, "webhook.filter"),
        ({"url": "https://example.com/", "filter": "graph_id ="}, "webhook.filter"),
        ({"url": "https://example.com/", "webhook_id": "a/b"}, "webhook.webhook_id"),
        ({"url": "https://example.com/", "display_name": "x" * 200}, "webhook.display_name"),
    ],
)
async def test_what_is_wrong_is_named(
    client: AsyncClient, given: dict[str, str], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        await client.webhooks.create(**given)
    assert [each.field for each in caught.value.violations] == [field]


async def test_a_private_address_is_refused_at_once_and_on_change(client: AsyncClient) -> None:
    with pytest.raises(Invalid, match="not public") as caught:
        await client.webhooks.create("http://169.254.169.254/latest/meta-data")
    assert caught.value.reason == "WEBHOOK_ADDRESS_REFUSED"
    hook = await client.webhooks.create("https://hooks.example.com/")
    with pytest.raises(Invalid, match="not public"):
        await client.webhooks.update(hook.webhook_id, url="http://[::1]/")
    assert (await client.webhooks.get(hook.webhook_id)).url == "https://hooks.example.com/"


async def test_no_log_has_the_secret_or_the_url(
    caller: AsyncClient, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    receiver.answers = [b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n"]
    hook = await caller.webhooks.create(f"{receiver.url}&token=hunter2", events=[E.QUEUED])
    await caller.runs.create("echo", {})
    await receiver.wait_for(1)
    async with asyncio.timeout(10):
        while not [record for record in caplog.records if "HTTP 500" in record.getMessage()]:
            await asyncio.sleep(0.01)
    told = "\n".join(record.getMessage() for record in caplog.records)
    assert hook.webhook_id in told
    assert "hunter2" not in told
    assert hook.secret not in told


async def test_two_servers_share_the_work_and_send_nothing_twice(
    tmp_path: Path, postgres_url: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    settings = [
        settings_in(tmp_path / str(n), database_url=postgres_url, webhook_allow_private=True)
        for n in range(2)
    ]
    async with (
        serve(settings[0]) as one,
        serve(settings[1]) as two,
        AsyncClient(one.grpc_address) as here,
        AsyncClient(two.grpc_address) as there,
    ):
        hook = await here.webhooks.create(receiver.url, events=[E.QUEUED, E.SUCCEEDED])
        made = set()
        for number in range(30):
            run = await (here if number % 2 else there).runs.create("echo", {"n": number})
            made.add(run.run_id)
        await receiver.wait_for(60, seconds=60)
        async with asyncio.timeout(20):
            while [
                each
                async for each in here.webhooks.deliveries(
                    hook.webhook_id, statuses=[DeliveryStatus.PENDING]
                )
            ]:
                await asyncio.sleep(0.05)
        found = [each async for each in there.webhooks.deliveries(hook.webhook_id)]
    assert len(receiver.received) == 60
    assert len({each.id for each in receiver.received}) == 60
    assert {each.attempts for each in found} == {1}
    assert {each.run_id for each in found} == made
