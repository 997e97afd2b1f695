"""What callers can know of a graph: nodes, edges, schemas. How it executes is the engine's."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

START: Final = "__start__"
END: Final = "__end__"


class GraphKind(StrEnum):
    """Where a graph comes from."""

    PYTHON = "python"
    JSON = "json"
    LANGGRAPH = "langgraph"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeInfo:
    """A node; `retries` counts the attempts after the first."""

    name: str
    tool: str = ""
    description: str = ""
    retries: int = 0
    timeout_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeInfo:
    """An edge; a conditional one is taken when a branch answers `label`."""

    source: str
    target: str
    conditional: bool = False
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphInfo:
    """A graph as callers see it; schemas and definition are JSON bytes."""

    graph_id: str
    version: int = 0
    kind: GraphKind = GraphKind.PYTHON
    description: str = ""
    nodes: tuple[NodeInfo, ...] = ()
    edges: tuple[EdgeInfo, ...] = ()
    input_schema: bytes = b"{}"
    state_schema: bytes = b"{}"
    definition: bytes = b""
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolInfo:
    """A function that JSON graphs can call.

    One that ``roams`` may choose the next node, whichever that is; one that ``takes_context``
    cannot be called by a branch.
    """

    name: str
    description: str = ""
    arguments_schema: bytes = b"{}"
    roams: bool = False
    takes_context: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphVersion:
    """One stored version of a JSON definition; versions never change."""

    graph_id: str
    version: int
    definition: bytes
    created_at: datetime
