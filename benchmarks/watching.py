"""How fast history is read, how soon watchers hear of an event, and what an idle one costs."""

import asyncio
import tempfile
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final, NamedTuple

import uvloop
from _figures import machine, middle, percentile, write
from _setting import OPTIONS, Options, Running, options_from, server
from _watchers import Watchers, begin, last_sequence
from grpc import aio

from runwire.v1 import run_service_pb2 as wire
from runwire.v1.run_service_pb2_grpc import RunServiceStub

Measure = Callable[[Running, Options], Coroutine[Any, Any, "Found"]]

HISTORY_EVENTS: Final = 200_000
WATCHERS: Final = 1_000
TALKERS: Final = 50
TOKENS_A_SECOND: Final = 1_000
IDLE: Final = 2_000
SETTLE_SECONDS: Final = 5.0
"""Long enough for what starting and connecting took to be given back."""


class Found(NamedTuple):
    """Figures by what they are called."""

    figures: dict[str, float]


async def read_history(address: str, run_id: str, expected: int) -> float:
    """Return how many events a second one watcher reads of a run that has ended."""
    async with aio.insecure_channel(address, options=OPTIONS) as channel:
        stub: Any = RunServiceStub(channel)
        began = time.perf_counter()
        count = 0
        async for message in stub.WatchRun(wire.WatchRunRequest(run_id=run_id)):
            count += len(message.batch.events)
        if count != expected:
            raise RuntimeError(f"{count} events of {expected}")
        return count / (time.perf_counter() - began)


async def history(how: Options) -> Found:
    """Write a long run, and read it again: at once, and when the server has been restarted."""
    count = HISTORY_EVENTS // 10 if how.quick else HISTORY_EVENTS
    given = {"count": count, "at_once": 1, "every_seconds": 0}
    with tempfile.TemporaryDirectory() as directory:
        with server(data_dir=Path(directory)) as running:
            (run_id,) = await begin(running.address, 1, "emitter", given)
            expected = await last_sequence(running.address, run_id)
            kept = await read_history(running.address, run_id, expected)
        with server(data_dir=Path(directory)) as running:
            stored = await read_history(running.address, run_id, expected)
    return Found({
        f"history of {HISTORY_EVENTS:,} events to one watcher, events/s": kept,
        "the same after a restart, from disk, events/s": stored,
    })  # fmt: skip


def late(name: str, watchers: Watchers, expected: int) -> dict[str, float]:
    """Return the percentiles of how late events came."""
    if len(watchers.late) < expected:
        raise RuntimeError(f"{name}: {len(watchers.late)} events of {expected} were heard")
    return {
        f"{name}, p50 ms": percentile(watchers.late, 50),
        f"{name}, p99 ms": percentile(watchers.late, 99),
    }


async def one_to_many(running: Running, how: Options) -> Found:
    """Let a thousand watch one run, which emits an event every half second."""
    ticks = 4 if how.quick else 20
    given = {"count": ticks + 10, "at_once": 1, "every_seconds": 0.5}
    (run_id,) = await begin(running.address, 1, "emitter", given)
    async with Watchers(running.address) as watchers:
        await watchers.watch([run_id] * WATCHERS)
        watchers.late.clear()  # What was emitted while watchers came is history, not news.
        await watchers.ended(WATCHERS)
        name = f"event of one run to {WATCHERS:,} watchers"
        return Found(late(name, watchers, ticks * WATCHERS))


async def many_to_many(running: Running, how: Options) -> Found:
    """Let a thousand runs be watched by one watcher each; each run emits once a second."""
    ticks = 3 if how.quick else 10
    given = {"count": ticks + 10, "at_once": 1, "every_seconds": 1.0}
    run_ids = await begin(running.address, WATCHERS, "emitter", given)
    async with Watchers(running.address) as watchers:
        await watchers.watch(run_ids)
        await asyncio.sleep(1)
        watchers.late.clear()
        await watchers.ended(WATCHERS)
        name = f"event of {WATCHERS:,} runs to {WATCHERS:,} watchers, {WATCHERS:,} events/s"
        return Found(late(name, watchers, ticks * WATCHERS))


async def tokens(running: Running, how: Options) -> Found:
    """Let fifty runs write tokens, ten every 10 ms, each with a watcher."""
    seconds = 2 if how.quick else 6
    count = TOKENS_A_SECOND * seconds
    given = {"count": count, "at_once": 10, "every_seconds": 10 / TOKENS_A_SECOND}
    began = time.perf_counter()
    run_ids = await begin(running.address, TALKERS, "talker", given)
    async with Watchers(running.address) as watchers:
        await watchers.watch(run_ids)
        await watchers.ended(TALKERS)
        lasted = time.perf_counter() - began
        name = f"token of {TALKERS} runs with {TOKENS_A_SECOND:,} deltas/s each"
        lost = count * TALKERS - len(watchers.late)
        return Found({
            f"{name}, delivered/s": len(watchers.late) / lasted,
            **late(name, watchers, 0),
            "the same, lost": lost,
        })  # fmt: skip


async def idle(running: Running, how: Options) -> Found:
    """Let two thousand watch runs in which nothing happens."""
    given = {"count": 1, "at_once": 1, "every_seconds": 3600}
    count = IDLE // 10 if how.quick else IDLE
    run_ids = await begin(running.address, 20, "emitter", given)
    async with Watchers(running.address) as watchers:
        await watchers.watch(run_ids)
        await asyncio.sleep(SETTLE_SECONDS)
        before, memory = running.cpu_seconds(), running.rss_bytes()
        await watchers.watch([run_ids[place % 20] for place in range(count)])
        await asyncio.sleep(SETTLE_SECONDS)
        each = (running.rss_bytes() - memory) / count
        before = running.cpu_seconds()
        await asyncio.sleep(SETTLE_SECONDS)
        cpu = (running.cpu_seconds() - before) / SETTLE_SECONDS
    return Found({
        f"memory of an idle watcher, of {IDLE:,}, KiB": each / 1024,
        f"CPU of {IDLE:,} idle watchers, share of a core": cpu * IDLE / count,
    })  # fmt: skip


def main(how: Options) -> None:
    """Measure all of it, every round on servers of their own."""
    found: dict[str, list[float]] = {}
    for _ in range(how.rounds):
        parts = [uvloop.run(history(how))]
        for measure in (one_to_many, many_to_many, tokens, idle):
            with server("--max-runs", str(WATCHERS), "--drain-seconds", "0") as running:
                parts.append(uvloop.run(measure(running, how)))
        for part in parts:
            for name, figure in part.figures.items():
                found.setdefault(name, []).append(figure)
    lines = [f"{machine()}. Medians [range] of {how.rounds} rounds.", "", "| what | figure |"]
    lines += ["| --- | --- |", *(f"| {name} | {middle(each)} |" for name, each in found.items())]
    write("Watching", lines)


if __name__ == "__main__":
    main(options_from(__doc__))
