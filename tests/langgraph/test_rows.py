"""Each row of the table of endpoints and of the semantics has tests, and they are there."""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from langgraph_sdk import get_client, get_sync_client
from tests.langgraph.rows import ABSENT, ENDPOINTS
from tests.langgraph.semantic_rows import SEMANTICS

from runwire.http.langgraph.application import routes

HERE = Path(__file__).parent
RESOURCES = ("assistants", "threads", "runs", "crons", "store")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def _trees() -> Mapping[Path, ast.Module]:
    return {path: ast.parse(path.read_text()) for path in sorted(HERE.rglob("test_*.py"))}


@cache
def _tests() -> Mapping[str, str]:
    """Return all tests here by name, with what docstrings say of them."""
    return {
        each.name: f"{ast.get_docstring(tree)} {ast.get_docstring(each)}"
        for tree in _trees().values()
        for each in tree.body
        if isinstance(each, Function) and each.name.startswith("test_")
    }


def _served() -> Iterator[str]:
    """Yield the endpoints of the application, with `{id}` for whatever varies."""
    parts: Any = SimpleNamespace(off=frozenset())  # what is asked for while routes are made
    for each in routes(parts):
        route: Any = each
        path = re.sub(r"\{[^}]+\}", "{id}", route.path)
        for method in getattr(route, "methods", None) or ("WS",):
            if method != "HEAD":
                yield f"{method} {path}"


def test_every_endpoint_has_its_row() -> None:
    assert sorted(ENDPOINTS) == sorted(_served())
    assert not set(ABSENT) & set(ENDPOINTS)


@pytest.mark.parametrize("endpoint", [*ENDPOINTS, *ABSENT])
def test_every_endpoint_has_tests_named_after_it(endpoint: str) -> None:
    tests = {**ENDPOINTS, **ABSENT}[endpoint]
    assert set(tests) <= _tests().keys()
    words = set(re.findall(r"[a-z]+", endpoint.lower()))
    assert any(words <= set(name.split("_")) for name in tests), f"none of {tests} is named so"


@pytest.mark.parametrize("section", SEMANTICS)
def test_every_row_of_the_semantics_has_tests(section: str) -> None:
    tests = _tests()
    named = {name for names in SEMANTICS[section].values() for name in names}
    assert named <= tests.keys()
    assert all(SEMANTICS[section].values())
    said = re.escape(section) + r"(?![0-9])"
    assert any(re.search(said, tests[name]) for name in named), f"no docstring names {section}"


def _called() -> set[tuple[str, str]]:
    """Return what the tests use of the official clients: (resource, method)."""
    return {
        (node.value.attr, node.attr)
        for path, tree in _trees().items()
        if "langgraph_sdk" in path.read_text() or "Sdk" in path.read_text()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute)
    }


def test_every_method_of_the_official_clients_is_called() -> None:
    """A new release with a new method fails here, until a test says what it leads to."""
    called = _called()
    clients: Any = (get_client(url="http://unused"), get_sync_client(url="http://unused"))
    for client in clients:
        for resource in RESOURCES:
            there = {name for name in dir(getattr(client, resource)) if not name.startswith("_")}
            methods = {
                name for name in there if callable(getattr(getattr(client, resource), name, None))
            }
            assert {name for of, name in called if of == resource} >= methods - {"http"}
