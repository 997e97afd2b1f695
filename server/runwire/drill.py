"""The graph that `runwire drill` runs on a deployment: host it as `runwire.drill:graph`.

Its nodes have an effect each, told as an event that says which attempt had it; then they take time,
so that there is somebody to kill. Async nodes and plain ones take turns.
"""

import asyncio
import operator
import os
import platform
import time
from typing import Annotated, Any, Final, NotRequired, TypedDict

from runwire import Context, Graph, SyncContext

GRAPH_ID: Final = "runwire_drill"
EFFECT: Final = "runwire.drill.effect"
NODES: Final = ("wait_on_loop", "wait_on_thread")


class Drill(TypedDict):
    """How many steps to take, how long each; and which were taken."""

    steps: int
    seconds: float
    done: NotRequired[Annotated[list[int], operator.add]]


graph = Graph(GRAPH_ID, state=Drill, description="Takes steps that can be interfered with.")


@graph.node(name=NODES[0], goto=NODES)
async def wait_on_loop(state: Drill, context: Context) -> dict[str, Any]:
    """Have an effect, and take time on the loop of nodes."""
    await context.emit(EFFECT, effect(context.attempt))
    await asyncio.sleep(state["seconds"])
    return taken(state, NODES[1])


@graph.node(name=NODES[1], goto=NODES)
def wait_on_thread(state: Drill, context: SyncContext) -> dict[str, Any]:
    """Have an effect, and take time on a thread."""
    context.emit(EFFECT, effect(context.attempt))
    time.sleep(state["seconds"])
    return taken(state, NODES[0])


def effect(attempt: int) -> dict[str, Any]:
    """Return what is told of an effect."""
    return {"attempt": attempt, "process": f"{platform.node()}/{os.getpid()}"}


def taken(state: Drill, following: str) -> dict[str, Any]:
    """Return the update after a step, and where to go if there are more."""
    number = len(state.get("done", [])) + 1
    update: dict[str, Any] = {"done": [number]}
    if number < state["steps"]:
        update["__next_node__"] = following
    return update
