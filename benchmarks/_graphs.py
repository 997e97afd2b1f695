"""The graphs that benchmarks run."""

import asyncio
import time
from itertools import pairwise
from typing import Any, TypedDict

from runwire import Context, Graph


class Count(TypedDict):
    """A number to change."""

    n: int


def chain(graph_id: str, *names: str) -> Graph:
    """Return a graph of nodes, one after another, that do next to nothing."""
    graph = Graph(graph_id, state=Count)

    async def add(state: Count) -> dict[str, Any]:
        return {"n": state["n"] + 1}

    for name in names:
        graph.node(add, name=name)
    for here, there in pairwise(names):
        graph.edge(here, there)
    return graph


three_nodes = chain("three_nodes", "first", "second", "third")
five_nodes = chain("five_nodes", "first", "second", "third", "fourth", "fifth")


class Work(TypedDict):
    """How long to compute, in rounds of arithmetic."""

    n: int


burner = Graph("burner", state=Work)


@burner.node
def burn(state: Work) -> dict[str, Any]:
    """Keep a core busy."""
    total = 0
    for number in range(state["n"]):
        total += number * number % 7
    return {"n": total}


class Emit(TypedDict):
    """How many events to emit, so many each time, and how long to wait in between."""

    count: int
    at_once: int
    every_seconds: float


emitter = Graph("emitter", state=Emit)


@emitter.node
async def emit(state: Emit, context: Context) -> dict[str, Any]:
    """Emit events, each with the time it was emitted."""
    began = time.monotonic()
    for number in range(state["count"]):
        await context.emit("bench.event", {"number": number, "at": time.time()})
        if state["every_seconds"] and (number + 1) % state["at_once"] == 0:
            turns = (number + 1) // state["at_once"]
            await asyncio.sleep(began + turns * state["every_seconds"] - time.monotonic())
    return {}


talker = Graph("talker", state=Emit)


@talker.node
async def talk(state: Emit, context: Context) -> dict[str, Any]:
    """Write tokens as a language model would, each with the time it was written."""
    began = time.monotonic()
    for number in range(state["count"]):
        await context.write("tokens", {"number": number, "at": time.time()})
        if (number + 1) % state["at_once"] == 0:
            turns = (number + 1) // state["at_once"]
            await asyncio.sleep(began + turns * state["every_seconds"] - time.monotonic())
    return {}


graphs = [three_nodes, five_nodes, burner, emitter, talker]
