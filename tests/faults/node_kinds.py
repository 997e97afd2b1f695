"""Graphs with one node of every kind; each notes what it does in an append-only ledger.

A line of the ledger: the run, a word, and the time; it is written by one call, so that lines of
several threads and processes never mix.
"""

import asyncio
import contextlib
import hashlib
import os
import sys
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any, TypedDict

from runwire import Context, Graph

TICK_SECONDS = 0.005


class Work(TypedDict):
    ledger: str
    seconds: float


def note(ledger: str, context: Context, word: str) -> None:
    """Add a line to the ledger."""
    file = os.open(ledger, os.O_WRONLY | os.O_APPEND)
    try:
        os.write(file, f"{context.run_id} {word} {time.time()}\n".encode())
    finally:
        os.close(file)


def begins(state: Work, context: Context) -> float:
    """Note that a node begins; return when it shall end."""
    note(state["ledger"], context, "begin")
    return time.monotonic() + state["seconds"]


async def waits(state: Work, context: Context) -> dict[str, Any]:
    until = begins(state, context)
    while time.monotonic() < until:
        note(state["ledger"], context, "tick")
        await asyncio.sleep(TICK_SECONDS)
    return {}


def on_a_thread(state: Work, context: Context) -> dict[str, Any]:
    until = begins(state, context)
    while time.monotonic() < until:
        note(state["ledger"], context, "tick")
        time.sleep(TICK_SECONDS)
    return {}


def looks_whether_cancelled(state: Work, context: Context) -> dict[str, Any]:
    until = begins(state, context)
    while time.monotonic() < until and not context.cancelled:
        note(state["ledger"], context, "tick")
        time.sleep(TICK_SECONDS)
    return {}


async def generates(state: Work, context: Context) -> AsyncIterator[dict[str, Any]]:
    until = begins(state, context)
    while time.monotonic() < until:
        note(state["ledger"], context, "tick")
        yield {}
        await asyncio.sleep(TICK_SECONDS)


def generates_on_a_thread(state: Work, context: Context) -> Iterator[dict[str, Any]]:
    until = begins(state, context)
    while time.monotonic() < until:
        note(state["ledger"], context, "tick")
        yield {}
        time.sleep(TICK_SECONDS)


async def ignores_cancellation(state: Work, context: Context) -> dict[str, Any]:
    until = begins(state, context)
    while time.monotonic() < until:
        with contextlib.suppress(asyncio.CancelledError):
            note(state["ledger"], context, "tick")
            await asyncio.sleep(TICK_SECONDS)
    return {}


def sleeps_in_c(state: Work, context: Context) -> dict[str, Any]:
    begins(state, context)
    time.sleep(state["seconds"])
    note(state["ledger"], context, "tick")
    return {}


def hashes_in_c(state: Work, context: Context) -> dict[str, Any]:
    until = begins(state, context)
    while time.monotonic() < until:
        hashlib.pbkdf2_hmac("sha256", b"x", b"y", 20_000)
    note(state["ledger"], context, "tick")
    return {}


async def blocks_the_loop(state: Work, context: Context) -> dict[str, Any]:
    begins(state, context)
    time.sleep(state["seconds"])  # noqa: ASYNC251 - it blocks its loop on purpose
    note(state["ledger"], context, "tick")
    return {}


async def keeps_the_interpreter_busy(state: Work, context: Context) -> dict[str, Any]:
    until = begins(state, context)
    while time.monotonic() < until:
        sum(range(1000))
    return {}


async def holds_the_interpreter(state: Work, context: Context) -> dict[str, Any]:
    until = begins(state, context)
    pace = _additions_a_second()
    while (left := until - time.monotonic()) > 0:
        sum(range(int(pace * left) + 1000))  # one call into C that lets no other thread run
    return {}


def _additions_a_second() -> float:
    began = time.perf_counter()
    sum(range(1_000_000))
    return 1_000_000 / (time.perf_counter() - began)


CHILD = """
import os, sys, time
ledger, run_id, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
file, until = os.open(ledger, os.O_WRONLY | os.O_APPEND), time.monotonic() + seconds
while time.monotonic() < until:
    os.write(file, f"{run_id} tick {time.time()}\\n".encode())
    time.sleep(0.005)
"""


async def starts_a_process(state: Work, context: Context) -> dict[str, Any]:
    begins(state, context)
    words = (state["ledger"], context.run_id, str(state["seconds"]))
    child = await asyncio.create_subprocess_exec(sys.executable, "-S", "-E", "-c", CHILD, *words)
    try:
        await child.wait()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    return {}


async def afterwards(state: Work, context: Context) -> dict[str, Any]:
    note(state["ledger"], context, "afterwards")
    return {}


KINDS = {
    function.__name__: function
    for function in (
        waits,
        on_a_thread,
        looks_whether_cancelled,
        generates,
        generates_on_a_thread,
        ignores_cancellation,
        sleeps_in_c,
        hashes_in_c,
        blocks_the_loop,
        keeps_the_interpreter_busy,
        holds_the_interpreter,
        starts_a_process,
    )
}


def _graph(name: str) -> Graph:
    graph = Graph(name, state=Work)
    graph.node(KINDS[name])
    graph.node(afterwards)
    graph.edge(name, "afterwards")
    return graph


graphs = [_graph(name) for name in KINDS]
