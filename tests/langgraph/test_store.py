"""The store that nodes get does what LangGraph's own in memory does, on every database."""

import asyncio
import concurrent.futures
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from langchain_core.embeddings import Embeddings
from langgraph.graph import START, StateGraph
from langgraph.store.base import (
    BaseStore,
    GetOp,
    InvalidNamespaceError,
    Item,
    ListNamespacesOp,
    MatchCondition,
    Op,
    PutOp,
    SearchItem,
    SearchOp,
)
from langgraph.store.memory import InMemoryStore
from typing_extensions import TypedDict

from runwire.app.items import Items
from runwire.domain.errors import Invalid, Unavailable
from runwire.engine.crossing_items import CrossingItems
from runwire.engine.node_loop import NodeLoop
from runwire.langgraph.embeddings import index_of
from runwire.langgraph.store import RunwireStore
from runwire.stores.database import Database
from runwire.stores.items import SqlItemRows

LETTERS = "abcdefgh"


def embed(texts: Sequence[str]) -> list[list[float]]:
    return [[text.count(letter) + 0.25 for letter in LETTERS] for text in texts]


async def embed_later(texts: Sequence[str]) -> list[list[float]]:
    await asyncio.sleep(0)
    return embed(texts)


INDEX = {"dims": len(LETTERS), "embed": embed, "fields": ["text", "more[*].text"]}

PARTS = some.sampled_from(["a", "b", "c d", "ä!", "-"])
PATHS = some.lists(PARTS, min_size=1, max_size=3).map(tuple)
PATTERNS = some.lists(PARTS | some.just("*"), min_size=1, max_size=3).map(tuple)
KEYS = some.sampled_from(["k", "K", "", "key two"])
PLAIN = some.none() | some.integers(-3, 3) | some.sampled_from(["a", "bead", "cab", ""])
VALUES = some.fixed_dictionaries(
    {},
    optional={
        "n": some.integers(-3, 3) | some.floats(-3, 3),
        "text": PLAIN,
        "more": some.lists(some.fixed_dictionaries({"text": PLAIN}), max_size=2),
        "deep": some.dictionaries(some.sampled_from("xy"), PLAIN, max_size=2),
    },
)
FILTERS = some.fixed_dictionaries(
    {},
    optional={
        "text": PLAIN | some.fixed_dictionaries({"$ne": PLAIN}),
        "more": some.lists(some.fixed_dictionaries({"text": PLAIN}), max_size=1),
        "deep": some.dictionaries(some.sampled_from("xy"), PLAIN, max_size=1),
    },
)
CONDITIONS = some.lists(
    some.builds(MatchCondition, some.sampled_from(["prefix", "suffix"]), PATTERNS), max_size=3
)
PUTS = some.builds(
    PutOp,
    PATHS,
    KEYS,
    some.none() | VALUES,
    some.none() | some.just(False) | some.just(["text"]),
    some.none(),
)
LISTS = some.builds(
    ListNamespacesOp,
    some.none() | CONDITIONS.map(tuple),
    some.none() | some.integers(1, 3),
    some.integers(0, 5),
    some.integers(0, 3),
)
SEARCHES = some.builds(
    SearchOp, some.just(()) | PATHS, some.none() | FILTERS, some.just(100), some.just(0)
)
READS = some.builds(GetOp, PATHS, KEYS) | SEARCHES
# Asking for a path that holds nothing makes LangGraph's own list it from then on.
BATCHES = some.lists(PUTS | READS, max_size=8) | some.lists(LISTS, min_size=1, max_size=3)


def shown(result: Any) -> Any:
    """Return a result without times, and that of a search in no order."""
    if isinstance(result, list) and all(isinstance(each, SearchItem) for each in result):
        return sorted([shown(each) for each in result], key=repr)
    if isinstance(result, Item):
        return {name: getattr(result, name) for name in ("namespace", "key", "value")}
    return result


def without_ghosts(store: InMemoryStore) -> InMemoryStore:
    for path in [path for path, held in store._data.items() if not held]:
        del store._data[path]
    return store


@pytest.fixture
async def items(database: Database) -> CrossingItems:
    return CrossingItems(Items(rows=SqlItemRows(database)))


