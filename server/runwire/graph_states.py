"""Who answers for the states of threads: the code of LangGraph graphs, where it is loaded."""

from collections.abc import Callable, Coroutine, Sequence
from importlib import import_module
from typing import Any

from runwire.clock import now
from runwire.domain.graph import GraphKind
from runwire.domain.thread_ports import GraphStates, ThreadCheckpoints
from runwire.engine.registry import Registry
from runwire.engine.states_elsewhere import StatesElsewhere

Loops = Sequence[Callable[[], Coroutine[Any, Any, None]]]


def graph_states(registry: Registry, checkpoints: ThreadCheckpoints) -> tuple[GraphStates, Loops]:
    """Return who answers, and what goes on for that; ``checkpoints`` may be used on any loop."""
    if all(graph.kind is not GraphKind.LANGGRAPH for graph in registry.own()):
        return StatesElsewhere(registry), ()
    # With LangGraph's library, which need not be installed.
    hosting: Any = import_module("runwire.langgraph.states")
    states: Any = hosting.HostedStates(registry, checkpoints, now)
    return states, (states.run,)
