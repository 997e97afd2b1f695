"""Assistants, and what LangGraph says of their graphs, domain ↔ wire."""

from collections.abc import Mapping
from typing import Any, Final

from runwire.domain.assistant import Assistant
from runwire.domain.namespace import local_id
from runwire.rpc.convert_objects import fill_object, fill_value
from runwire.rpc.convert_times import fill_time
from runwire.v1 import assistant_pb2 as wire

SCHEMAS: Final = (
    *("input_schema", "output_schema", "state_schema", "config_schema", "context_schema"),
)


def assistant_to_wire(assistant: Assistant) -> wire.Assistant:
    """Return an assistant."""
    message = wire.Assistant(
        assistant_id=local_id(assistant.assistant_id),
        graph_id=local_id(assistant.graph_id),
        version=assistant.version,
        display_name=assistant.name,
        description=assistant.description,
    )
    for field in ("config", "context"):
        if getattr(assistant, field):
            fill_object(getattr(message, field), getattr(assistant, field))
    fill_object(message.metadata, assistant.metadata)
    fill_time(message.create_time, assistant.created_at)
    fill_time(message.update_time, assistant.updated_at)
    return message


def drawing_to_wire(drawing: Mapping[str, Any]) -> wire.AssistantGraph:
    """Return a drawing in LangGraph's words."""
    message = wire.AssistantGraph()
    for node in drawing.get("nodes", ()):
        told = message.nodes.add(node_id=str(node["id"]), kind=str(node.get("type") or ""))
        fill_value(told.details, node.get("data"))
    for edge in drawing.get("edges", ()):
        message.edges.add(
            source=str(edge["source"]),
            target=str(edge["target"]),
            conditional=bool(edge.get("conditional")),
            label=str(edge.get("data") or ""),
        )
    return message


def schemas_to_wire(schemas: Mapping[str, Any]) -> wire.AssistantSchemas:
    """Return the schemas of a graph."""
    message = wire.AssistantSchemas(graph_id=str(schemas.get("graph_id") or ""))
    for field in SCHEMAS:
        fill_value(getattr(message, field), schemas.get(field))
    return message
