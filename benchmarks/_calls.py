"""The calls that the throughput benchmarks make, and grpc.aio making them."""

import asyncio
import time
from collections.abc import AsyncIterable, Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

import uvloop
from _load import WARM_UP, Driven
from _setting import OPTIONS, server
from _wire import is_ended
from grpc import aio

from runwire.v1 import payload_pb2, run_pb2
from runwire.v1 import run_service_pb2 as wire

SPEC: Final = run_pb2.RunSpec(graph_id="three_nodes", input=payload_pb2.Payload(data=b'{"n":1}'))
CREATE: Final = wire.CreateRunRequest(spec=SPEC).SerializeToString()
CREATE_AND_WATCH: Final = wire.CreateAndWatchRunRequest(spec=SPEC).SerializeToString()


@dataclass(frozen=True)
class Shape:
    """A kind of work, and what its first call sends."""

    title: str
    request: bytes


SHAPES: Final = {
    "create": Shape("CreateRun", CREATE),
    "create_then_watch": Shape("CreateRun, WatchRun to `ended`", CREATE),
    "create_and_watch": Shape("CreateAndWatchRun to `ended`", CREATE_AND_WATCH),
}


class Caller:
    """Sends prepared bytes, looks at answers no closer than it must: it shares the cores."""

    def __init__(self, channel: aio.Channel) -> None:
        service = "/runwire.v1.RunService"
        self._create = channel.unary_unary(f"{service}/CreateRun")
        self._watch = channel.unary_stream(f"{service}/WatchRun")
        self._create_and_watch = channel.unary_stream(f"{service}/CreateAndWatchRun")

    async def create(self) -> list[bytes]:
        """Create a run."""
        return [await self._create(CREATE)]

    async def create_then_watch(self) -> list[bytes]:
        """Create a run and watch it, in two calls."""
        created = await self._create(CREATE)
        run_id = wire.CreateRunResponse.FromString(created).run.run_id
        return [created, *await self.watch(run_id)]

    async def create_and_watch(self) -> list[bytes]:
        """Create a run and watch it, in one call."""
        return await _until_ended(self._create_and_watch(CREATE_AND_WATCH))

    async def watch(self, run_id: str) -> list[bytes]:
        """Watch a run."""
        request = wire.WatchRunRequest(run_id=run_id).SerializeToString()
        return await _until_ended(self._watch(request))


def drive_with_grpc(
    address: str, shape: str, request: bytes, *, concurrency: int, seconds: float
) -> Driven:
    """Do the work with grpc.aio again and again for some seconds, so many at the same time."""

    async def drive() -> Driven:
        async with aio.insecure_channel(address, options=OPTIONS) as channel:
            return await _drive(getattr(Caller(channel), shape), concurrency, seconds)

    return uvloop.run(drive())


async def _drive(
    work: Callable[[], Awaitable[list[bytes]]], concurrency: int, seconds: float
) -> Driven:
    for _ in range(WARM_UP):
        await work()
    found = Driven()
    cpu, began = time.process_time(), time.perf_counter()

    async def caller() -> None:
        while (start := time.perf_counter()) < began + seconds:
            found.messages += len(await work())
            found.milliseconds.append((time.perf_counter() - start) * 1000)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(concurrency):
            tasks.create_task(caller())
    found.lasted = time.perf_counter() - began
    found.cpu_seconds = time.process_time() - cpu
    return found


async def _until_ended(messages: AsyncIterable[bytes]) -> list[bytes]:
    seen = []
    async for message in messages:
        seen.append(message)
        if is_ended(message):
            return seen
    raise RuntimeError("the watch ended before the run")


@cache
def answers() -> tuple[bytes, ...]:
    """Return what a real server answers: to CreateRun, and then to WatchRun, message by message."""

    async def ask(address: str) -> list[bytes]:
        async with aio.insecure_channel(address, options=OPTIONS) as channel:
            caller = Caller(channel)
            for _ in range(WARM_UP):
                found = await caller.create_then_watch()
            return found

    with server() as running:
        return tuple(uvloop.run(ask(running.address)))
