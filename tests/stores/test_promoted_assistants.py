"""A move to PostgreSQL takes assistants and the store along."""

import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import now
from tests.postgres import Postgres
from tests.stores.test_assistants import assistant
from tests.stores.test_promotion import promoted

from runwire.app.items import Items
from runwire.bus.memory import MemoryBus
from runwire.domain.assistant import AssistantId, own_assistant_id
from runwire.domain.assistant_ports import ItemQuery
from runwire.domain.errors import AlreadyExists
from runwire.domain.item import ItemRow
from runwire.rpc.convert_events import encode_events
from runwire.stores.assistants import SqlAssistantStore
from runwire.stores.database import open_database
from runwire.stores.items import SqlItemRows

ITEM = ("team", ("a", "b"), "k")
NEAR = struct.pack("<2f", 1, 0)
OWN = AssistantId(own_assistant_id("agent"))


@pytest.fixture
def empty_url(postgres: Postgres) -> Any:
    url = postgres.new_database()
    yield url
    postgres.drop(url)


def opened(url: str) -> Any:
    return open_database(url, now=now, encode=encode_events, wake_all=MemoryBus().wake_all)


async def test_assistants_and_items_are_as_they_were(tmp_path: Path, empty_url: str) -> None:
    path = tmp_path / "runwire.db"
    async with opened(f"sqlite:///{path}") as database:
        store, rested = SqlAssistantStore(database), SqlItemRows(database)
        await store.add(assistant("Ärger", metadata={"t": "\x00"}), if_exists="raise")
        kept = await store.change(AssistantId("Ärger"), lambda one: replace(one, name="new"))
        own = replace(assistant("agent"), assistant_id=OWN)
        await store.provide([own])
        await store.delete(OWN)
        await Items(rows=rested).put(*ITEM, {"t": "\x00ä"}, ttl_minutes=60)
        row = ItemRow(path=("a",), key="near", value="{}", vectors={"$": NEAR})
        await rested.write("default", [row])
        item = await rested.get(*ITEM)
    done = await promoted(path, empty_url)
    assert (done.rows["assistants"], done.rows["assistant_versions"]) == (1, 2)
    assert (done.rows["items"], done.rows["item_vectors"]) == (2, 1)
    async with opened(empty_url) as database:
        store, rested = SqlAssistantStore(database), SqlItemRows(database)
        assert await store.get(AssistantId("Ärger")) == kept
        await store.provide([own])
        versions = await store.versions(AssistantId("Ärger"), metadata={}, limit=9, offset=0)
        assert [each.version for each in versions] == [2, 1]
        assert await rested.get(*ITEM) == item
        [found] = await rested.find(ItemQuery(namespace="default"), NEAR)
        assert (found.key, found.score) == ("near", 1)
        assert await store.add(own, if_exists="raise") == own, "it was still deleted"


async def test_a_target_that_has_items_is_refused(tmp_path: Path, postgres_url: str) -> None:
    async with opened(f"sqlite:///{tmp_path}/runwire.db"):
        pass
    async with opened(postgres_url) as database:
        await Items(rows=SqlItemRows(database)).put("default", ("a",), "k", {})
    with pytest.raises(AlreadyExists, match="it has items"):
        await promoted(tmp_path / "runwire.db", postgres_url)
