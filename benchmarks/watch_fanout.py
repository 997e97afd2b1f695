"""How fast one watcher reads history, and how soon a thousand watchers hear of an event."""

import argparse
import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import uvloop
from _setting import OPTIONS, Running, machine, middle, percentile, server, write
from grpc import aio

from runwire.v1 import payload_pb2, run_pb2
from runwire.v1 import run_service_pb2 as wire
from runwire.v1.run_service_pb2_grpc import RunServiceStub

HISTORY_EVENTS = 200_000
WATCHERS = 1_000
TICKS = 20
TICK_SECONDS = 0.5


async def emitted(stub: Any, count: int, every_seconds: float) -> str:
    """Create a run that emits events and return its id."""
    data = json.dumps({"count": count, "every_seconds": every_seconds}).encode()
    spec = run_pb2.RunSpec(graph_id="emitter", input=payload_pb2.Payload(data=data))
    return (await stub.CreateRun(wire.CreateRunRequest(spec=spec))).run.run_id


async def history(running: Running, channel: aio.Channel) -> float:
    """Return how many events a second one watcher reads of a run that has ended."""
    stub: Any = RunServiceStub(channel)
    run_id = await emitted(stub, HISTORY_EVENTS, 0)
    while (await stub.WaitRun(wire.WaitRunRequest(run_id=run_id))).run.last_sequence < 1:
        pass
    run = (await stub.WaitRun(wire.WaitRunRequest(run_id=run_id))).run
    while run.status != run_pb2.RUN_STATUS_SUCCEEDED:
        run = (await stub.WaitRun(wire.WaitRunRequest(run_id=run_id))).run
    began = time.perf_counter()
    count = 0
    async for message in stub.WatchRun(wire.WatchRunRequest(run_id=run_id)):
        count += len(message.batch.events)
    if count != run.last_sequence:
        raise RuntimeError(f"{count} events of {run.last_sequence}")
    return count / (time.perf_counter() - began)


async def fan_out(running: Running, channel: aio.Channel) -> list[float]:
    """Return the milliseconds from an event to each of a thousand watchers of one run."""
    stub: Any = RunServiceStub(channel)
    run_id = await emitted(stub, TICKS, TICK_SECONDS)
    late: list[float] = []
    live = asyncio.Semaphore(0)

    async def watcher() -> None:
        request = wire.WatchRunRequest(run_id=run_id)
        async for message in stub.WatchRun(request):
            heard = time.time()
            if message.HasField("started"):
                live.release()
            for event in message.batch.events:
                if event.HasField("custom"):
                    emitted_at = json.loads(event.custom.payload.data)["at"]
                    late.append((heard - emitted_at) * 1000)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(WATCHERS):
            tasks.create_task(watcher())
        for _ in range(WATCHERS):
            await live.acquire()
        late.clear()  # What was emitted while watchers came is history, not news.
    return late


async def rounds_of(
    rounds: int, work: Callable[[Running, aio.Channel], Awaitable[list[float] | float]]
) -> list[list[float] | float]:
    """Do the work some rounds, each with a server of its own."""
    found = []
    for _ in range(rounds):
        with server() as running:
            async with aio.insecure_channel(running.address, options=OPTIONS) as channel:
                found.append(await work(running, channel))
    return found


async def main(rounds: int) -> None:
    """Measure both."""
    read = [r for r in await rounds_of(rounds, history) if isinstance(r, float)]
    late = [r for r in await rounds_of(rounds, fan_out) if isinstance(r, list)]
    write(
        "Watching",
        [
            f"{machine()}. Medians [range] of {rounds} rounds.",
            "",
            "| what | figure |",
            "| --- | --- |",
            f"| one watcher, {HISTORY_EVENTS:,} events of history | {middle(read)} events/s |",
            f"| {WATCHERS:,} watchers of one run, event to watcher, p50 "
            f"| {middle([percentile(r, 50) for r in late])} ms |",
            f"| the same, p99 | {middle([percentile(r, 99) for r in late])} ms |",
        ],
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    uvloop.run(main(options.rounds))
