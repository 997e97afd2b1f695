"""A LangGraph graph as the engine executes it, and as callers see it."""

from collections.abc import Callable
from typing import Final

from langgraph.store.base import BaseStore

from runwire.domain.graph import GraphInfo
from runwire.domain.run import Run
from runwire.domain.thread import ThreadChange
from runwire.domain.work import Claim
from runwire.engine.attempt import Execution
from runwire.engine.executor import Finished
from runwire.engine.hosted import LenientChecker
from runwire.engine.recorder import Recorder
from runwire.langgraph import protocol2, streaming
from runwire.langgraph.execution import execute, setting_of
from runwire.langgraph.leaving import left
from runwire.langgraph.parts import Streamer
from runwire.langgraph.source import Source

NewStore = Callable[[Execution, str], BaseStore | None]
"""Makes the store for nodes of a namespace's runs; on the loop of nodes."""

STREAMERS: Final[dict[int, Streamer]] = {1: streaming.stream, 2: protocol2.tell}
"""Who executes runs of which protocol."""


class LangGraph:
    """Implements `HostedGraph`."""

    def __init__(self, source: Source, info: GraphInfo, *, new_store: NewStore) -> None:
        self.source = source
        self._info = info
        self._new_store = new_store
        self._checker = LenientChecker(info)

    @property
    def info(self) -> GraphInfo:
        """What callers can know of it."""
        return self._info

    def check_input(self, data: bytes) -> None:
        """Refuse only what no graph could begin with."""
        self._checker.check_input(data)

    def check_update(self, data: bytes) -> None:
        """Refuse what is no JSON."""
        self._checker.check_update(data)

    async def execute(self, claim: Claim, recorder: Recorder, execution: Execution) -> Finished:
        """Execute a claimed run to its next stop."""
        options = claim.run.options
        streamer = STREAMERS[1 if options is None else options.protocol]
        setting = setting_of(
            claim,
            recorder,
            execution,
            source=self.source,
            streamer=streamer,
            store=self._new_store(execution, claim.run.namespace),
        )
        return await execute(setting)

    async def left(self, run: Run, execution: Execution) -> ThreadChange | None:
        """Return what a run leaves of its thread whose execution was cancelled."""
        store = self._new_store(execution, run.namespace)
        return await left(run, execution, source=self.source, store=store)
