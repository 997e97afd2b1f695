"""States of threads, as a server answers that has no code of LangGraph graphs."""

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from runwire.domain.errors import Error, NotAllowed
from runwire.domain.thread import ThreadChange
from runwire.domain.thread_checkpoint import Saved
from runwire.engine.registry import Registry


def elsewhere(registry: Registry, graph_id: str) -> Error:
    """Return the error for a graph whose code is not here; raises NotFound if nobody knows it."""
    registry.info(graph_id)
    return NotAllowed(
        f"the code of graph {graph_id} is not in this server, but at its workers: name the graph"
        " where the server is started, too",
        reason="GRAPH_CODE_ELSEWHERE",
        graph_id=graph_id,
    )


class StatesElsewhere:
    """Implements the port `GraphStates`, by saying so."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    async def state(
        self, graph_id: str, _configurable: Mapping[str, Any], *, subgraphs: bool
    ) -> Mapping[str, Any]:
        self._refuse(graph_id, subgraphs)

    async def history(
        self,
        graph_id: str,
        _configurable: Mapping[str, Any],
        *,
        limit: int,
        before: Mapping[str, Any] | None,
        metadata: Mapping[str, Any] | None,
    ) -> Sequence[Mapping[str, Any]]:
        self._refuse(graph_id, limit, before, metadata)

    async def update(
        self,
        graph_id: str,
        _configurable: Mapping[str, Any],
        supersteps: Sequence[Sequence[Mapping[str, Any]]],
    ) -> tuple[Mapping[str, Any], ThreadChange, Sequence[Saved]]:
        self._refuse(graph_id, supersteps)

    async def drawing(self, graph_id: str, *, xray: bool | int) -> Mapping[str, Any]:
        self._refuse(graph_id, xray)

    async def schemas(self, graph_id: str) -> Mapping[str, Any]:
        self._refuse(graph_id)

    async def subgraphs(
        self, graph_id: str, *, within: str, recurse: bool
    ) -> Mapping[str, Mapping[str, Any]]:
        self._refuse(graph_id, within, recurse)

    def _refuse(self, graph_id: str, *_: object) -> NoReturn:
        raise elsewhere(self._registry, graph_id)
