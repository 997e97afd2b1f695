"""What a worker has said it can execute, kept so that every server knows it."""

from dataclasses import dataclass
from datetime import datetime

from runwire.domain.graph import GraphInfo, ToolInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A graph or a tool, and the worker that told of it last."""

    item: GraphInfo | ToolInfo
    worker_id: str
    seen_at: datetime

    @property
    def kind(self) -> str:
        """Whether it is a graph or a tool."""
        return "graph" if isinstance(self.item, GraphInfo) else "tool"

    @property
    def name(self) -> str:
        """The id of the graph, or the name of the tool."""
        return self.item.graph_id if isinstance(self.item, GraphInfo) else self.item.name
