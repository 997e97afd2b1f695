"""What only the code of graphs can say: their threads' states, and what updates make of these.

Everything happens on a loop of its own, on a thread of its own: authors' code (factories, reducers,
branches) may block, and then no other call of the server waits for it.
"""

import asyncio
import copy
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final, TypeVar

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.pregel import Pregel
from langgraph.types import StateUpdate

from runwire.domain.errors import Error, NotAllowed, NotFound, Unavailable, invalid
from runwire.domain.langgraph_auth import AUTHENTICATED
from runwire.domain.namespace import local_id, namespace_of
from runwire.domain.ports import Clock
from runwire.domain.thread import ThreadChange, ThreadStatus
from runwire.domain.thread_checkpoint import Saved
from runwire.domain.thread_ports import ThreadCheckpoints
from runwire.engine.faults import words
from runwire.engine.registry import Registry
from runwire.langgraph import describing
from runwire.langgraph.aside import Aside
from runwire.langgraph.collecting import Collected, CollectingSaver
from runwire.langgraph.configuring import auth_of, from_newest
from runwire.langgraph.given import command_of
from runwire.langgraph.graph import LangGraph
from runwire.langgraph.jsonable import dump, plain
from runwire.langgraph.saver import JournalSaver
from runwire.langgraph.snapshots import place_of, questions_of, thread_state
from runwire.langgraph.source import Access, Use
from runwire.langgraph.whole_threads import made_whole, names_of, threads_of

STATE_SECONDS: Final = 60.0
STOP_SECONDS: Final = 1.0

T = TypeVar("T")
Json = Mapping[str, Any]
Graph = Pregel[Any, Any, Any, Any]


