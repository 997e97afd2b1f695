"""A server's parts in this process, with graphs of LangGraph, driven without any transport."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.conftest import now, settings_in

from runwire.app.new_ids import NewIds
from runwire.app.runs import NewRun
from runwire.app.watch import Batch, Ended
from runwire.assembly import Parts, assemble
from runwire.bus.memory import MemoryBus
from runwire.domain.payload import Payload
from runwire.domain.run import Run, RunId
from runwire.domain.run_options import RunOptions
from runwire.domain.thread import Thread, ThreadEntry, ThreadId
from runwire.domain.thread_ports import GraphStates
from runwire.engine.registry import Registry
from runwire.graph_states import graph_states
from runwire.langgraph.describing import info_of
from runwire.langgraph.graph import LangGraph
from runwire.langgraph.sources import FixedSource
from runwire.langgraph.store import store_of
from runwire.rpc.convert_events import encode_events
from runwire.spans import Tracer
from runwire.stores.database import Database, open_database
from runwire.v1 import event_pb2

PATIENCE = 20


@dataclass
class Happened:
    """The run as it ended, or as it was left, and all its events."""

    run: Run
    events: list[event_pb2.RunEvent] = field(default_factory=list)

    def told(self, channel: str = "") -> list[Any]:
        """What was streamed: (name, data), or the data of one name."""
        chunks = [
            (each.output_chunk.channel, json.loads(each.output_chunk.payload.data))
            for each in self.events
            if each.HasField("output_chunk")
        ]
        return [data for name, data in chunks if name == channel] if channel else chunks

    @property
    def output(self) -> Any:
        assert self.run.output is not None, self.run.error
        return json.loads(self.run.output.data)

    @property
    def kinds(self) -> list[str]:
        return [str(each.WhichOneof("detail")) for each in self.events]


@dataclass
class Served:
    parts: Parts
    database: Database
    states: GraphStates

    async def create(
        self,
        graph_id: str,
        given: Any = None,
        *,
        thread_id: str = "",
        on_thread: str = "",
        namespace: str = "default",
        timeout_seconds: float | None = None,
        **options: Any,
    ) -> RunId:
        """Queue a run; ``on_thread`` is a thread that is made if it is not there."""
        entry = ThreadEntry(thread_id=ThreadId(on_thread), metadata={"graph_id": graph_id})
        new = NewRun(
            graph_id=graph_id,
            input=Payload(json.dumps(given).encode()),
            thread_id=on_thread or thread_id,
            thread=entry if on_thread else None,
            run_id=(namespace + "/" if namespace != "default" else "") + str(uuid4()),
            namespace=namespace,
            timeout_seconds=timeout_seconds,
            options=RunOptions(**options),
        )
        return (await self.parts.runs.create(new)).run.run_id

    async def thread(self, thread_id: str) -> Thread:
        return await self.parts.threading.threads.get(ThreadId(thread_id))

    async def follow(self, run_id: RunId) -> AsyncIterator[event_pb2.RunEvent]:
        async for message in self.parts.watch.watch(run_id):
            if isinstance(message, Batch):
                for event in event_pb2.RunEventBatch.FromString(message.body).events:
                    yield event
            elif isinstance(message, Ended):
                return

    async def ended(self, run_id: RunId) -> Happened:
        """Wait until a run ends."""
        async with asyncio.timeout(PATIENCE):
            events = [event async for event in self.follow(run_id)]
        return Happened(await self.parts.runs.get(run_id), events)

    async def until(self, run_id: RunId, channel: str) -> Happened:
        """Wait until a run has told something."""
        events = []
        async with asyncio.timeout(PATIENCE):
            async for event in self.follow(run_id):
                events.append(event)
                if event.output_chunk.channel == channel:
                    break
        return Happened(await self.parts.runs.get(run_id), events)

    async def run(self, graph_id: str, given: Any = None, **options: Any) -> Happened:
        """Queue a run and wait until it ends."""
        return await self.ended(await self.create(graph_id, given, **options))


@asynccontextmanager
async def serving(
    directory: Path, graphs: Mapping[str, Any], *, url: str = "", tracer: Tracer | None = None
) -> AsyncIterator[Served]:
    """A server's parts at work."""
    settings = settings_in(directory, graphs={}, **({"database_url": url} if url else {}))
    registry, bus = Registry(), MemoryBus()
    for graph_id, graph in graphs.items():
        source = FixedSource(graph, graph_id=graph_id)
        registry.host(LangGraph(source, info_of(source, source.fixed), new_store=store_of))
    (directory / "data").mkdir(exist_ok=True)
    async with (
        open_database(
            settings.database_url, now=now, encode=encode_events, wake_all=bus.wake_all
        ) as database,
        graph_states(registry, database) as states,
    ):
        parts = await assemble(
            settings, database, bus, registry, NewIds(now), tracer, graph_states=states
        )
        assert parts.worker is not None
        loops = [parts.worker.run(), parts.sweeper.run(), parts.gatekeeper.run()]
        async with _running(loops):
            yield Served(parts, database, states)


@asynccontextmanager
async def _running(loops: Iterable[Any]) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as tasks:
        begun = [tasks.create_task(loop) for loop in loops]
        try:
            yield
        finally:
            for task in begun:
                task.cancel()