@pytest.fixture
async def store(items: CrossingItems) -> RunwireStore:
    return RunwireStore(items, "default")


@pytest.fixture
async def near(database: Database) -> RunwireStore:
    return RunwireStore(Items(rows=SqlItemRows(database), index=index_of(INDEX, str)), "default")


async def test_batches_come_to_the_same(items: CrossingItems) -> None:
    names = (f"n{number}" for number in range(10_000))

    @settings(max_examples=60, deadline=None)
    @given(some.lists(BATCHES, max_size=4))
    def compared(batches: list[list[Op]]) -> None:
        theirs, ours = InMemoryStore(), RunwireStore(items, next(names))
        for ops in batches:
            told = [shown(each) for each in without_ghosts(theirs).batch(ops)]
            assert [shown(each) for each in ours.batch(ops)] == told

    await asyncio.to_thread(compared)


async def test_filters_by_size(store: RunwireStore) -> None:
    theirs = InMemoryStore()
    for n in (-1, 0, 2, 2.5, 10):
        theirs.put(("a",), str(n), {"n": n})
        await store.aput(("a",), str(n), {"n": n})
    await store.aput(("a",), "word", {"n": "9"})
    for rule in ({"$gt": 2}, {"$gte": 2}, {"$lt": 2.5}, {"$lte": 2.5}, {"$gt": -1, "$lt": 10}):
        told = {each.key for each in theirs.search(("a",), filter={"n": rule})}
        assert {each.key for each in await store.asearch(("a",), filter={"n": rule})} == told
    assert [each.key for each in await store.asearch(("a",), filter={"n": {"$gte": "9"}})] == [
        "word"
    ]
    with pytest.raises(Invalid, match="like"):
        await store.asearch(("a",), filter={"n": {"$like": "9"}})


async def test_the_nearest_are_found_as_there(near: RunwireStore) -> None:
    theirs = InMemoryStore(index=INDEX)
    values = {
        "one": {"text": "aab"},
        "two": {"text": "cde", "more": [{"text": "abab"}, {"text": "h"}]},
        "three": {"text": "fgh"},
        "four": {"other": "aab"},
        "five": {"text": "bba", "title": "eee"},
        "six": {"text": "hhhh"},
    }
    how: dict[str, Any] = {"five": ["title"], "six": False}
    for key, value in values.items():
        theirs.put(("docs",), key, value, index=how.get(key))
        await near.aput(("docs",), key, value, index=how.get(key))
    for query in ("ab", "ee", "h", "c"):
        told = theirs.search(("docs",), query=query)
        ours = await near.asearch(("docs",), query=query)
        scored = [each for each in told if each.score is not None]
        assert len(scored) == 4
        assert [each.score for each in ours[:4]] == pytest.approx([e.score for e in scored])
        best = {each.key for each in scored if each.score == scored[0].score}
        assert ours[0].key in best
        assert {each.key for each in ours[4:]} == {"four", "six"}
        assert {each.score for each in ours[4:]} == {None}
    assert (await near.asearch(("docs",)))[0].score is None
    assert [e.key for e in await near.asearch(("docs",), query="f", limit=1)] == ["three"]
    only = await near.asearch(("docs",), query="h", filter={"other": "aab"})
    assert [(each.key, each.score) for each in only] == [("four", None)]


async def test_a_query_without_an_index_does_not_count(store: RunwireStore) -> None:
    await store.aput(("a",), "k", {"text": "x"}, index=["text"])
    [found] = await store.asearch(("a",), query="anything")
    assert (found.key, found.score) == ("k", None)


