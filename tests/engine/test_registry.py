"""The registry checks what callers send; graphs are loaded from references."""

import json
import operator
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, NotRequired, TypedDict

import pytest
from pydantic import BaseModel
from tests.engine.driving import output

from runwire.domain.errors import Invalid, NotFound
from runwire.engine.authoring import Graph
from runwire.engine.faults import GraphError
from runwire.engine.loading import load, load_graphs
from runwire.engine.registry import Registry


class Row(TypedDict):
    name: str
    note: NotRequired[str]


class State(TypedDict):
    rows: list[Row]
    n: NotRequired[int]
    day: NotRequired[date]
    log: Annotated[list[str], operator.add]


class Given(TypedDict):
    n: int


@dataclass
class Data:
    needed: int
    label: str = "x"


class Model(BaseModel):
    needed: int
    label: str = "x"


def step(state: Any) -> None: ...


def graph_of(state: Any, graph_id: str = "g", **options: Any) -> Graph:
    graph = Graph(graph_id, state=state, **options)
    graph.node(step)
    return graph


def faults(graph: Graph, data: Any, *, update: bool = False) -> list[tuple[str, str]]:
    registry = Registry([graph])
    encoded = data if isinstance(data, bytes) else json.dumps(data).encode()
    check = registry.check_update if update else registry.check_input
    try:
        check("g", None, encoded)
    except Invalid as error:
        return [(v.field, v.description) for v in error.violations]
    return []


@pytest.mark.parametrize(
    ("state", "data"),
    [
        (State, {"rows": []}),
        (State, {"rows": [{"name": "a", "more": 1}], "n": 10**30, "day": "2026-01-02"}),
        (State, {"rows": [], "n": -(10**40)}),
        (Data, {"needed": 1}),
        (Model, {"needed": 1, "label": "y"}),
        (None, {"anything": [None]}),
        (dict, {}),
    ],
)
def test_input_that_fits_passes(state: Any, data: Any) -> None:
    assert faults(graph_of(state), data) == []


@pytest.mark.parametrize(
    ("state", "data", "places"),
    [
        (State, {}, ["spec.input.rows"]),
        (State, {"rows": [{"name": 3}, {}], "n": "x"},
         ["spec.input.rows[0].name", "spec.input.rows[1].name", "spec.input.n"]),
        (State, {"rows": [], "other": 1}, ["spec.input.other"]),
        (State, {"rows": [], "day": "2026-02-31"}, ["spec.input.day"]),
        (State, {"rows": [], "n": 1.5}, ["spec.input.n"]),
        (State, [], ["spec.input"]),
        (State, b"{", ["spec.input"]),
        (State, b'{"rows": NaN}', ["spec.input"]),
        (Data, {"label": "x"}, ["spec.input.needed"]),
        (Model, {"needed": None}, ["spec.input.needed"]),
        (None, 3, ["spec.input"]),
    ],
)  # fmt: skip
def test_input_that_does_not_fit_is_refused_with_a_path_per_fault(
    state: Any, data: Any, places: list[str]
) -> None:
    assert sorted(field for field, _ in faults(graph_of(state), data)) == sorted(places)


def test_no_more_than_twenty_faults_are_told_and_none_at_length() -> None:
    found = faults(graph_of(State), {"rows": [{"name": ["x" * 5000]}] * 50})
    assert len(found) == 20
    assert all(len(text) < 400 for _, text in found)


def test_an_input_type_of_its_own_is_what_is_checked() -> None:
    graph = graph_of(State, input=Given)
    assert faults(graph, {"n": 1}) == []
    found = sorted(field for field, _ in faults(graph, {"rows": []}))
    assert found == ["spec.input.n", "spec.input.rows"]


def test_an_update_is_a_partial_state() -> None:
    graph = graph_of(State)
    assert faults(graph, {"n": 2}, update=True) == []
    found = [field for field, _ in faults(graph, {"n": "x", "m": 1}, update=True)]
    assert found == ["update.n", "update.m"]


