"""The graphs that benchmarks run."""

import asyncio
import time
from typing import Any, TypedDict

from runwire import Context, Graph


class Count(TypedDict):
    """A number to change."""

    n: int


three_nodes = Graph("three_nodes", state=Count)


@three_nodes.node
async def first(state: Count) -> dict[str, Any]:
    """Do next to nothing."""
    return {"n": state["n"] + 1}


@three_nodes.node
async def second(state: Count) -> dict[str, Any]:
    """Do next to nothing."""
    return {"n": state["n"] + 1}


@three_nodes.node
async def third(state: Count) -> dict[str, Any]:
    """Do next to nothing."""
    return {"n": state["n"] + 1}


three_nodes.edge("first", "second")
three_nodes.edge("second", "third")


class Emit(TypedDict):
    """How much to emit."""

    count: int
    every_seconds: float


emitter = Graph("emitter", state=Emit)


@emitter.node
async def emit(state: Emit, context: Context) -> dict[str, Any]:
    """Emit events, each with the time it was emitted."""
    for number in range(state["count"]):
        await context.emit("bench.event", {"number": number, "at": time.time()})
        if state["every_seconds"]:
            await asyncio.sleep(state["every_seconds"])
    return {}


graphs = [three_nodes, emitter]
