"""What one namespace has of webhooks, another neither sees nor changes."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.conftest import now
from tests.webhooks.test_sending import World, a_world

from runwire.app.webhooks import Webhooks, Wish
from runwire.domain.caller import Caller
from runwire.domain.errors import AlreadyExists, NotFound
from runwire.domain.quotas import Quotas
from runwire.domain.run import RunId
from runwire.domain.webhook import Turn
from runwire.rpc.convert_webhooks import delivery_to_wire, webhook_to_wire
from runwire.stores.namespaces import SqlNamespaceStore

MINE, THEIRS = Caller(namespace="mine"), Caller(namespace="theirs")
WISH = Wish(webhook_id="hook", url="https://hooks.example.com/", events=(Turn.QUEUED,))


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(f"sqlite:///{tmp_path}/runwire.db") as found:
        yield found


@pytest.fixture
def webhooks(world: World) -> Webhooks:
    return Webhooks(
        webhooks=world.webhooks,
        deliveries=world.deliveries,
        now=now,
        new_id=lambda: "made",
        random=bytes,
        allow_private=False,
    )


async def test_both_may_use_an_id_and_neither_reaches_the_others(
    world: World, webhooks: Webhooks
) -> None:
    await webhooks.create(MINE, WISH)
    with pytest.raises(AlreadyExists):
        await webhooks.create(MINE, WISH)
    for attempt in (
        webhooks.get(THEIRS, "hook"),
        webhooks.update(THEIRS, WISH, ["url"]),
        webhooks.delete(THEIRS, "hook"),
        webhooks.deliveries(THEIRS, "hook", (), 0, ""),
        webhooks.replay(THEIRS, "hook", "msg_x"),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert (await webhooks.find(THEIRS, 0, "")).items == []
    await webhooks.create(THEIRS, WISH)
    await webhooks.delete(THEIRS, "hook")
    assert (await webhooks.get(MINE, "hook")).namespace == "mine"


async def test_each_is_told_of_its_own_runs_by_the_ids_it_knows(
    world: World, webhooks: Webhooks
) -> None:
    for caller in (MINE, THEIRS):
        await webhooks.create(caller, WISH)
    await SqlNamespaceStore(world.database).add("mine", "", Quotas())
    await world.run(run_id=RunId("mine/run"), graph_id="mine/g", thread_id="mine/t")
    [told] = (await webhooks.deliveries(MINE, "hook", (), 0, "")).items
    assert (await webhooks.deliveries(THEIRS, "hook", (), 0, "")).items == []
    shown = delivery_to_wire(told)
    assert (shown.run_id, shown.webhook_id) == ("run", "hook")
    assert webhook_to_wire(await webhooks.get(MINE, "hook")).webhook_id == "hook"
    [due] = await world.outbox.claim({told.webhook_id: 1}, lease_seconds=1, max_tries=8)
    body = json.loads(due.body)
    assert (body["namespace"], body["run"]["runId"]) == ("mine", "run")
    assert (body["run"]["spec"]["graphId"], body["run"]["spec"]["threadId"]) == ("g", "t")
    assert b"mine/" not in due.body
    with pytest.raises(NotFound):
        await webhooks.replay(THEIRS, "hook", told.delivery_id)
