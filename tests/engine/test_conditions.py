"""The language in which branches of JSON graphs say when they are taken."""

from typing import Any

import pytest

from runwire.engine.conditions import OPERATORS, condition_of

CONDITIONS = [
    ("==", 1, 1, True), ("==", 1, 1.0, True), ("==", 1, True, False), ("==", "1", 1, False),
    ("==", None, None, True), ("!=", 1, 2, True), ("!=", 1, 1, False),
    ("<", 1, 2, True), ("<", "a", "b", True), ("<", "a", 2, False), ("<", None, 2, False),
    ("<=", 2, 2, True), (">", 3, 2, True), (">=", 2, 2, True), (">=", True, 0, False),
    ("in", "a", ["a", "b"], True), ("in", True, [1], False), ("in", "a", "abc", False),
    ("not_in", "c", ["a"], True), ("contains", ["a"], "a", True), ("contains", "abc", "b", True),
    ("contains", {"k": 1}, "k", True), ("contains", 3, 3, False),
    ("exists", None, None, True), ("missing", 1, None, False),
]  # fmt: skip


@pytest.mark.parametrize(("operator", "found", "value", "expected"), CONDITIONS)
def test_conditions_compare_without_converting(
    operator: str, found: Any, value: Any, expected: bool
) -> None:
    condition = condition_of({"key": "a.b", "operator": operator, "value": value})
    assert condition({"a": {"b": found}}) is expected
    assert condition({"a.b": found}) is expected


def test_every_operator_has_an_answer_for_a_key_that_is_missing() -> None:
    held = {
        name
        for name in OPERATORS
        if condition_of({"key": "a.b", "operator": name, "value": 1})({"a": 1})
    }
    assert held == {"!=", "not_in", "missing"}


def test_conditions_combine() -> None:
    one = {"key": "n", "operator": ">", "value": 1}
    two = {"key": "n", "operator": "<", "value": 5}
    assert condition_of({"all": [one, two]})({"n": 3})
    assert not condition_of({"all": [one, two]})({"n": 7})
    assert condition_of({"any": [one, two]})({"n": 7})
    assert condition_of({"not": {"any": [one]}})({"n": 0})
