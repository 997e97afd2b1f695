"""An assistant: a graph with a configuration, in numbered versions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NewType
from uuid import UUID, uuid5

AssistantId = NewType("AssistantId", str)

_GRAPHS: Final = UUID("6ba7b821-9dad-11d1-80b4-00c04fd430c8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assistant:
    """A graph, and what its runs are configured with unless they say otherwise.

    The id is whole. Each change of graph, config, context, metadata, name or description makes a
    new version; any version can be made the current one again.
    """

    assistant_id: AssistantId
    graph_id: str
    version: int = 1
    name: str = ""
    description: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    created_at: datetime
    updated_at: datetime


def own_assistant_id(graph_id: str) -> str:
    """Return the local id of the assistant that every graph has of its own."""
    return str(uuid5(_GRAPHS, graph_id))
