"""Who answers for the states of threads: the code of LangGraph graphs, where it is loaded."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

from runwire.app.graph_code import CodeElsewhere
from runwire.clock import now
from runwire.domain.graph import GraphKind
from runwire.domain.thread_ports import GraphStates
from runwire.engine.crossing import CrossingCheckpoints
from runwire.engine.registry import Registry
from runwire.stores.database import Database
from runwire.stores.thread_checkpoints import SqlThreadCheckpoints


@asynccontextmanager
async def graph_states(registry: Registry, database: Database) -> AsyncIterator[GraphStates]:
    """Answer while the block lasts."""
    if all(graph.kind is not GraphKind.LANGGRAPH for graph in registry.own()):
        yield CodeElsewhere()
        return
    # With LangGraph's library, which need not be installed.
    hosting: Any = import_module("runwire.langgraph.states")
    checkpoints = CrossingCheckpoints(SqlThreadCheckpoints(database))
    async with hosting.HostedStates(registry, checkpoints, now) as states:
        yield states
