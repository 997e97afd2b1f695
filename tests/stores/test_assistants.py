"""Assistants at rest are the same on every database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from runwire.domain.assistant import Assistant, AssistantId, own_assistant_id
from runwire.domain.assistant_ports import AssistantFilter
from runwire.domain.errors import AlreadyExists, NotFound
from runwire.stores.assistants import SqlAssistantStore
from runwire.stores.database import Database

START = datetime(2026, 1, 1, tzinfo=UTC)


def assistant(name: str, *, after: int = 0, **fields: Any) -> Assistant:
    at = START + timedelta(seconds=after)
    given = {"graph_id": "agent", "name": name, "created_at": at, "updated_at": at, **fields}
    return Assistant(assistant_id=AssistantId(name), **given)


@pytest.fixture
def store(database: Database) -> SqlAssistantStore:
    return SqlAssistantStore(database)


async def names(store: SqlAssistantStore, **where: Any) -> list[str]:
    order = {"sort_by": "created_at", "descending": True, "limit": 10, "offset": 0}
    order.update({key: where.pop(key) for key in list(where) if key in order})
    found = await store.find(AssistantFilter(**{"namespace": "default", **where}), **order)
    return [each.name for each in found.items]


async def test_what_is_stored_comes_back(store: SqlAssistantStore) -> None:
    full = assistant(
        "one",
        config={"configurable": {"n": 2**70, "f": 5.0}, "tags": ["ä"]},
        context={"n": "\x00"},
        metadata={"deep": [{"a": None}]},
        description="says\nmore",
    )
    assert await store.add(full, if_exists="raise") is full
    assert await store.get(AssistantId("one")) == full
    with pytest.raises(AlreadyExists, match="assistant one exists"):
        await store.add(full, if_exists="raise")
    other = replace(full, name="other")
    assert await store.add(other, if_exists="do_nothing") == full
    with pytest.raises(NotFound, match="no assistant two"):
        await store.get(AssistantId("two"))


async def test_every_change_is_a_version_and_any_can_be_chosen(store: SqlAssistantStore) -> None:
    one = await store.add(assistant("one", metadata={"n": 1}), if_exists="raise")
    same = AssistantId("one")
    for number in (2, 3):
        changed = await store.change(
            same, lambda before, n=number: replace(before, metadata={"n": n})
        )
        assert (changed.version, changed.metadata) == (number, {"n": number})
    chosen = await store.choose(same, 1)
    assert chosen == replace(one, updated_at=chosen.updated_at)
    assert await store.get(same) == chosen
    after = await store.change(same, lambda before: replace(before, name="last", graph_id="other"))
    assert (after.version, after.metadata, after.created_at) == (4, {"n": 1}, START)

    async def numbers(**how: Any) -> list[int]:
        asked = {"metadata": {}, "limit": 10, "offset": 0, **how}
        return [each.version for each in await store.versions(same, **asked)]

    assert await numbers() == [4, 3, 2, 1]
    assert await numbers(limit=2, offset=1) == [3, 2]
    assert await numbers(metadata={"n": 1}) == [4, 1]
    with pytest.raises(NotFound, match="no version 9 of assistant one"):
        await store.choose(same, 9)
    for work in (
        store.choose(AssistantId("two"), 1),
        store.change(AssistantId("two"), lambda before: before),
        store.delete(AssistantId("two")),
    ):
        with pytest.raises(NotFound, match="no assistant two"):
            await work


async def test_searching(store: SqlAssistantStore) -> None:
    for number, name in enumerate(("Ärger", "bob", "Carl", "50%", "_x")):
        fields = {"graph_id": "own.x" if name == "bob" else "agent", "metadata": {"n": number}}
        await store.add(assistant(name, after=number, **fields), if_exists="raise")
    elsewhere = replace(assistant("there"), assistant_id=AssistantId("team/there"))
    await store.add(elsewhere, if_exists="raise")
    assert await names(store) == ["_x", "50%", "Carl", "bob", "Ärger"]
    assert await names(store, limit=2, offset=1) == ["50%", "Carl"]
    by_name = ["50%", "_x", "bob", "Carl", "Ärger"]
    assert await names(store, sort_by="name", descending=False) == by_name
    assert await names(store, name="ÄR") == ["Ärger"]
    assert await names(store, name="B") == ["bob"]
    assert await names(store, name="%") == ["50%"]
    assert await names(store, name="_") == ["_x"]
    assert await names(store, metadata={"n": 2}) == ["Carl"]
    assert await names(store, also={"n": {"$eq": 3}}) == ["50%"]
    assert await names(store, graph_id="own.x") == ["bob"]
    assert await names(store, graphs=("own.*", "other")) == ["bob"]
    assert await names(store, graphs=("OWN.*",)) == []
    assert await names(store, namespace="team") == ["there"]
    found = await store.find(
        AssistantFilter(namespace="default", graph_id="agent"),
        sort_by="created_at",
        descending=True,
        limit=1,
        offset=1,
    )
    assert (len(found.items), found.total) == (1, 4)


async def test_a_graphs_own_stays_deleted_until_somebody_makes_it(
    store: SqlAssistantStore,
) -> None:
    own = AssistantId(own_assistant_id("agent"))
    provided = replace(assistant("agent"), assistant_id=own)
    await store.provide([provided])
    changed = await store.change(own, lambda before: replace(before, name="mine"))
    await store.provide([provided])
    assert await store.get(own) == changed
    await store.delete(own)
    await store.provide([provided])
    assert await names(store) == []
    await store.add(provided, if_exists="raise")
    await store.provide([provided])
    assert await store.get(own) == provided
    assert len(await store.versions(own, metadata={}, limit=10, offset=0)) == 1
