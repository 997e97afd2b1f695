"""The graphs that assistants are made of, and the assistant that each has of its own."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from runwire.domain.assistant import Assistant, AssistantId, own_assistant_id
from runwire.domain.assistant_ports import AssistantStore
from runwire.domain.caller import Caller
from runwire.domain.errors import NotFound
from runwire.domain.graph import GraphKind
from runwire.domain.namespace import whole_id
from runwire.domain.ports import Clock, Graphs
from runwire.domain.reach import out_of_scope

Json = Mapping[str, Any]
LookAgain = Callable[[], Awaitable[None]]
"""Learns of graphs that workers have registered with other servers."""


class OwnAssistants:
    """Knows LangGraph's graphs, here and in workers, and makes their own assistants."""

    def __init__(
        self,
        *,
        store: AssistantStore,
        graphs: Graphs,
        now: Clock,
        configs: Mapping[str, Json] | None = None,
        look_again: LookAgain | None = None,
    ) -> None:
        """Begin with the configs that graphs' own assistants have, by graph."""
        self._store = store
        self._graphs = graphs
        self._now = now
        self._configs = configs or {}
        self._look_again = look_again
        self._provided: dict[str, frozenset[str]] = {}  # graphs by namespace

    def graph_ids(self, caller: Caller) -> Sequence[str]:
        """Return the graphs that assistants can be made of, of those in a caller's scope."""
        names = self._graphs.names()
        hosted = [n for n in names if self._graphs.info(n).kind is GraphKind.LANGGRAPH]
        return [name for name in hosted if caller.sees(name)]

    async def provide(self, namespace: str) -> None:
        """Make the assistants that graphs have of their own in a namespace, where one lacks."""
        if self._look_again is not None:
            await self._look_again()
        graph_ids = frozenset(self.graph_ids(Caller(namespace=namespace)))
        lacking = graph_ids - self._provided.get(namespace, frozenset())
        if lacking:
            now = self._now()
            own = [self._made(namespace, graph_id, now) for graph_id in sorted(lacking)]
            await self._store.provide(own)
            self._provided[namespace] = graph_ids

    def check_graph(self, caller: Caller, graph_id: str) -> None:
        """Raise NotFound, or Denied, for a graph that a caller cannot make assistants of."""
        found = self.graph_ids(caller)
        if graph_id in found:
            return
        if graph_id and not caller.sees(graph_id):
            raise out_of_scope(graph_id)
        raise NotFound(
            f"no graph {graph_id} that assistants can be made of: there are"
            f" {', '.join(found) or 'none'}",
            reason="GRAPH_NOT_FOUND",
            graph_id=graph_id,
        )

    def _made(self, namespace: str, graph_id: str, now: datetime) -> Assistant:
        config = self._configs.get(graph_id, {})
        return Assistant(
            assistant_id=AssistantId(whole_id(namespace, own_assistant_id(graph_id))),
            graph_id=graph_id,
            name=graph_id,
            config=config,
            context=config.get("configurable", {}),
            metadata={"created_by": "system"},
            created_at=now,
            updated_at=now,
        )
