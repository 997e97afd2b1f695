"""Takes in graphs of LangGraph when a program starts.

What callers can know of a graph has to be known then, so a factory is called once. If it cannot
make its graph without a user or a run, that is no reason not to start: callers see the graph
without nodes, and what each use of it needs is asked when it is used.
"""

import asyncio
import logging
import threading
from concurrent.futures import Future
from typing import Final

from runwire.domain.graph import GraphInfo, GraphKind
from runwire.engine.checks import bad_graph_id
from runwire.engine.faults import GraphError, words
from runwire.engine.hosted import HostedGraph
from runwire.engine.loading import Found
from runwire.langgraph.describing import info_of
from runwire.langgraph.graph import LangGraph, NewStore
from runwire.langgraph.loading import source_of
from runwire.langgraph.source import Access, Source, Use
from runwire.langgraph.sources import MadeSource

START_SECONDS: Final = 60.0

log = logging.getLogger("runwire.graphs")


def take_in(found: Found, *, new_store: NewStore, description: str = "") -> HostedGraph | None:
    """Return a graph to execute; None if LangGraph knows nothing of what was found.

    Raises GraphError where it is wrong.
    """
    source = source_of(
        found.value,
        graph_id=found.graph_id,
        reference=found.reference,
        description=description,
    )
    if source is None:
        return None
    if why := bad_graph_id(found.graph_id):
        raise GraphError(f"{found.reference!r}: {why}; write NAME={found.reference}")
    return LangGraph(source, _info(source, found.reference), new_store=new_store)


def _info(source: Source, reference: str) -> GraphInfo:
    try:
        if source.fixed is not None:
            return info_of(source, source.fixed)
        return _aside(source)
    except GraphError:
        raise
    except Exception as error:
        if not isinstance(source, MadeSource) or source.simple:
            raise GraphError(f"{reference!r} cannot be loaded: {words(error)}") from error
        log.warning(
            "graph %s: its factory makes no graph at the start (%s): callers see no nodes of it",
            source.graph_id,
            words(error),
        )
    return GraphInfo(
        graph_id=source.graph_id, kind=GraphKind.LANGGRAPH, description=source.description
    )


def _aside(source: Source) -> GraphInfo:
    """Call a factory on a loop of its own: the caller's has better to do, or there is none."""
    answer: Future[GraphInfo] = Future()

    def work() -> None:
        try:
            answer.set_result(asyncio.run(_opened(source)))
        except BaseException as error:  # noqa: BLE001 - the author's code; handed on as it is
            answer.set_exception(error)

    threading.Thread(target=work, name="runwire-factory", daemon=True).start()
    return answer.result(START_SECONDS)


async def _opened(source: Source) -> GraphInfo:
    async with source.open(Use(access=Access.ASSISTANT)) as graph:
        return info_of(source, graph)
