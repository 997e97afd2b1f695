"""Graphs are checked when they are defined; each fault names the place and the remedy."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypedDict

import pytest
from pydantic import BaseModel, Field

from runwire.domain.graph import END, START
from runwire.domain.payload import decode
from runwire.engine.authoring import Command, Graph, Send
from runwire.engine.calling import Kind, callee_of, roams
from runwire.engine.checks import Outline, problems, ways
from runwire.engine.context import Context
from runwire.engine.faults import GraphError


def step(state: Any) -> None: ...


@pytest.mark.parametrize(
    ("outline", "place", "words"),
    [
        (Outline(nodes=()), "nodes", "no nodes"),
        (Outline(nodes=("END",)), "nodes.END", "reserved"),
        (Outline(nodes=("__start__",)), "nodes.__start__", "reserved"),
        (Outline(nodes=("a:b",)), 'nodes["a:b"]', "no name for a node"),
        (Outline(nodes=("a",), edges=[("a", "b")]), "edges[0].target", "'b', which is no node"),
        (Outline(nodes=("apply",), edges=[("appli", END)]), "edges[0].source", "'apply'?"),
        (Outline(nodes=("a",), edges=[(END, "a")]), "edges[0].source", "leaves END"),
        (Outline(nodes=("a",), edges=[("a", START)]), "edges[0].target", "enters START"),
        (Outline(nodes=("a",), edges=[("a", END), ("a", END)]), "edges[0]", "twice"),
        (Outline(nodes=("a", "b"), edges=[("a", END)]), "nodes.b", "'b' is never reached"),
        (
            Outline(nodes=("a", "b"), edges=[("a", "b"), ("b", "a")]),
            "nodes.a",
            "no way leads from 'a', 'b' to END",
        ),
        (Outline(nodes=("a",), branches=[("x", ["a"])]), "branches[0].source", "'x'"),
        (Outline(nodes=("a",), branches=[("a", ["x"])]), "branches[0]", "'x', which is no node"),
        (Outline(nodes=("a",), branches=[("a", [])]), "branches[0]", "leads nowhere"),
        (Outline(nodes=("a",), gotos={"a": ["x"]}), "nodes.a.goto", "'x', which is no node"),
    ],
)
def test_a_wrong_shape_is_named_with_its_place(outline: Outline, place: str, words: str) -> None:
    found = problems(outline)
    assert found[0].field == place
    assert words in found[0].description


@pytest.mark.parametrize(
    "outline",
    [
        Outline(nodes=("a",)),
        Outline(nodes=("a", "b"), edges=[("a", "b")]),
        Outline(nodes=("a", "b"), edges=[(START, "b"), ("b", "a"), ("a", END)]),
        Outline(nodes=("a", "b"), branches=[("a", ["b", "a", END])]),
        Outline(nodes=("a", "b"), branches=[("a", None)]),
        Outline(nodes=("a", "b"), gotos={"a": None}),
        Outline(nodes=("a", "b"), gotos={"a": ["b"], "b": ["a", END]}),
    ],
)
def test_a_good_shape_has_no_problems(outline: Outline) -> None:
    assert problems(outline) == []


def test_what_is_not_said_is_implied() -> None:
    assert ways(Outline(nodes=("a", "b"), edges=[("a", "b")])) == {
        START: {"a"},
        "a": {"b"},
        "b": {END},
    }


def test_a_node_is_not_defined_twice() -> None:
    graph = Graph("g")
    graph.node(step)
    with pytest.raises(GraphError, match=r"node 'step' is defined twice.*name="):
        graph.node(step)
    graph.node(step, name="other")
    graph.edge("step", "other")
    assert [node.name for node in graph.compile().info.nodes] == ["step", "other"]


def test_everything_wrong_is_said_at_once_and_compiling_again_costs_nothing() -> None:
    graph = Graph("g")
    graph.node(step)
    graph.edge("step", "x")
    graph.edge("y", "step")
    with pytest.raises(GraphError, match=r"graph 'g': .*'x'.*; .*'y'"):
        graph.compile()
    good = Graph("good")
    good.node(step)
    assert good.compile() is good.compile()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Graph(""), "no graph id"),
        (lambda: Graph("a b"), "no graph id"),
        (lambda: Graph("g", max_steps=0), "max_steps"),
        (lambda: Graph("g").node(step, name="a", retries=-1), "retries"),
        (lambda: Graph("g").node(step, name="a", timeout_seconds=0), "timeout_seconds"),
        (lambda: Graph("g").node(lambda a, b, c: None, name="a"), "must take"),
        (lambda: Graph("g").node(3, name="a"), "not a function"),  # type: ignore[type-var]
        (lambda: Graph("g").branch("a", lambda state, context: "a", ["a"]), "must take"),
    ],
)
def test_a_wrong_argument_is_refused_where_it_is_given(
    make: Callable[[], object], words: str
) -> None:
    with pytest.raises(GraphError, match=words):
        make()


def test_a_node_that_names_command_may_go_anywhere_and_one_that_says_goto_may_not() -> None:
    def by_command(state: Any) -> Any:
        return Command(goto="hidden")

    def by_key(state: Any) -> Any:
        return {"a": 1, "__next_node__": "hidden"}

    def by_helper(state: Any) -> Any:
        return by_key(state)

    assert [roams(one) for one in (by_command, by_key, by_helper, step)] == [
        True,
        True,
        True,
        False,
    ]
    for entry in (by_command, by_key, by_helper):
        graph = Graph("g")
        graph.node(entry)
        graph.node(step, name="hidden")
        graph.compile()
    declared = Graph("g")
    declared.node(by_command, name="a", goto="b")
    declared.node(step, name="b")
    declared.node(step, name="c")
    with pytest.raises(GraphError, match="'c' is never reached"):
        declared.compile()


class Called:
    async def __call__(self, state: Any, context: Context) -> None: ...


async def generates(state: Any) -> Any:
    yield {}


def yields(context: Any) -> Any:
    yield {}


@pytest.mark.parametrize(
    ("function", "kind", "arguments"),
    [
        (step, Kind.SYNC, ("S",)),
        (lambda: None, Kind.SYNC, ()),
        (lambda context: None, Kind.SYNC, ("C",)),
        (lambda ctx, state: None, Kind.SYNC, ("C", "S")),
        (lambda first, second: None, Kind.SYNC, ("S", "C")),
        (lambda state, *, extra=1: None, Kind.SYNC, ("S",)),
        (lambda state, extra=1: None, Kind.SYNC, ("S",)),
        (lambda *arguments: None, Kind.SYNC, ("S", "C")),
        (functools.partial(lambda extra, state: None, 1), Kind.SYNC, ("S",)),
        (functools.partial(lambda state, extra: None, extra=1), Kind.SYNC, ("S",)),
        (Called(), Kind.ASYNC, ("S", "C")),
        (generates, Kind.ASYNC_GENERATOR, ("S",)),
        (yields, Kind.GENERATOR, ("C",)),
    ],
)
def test_functions_are_given_what_their_parameters_ask_for(
    function: Callable[..., Any], kind: Kind, arguments: tuple[str, ...]
) -> None:
    callee = callee_of(function, what="node")
    assert callee.kind is kind
    assert callee.bind("S", "C") == (arguments, {})


class Row(TypedDict, total=False):
    name: str


class Typed(TypedDict):
    rows: list[Row]
    score: Annotated[float, Field(description="From 0 to 1", le=1)]


class Model(BaseModel):
    rows: list[dict[str, str]] = []
    needed: int


@dataclass
class Data:
    needed: int
    label: str = "x"


@pytest.mark.parametrize(
    ("state", "required"),
    [(Typed, ["rows", "score"]), (Data, ["needed"]), (Model, ["needed"]), (None, None)],
)
def test_a_state_type_has_a_json_schema(state: Any, required: list[str] | None) -> None:
    graph = Graph("g", state=state)
    graph.node(step)
    schema = decode(graph.compile().info.input_schema)
    assert schema["$schema"].endswith("2020-12/schema")
    assert schema.get("required") == required
    assert ("additionalProperties" in schema) is (state is not None)
    assert "required" not in decode(graph.compile().info.state_schema)


def test_descriptions_and_limits_of_keys_are_in_the_schema() -> None:
    graph = Graph("g", state=Typed)
    graph.node(step)
    properties = decode(graph.compile().info.state_schema)["properties"]
    assert properties["score"] == {"description": "From 0 to 1", "maximum": 1, "type": "number"}


def test_input_and_output_are_parts_of_the_state() -> None:
    graph = Graph("g", state=Typed, input=Data)
    graph.node(step)
    with pytest.raises(GraphError, match="input has keys that its state lacks: needed, label"):
        graph.compile()


@pytest.mark.parametrize("state", [int, "State", [1]])
def test_a_state_that_is_no_type_for_one_is_refused(state: Any) -> None:
    graph = Graph("g", state=state)
    graph.node(step)
    with pytest.raises(GraphError, match="its state cannot be read"):
        graph.compile()


def test_the_edges_of_a_graph_are_described_with_what_is_implied() -> None:
    graph = Graph("g", description="What it does")

    @graph.node(retries=2, timeout_seconds=5)
    def first(state: Any) -> None:
        """Begin.

        At length.
        """

    graph.node(step, name="second")
    graph.branch("first", lambda state: "go", {"go": "second", "stop": END})
    info = graph.compile().info
    assert [(e.source, e.target, e.conditional, e.label) for e in info.edges] == [
        (START, "first", False, ""),
        ("first", "second", True, "go"),
        ("first", END, True, "stop"),
        ("second", END, False, ""),
    ]
    assert (info.nodes[0].description, info.nodes[0].retries) == ("Begin.", 2)
    assert info.description == "What it does"


def test_sends_are_values() -> None:
    assert Send("a", 1) == Send("a", 1)
