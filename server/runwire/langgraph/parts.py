"""What a graph says while it executes, and who puts that into the words of a protocol.

A `Streamer` executes a graph once. What it yields serves two: the engine looks at ``path``,
``mode`` and ``payload`` (of the root it needs the parts of modes ``values``, ``updates`` and
``tasks``, whether or not anything is told of them), and records ``told`` as it is.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

from langchain_core.runnables import RunnableConfig
from langgraph.pregel import Pregel
from langgraph.runtime import RunControl

from runwire.domain.run_options import EVERY_NODE, RunOptions
from runwire.langgraph.configuring import context_of


class Told(NamedTuple):
    """One event as clients see it: its name, and what becomes JSON (see `jsonable.dump`)."""

    channel: str
    data: Any


class Part(NamedTuple):
    """Something a graph said.

    ``path`` is empty for the root graph, else ``("node:task_id", …)`` of a subgraph. ``payload`` is
    as LangGraph gave it: what is told of it is to be made without changing it.
    """

    path: tuple[str, ...]
    mode: str
    payload: Any
    told: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """One execution of a graph: all that LangGraph is given, whoever asks it.

    ``graph`` has the checkpointer and the store of the run. ``given`` is the input, a Command, or
    None to go on from the state. ``durability`` is what LangGraph is told: never "sync", since then
    it would save before anybody hears what came of a superstep; the engine sees to that itself.
    ``again`` says that the attempt goes on where another one broke off, so what that one has told
    is not to be told again.
    """

    graph: Pregel[Any, Any, Any, Any]
    given: Any
    config: RunnableConfig
    options: RunOptions
    durability: Literal["async", "exit"]
    control: RunControl
    again: bool = False

    def arguments(self) -> dict[str, Any]:
        """Return what LangGraph is told but for the input, its words and when it is to save."""
        arguments: dict[str, Any] = {
            "config": self.config,
            "interrupt_before": _nodes(self.options.interrupt_before),
            "interrupt_after": _nodes(self.options.interrupt_after),
            "control": self.control,
        }
        context = context_of(self.options.context, self.graph.context_schema)
        if context is not None:
            arguments["context"] = context
        return arguments


class Streamer(Protocol):
    """Executes a graph and puts what it says into the words of a protocol."""

    def __call__(self, play: Play) -> AsyncGenerator[Part, None]:
        """Yield parts to the end of the execution; what the graph raises is raised."""


def is_cached(payload: Any) -> bool:
    """Whether an update was there before: kept by an earlier attempt, or by the graph's cache."""
    about = payload.get("__metadata__") if isinstance(payload, dict) else None
    return isinstance(about, dict) and bool(about.get("cached"))


def _nodes(names: tuple[str, ...]) -> Any:
    """Return names of nodes as LangGraph wants them; None leaves it to what was compiled in."""
    if not names:
        return None
    return "*" if names == EVERY_NODE else list(names)
