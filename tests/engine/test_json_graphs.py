"""Graphs in JSON: what they do, and how each fault is named by its place."""

import json
from collections.abc import Iterator
from typing import Any, Literal

import pytest
from tests.engine.driving import drive, failure, output

from runwire.domain.errors import Invalid
from runwire.domain.graph import GraphKind
from runwire.engine.authoring import Command, tool
from runwire.engine.context import Context, SyncContext
from runwire.engine.faults import Fault, GraphError
from runwire.engine.json_graph import compile_json
from runwire.engine.registry import Registry
from runwire.engine.substitution import substituted
from runwire.engine.tools import TOOLS


@pytest.fixture(autouse=True)
def own_tools() -> Iterator[None]:
    """Give each test these tools only."""
    before = dict(TOOLS)
    TOOLS.clear()

    @tool
    def add(state: dict[str, Any], amount: int, times: float = 1) -> dict[str, Any]:
        """Add an amount to n."""
        return {"n": state.get("n", 0) + amount * times}

    @tool(name="say", description="Say it")
    async def say_it(context: Context, text: str, mood: Literal["sad", "glad"] = "glad") -> Any:
        await context.log(text)
        return {"said": f"{text} ({mood})"}

    @tool
    def put(context: SyncContext, **values: Any) -> dict[str, Any]:
        return {**values, "by": context.node}

    @tool
    def parity(state: dict[str, Any], of: int) -> Any:
        return "even" if of % 2 == 0 else "odd"

    @tool
    def positive(of: int) -> bool:
        return of > 0

    @tool
    def jump(to: str) -> Command:
        return Command(goto=to)

    yield
    TOOLS.clear()
    TOOLS.update(before)


def definition(**changes: Any) -> dict[str, Any]:
    return {
        "graph_id": "g",
        "nodes": {"a": {"tool": "add", "arguments": {"amount": 1}}},
        **changes,
    }


def compiled(**changes: Any) -> Any:
    return compile_json(json.dumps(definition(**changes)).encode())


async def test_a_loop_with_conditions() -> None:
    graph = compiled(
        branches=[
            {
                "source": "a",
                "conditions": [
                    {"when": {"key": "n", "operator": "<", "value": 5}, "target": "a"},
                    {"when": {"key": "n", "operator": "==", "value": 77}, "target": ["a", "END"]},
                ],
                "default": "END",
            }
        ]
    )
    assert await output(graph, {"n": 2}) == {"n": 5}
    assert graph.info.kind is GraphKind.JSON
    assert [(e.source, e.target) for e in graph.info.edges] == [
        ("__start__", "a"),
        ("a", "a"),
        ("a", "__end__"),
    ]
    assert graph.info.nodes[0].tool == "add"
    assert graph.info.nodes[0].description == "Add an amount to n."


async def test_steps_of_a_json_graph_name_their_tool() -> None:
    run = drive(compiled())
    await run.execute()
    assert run.leases.steps["a:1"].tool == "add"


async def test_arguments_take_values_of_the_state_with_their_type() -> None:
    graph = compiled(
        nodes={
            "put": {
                "tool": "put",
                "arguments": {
                    "whole": "${state.deep.list}",
                    "text": "n is ${state.n}, list ${state.deep.list}, $${state.n}",
                    "inside": [{"x": "${state.n}"}],
                    "null": None,
                },
            },
            "say": {"tool": "say", "arguments": {"text": "${state.text}", "mood": "sad"}},
        },
        edges=[["put", "say"], {"source": "say", "target": "END"}],
    )
    found = await output(graph, {"n": 2**70, "deep": {"list": [1.0]}})
    assert found["whole"] == [1.0]
    assert found["text"] == f"n is {2**70}, list [1.0], ${{state.n}}"
    assert found["inside"] == [{"x": 2**70}]
    assert found["by"] == "put"
    assert found["said"].endswith("(sad)")


