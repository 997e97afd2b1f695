"""The code of LangGraph graphs where there is none: a server that hosts none of them."""

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from runwire.domain.errors import NotAllowed
from runwire.domain.thread import ThreadChange
from runwire.domain.thread_checkpoint import Saved

Json = Mapping[str, Any]


class CodeElsewhere:
    """Refuses what only the code of a graph can say; the port `GraphStates`."""

    async def state(self, graph_id: str, configurable: Json, *, subgraphs: bool) -> Json:  # noqa: ARG002
        _refuse(graph_id)

    async def history(
        self,
        graph_id: str,
        configurable: Json,  # noqa: ARG002
        *,
        limit: int,  # noqa: ARG002
        before: Json | None,  # noqa: ARG002
        metadata: Json | None,  # noqa: ARG002
    ) -> Sequence[Json]:
        _refuse(graph_id)

    async def update(
        self,
        graph_id: str,
        configurable: Json,  # noqa: ARG002
        supersteps: Sequence[Sequence[Json]],  # noqa: ARG002
    ) -> tuple[Json, ThreadChange, Sequence[Saved]]:
        _refuse(graph_id)

    async def drawing(self, graph_id: str, *, xray: bool | int) -> Json:  # noqa: ARG002
        _refuse(graph_id)

    async def schemas(self, graph_id: str) -> Json:
        _refuse(graph_id)

    async def subgraphs(self, graph_id: str, *, within: str, recurse: bool) -> Mapping[str, Json]:  # noqa: ARG002
        _refuse(graph_id)


def _refuse(graph_id: str) -> NoReturn:
    raise NotAllowed(
        f"the code of graph {graph_id} is not on this server, only in workers: start the server"
        " with the graph, too, and `--no-worker` if it shall not execute runs",
        reason="GRAPH_CODE_ELSEWHERE",
        graph_id=graph_id,
    )