async def test_embeddings_of_every_kind(database: Database) -> None:
    class Model(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return embed(texts)

        def embed_query(self, text: str) -> list[float]:
            return embed([text])[0]

    known = {"mine.py:embed": embed, "my.module:embed_later": embed_later, "./a.py:model": Model()}
    for name in known:
        index = index_of({**INDEX, "embed": name}, known.__getitem__)
        assert await index.vectors(["abc", "d"]) == [await index.near("abc"), await index.near("d")]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"dims": 0}, r"store\.index\.dims"),
        ({"dims": "8"}, r"store\.index\.dims"),
        ({"embed": None}, r"store\.index\.embed: must name"),
        ({"embed": "openai:small"}, r"store\.index\.embed: openai:small .*langchain"),
        ({"fields": "text"}, r"store\.index\.fields"),
    ],
)
def test_an_index_that_cannot_be(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        index_of({**INDEX, **changes}, str)


async def test_embeddings_that_fail_say_so_and_nothing_is_stored(database: Database) -> None:
    def failing(texts: Sequence[str]) -> list[list[float]]:
        if "short" in texts:
            return [[1.0]]
        raise RuntimeError("secret words")

    index = index_of({**INDEX, "embed": failing}, str)
    store = RunwireStore(Items(rows=SqlItemRows(database), index=index), "default")
    with pytest.raises(Unavailable, match="failed with RuntimeError") as raised:
        await store.aput(("a",), "k", {"text": "x"})
    assert "secret" not in raised.value.message
    with pytest.raises(Unavailable, match="1 numbers in place of 8"):
        await store.aput(("a",), "k", {"text": "short"})
    with pytest.raises(Unavailable, match="RuntimeError"):
        await store.asearch(("a",), query="x")
    assert await store.aget(("a",), "k") is None


async def test_paths_are_checked_as_langgraph_does(store: RunwireStore) -> None:
    for path in ((), ("a.b",), ("",), ("langgraph", "x")):
        with pytest.raises(InvalidNamespaceError):
            await store.aput(path, "k", {})
    await store.aput(("a",), "k", {}, ttl=0.5)
    found = await store.aget(("a",), "k")
    assert found is not None
    assert found.created_at.tzinfo is not None


async def test_several_conditions_are_all_meant(store: RunwireStore) -> None:
    theirs = InMemoryStore()
    for path in (("a", "b", "c"), ("a", "x", "c"), ("z", "b", "c"), ("a", "b")):
        theirs.put(path, "k", {})
        await store.aput(path, "k", {})
    for patterns in ([("*", "b"), ("a", "*", "c")], [("a",), ("z",)], [("*",), ("z",)]):
        for kind in ("prefix", "suffix"):
            op = ListNamespacesOp(tuple(MatchCondition(kind, each) for each in patterns))
            assert await store.abatch([op]) == theirs.batch([op])


class Says(TypedDict):
    said: list[str]


def remembering(store: BaseStore) -> Any:
    """Return a graph whose nodes put something into a store, and get it."""

    def remember(state: Says, *, store: BaseStore) -> Says:
        store.put(("users", "1"), "name", {"name": state["said"][0]})
        return {"said": [*state["said"], "remembered"]}

    async def recall(state: Says, *, store: BaseStore) -> Says:
        found = await store.aget(("users", "1"), "name")
        again = store.get(("users", "1"), "name")  # its loop is not the one that serves the items
        assert found == again
        return {"said": [*state["said"], found.value["name"] if found else ""]}

    builder = StateGraph(Says)
    builder.add_node(remember)
    builder.add_node(recall)
    builder.add_edge(START, "remember")
    builder.add_edge("remember", "recall")
    return builder.compile(store=store)


async def test_nodes_use_it_from_their_own_loop_and_from_threads(items: CrossingItems) -> None:
    """As a server does: nodes have a loop of their own, and sync ones a thread each."""
    store = RunwireStore(items, "default")
    graph = remembering(store)
    ended: concurrent.futures.Future[Any] = concurrent.futures.Future()

    async def run() -> None:
        ended.set_result(await graph.ainvoke({"said": ["Ada"]}))

    nodes = NodeLoop()
    nodes.start()
    try:
        nodes.call(lambda: nodes.spawn(run()))
        told = await asyncio.wait_for(asyncio.wrap_future(ended), 20)
    finally:
        await asyncio.to_thread(nodes.stop, 5)
    assert told == {"said": ["Ada", "remembered", "Ada"]}
    other = RunwireStore(items, "team")
    assert await other.aget(("users", "1"), "name") is None
    with pytest.raises(asyncio.InvalidStateError, match="aget"):
        store.get(("users", "1"), "name")
