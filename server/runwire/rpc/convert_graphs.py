"""Graphs and tools, domain → wire."""

from collections.abc import Mapping
from typing import Final

from runwire.domain.graph import EdgeInfo, GraphInfo, GraphKind, NodeInfo, ToolInfo
from runwire.rpc.convert_payloads import json_to_wire
from runwire.rpc.convert_times import duration_to_wire, time_to_wire
from runwire.v1 import graph_pb2 as wire

_KIND: Final[Mapping[GraphKind, wire.GraphKind.ValueType]] = {
    kind: wire.GraphKind.Value(f"GRAPH_KIND_{kind.name}") for kind in GraphKind
}


def graph_to_wire(graph: GraphInfo, *, full: bool = True) -> wire.Graph:
    """Return a graph; without its schemas and definition unless `full`."""
    return wire.Graph(
        graph_id=graph.graph_id,
        version=graph.version,
        kind=_KIND[graph.kind],
        description=graph.description,
        nodes=map(_node_to_wire, graph.nodes),
        edges=map(_edge_to_wire, graph.edges),
        input_schema=json_to_wire(graph.input_schema) if full else None,
        state_schema=json_to_wire(graph.state_schema) if full else None,
        definition=json_to_wire(graph.definition) if full else None,
        create_time=time_to_wire(graph.created_at),
    )


def tool_to_wire(tool: ToolInfo) -> wire.Tool:
    """Return a tool."""
    return wire.Tool(
        name=tool.name,
        description=tool.description,
        arguments_schema=json_to_wire(tool.arguments_schema),
    )


def _node_to_wire(node: NodeInfo) -> wire.GraphNode:
    return wire.GraphNode(
        name=node.name,
        tool=node.tool,
        description=node.description,
        retries=node.retries,
        timeout=duration_to_wire(node.timeout_seconds),
    )


def _edge_to_wire(edge: EdgeInfo) -> wire.GraphEdge:
    return wire.GraphEdge(
        source=edge.source,
        target=edge.target,
        conditional=edge.conditional,
        label=edge.label,
    )
