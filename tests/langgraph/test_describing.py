"""Drawings and schemas, as `langgraph dev` 0.16.7 was seen to answer for the same graphs.

`projects/shapes/observed.json` is what it answered to `/assistants/{id}/graph` (without and with
`xray`), `/schemas` and `/subgraphs`, word for word.
"""

import json
from pathlib import Path
from typing import Any, TypedDict

import pytest
from langgraph.graph import START, StateGraph

from runwire.config import Settings
from runwire.domain.graph import GraphInfo
from runwire.engine.loading import load_graphs
from runwire.gathering import host_of
from runwire.langgraph import describing
from runwire.langgraph.graph import LangGraph
from runwire.langgraph.loading import source_of

PROJECT = Path(__file__).parent / "projects/shapes"
OBSERVED = json.loads((PROJECT / "observed.json").read_text())


@pytest.fixture(scope="module")
def shapes() -> dict[str, LangGraph]:
    said = json.loads((PROJECT / "langgraph.json").read_text())["graphs"]
    settings = Settings(graphs=said)
    loaded = load_graphs(settings.python_graphs, directory=PROJECT, host=host_of(settings))
    return {graph.info.graph_id: graph for graph in loaded if isinstance(graph, LangGraph)}


def graph_of(shapes: dict[str, LangGraph], name: str) -> describing.Graph:
    graph = shapes[name].source.fixed
    assert graph is not None
    return graph


@pytest.mark.parametrize("name", OBSERVED)
@pytest.mark.parametrize(("asked", "xray"), [("drawing", False), ("xray", True), ("xray_1", 1)])
async def test_a_drawing_is_as_observed(
    name: str, asked: str, xray: bool | int, shapes: dict[str, LangGraph]
) -> None:
    drawn = await describing.drawing(graph_of(shapes, name), xray=xray)
    assert drawn == OBSERVED[name][asked]


@pytest.mark.parametrize("name", OBSERVED)
def test_schemas_are_as_observed(name: str, shapes: dict[str, LangGraph]) -> None:
    found = {"graph_id": name, **describing.schemas(graph_of(shapes, name))}
    assert found == OBSERVED[name]["schemas"]


@pytest.mark.parametrize("name", OBSERVED)
@pytest.mark.parametrize(
    ("asked", "within", "recurse"),
    [
        ("subgraphs", "", False),
        ("recursive", "", True),
        ("sub", "sub", False),
        ("sub_recursive", "sub", True),
        ("deep_recursive", "sub|child", True),
    ],
)
async def test_subgraphs_are_as_observed(
    name: str, asked: str, within: str, recurse: bool, shapes: dict[str, LangGraph]
) -> None:
    graph = graph_of(shapes, name)
    found = await describing.subgraphs(graph, within=within, recurse=recurse)
    assert found == OBSERVED[name].get(asked, {})


async def test_a_subgraph_is_found_at_any_depth(shapes: dict[str, LangGraph]) -> None:
    graph = graph_of(shapes, "nested")
    assert [*await describing.subgraphs(graph, within="sub|child", recurse=False)] == ["sub|child"]
    assert await describing.subgraphs(graph, within="nowhere", recurse=False) == {}


def test_messages_are_described_as_what_they_are(shapes: dict[str, LangGraph]) -> None:
    found = describing.schemas(graph_of(shapes, "messages"))
    state = found["state_schema"]
    assert state["title"] == "messages_state"
    assert {"HumanMessage", "AIMessage", "ToolMessage"} <= state["$defs"].keys()
    assert state["properties"]["extra"] == {"default": None, "title": "Extra", "type": "string"}
    assert found["input_schema"]["properties"]["messages"]["type"] == "array"


def test_our_own_words_for_a_graph(shapes: dict[str, LangGraph]) -> None:
    info: GraphInfo = shapes["branching"].info
    assert info.description == "It branches."
    assert [node.name for node in info.nodes] == ["ask", "again"]
    edges = {(each.source, each.target, each.conditional, each.label) for each in info.edges}
    assert edges == {
        ("__start__", "ask", False, ""),
        ("again", "ask", False, ""),
        ("ask", "__end__", True, "done"),
        ("ask", "again", True, ""),
    }
    assert json.loads(info.input_schema)["required"] == ["q"]
    assert json.loads(info.state_schema)["properties"].keys() == {"q", "answer", "tries"}


class Plain(TypedDict):
    text: str


class Odd:
    pass


def test_types_of_the_standard_library_are_described_too() -> None:
    """Before Python 3.12 the reference answers null for these."""
    builder = StateGraph(Plain)
    builder.add_node("node", lambda _: {})
    builder.add_edge(START, "node")
    found = describing.schemas(graph := fixed(builder))
    for each in (found["input_schema"], found["output_schema"]):
        assert each["properties"] == {"text": {"title": "Text", "type": "string"}}
    assert found["state_schema"]["title"] == graph.get_name("State") == "odd_state"


def test_what_no_schema_can_say_is_null() -> None:
    class State(TypedDict):
        odd: Odd

    builder = StateGraph(State)
    builder.add_node("node", lambda _: {})
    builder.add_edge(START, "node")
    found = describing.schemas(fixed(builder))
    assert found["input_schema"] is None
    assert found["context_schema"] is None


def fixed(builder: Any) -> describing.Graph:
    source = source_of(builder, graph_id="odd", reference="here:builder")
    assert source is not None
    assert source.fixed is not None
    return source.fixed