class HostedStates:
    """Implements the port `GraphStates`. ``checkpoints`` may be used on any loop."""

    def __init__(self, registry: Registry, checkpoints: ThreadCheckpoints, now: Clock) -> None:
        self._registry = registry
        self._checkpoints = checkpoints
        self._now = now
        self._aside: Aside | None = None

    async def __aenter__(self) -> "HostedStates":
        return self

    async def __aexit__(self, *_: object) -> None:
        aside, self._aside = self._aside, None
        if aside is not None:
            await asyncio.to_thread(aside.stop, STOP_SECONDS)

    async def state(self, graph_id: str, configurable: Json, *, subgraphs: bool) -> Json:
        return await self._there(graph_id, self._state(graph_id, configurable, subgraphs))

    async def history(
        self,
        graph_id: str,
        configurable: Json,
        *,
        limit: int,
        before: Json | None,
        metadata: Json | None,
    ) -> Sequence[Json]:
        work = self._history(graph_id, configurable, limit=limit, before=before, metadata=metadata)
        return await self._there(graph_id, work)

    async def update(
        self,
        graph_id: str,
        configurable: Json,
        supersteps: Sequence[Sequence[Json]],
    ) -> tuple[Json, ThreadChange, Sequence[Saved]]:
        return await self._there(graph_id, self._update(graph_id, configurable, supersteps))

    async def drawing(self, graph_id: str, *, xray: bool | int) -> Json:
        async def drawn() -> Json:
            async with self._opened(graph_id, Use(access=Access.ASSISTANT)) as graph:
                return await describing.drawing(graph, xray=xray)

        return await self._there(graph_id, drawn())

    async def schemas(self, graph_id: str) -> Json:
        async def described() -> Json:
            async with self._opened(graph_id, Use(access=Access.ASSISTANT)) as graph:
                return describing.schemas(graph)

        return await self._there(graph_id, described())

    async def subgraphs(
        self, graph_id: str, *, within: str, recurse: bool
    ) -> Mapping[str, Mapping[str, Any]]:
        async def described() -> Mapping[str, Mapping[str, Any]]:
            async with self._opened(graph_id, Use(access=Access.ASSISTANT)) as graph:
                return await describing.subgraphs(graph, within=within, recurse=recurse)

        return await self._there(graph_id, described())

    async def _state(self, graph_id: str, configurable: Json, subgraphs: bool) -> Json:
        config = _config(graph_id, configurable)
        async with self._reading(graph_id, configurable, config) as graph:
            snapshot = await graph.aget_state(config, subgraphs=subgraphs)
        wanted = configurable.get("checkpoint_id")
        if wanted and snapshot.metadata is None:
            raise NotFound(
                f"thread {configurable['thread_id']} has no checkpoint {wanted}",
                reason="CHECKPOINT_NOT_FOUND",
                checkpoint_id=str(wanted),
            )
        return thread_state(snapshot)

    async def _history(
        self,
        graph_id: str,
        configurable: Json,
        *,
        limit: int,
        before: Json | None,
        metadata: Json | None,
    ) -> Sequence[Json]:
        config = _config(graph_id, configurable)
        async with self._reading(graph_id, configurable, config) as graph:
            found = graph.aget_state_history(
                config,
                filter=dict(metadata) if metadata else None,
                before=_before(configurable, before),
                limit=limit,
            )
            return [thread_state(snapshot) async for snapshot in found]

    async def _update(
        self, graph_id: str, configurable: Json, supersteps: Sequence[Sequence[Json]]
    ) -> tuple[Json, ThreadChange, Sequence[Saved]]:
        updates = [[_update_of(each) for each in step] for step in supersteps]
        config, collected = _config(graph_id, configurable), Collected()
        namespace = namespace_of(configurable["thread_id"])
        saver = CollectingSaver(threads_of(self._checkpoints, namespace), collected, now=self._now)
        use = Use(access=Access.UPDATE, config=config)
        async with self._opened(graph_id, use, saver) as graph:
            try:
                made = await graph.abulk_update_state(config, updates)
            except Exception as error:  # a graph's own code says what fits it
                raise invalid("values", f"the graph refuses the update: {words(error)}") from error
            snapshot = await graph.aget_state(from_newest(config))
        change = ThreadChange(
            status=ThreadStatus.INTERRUPTED if snapshot.next else ThreadStatus.IDLE,
            values=dump(snapshot.values),
            interrupts=questions_of(snapshot),
        )
        place = place_of(made) or {}
        return plain(place), change, made_whole(collected.saved, names_of(namespace))

    @asynccontextmanager
    async def _reading(
        self, graph_id: str, configurable: Json, config: RunnableConfig
    ) -> AsyncIterator[Graph]:
        namespace = namespace_of(configurable["thread_id"])
        saver = JournalSaver(threads_of(self._checkpoints, namespace), now=self._now)
        async with self._opened(graph_id, Use(access=Access.READ, config=config), saver) as graph:
            yield graph

    @asynccontextmanager
    async def _opened(
        self, graph_id: str, use: Use, saver: BaseCheckpointSaver[Any] | None = None
    ) -> AsyncIterator[Graph]:
        hosted = self._registry.hosted(graph_id)
        if not isinstance(hosted, LangGraph):
            self._registry.info(graph_id)  # raises NotFound where nobody knows it
            raise NotAllowed(
                f"the code of graph {graph_id} is not on this server, only in workers: start the"
                " server with the graph, too",
                reason="GRAPH_CODE_ELSEWHERE",
                graph_id=graph_id,
            )
        async with hosted.source.open(_theirs(use)) as graph:
            attached = copy.copy(graph)
            attached.checkpointer = saver
            yield attached

    async def _there(self, graph_id: str, work: Coroutine[Any, Any, T]) -> T:
        """Do work on the loop of states; what authors' code raises there is nobody's secret."""
        if self._aside is None:
            self._aside = Aside("runwire-states")
        try:
            return await self._aside.do(work, seconds=STATE_SECONDS)
        except TimeoutError as error:
            raise Unavailable(
                f"the code of graph {graph_id} did not answer within {STATE_SECONDS:g} s",
                reason="GRAPH_TOO_SLOW",
            ) from error
        except Error:
            raise
        except Exception as error:
            raise NotAllowed(
                f"the code of graph {graph_id} failed: {words(error)}", reason="GRAPH_FAILED"
            ) from error


def _theirs(use: Use) -> Use:
    """Return a use by who makes the call, where that is known."""
    user = AUTHENTICATED.get()
    if user is None:
        return use
    known = {**use.config.get("configurable", {}), **auth_of(user.fields)}
    return replace(use, user=user.fields, config={**use.config, "configurable": known})


def _config(graph_id: str, configurable: Json) -> RunnableConfig:
    named = {key: value for key, value in configurable.items() if value is not None}
    named["thread_id"] = local_id(named["thread_id"])
    return {"configurable": {"checkpoint_ns": "", **named, "graph_id": graph_id}}


def _before(configurable: Json, before: Json | None) -> RunnableConfig | None:
    if not before:
        return None
    named = before.get("configurable", before)
    checkpoint_id = named.get("checkpoint_id") if isinstance(named, Mapping) else None
    if not isinstance(checkpoint_id, str):
        raise invalid("before", "must name a checkpoint_id")
    thread_id = local_id(configurable["thread_id"])
    return {"configurable": {"thread_id": thread_id, "checkpoint_id": checkpoint_id}}


def _update_of(update: Json) -> StateUpdate:
    command = command_of(update.get("command"))
    values: Any = update.get("values") if command is None else command
    return StateUpdate(values=values, as_node=update.get("as_node"))
