"""Which events a subscription means."""

from typing import Any

import pytest

from runwire.domain.errors import Invalid
from runwire.http.langgraph.subscriptions import subscription_of

DEEP = ["inner:1", "deeper:2"]


@pytest.mark.parametrize(
    ("asked", "method", "namespace", "name", "wanted"),
    [
        ({"channels": ["values"]}, "values", DEEP, "", True),
        ({"channels": ["values"]}, "updates", [], "", False),
        ({"channels": ["input"]}, "input.requested", [], "", True),
        ({"channels": ["input"]}, "input.answered", [], "", True),
        ({"channels": ["custom"]}, "custom", [], "a", True),
        ({"channels": ["custom:a"]}, "custom", [], "a", True),
        ({"channels": ["custom:a"]}, "custom", [], "b", False),
        ({"channels": ["custom:a"]}, "custom", [], "", False),
        ({"channels": ["values"], "namespaces": []}, "values", DEEP, "", True),
        ({"channels": ["values"], "namespaces": [[]]}, "values", DEEP, "", True),
        ({"channels": ["values"], "namespaces": [[]], "depth": 1}, "values", DEEP, "", False),
        ({"channels": ["values"], "namespaces": [["inner"]], "depth": 1}, "values", DEEP, "", True),
        ({"channels": ["values"], "namespaces": [["inner:1"]]}, "values", DEEP, "", True),
        ({"channels": ["values"], "namespaces": [["inner:2"]]}, "values", DEEP, "", False),
        ({"channels": ["values"], "namespaces": [["inner"]]}, "values", [], "", False),
        ({"channels": ["values"], "namespaces": [["x"], ["inner"]]}, "values", DEEP, "", True),
    ],
)
def test_an_event_is_meant(
    asked: dict[str, Any], method: str, namespace: list[str], name: str, *, wanted: bool
) -> None:
    assert subscription_of(asked).wants(method, namespace, name) is wanted


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({}, "channels"),
        ({"channels": ["custom:"]}, "channels"),
        ({"channels": [1]}, "channels"),
        ({"channels": ["values"] * 101}, "channels"),
        ({"channels": ["values"], "depth": True}, "depth"),
        ({"channels": ["values"], "since": -1}, "since"),
        ({"channels": ["values"], "namespaces": [["a"], [1]]}, "namespaces[1]"),
    ],
)
def test_what_is_wrong_is_named(asked: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as failed:
        subscription_of(asked)
    assert failed.value.violations[0].field == field
