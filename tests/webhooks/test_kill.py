"""A sender that is killed loses no delivery: another attempt is made after a restart."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import GRAPHS, ServerProcess
from tests.webhooks.receiver import receiving

from runwire_client import AsyncClient, DeliveryStatus, WebhookEvent


@pytest.fixture
def killable(tmp_path: Path) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path, (GRAPHS,), settings={"RUNWIRE_WEBHOOK_ALLOW_PRIVATE": "true"})
    server.start()
    yield server
    if server.process is not None:
        server.kill()


async def test_what_was_under_way_is_sent_again(killable: ServerProcess) -> None:
    async with receiving(answers=[None]) as receiver:
        async with AsyncClient(killable.grpc_address) as client:
            hook = await client.webhooks.create(receiver.url, events=[WebhookEvent.QUEUED])
            run = await client.runs.create("echo", {"n": 1})
            [first] = await receiver.wait_for(1)
        await asyncio.to_thread(killable.kill)
        await asyncio.to_thread(killable.start)
        received = await receiver.wait_for(2)
        assert received[1].id == first.id
        assert received[1].verified(hook.secret)["run"]["runId"] == run.run_id
        async with AsyncClient(killable.grpc_address) as client:
            await delivered(client, hook.webhook_id, 1)


async def test_what_was_committed_and_never_sent_is_sent(killable: ServerProcess) -> None:
    async with receiving() as receiver:
        pass  # its port, with nobody behind it
    async with AsyncClient(killable.grpc_address) as client:
        hook = await client.webhooks.create(receiver.url, events=[WebhookEvent.QUEUED])
        runs = [await client.runs.create("echo", {"n": n}) for n in range(20)]
    await asyncio.to_thread(killable.kill)
    async with receiving(port=receiver.port) as back:
        await asyncio.to_thread(killable.start)
        async with AsyncClient(killable.grpc_address) as client:
            await delivered(client, hook.webhook_id, len(runs))
        told = {each.verified(hook.secret)["run"]["runId"] for each in back.received}
    assert told == {run.run_id for run in runs}


async def delivered(client: AsyncClient, webhook_id: str, count: int) -> None:
    async with asyncio.timeout(45):
        while True:
            found = [each async for each in client.webhooks.deliveries(webhook_id)]
            done = [each for each in found if each.status is DeliveryStatus.DELIVERED]
            if len(done) == len(found) == count:
                return
            await asyncio.sleep(0.05)
