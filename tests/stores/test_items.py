"""The store's items at rest are the same on every database."""

import asyncio
import json
import struct
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from sqlalchemy import Connection
from tests.stores.test_containment import both, rows, told  # noqa: F401 - a fixture

from runwire.app.items import Items
from runwire.domain.assistant_ports import ItemQuery
from runwire.domain.errors import Exhausted, Invalid
from runwire.domain.item import ItemChange, ItemLife, ItemRow
from runwire.stores import item_filters, items
from runwire.stores.database import Database
from runwire.stores.items import SqlItemRows

NUMBERS = some.sampled_from([-1, 0, 1, 1.5, 2**63, 10**30, 1e-7])
TEXTS = some.sampled_from(["", "a", "b", "B", "ä", "10", "9", "\x00", "\U0001f600"])
PLAIN = some.none() | some.booleans() | NUMBERS | TEXTS
KEYS = some.sampled_from(["a", "b", "\x00", "0", "-1"])
VALUES = some.recursive(
    PLAIN,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
ORDERS = some.sampled_from(["$gt", "$gte", "$lt", "$lte"])
OPERATORS = (
    some.dictionaries(ORDERS, NUMBERS | TEXTS, min_size=1, max_size=2)
    | some.fixed_dictionaries({"$eq": VALUES})
    | some.fixed_dictionaries({"$ne": VALUES})
)
WANTED = some.recursive(
    PLAIN | OPERATORS,
    lambda inner: some.lists(inner, max_size=2) | some.dictionaries(KEYS, inner, max_size=2),
    max_leaves=4,
)


@settings(max_examples=300, deadline=None)
@given(some.dictionaries(KEYS, VALUES, max_size=3), some.dictionaries(KEYS, WANTED, max_size=3))
def test_filters_mean_the_same_on_both(
    both: tuple[Connection, Connection],  # noqa: F811
    doc: dict[str, Any],
    wanted: dict[str, Any],
) -> None:
    item_filters.teach(both[0].connection.dbapi_connection)
    for meant in (wanted, doc):
        here, there = (told(each, doc, item_filters.fits(rows.c.doc, meant)) for each in both)
        assert here == there
    assert here == [True]


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ({"a": {"$like": 1}}, r"filter\.a.*\$like"),
        ({"a": {"b": {"$gt": [1]}}}, r"filter\.a\.b.*\$gt.*list"),
        ({"a": {"$gt": True}}, "bool"),
        ({"a": list(range(101))}, "102 conditions"),
    ],
)
def test_filters_that_nobody_knows_are_refused(wanted: dict[str, Any], reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        item_filters.fits(rows.c.doc, wanted)


async def found(store: Items, *prefix: str, **how: Any) -> list[str]:
    query = ItemQuery(namespace="default", prefix=prefix, **how)
    return [each.key for each in await store.find(query)]


async def test_putting_getting_deleting(database: Database) -> None:
    store = Items(rows=SqlItemRows(database))
    value = {"n": 2**70, "f": 5.0, "t": "\x00ä", "deep": [{"a": None}]}
    await store.put("default", ("a", "b"), "k", value)
    first = await store.get("default", ("a", "b"), "k")
    assert first is not None
    assert (first.path, first.key, dict(first.value)) == (("a", "b"), "k", value)
    assert type(first.value["f"]) is float
    await store.put("default", ("a", "b"), "k", {"other": 1})
    second = await store.get("default", ("a", "b"), "k")
    assert second is not None
    assert second.created_at == first.created_at
    assert second.updated_at > first.updated_at
    for namespace, path, key in (
        ("team", ("a", "b"), "k"),
        ("default", ("a",), "k"),
        ("default", ("a", "b"), "K"),
    ):
        assert await store.get(namespace, path, key) is None
        await store.delete(namespace, path, key)
    await store.delete("default", ("a", "b"), "k")
    assert await store.get("default", ("a", "b"), "k") is None


async def test_paths_that_begin_alike_are_not_within_each_other(database: Database) -> None:
    store = Items(rows=SqlItemRows(database))
    for path in (("a",), ("ab",), ("a", "b"), ("a", "B"), ("a", "b", "c"), ("A",), ("a b", "ä")):
        await store.put("default", path, "-".join(path), {})
    await store.put("team", ("a",), "there", {})
    assert await found(store, "a") == ["a-b-c", "a-B", "a-b", "a"]
    assert await found(store, "a", "b") == ["a-b-c", "a-b"]
    assert await found(store, "a", limit=2, offset=1) == ["a-B", "a-b"]
    assert await found(store, limit=0) == []
    listed = sorted(
        [("a",), ("ab",), ("a", "b"), ("a", "B"), ("a", "b", "c"), ("A",), ("a b", "ä")]
    )
    assert await store.paths("default") == listed
    assert await store.paths("default", max_depth=1) == [("A",), ("a",), ("a b",), ("ab",)]
    assert await store.paths("default", prefix=("*", "b"), max_depth=2) == [("a", "b")]
    assert await store.paths("default", prefix=("a", "*"), suffix=("*", "c")) == [("a", "b", "c")]
    assert await store.paths("default", limit=2, offset=3) == listed[3:5]
    assert await store.paths("team") == [("a",)]


async def test_very_many_paths_are_listed(database: Database, monkeypatch: Any) -> None:
    monkeypatch.setattr("runwire.stores.item_paths.AT_ONCE", 3)
    store = Items(rows=SqlItemRows(database))
    paths = [(a, b) for a in "abc" for b in "stuvw"]
    await store.change("default", [ItemChange(path=p, key="", value={}) for p in paths])
    assert await store.paths("default") == paths
    assert await store.paths("default", suffix=("w",)) == [(a, "w") for a in "abc"]
    assert await store.paths("default", max_depth=1) == [("a",), ("b",), ("c",)]
    assert await store.paths("default", max_depth=1, offset=1, limit=1) == [("b",)]


class Clock:
    """The time, which passes when it is told to."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def pass_minutes(self, minutes: float) -> None:
        self.time += timedelta(minutes=minutes)


async def test_items_expire_unless_they_are_read(database: Database) -> None:
    clock = Clock()
    database.now = clock
    rested = SqlItemRows(database)
    store = Items(rows=rested, life=ItemLife(default_minutes=10))
    await store.put("default", ("a",), "default", {})
    await store.put("default", ("a",), "short", {}, ttl_minutes=2)
    clock.pass_minutes(1)
    assert await store.get("default", ("a",), "short", refresh_ttl=False) is not None
    assert await found(store, refresh_ttl=False) == ["default", "short"]
    clock.pass_minutes(1.5)
    assert await store.get("default", ("a",), "short") is None
    assert await found(store) == ["default"]
    clock.pass_minutes(9)
    assert await store.get("default", ("a",), "default") is not None, "the search refreshed it"
    assert await rested.sweep(100) == 1
    clock.pass_minutes(9)
    assert await store.paths("default") == [("a",)]
    clock.pass_minutes(2)
    assert await store.paths("default") == []


async def test_what_has_expired_is_made_anew(database: Database) -> None:
    clock = Clock()
    database.now = clock
    rested = SqlItemRows(database)
    store = Items(rows=rested, life=ItemLife(default_minutes=10))
    await store.put("default", ("a",), "default", {})
    clock.pass_minutes(11)
    await store.put("default", ("a",), "default", {})
    again = await store.get("default", ("a",), "default")
    assert again is not None
    assert again.created_at == clock.time, "it is not the one that expired"
    clock.pass_minutes(11)
    assert await rested.sweep(100) == 1
    assert await rested.sweep(100) == 0


async def test_reading_does_not_refresh_where_the_setting_says_so(database: Database) -> None:
    clock = Clock()
    database.now = clock
    life = ItemLife(default_minutes=10, refresh_on_read=False)
    store = Items(rows=SqlItemRows(database), life=life)
    await store.put("default", ("a",), "k", {})
    clock.pass_minutes(9)
    assert await store.get("default", ("a",), "k") is not None
    clock.pass_minutes(2)
    assert await store.get("default", ("a",), "k") is None


def vector(*numbers: float) -> bytes:
    return struct.pack(f"<{len(numbers)}f", *numbers)


async def test_the_nearest_come_first_then_what_has_no_vector(
    database: Database, monkeypatch: Any
) -> None:
    monkeypatch.setattr(items, "VECTORS_AT_ONCE", 2)
    rested = SqlItemRows(database)

    async def put(key: str, **vectors: bytes) -> None:
        text = json.dumps({"n": len(key)})
        row = ItemRow(path=("a",), key=key, value=text, vectors=vectors)
        await rested.write("default", [row])

    await put("far", x=vector(0, 1))
    await put("near", x=vector(0, 1), y=vector(3, 0.1))
    await put("opposite", x=vector(-1, 0))
    await put("none")
    await put("zero", x=vector(0, 0))
    await put("longer", x=vector(1, 0, 0))
    asked = ItemQuery(namespace="default", limit=10)
    told = [(each.key, each.score) for each in await rested.find(asked, vector(1, 0))]
    assert [key for key, _ in told] == ["near", "far", "longer", "zero", "opposite", "none"]
    assert told[0][1] == pytest.approx(0.99944, abs=1e-4)
    assert [score for _, score in told[1:]] == [0, 0, 0, -1, None]

    async def page(**how: Any) -> list[str]:
        query = ItemQuery(namespace="default", **how)
        return [each.key for each in await rested.find(query, vector(1, 0))]

    pages = [await page(limit=2, offset=offset) for offset in (1, 4, 6)]
    assert pages == [["far", "longer"], ["opposite", "none"], []]
    assert await page(filter={"n": {"$lt": 4}}) == ["far"]
    assert await page(prefix=("b",)) == []
    await put("near")
    assert await page(limit=9) == ["far", "longer", "zero", "opposite", "near", "none"]


async def test_changes_are_made_together_and_the_last_one_counts(database: Database) -> None:
    store = Items(rows=SqlItemRows(database))
    changes = [ItemChange(path=("a",), key=key, value={"n": n}) for n, key in enumerate("xyx")]
    await store.change("default", changes)
    got = await store.get("default", ("a",), "x")
    assert got is not None
    assert got.value == {"n": 2}
    wrong = [ItemChange(path=("a",), key="z", value={}), ItemChange(path=(), key="z", value={})]
    with pytest.raises(Invalid, match="namespace"):
        await store.change("default", wrong)
    assert await store.get("default", ("a",), "z") is None


async def test_servers_that_write_the_same_do_not_stand_in_each_others_way(
    database: Database,
) -> None:
    store = Items(rows=SqlItemRows(database))
    async with asyncio.TaskGroup() as tasks:
        for n in range(20):
            keys = "abc" if n % 2 else "cba"
            changes = [ItemChange(path=("p",), key=key, value={"n": n}) for key in keys]
            tasks.create_task(store.change("default", changes))
    values = [await store.get("default", ("p",), key) for key in "abc"]
    assert len({each.value["n"] for each in values if each is not None}) == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (ItemChange(path=("",), key="k", value={}), "namespace"),
        (ItemChange(path=("a\x01",), key="k", value={}), "namespace"),
        (ItemChange(path=("a" * 257,), key="k", value={}), "namespace"),
        (ItemChange(path=("a",) * 33, key="k", value={}), "namespace: has 33 parts"),
        (ItemChange(path=("langgraph", "a"), key="k", value={}), "LangGraph's own"),
        (ItemChange(path=("a",), key="k" * 1025, value={}), "key"),
        (ItemChange(path=("a",), key="k", value={"x": float("nan")}), "value"),
        (ItemChange(path=("a",), key="k", value={}, ttl_minutes=0), "ttl"),
        (ItemChange(path=("a",), key="k", value={}, index=["a"] * 65), "index"),
    ],
)
async def test_what_no_item_can_be(change: ItemChange, reason: str) -> None:
    store = Items(rows=None)  # type: ignore[arg-type] - it is not asked
    with pytest.raises(Invalid, match=reason):
        await store.change("default", [change])


async def test_sizes_are_bounded(database: Database, monkeypatch: Any) -> None:
    store = Items(rows=SqlItemRows(database))
    with pytest.raises(Exhausted, match=r"value is .* bytes"):
        await store.put("default", ("a",), "k", {"x": "y" * 1024 * 1024})
    many = [ItemChange(path=("a",), key=str(n), value={}) for n in range(1001)]
    with pytest.raises(Exhausted, match="1001 changes"):
        await store.change("default", many)
    await store.change("default", many[:10])
    monkeypatch.setattr(items, "MAX_FOUND_BYTES", 19)
    with pytest.raises(Exhausted, match="ask for less"):
        await found(store)
    assert len(await found(store, limit=9)) == 9
    for wrong in ({"limit": 10_001}, {"offset": -1}, {"query": "x" * 40_000}):
        with pytest.raises(Invalid):
            await found(store, **wrong)
