"""Graphs and tools as their callers see them."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from runwire_client._payloads import decoded, seconds_of, time_of
from runwire_client.v1 import graph_pb2


class GraphKind(StrEnum):
    """Where a graph comes from: Python code loaded at start, a JSON definition, or LangGraph."""

    UNKNOWN = "unknown"
    PYTHON = "python"
    JSON = "json"
    LANGGRAPH = "langgraph"


@dataclass(frozen=True, slots=True)
class GraphNode:
    """A node; `retries` is how often a failed attempt is tried again."""

    name: str
    tool: str
    description: str
    retries: int
    timeout_seconds: float | None


@dataclass(frozen=True, slots=True)
class GraphEdge:
    """An edge; `conditional` if a branch decides whether it is taken, on the answer `label`."""

    source: str
    target: str
    conditional: bool
    label: str


@dataclass(frozen=True)
class Graph:
    """A definition that runs execute; `version` is 0 for graphs defined in Python.

    Lists leave out `input_schema`, `state_schema` and `definition`, which are then None.
    """

    graph_id: str
    version: int
    kind: GraphKind
    description: str
    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]
    created_at: datetime | None
    message: graph_pb2.Graph = field(repr=False, hash=False)

    @cached_property
    def input_schema(self) -> Any:
        return decoded(self.message.input_schema)

    @cached_property
    def state_schema(self) -> Any:
        return decoded(self.message.state_schema)

    @cached_property
    def definition(self) -> Any:
        return decoded(self.message.definition)


@dataclass(frozen=True)
class Tool:
    """A Python function on the server that JSON graphs can call."""

    name: str
    description: str
    message: graph_pb2.Tool = field(repr=False, hash=False)

    @cached_property
    def arguments_schema(self) -> Any:
        return decoded(self.message.arguments_schema)


def graph_from_message(message: graph_pb2.Graph) -> Graph:
    """Return the graph that a message describes."""
    kinds = {
        graph_pb2.GRAPH_KIND_PYTHON: GraphKind.PYTHON,
        graph_pb2.GRAPH_KIND_JSON: GraphKind.JSON,
        graph_pb2.GRAPH_KIND_LANGGRAPH: GraphKind.LANGGRAPH,
    }
    return Graph(
        graph_id=message.graph_id,
        version=message.version,
        kind=kinds.get(message.kind, GraphKind.UNKNOWN),
        description=message.description,
        nodes=tuple(_node(node) for node in message.nodes),
        edges=tuple(
            GraphEdge(edge.source, edge.target, edge.conditional, edge.label)
            for edge in message.edges
        ),
        created_at=time_of(message.create_time) if message.HasField("create_time") else None,
        message=message,
    )


def tool_from_message(message: graph_pb2.Tool) -> Tool:
    """Return the tool that a message describes."""
    return Tool(name=message.name, description=message.description, message=message)


def _node(message: graph_pb2.GraphNode) -> GraphNode:
    timed = message.HasField("timeout")
    return GraphNode(
        name=message.name,
        tool=message.tool,
        description=message.description,
        retries=message.retries,
        timeout_seconds=seconds_of(message.timeout) if timed else None,
    )
