"""Graphs that another library executes (LangGraph), as the engine needs them."""

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from runwire.domain.errors import invalid
from runwire.domain.graph import GraphInfo
from runwire.domain.payload import decode
from runwire.domain.run import Run
from runwire.domain.thread import ThreadChange
from runwire.domain.work import Claim
from runwire.engine.executor import Finished
from runwire.engine.recorder import Recorder

if TYPE_CHECKING:
    from runwire.engine.attempt import Execution


@runtime_checkable
class HostedGraph(Protocol):
    """A graph that executes itself, and leaves what it has to say to the recorder."""

    @property
    def info(self) -> GraphInfo:
        """What callers can know of it."""

    def check_input(self, data: bytes) -> None:
        """Raise Invalid if a run's input does not fit."""

    def check_update(self, data: bytes) -> None:
        """Raise Invalid if a partial state does not fit."""

    async def execute(self, claim: Claim, recorder: Recorder, execution: "Execution") -> Finished:
        """Execute a claimed run to its next stop, as `executor.execute` does."""

    async def left(self, run: Run, execution: "Execution") -> ThreadChange | None:
        """Return what a run leaves of its thread that was cancelled half-way; None for nothing."""


class LenientChecker:
    """Checks what is for such a graph, wherever its code is: the library is lenient, graphs coerce.

    Nothing given is an input, too: a command says the rest, or the run goes on from the state.
    """

    def __init__(self, info: GraphInfo) -> None:
        schema = decode(info.input_schema, name="input_schema")
        self._takes_object = isinstance(schema, dict) and schema.get("type") == "object"

    def check_input(self, data: bytes) -> None:
        """Refuse only what no graph could begin with."""
        value = decode(data, name="input") if data else None
        if self._takes_object and isinstance(value, str | int | float):
            raise invalid("input", "must be a JSON object, as the graph's input schema has it")

    def check_update(self, data: bytes) -> None:
        """Refuse what is no JSON; the rest is up to the graph."""
        decode(data, name="update")
