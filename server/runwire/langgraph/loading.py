"""Where an author's variable becomes the source of a LangGraph graph."""

from typing import Any

from runwire.engine.faults import GraphError, words
from runwire.langgraph.factories import Factory
from runwire.langgraph.source import Source
from runwire.langgraph.sources import FixedSource, MadeSource, compiled


def source_of(found: Any, *, graph_id: str, reference: str, description: str = "") -> Source | None:
    """Return the source of what a reference names; None if LangGraph has nothing to do with it.

    Raises GraphError for a graph that cannot be compiled, and for a factory that nobody can call.
    """
    try:
        graph = compiled(found, graph_id)
    except Exception as error:  # checking the author's graph may raise anything
        raise GraphError(f"{reference!r} cannot be compiled: {words(error)}") from error
    if graph is not None:
        return FixedSource(graph, graph_id=graph_id, description=description)
    if not callable(found):
        return None
    return MadeSource(
        Factory(found, reference=reference),
        graph_id=graph_id,
        reference=reference,
        description=description,
    )