async def test_a_tool_chooses_the_way() -> None:
    graph = compiled(
        nodes={"a": {"tool": "add", "arguments": {"amount": 1}}, "b": {"tool": "put"}},
        branches=[
            {"source": "a", "tool": "parity", "arguments": {"of": "${state.n}"},
             "targets": {"even": "END", "odd": ["a"]}},
            {"source": "START", "tool": "positive", "arguments": {"of": "${state.n}"},
             "targets": {"true": "a", "false": "b"}},
        ],
    )  # fmt: skip
    assert await output(graph, {"n": 2}) == {"n": 4}
    assert await output(graph, {"n": -1}) == {"n": -1, "by": "b"}


async def test_a_tool_may_go_anywhere_by_command() -> None:
    graph = compiled(
        nodes={"j": {"tool": "jump", "arguments": {"to": "hidden"}}, "hidden": {"tool": "put"}}
    )
    assert await output(graph) == {"by": "hidden"}


STATE = {
    "type": "object",
    "properties": {
        "n": {"type": "integer", "default": 3, "x-reducer": "add"},
        "items": {"type": "array", "items": {"$ref": "#/$defs/item"}, "x-reducer": "append"},
        "all": {"type": "array", "x-reducer": "add"},
        "facts": {"type": "object", "x-reducer": "merge"},
        "last": {"x-reducer": "last"},
        "name": {"type": "string"},
    },
    "required": ["name"],
    "$defs": {"item": {"type": "integer"}},
}


async def test_a_state_has_reducers_defaults_and_types() -> None:
    def writer(name: str) -> dict[str, Any]:
        arguments = {"n": 1, "items": 7, "all": [name], "facts": {name: 1}, "last": name}
        return {"tool": "put_plain", "arguments": arguments}

    @tool
    def put_plain(**values: Any) -> dict[str, Any]:
        return values

    nodes = {"s": {"tool": "put_plain"}, "x": writer("x"), "y": writer("y")}
    graph = compiled(nodes=nodes, edges=[["s", "x"], ["s", "y"]], state=STATE)
    assert await output(graph, {"name": "Ada"}) == {
        "name": "Ada",
        "n": 5,
        "items": [7, 7],
        "all": ["x", "y"],
        "facts": {"x": 1, "y": 1},
        "last": "y",
    }
    with pytest.raises(Invalid) as caught:
        graph.checker.check_input(b'{"n": "x", "other": 1}')
    assert {v.field for v in caught.value.violations} == {
        "spec.input.n",
        "spec.input.name",
        "spec.input.other",
    }


async def test_a_tool_that_writes_what_the_state_forbids_fails_the_run() -> None:
    graph = compiled(nodes={"p": {"tool": "put", "arguments": {"n": "x"}}}, state={
        "properties": {"n": {"type": "integer"}, "by": {"type": "string"}}
    })  # fmt: skip
    error = await failure(graph)
    assert error.reason == "INVALID_UPDATE"
    assert "key 'n'" in error.message


