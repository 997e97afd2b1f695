"""Many watchers of runs, and when each heard of what."""

import asyncio
import json
import re
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Final

from _setting import OPTIONS
from _wire import WATCH, Connection, connected
from grpc import aio

from runwire.v1 import payload_pb2, run_pb2
from runwire.v1 import run_service_pb2 as wire
from runwire.v1.run_service_pb2_grpc import RunServiceStub

WATCHERS_OF_A_CONNECTION: Final = 250
CREATORS: Final = 32
_EMITTED: Final = re.compile(rb'"at": ?([0-9.]+)')


class Watchers:
    """Watches of runs over connections that cost little; `late` has a figure for every event."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._connections: list[Connection] = []
        self.late: list[float] = []
        """Milliseconds from an event to a watcher."""
        self.bytes = 0
        self._begun = asyncio.Semaphore(0)
        self._over = asyncio.Semaphore(0)

    async def __aenter__(self) -> "Watchers":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for connection in self._connections:
            connection.close()

    async def watch(self, run_ids: Sequence[str]) -> None:
        """Watch runs, and return when every stream is live."""
        for place, run_id in enumerate(run_ids):
            if place % WATCHERS_OF_A_CONNECTION == 0:
                self._connections.append(await connected(self._address))
            request = wire.WatchRunRequest(run_id=run_id).SerializeToString()
            self._connections[-1].call(WATCH, request, self._ended, self._listener())
        await self._all(self._begun, len(run_ids))

    async def ended(self, count: int) -> None:
        """Wait until so many watches are over, each with status 0."""
        await self._all(self._over, count)

    async def _all(self, what: asyncio.Semaphore, count: int) -> None:
        async with asyncio.TaskGroup() as tasks:

            async def fail(connection: Connection) -> None:
                await asyncio.shield(connection.lost)

            failing = [tasks.create_task(fail(one)) for one in self._connections]
            for _ in range(count):
                await what.acquire()
            for task in failing:
                task.cancel()

    def _listener(self) -> Callable[[bytes], None]:
        live, rest = False, b""

        def heard(payload: bytes) -> None:
            nonlocal live, rest
            now = time.time()
            self.bytes += len(payload)
            if not live:
                live = True
                self._begun.release()
            # An event may be cut in two by frames; its time is short and near its end.
            text = rest + payload
            end = 0
            for found in _EMITTED.finditer(text):
                end = found.end()
                if end < len(text):
                    self.late.append((now - float(found[1])) * 1000)
                else:
                    end = found.start()
            rest = text[max(end, len(text) - 64) :]

        return heard

    def _ended(self, _: bytes) -> None:
        self._over.release()


async def begin(address: str, count: int, graph_id: str, given: dict[str, Any]) -> list[str]:
    """Create runs and return their ids."""
    data = json.dumps(given).encode()
    spec = run_pb2.RunSpec(graph_id=graph_id, input=payload_pb2.Payload(data=data))
    ids: list[str] = []
    async with aio.insecure_channel(address, options=OPTIONS) as channel:
        stub: Any = RunServiceStub(channel)
        left = iter(range(count))

        async def create() -> None:
            for _ in left:
                answer = await stub.CreateRun(wire.CreateRunRequest(spec=spec))
                ids.append(answer.run.run_id)

        async with asyncio.TaskGroup() as tasks:
            for _ in range(min(CREATORS, count)):
                tasks.create_task(create())
    return ids


async def last_sequence(address: str, run_id: str) -> int:
    """Wait until a run has succeeded and return the number of its events."""
    async with aio.insecure_channel(address, options=OPTIONS) as channel:
        stub: Any = RunServiceStub(channel)
        while True:
            run = (await stub.WaitRun(wire.WaitRunRequest(run_id=run_id))).run
            if run.status == run_pb2.RUN_STATUS_SUCCEEDED:
                return int(run.last_sequence)
