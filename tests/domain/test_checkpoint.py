"""States from differences are the states that were; batches cut at any event are what they were."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runwire.domain.checkpoint import difference, join, state_at
from runwire.domain.errors import Exhausted, Invalid
from runwire.domain.payload import MAX_DEPTH, MAX_INLINE_BYTES, check_size, decode, encode

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=10,
)
keys = st.sampled_from(["a", "b", "list", "ü", ""])


def encoded(state: dict[str, Any]) -> dict[str, bytes]:
    return {key: encode(value) for key, value in state.items()}


@given(
    st.dictionaries(keys, values, max_size=4),
    st.lists(st.dictionaries(keys, values, max_size=3), max_size=6),
    st.lists(values, max_size=6),
)
def test_differences_add_up_to_the_state(
    first: dict[str, Any], updates: list[dict[str, Any]], items: list[Any]
) -> None:
    states = [first]
    for update in updates:
        states.append({**states[-1], **update})
    for item in items:  # a list that grows is stored by its new end
        states.append({**states[-1], "list": [*_list(states[-1].get("list")), item]})
    bodies = [(True, join(encoded(first)))]
    for before, after in pairwise(states):
        bodies.append((False, difference(encoded(before), encoded(after))))
        assert (
            encode(state_at(bodies)) == encode(states[len(bodies) - 1])
            or state_at(bodies) == states[len(bodies) - 1]
        )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def test_a_list_that_grew_is_stored_by_its_new_end() -> None:
    before, after = encoded({"list": list(range(1000))}), encoded({"list": list(range(1001))})
    assert difference(before, after) == b'{"set":{},"append":{"list":[1000]}}'


@given(values)
def test_what_is_encoded_decodes_to_the_same(value: Any) -> None:
    found = decode(encode(value))
    assert found == value
    assert repr(found) == repr(value)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b"1e999",
        b"\xff",
        b'"\\ud800"',
        b"01",
        b"'a'",
    ],
)
def test_what_is_not_json_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid) as caught:
        decode(data, name="spec.input")
    assert caught.value.violations[0].field == "spec.input"


@pytest.mark.parametrize("value", [float("nan"), [float("inf")], {1, 2}, object(), "\ud800"])
def test_what_json_cannot_say_is_refused(value: object) -> None:
    with pytest.raises(Invalid):
        encode(value, name="update")


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
def test_depth_is_counted_in_levels(opening: str, closing: str) -> None:
    levels = opening.count("[") + opening.count("{")
    fits = MAX_DEPTH // levels
    decode((opening * fits + "1" + closing * fits).encode())
    with pytest.raises(Invalid, match="nested deeper"):
        decode((opening * (fits + 1) + "1" + closing * (fits + 1)).encode())


def test_brackets_within_strings_and_beside_each_other_are_no_depth() -> None:
    decode(encode(["[{" * 500, '"[' * 500, *([[]] * 500)]))


def test_a_value_beyond_the_inline_limit_names_artifacts_as_the_way() -> None:
    check_size(b"x" * MAX_INLINE_BYTES, name="spec.input")
    with pytest.raises(Exhausted, match="artifact"):
        check_size(b"x" * (MAX_INLINE_BYTES + 1), name="spec.input")