@pytest.mark.parametrize(
    ("changes", "place", "words"),
    [
        ({"graph_id": "a b"}, "definition.graph_id", "no graph id"),
        ({"nodes": {}}, "definition.nodes", "propert"),
        ({"nodes": {"a": {}}}, "definition.nodes.a.tool", "is required"),
        ({"nodes": {"a": {"tool": "ad"}}}, "definition.nodes.a.tool", "did you mean 'add'?"),
        ({"nodes": {"END": {"tool": "put"}}}, "definition.nodes.END", "reserved"),
        ({"nodes": {"a": {"tool": "put", "retries": -1}}}, "definition.nodes.a.retries", "-1"),
        (
            {"nodes": {"a": {"tool": "put", "timeout_seconds": 0}}},
            "definition.nodes.a.timeout_seconds",
            "0",
        ),
        ({"nodes": {"a": {"tool": "add"}}}, "definition.nodes.a.arguments", '"amount"'),
        (
            {"nodes": {"a": {"tool": "add", "arguments": {"amount": "x"}}}},
            "definition.nodes.a.arguments.amount",
            "integer",
        ),
        (
            {"nodes": {"a": {"tool": "add", "arguments": {"amount": 1, "no": 1}}}},
            "definition.nodes.a.arguments",
            "'no'",
        ),
        (
            {"state": STATE,
             "nodes": {"a": {"tool": "add", "arguments": {"amount": "${state.x}"}}}},
            "definition.nodes.a.arguments",
            "the state has no key 'x'",
        ),
        ({"edges": [["a", "b"]]}, "definition.edges[0].target", "'b', which is no node"),
        ({"start": "a", "edges": [["a", "b"]]}, "definition.edges[0].target", "'b'"),
        ({"start": "b"}, "definition.start", "'b', which is no node"),
        ({"edges": [["a"]]}, "definition.edges[0]", "items"),
        ({"edges": [["a", "a"]]}, "definition.nodes.a", "no way leads"),
        ({"branches": [{"source": "a"}]}, "definition.branches[0].conditions", "is required"),
        (
            {"branches": [{"source": "a", "tool": "parity", "targets": {"x": "b"},
                           "arguments": {"of": 1}}]},
            "definition.branches[0].targets.x",
            "'b', which is no node",
        ),
        (
            {"branches": [{"source": "a", "tool": "say", "targets": {"x": "a"},
                           "arguments": {"text": "a"}}]},
            "definition.branches[0].tool",
            "takes a context",
        ),
        (
            {"branches": [{"source": "a", "default": "END", "conditions": [
                {"when": {"key": "n", "operator": "~", "value": 1}, "target": "a"}]}]},
            "definition.branches[0].conditions[0].when",
            "",
        ),
        (
            {"state": STATE, "branches": [{"source": "a", "default": "END", "conditions": [
                {"when": {"not": {"key": "m", "operator": "missing"}}, "target": "a"}]}]},
            "definition.branches[0].conditions[0].when",
            "the state has no key 'm'",
        ),
        ({"state": {"type": "array"}}, "definition.state.type", ""),
        ({"state": {"properties": {"n": {"type": "nonsense"}}}}, "definition.state", "JSON Schema"),
        ({"state": {"properties": {"n": {"x-reducer": "max"}}}},
         "definition.state.properties.n.x-reducer", "max"),
        ({"state": {"properties": {"n": {"$ref": "file:///etc/passwd"}}}}, "definition.state",
         "outside of the schema"),
        ({"max_steps": 0}, "definition.max_steps", ""),
        ({"speed": 1}, "definition.speed", "unknown"),
    ],
)  # fmt: skip
def test_each_fault_of_a_definition_is_named_by_its_place(
    changes: dict[str, Any], place: str, words: str
) -> None:
    with pytest.raises(Invalid) as caught:
        compiled(**changes)
    found = [(v.field, v.description) for v in caught.value.violations]
    assert place in [field for field, _ in found], found
    assert any(words in text for field, text in found if field == place), found
    assert caught.value.reason == "INVALID_GRAPH"


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b'{"graph_id": NaN}', b"\xff"])
def test_what_is_no_definition_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        compile_json(data)


def test_a_value_that_is_not_there_yet_is_a_fault() -> None:
    with pytest.raises(Fault, match=r"state\.x"):
        substituted("${state.x}", {})


async def test_an_argument_from_the_state_is_checked_when_it_is_there() -> None:
    graph = compiled(
        nodes={"a": {"tool": "add", "arguments": {"amount": "${state.n}"}, "retries": 3}}
    )
    error = await failure(graph, {"n": "many"})
    assert error.reason == "INVALID_ARGUMENTS"
    assert "tool 'add': argument 'amount'" in error.message


def test_tools_are_described_with_a_schema_of_their_arguments() -> None:
    infos = {info.name: info for info in Registry().tools()}
    assert list(infos) == sorted(infos)
    assert json.loads(infos["add"].arguments_schema) == {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            "amount": {"type": "integer"},
            "times": {"type": "number", "default": 1},
        },
        "required": ["amount"],
        "additionalProperties": False,
    }
    assert infos["say"].description == "Say it"


def test_two_tools_of_one_name_are_refused() -> None:
    with pytest.raises(GraphError, match="tool 'add' is already defined"):

        @tool(name="add")
        def other() -> None: ...

    with pytest.raises(GraphError, match="needs a name"):
        tool(lambda: None)
    with pytest.raises(GraphError, match="must be a parameter that can be named"):

        @tool
        def positional(a: int, /) -> None: ...
