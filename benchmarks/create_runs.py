"""Durable three-node runs: from CreateRun until a watcher of its own has seen `ended`."""

import argparse
import asyncio
import statistics
import time
from collections.abc import AsyncIterable, Awaitable, Callable
from dataclasses import dataclass

import uvloop
from _setting import OPTIONS, Running, machine, middle, percentile, server, write
from grpc import aio

from runwire.v1 import payload_pb2, run_pb2
from runwire.v1 import run_service_pb2 as wire

SPEC = run_pb2.RunSpec(graph_id="three_nodes", input=payload_pb2.Payload(data=b'{"n":1}'))
CREATE = wire.CreateRunRequest(spec=SPEC).SerializeToString()
CREATE_AND_WATCH = wire.CreateAndWatchRunRequest(spec=SPEC).SerializeToString()
ENDED = wire.WatchRunResponse.ENDED_FIELD_NUMBER << 3 | 2


@dataclass
class Round:
    """What one round has shown."""

    runs_a_second: float
    milliseconds: list[float]
    server_us_a_run: float
    client_us_a_run: float


class Caller:
    """Sends prepared bytes, looks at answers no closer than it must: it shares the cores."""

    def __init__(self, channel: aio.Channel) -> None:
        service = "/runwire.v1.RunService"
        self._create = channel.unary_unary(f"{service}/CreateRun")
        self._watch = channel.unary_stream(f"{service}/WatchRun")
        self._create_and_watch = channel.unary_stream(f"{service}/CreateAndWatchRun")

    async def create_then_watch(self) -> None:
        """Create a run and watch it, in two calls."""
        created = wire.CreateRunResponse.FromString(await self._create(CREATE))
        request = wire.WatchRunRequest(run_id=created.run.run_id).SerializeToString()
        await _until_ended(self._watch(request))

    async def create_and_watch(self) -> None:
        """Create a run and watch it, in one call."""
        await _until_ended(self._create_and_watch(CREATE_AND_WATCH))


async def _until_ended(messages: AsyncIterable[bytes]) -> None:
    async for message in messages:
        # Field 1, a varint, comes first; the tag behind it tells which message this is.
        place = next(place for place in range(1, len(message)) if message[place] < 0x80)
        if message[place + 1] == ENDED:
            return
    raise RuntimeError("the watch ended before the run")


async def measure(
    running: Running,
    shape: str,
    concurrency: int,
    seconds: float,
) -> Round:
    """Do the work again and again for some seconds, so many at the same time."""
    async with aio.insecure_channel(running.address, options=OPTIONS) as channel:
        work: Callable[[], Awaitable[None]] = getattr(Caller(channel), shape)
        for _ in range(20):
            await work()
        taken: list[float] = []
        server_cpu, client_cpu = running.cpu_seconds(), time.process_time()
        began = time.perf_counter()
        end = began + seconds

        async def caller() -> None:
            while (start := time.perf_counter()) < end:
                await work()
                taken.append((time.perf_counter() - start) * 1000)

        async with asyncio.TaskGroup() as tasks:
            for _ in range(concurrency):
                tasks.create_task(caller())
        lasted = time.perf_counter() - began
        return Round(
            runs_a_second=len(taken) / lasted,
            milliseconds=taken,
            server_us_a_run=(running.cpu_seconds() - server_cpu) / len(taken) * 1e6,
            client_us_a_run=(time.process_time() - client_cpu) / len(taken) * 1e6,
        )


async def main(rounds: int, seconds: float) -> None:
    """Measure every shape at every concurrency, each round on a database of its own."""
    lines = [
        f"{machine()}. Medians [range] of {rounds} rounds of {seconds:g} s.",
        "",
        "| work | at once | runs/s | p50 ms | p99 ms | server CPU µs a run | client CPU µs a run |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    shapes = {
        "CreateRun, WatchRun to `ended`": "create_then_watch",
        "CreateAndWatchRun to `ended`": "create_and_watch",
    }
    for name, shape in shapes.items():
        for concurrency in (1, 64):
            found = []
            for _ in range(rounds):
                with server() as running:
                    found.append(await measure(running, shape, concurrency, seconds))
            lines.append(
                f"| {name} | {concurrency} | {middle([r.runs_a_second for r in found])} "
                f"| {middle([statistics.median(r.milliseconds) for r in found])} "
                f"| {middle([percentile(r.milliseconds, 99) for r in found])} "
                f"| {middle([r.server_us_a_run for r in found])} "
                f"| {middle([r.client_us_a_run for r in found])} |"
            )
    write("Three-node runs", lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0)
    options = parser.parse_args()
    uvloop.run(main(options.rounds, options.seconds))