async def test_extra_keys_of_nested_typed_dicts_are_kept() -> None:
    given = {"rows": [{"name": "a", "more": {"x": 1}}]}
    assert await output(graph_of(State), given) == given | {"log": []}


def test_an_answer_is_checked_against_its_schema() -> None:
    registry, schema = Registry(), b'{"type":"object","properties":{"ok":{"type":"boolean"}}}'
    registry.check_value(schema, b'{"ok":true}', name="answer")
    with pytest.raises(Invalid) as caught:
        registry.check_value(schema, b'{"ok":1}', name="answer")
    assert caught.value.violations[0].field == "answer.ok"


def test_graphs_are_known_by_their_id() -> None:
    registry = Registry([graph_of(None, "b"), graph_of(None, "a")])
    assert list(registry.names()) == ["a", "b"]
    assert registry.info("a").graph_id == "a"
    with pytest.raises(NotFound, match="graphs loaded here: a, b") as caught:
        registry.info("c")
    assert caught.value.reason == "GRAPH_NOT_FOUND"
    with pytest.raises(GraphError, match="there twice"):
        registry.add(graph_of(None, "a"))


def test_a_small_input_is_checked_in_tens_of_microseconds() -> None:
    registry = Registry([graph_of(State)])
    data = json.dumps({"rows": [{"name": "a"}], "n": 1}).encode()
    best = min(_seconds(lambda: registry.check_input("g", None, data)) for _ in range(5))
    assert best < 100e-6


def _seconds(function: Any, times: int = 300) -> float:
    began = time.perf_counter()
    for _ in range(times):
        function()
    return (time.perf_counter() - began) / times


FILE = """
from runwire.engine.authoring import Graph
from neighbour_of_graphs import step

graph = Graph("one")
graph.node(step)
other = Graph("two")
other.node(step)
both = [graph, other]
number = 3

def make():
    return both

def fail():
    raise ValueError("no")
"""


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    before, modules = list(sys.path), set(sys.modules)
    (tmp_path / "neighbour_of_graphs.py").write_text("def step(state): ...\n")
    (tmp_path / "some_graphs.py").write_text(FILE)
    (tmp_path / "broken_graphs.py").write_text("import no_such_module_at_all\n")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "graphs.py").write_text(FILE.replace('"one"', '"sub"'))
    (tmp_path / "sub" / "neighbour_of_graphs.py").write_text("def step(state): ...\n")
    yield tmp_path
    sys.path[:] = before
    for name in set(sys.modules) - modules:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("reference", "ids"),
    [
        ("some_graphs.py:graph", ["one"]),
        ("some_graphs:graph", ["one"]),
        ("some_graphs:both", ["one", "two"]),
        ("some_graphs.py:make", ["one", "two"]),
        ("sub/graphs.py:graph", ["sub"]),
        ("./sub/graphs.py:make", ["sub", "two"]),
    ],
)
def test_graphs_are_loaded_by_reference(directory: Path, reference: str, ids: list[str]) -> None:
    assert [graph.graph_id for graph in load(reference, directory=directory)] == ids


def test_a_file_is_executed_once(directory: Path) -> None:
    first, second = load_graphs(["some_graphs.py:graph"] * 2, directory=directory)
    assert first is second


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("graph", "write module:variable or path.py:variable"),
        ("some_graphs:", "write module:variable"),
        ("missing.py:graph", "there is no file"),
        ("no_such_module:graph", "there is no module 'no_such_module'"),
        ("broken_graphs:graph", "ModuleNotFoundError: No module named 'no_such_module_at_all'"),
        ("broken_graphs.py:graph", "ModuleNotFoundError"),
        ("some_graphs:nothing", "has no 'nothing'; graphs in it: graph, other"),
        ("some_graphs:number", "is int; it must be a Graph"),
        ("some_graphs:fail", "cannot be loaded: ValueError: no"),
    ],
)
def test_a_reference_that_leads_nowhere_is_named(
    directory: Path, reference: str, words: str
) -> None:
    with pytest.raises(GraphError) as caught:
        load(reference, directory=directory)
    assert words in str(caught.value)
    assert repr(reference) in str(caught.value)
