"""Lists that only grew rest as their new end, and come back as they were."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from runwire.domain.thread_checkpoint import ChannelBlob
from runwire.langgraph import versions
from runwire.langgraph.growth import RADIX, joined
from runwire.langgraph.memory import Memory

PLACE = "thread", ""
serde = JsonPlusSerializer()

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=8) | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
changes = st.one_of(
    st.tuples(st.just("extend"), st.lists(values, max_size=20)),
    st.tuples(st.just("cut"), st.integers(0, 5)),
    st.tuples(st.just("change"), values),
    st.tuples(st.just("repeat"), st.integers(1, 60)),
)


class Shelf:
    """Keeps blobs by version, and reads a value with all its parts."""

    def __init__(self) -> None:
        self.memory = Memory()
        self.blobs: dict[str, ChannelBlob] = {}
        self.version: str | None = None

    def put(self, value: Any) -> str:
        self.version = versions.next_version(self.version)
        kind, body = serde.dumps_typed(value)
        self.blobs[self.version] = self.memory.pack(PLACE, "list", self.version, kind, body)
        return self.version

    def chain(self, version: str) -> list[ChannelBlob]:
        found = [self.blobs[version]]
        while found[-1].base_version:
            found.append(self.blobs[found[-1].base_version])
        return found[::-1]

    def get(self, version: str) -> Any:
        return serde.loads_typed(joined(self.chain(version)))


def changed(value: list[Any], change: tuple[str, Any]) -> list[Any]:
    match change:
        case "extend", more:
            return [*value, *more]
        case "cut", count:
            return value[: len(value) - count]
        case "change", new:
            return [*value[:-1], new]
        case "repeat", count:
            return [*value, *range(count)]
    raise AssertionError(change)


@settings(max_examples=200, deadline=None)
@given(st.lists(changes, max_size=30))
def test_any_sequence_of_lists_comes_back(steps: list[tuple[str, Any]]) -> None:
    shelf, value = Shelf(), list[Any]()
    put = {shelf.put(value): value}
    for step in steps:
        value = changed(value, step)
        put[shelf.put(value)] = value
    assert {version: shelf.get(version) for version in put} == put


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(values, max_size=4), max_size=120))
def test_what_only_grew_is_never_written_again_but_to_shorten_the_chain(
    ends: list[list[Any]],
) -> None:
    shelf, value = Shelf(), list[Any]()
    shelf.put(value)
    for end in ends:
        value = [*value, *end]
        version = shelf.put(value)
        assert len(shelf.chain(version)) <= 2 * RADIX
    written = sum(len(blob.body) for blob in shelf.blobs.values())
    assert written <= 3 * len(serde.dumps_typed(value)[1]) + 5 * len(ends) + 5


def test_thousands_of_parts_make_a_short_chain() -> None:
    shelf, value = Shelf(), list[Any]()
    shelf.put(value)
    for number in range(2_000):
        value.append({"number": number, "text": "x" * 20})
        version = shelf.put(value)
    assert shelf.get(version) == value
    assert len(shelf.chain(version)) <= 1 + 3 * RADIX
    assert sum(len(blob.body) for blob in shelf.blobs.values()) < 4 * len(
        serde.dumps_typed(value)[1]
    )


def test_an_element_that_was_changed_in_place_is_noticed() -> None:
    shelf = Shelf()
    value = [{"text": "a"}, {"text": "b"}]
    before = shelf.put(value)
    value[0]["text"] = "changed"
    value.append({"text": "c"})
    after = shelf.put(value)
    assert shelf.get(before) == [{"text": "a"}, {"text": "b"}]
    assert shelf.get(after) == value


@pytest.mark.parametrize("value", [(1, 2), {1: [2]}, {1, 2}, "[1]", b"\x91\x01", [], [[]], 5, None])
def test_what_is_no_list_rests_whole(value: Any) -> None:
    shelf = Shelf()
    shelf.put([1])
    version = shelf.put(value)
    found, meant = shelf.get(version), serde.loads_typed(serde.dumps_typed(value))
    assert (type(found), found) == (type(meant), meant)


def test_versions_sort_as_they_were_made_and_behind_those_of_other_savers() -> None:
    made = [None, 7, "00000000000000000000000000000042.0.1234567890123456"]
    for before in made:
        version, earlier = versions.next_version(before), before
        for _ in range(2_000):
            assert earlier is None or isinstance(earlier, int) or earlier < version
            assert versions.is_unique(version)
            version, earlier = versions.next_version(version), version
    assert not any(map(versions.is_unique, made))
    assert versions.next_version(7).startswith("a8.")
    assert versions.next_version(made[2]).startswith("b17.")
