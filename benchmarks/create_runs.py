"""Durable three-node runs: from CreateRun until a watcher of its own has seen `ended`."""

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import uvloop
from _setting import OPTIONS, Running, machine, middle, percentile, server, write
from grpc import aio

from runwire.v1 import payload_pb2, run_pb2
from runwire.v1 import run_service_pb2 as wire
from runwire.v1.run_service_pb2_grpc import RunServiceStub

SPEC = run_pb2.RunSpec(graph_id="three_nodes", input=payload_pb2.Payload(data=b'{"n":1}'))


@dataclass
class Round:
    """What one round has shown."""

    runs_a_second: float
    milliseconds: list[float]
    server_us_a_run: float
    client_us_a_run: float


async def create_then_watch(stub: Any) -> None:
    """Create a run and watch it, in two calls."""
    created = await stub.CreateRun(wire.CreateRunRequest(spec=SPEC))
    async for message in stub.WatchRun(wire.WatchRunRequest(run_id=created.run.run_id)):
        if message.WhichOneof("message") == "ended":
            return
    raise RuntimeError("the watch ended before the run")


async def create_and_watch(stub: Any) -> None:
    """Create a run and watch it, in one call."""
    async for message in stub.CreateAndWatchRun(wire.CreateAndWatchRunRequest(spec=SPEC)):
        if message.WhichOneof("message") == "ended":
            return
    raise RuntimeError("the watch ended before the run")


async def measure(
    running: Running,
    work: Callable[[Any], Awaitable[None]],
    concurrency: int,
    seconds: float,
) -> Round:
    """Do the work again and again for some seconds, so many at the same time."""
    async with aio.insecure_channel(running.address, options=OPTIONS) as channel:
        stub: Any = RunServiceStub(channel)
        for _ in range(20):
            await work(stub)
        taken: list[float] = []
        server_cpu, client_cpu = running.cpu_seconds(), time.process_time()
        began = time.perf_counter()
        end = began + seconds

        async def caller() -> None:
            while (start := time.perf_counter()) < end:
                await work(stub)
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
        "CreateRun, WatchRun to `ended`": create_then_watch,
        "CreateAndWatchRun to `ended`": create_and_watch,
    }
    for name, work in shapes.items():
        for concurrency in (1, 64):
            found = []
            for _ in range(rounds):
                with server() as running:
                    found.append(await measure(running, work, concurrency, seconds))
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
