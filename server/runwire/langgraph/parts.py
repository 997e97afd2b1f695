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

from runwire.domain.run_options import RunOptions


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
    """One execution of a graph: all that `Pregel.astream` is given.

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


class Streamer(Protocol):
    """Executes a graph and puts what it says into the words of a protocol."""

    def __call__(self, play: Play) -> AsyncGenerator[Part, None]:
        """Yield parts to the end of the execution; what the graph raises is raised."""
