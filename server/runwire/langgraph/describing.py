"""What can be said of a graph without executing it: its drawing, its schemas, its subgraphs.

1. Drawings and schemas are those of LangGraph's own library, in the words that `RemoteGraph` and
   Studio read.
2. Before Python 3.12 it cannot describe a ``typing.TypedDict``; then what the channels of the graph
   say counts in its place, so that nobody is shown an empty form.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from langchain_core.utils.pydantic import create_model_v2
from langgraph.channels.base import BaseChannel
from langgraph.pregel import Pregel
from langgraph.pregel.protocol import PregelProtocol
from pydantic import TypeAdapter

from runwire.domain.graph import END, START, EdgeInfo, GraphInfo, GraphKind, NodeInfo
from runwire.engine.annotations import readable
from runwire.engine.faults import words
from runwire.langgraph.jsonable import dump
from runwire.langgraph.source import Source

Graph = Pregel[Any, Any, Any, Any]
Json = dict[str, Any]

SEPARATOR: Final = "|"
"""Between the names of subgraphs within subgraphs."""

log = logging.getLogger(__name__)


async def drawing(graph: Graph, *, xray: bool | int) -> Mapping[str, Any]:
    """Return nodes and edges; ``xray`` says how many levels of subgraphs are drawn, too."""
    drawn = (await graph.aget_graph(xray=xray)).to_json()
    return {"nodes": [_node(each) for each in drawn["nodes"]], "edges": drawn["edges"]}


def info_of(source: Source, graph: Graph) -> GraphInfo:
    """Return what callers can know of a graph."""
    drawn, described = graph.get_graph(), schemas(graph)
    return GraphInfo(
        graph_id=source.graph_id,
        kind=GraphKind.LANGGRAPH,
        description=source.description,
        nodes=tuple(NodeInfo(name=name) for name in drawn.nodes if name not in (START, END)),
        edges=tuple(
            EdgeInfo(
                source=edge.source,
                target=edge.target,
                conditional=edge.conditional,
                label="" if edge.data is None else str(edge.data),
            )
            for edge in drawn.edges
        ),
        input_schema=dump(described["input_schema"] or {}),
        state_schema=dump(described["state_schema"] or {}),
    )


def schemas(graph: Graph) -> Json:
    """Return the JSON Schemas of a graph; None for one that cannot be told."""
    context = _tried(graph, "context", graph.get_context_jsonschema)
    return {
        "input_schema": _tried(graph, "input", graph.get_input_jsonschema)
        or _of_builder(graph, "input"),
        "output_schema": _tried(graph, "output", graph.get_output_jsonschema)
        or _of_builder(graph, "output"),
        "state_schema": _tried(graph, "state", lambda: _state(graph)),
        "config_schema": context or {},
        "context_schema": context,
    }


async def subgraphs(graph: Graph, *, within: str, recurse: bool) -> Mapping[str, Json]:
    """Return the schemas of subgraphs by name; ``within`` names one of them, empty means all.

    One that is named is returned at any depth, with those in it if they are asked for.
    """
    deep = recurse or SEPARATOR in within
    found = {
        name: each
        async for name, each in graph.aget_subgraphs(namespace=within or None, recurse=deep)
        if isinstance(each, Pregel)
    }
    if within and not recurse:
        found = {name: each for name, each in found.items() if name == within}
    return {name: schemas(each) for name, each in found.items()}


def _node(drawn: Mapping[str, Any]) -> Json:
    node = dict(drawn)
    if isinstance(node.get("data"), dict):
        node["data"] = {"name": node["data"].get("name", str(node["id"]))}
    return node


def _state(graph: Graph) -> Json:
    """Return the schema of all channels that a graph shows, each of which may be absent."""
    fields = {
        name: (readable(channel.UpdateType), None)
        for name in graph.stream_channels_list
        if isinstance(channel := graph.channels[name], BaseChannel)
    }
    model = create_model_v2(graph.get_name("State"), field_definitions=fields)
    return model.model_json_schema()


def _of_builder(graph: Graph, side: str) -> Json | None:
    builder = getattr(graph, "builder", None)
    declared = getattr(builder, f"{side}_schema", None)
    if declared is None:
        return None

    def describe() -> Json:
        found = TypeAdapter(readable(declared)).json_schema()
        found.pop("additionalProperties", None)
        return found

    schema: Json | None = _tried(graph, side, describe)
    return schema


def _tried(graph: PregelProtocol[Any, Any, Any, Any], what: str, ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except Exception as error:  # noqa: BLE001 - an author's types may raise anything
        log.debug("the %s of graph %s has no JSON Schema: %s", what, graph.name, words(error))
        return None
