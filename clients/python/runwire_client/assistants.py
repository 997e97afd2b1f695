"""Assistants, and what LangGraph says of their graphs, as their callers see them."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from runwire_client._payloads import decoded, time_of
from runwire_client.v1 import assistant_pb2


@dataclass(frozen=True)
class Assistant:
    """A LangGraph graph with a configuration, in numbered versions."""

    assistant_id: str
    graph_id: str
    version: int
    display_name: str
    description: str
    created_at: datetime | None
    updated_at: datetime | None
    message: assistant_pb2.Assistant = field(repr=False, hash=False)

    @cached_property
    def config(self) -> Any:
        return decoded(self.message.config)

    @cached_property
    def context(self) -> Any:
        return decoded(self.message.context)

    @cached_property
    def metadata(self) -> Any:
        return decoded(self.message.metadata)


@dataclass(frozen=True)
class DrawnNode:
    """A node of a drawing."""

    node_id: str
    kind: str
    message: assistant_pb2.DrawnNode = field(repr=False, hash=False)

    @cached_property
    def details(self) -> Any:
        return decoded(self.message.details)


@dataclass(frozen=True, slots=True)
class DrawnEdge:
    """An edge of a drawing."""

    source: str
    target: str
    conditional: bool
    label: str


@dataclass(frozen=True, slots=True)
class AssistantGraph:
    """A graph as LangGraph draws it."""

    nodes: tuple[DrawnNode, ...]
    edges: tuple[DrawnEdge, ...]


@dataclass(frozen=True)
class AssistantSchemas:
    """JSON Schemas of a graph, decoded when first looked at; None for one that it does not have."""

    graph_id: str
    message: assistant_pb2.AssistantSchemas = field(repr=False, hash=False)

    @cached_property
    def input_schema(self) -> Any:
        return decoded(self.message.input_schema)

    @cached_property
    def output_schema(self) -> Any:
        return decoded(self.message.output_schema)

    @cached_property
    def state_schema(self) -> Any:
        return decoded(self.message.state_schema)

    @cached_property
    def config_schema(self) -> Any:
        return decoded(self.message.config_schema)

    @cached_property
    def context_schema(self) -> Any:
        return decoded(self.message.context_schema)


def assistant_from_message(message: assistant_pb2.Assistant) -> Assistant:
    """Return the assistant that a message describes."""
    has = message.HasField
    return Assistant(
        assistant_id=message.assistant_id,
        graph_id=message.graph_id,
        version=message.version,
        display_name=message.display_name,
        description=message.description,
        created_at=time_of(message.create_time) if has("create_time") else None,
        updated_at=time_of(message.update_time) if has("update_time") else None,
        message=message,
    )


def drawing_from_message(message: assistant_pb2.AssistantGraph) -> AssistantGraph:
    """Return the drawing that a message describes."""
    return AssistantGraph(
        nodes=tuple(DrawnNode(each.node_id, each.kind, each) for each in message.nodes),
        edges=tuple(
            DrawnEdge(each.source, each.target, each.conditional, each.label)
            for each in message.edges
        ),
    )


def schemas_from_message(message: assistant_pb2.AssistantSchemas) -> AssistantSchemas:
    """Return the schemas that a message holds."""
    return AssistantSchemas(message.graph_id, message)
