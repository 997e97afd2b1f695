"""Graphs that another library executes (LangGraph), as the engine needs them."""

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from runwire.domain.graph import GraphInfo
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
