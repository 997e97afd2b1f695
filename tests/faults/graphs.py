"""Graphs for fault tests: their effects are in the ledger, their time is in the tests' hands."""

import asyncio
import operator
import os
import time
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, NotRequired, TypedDict

from tests.faults.ledger import note

from runwire import Context, Graph, SyncContext

NODES = ("one", "two", "three", "four", "five")
LOOK_SECONDS = 0.05


class Work(TypedDict):
    ledger: str
    seconds: float
    done: NotRequired[Annotated[list[str], operator.add]]


async def work(state: Work, context: Context) -> dict[str, Any]:
    """Note the effect, tell who is at it, and take some time."""
    note(state["ledger"], context, "begin")
    await context.emit("test.effect", {"pid": os.getpid(), "attempt": context.attempt})
    await asyncio.sleep(state["seconds"])
    note(state["ledger"], context, "end")
    return {"done": [context.node]}


def work_on_thread(state: Work, context: SyncContext) -> dict[str, Any]:
    """Do the same where nobody can interrupt it."""
    note(state["ledger"], context, "begin")
    context.emit("test.effect", {"pid": os.getpid(), "attempt": context.attempt})
    time.sleep(state["seconds"])
    note(state["ledger"], context, "end")
    return {"done": [context.node]}


five = Graph("five", state=Work)
for _number, _name in enumerate(NODES):
    five.node(name=_name)(work_on_thread if _number % 2 else work)
for _one, _next in pairwise(NODES):
    five.edge(_one, _next)


class Gate(TypedDict):
    gate: str
    every_seconds: NotRequired[float]
    passed: NotRequired[int]


def is_open(gate: str) -> bool:
    return Path(gate).exists()


stream = Graph("stream", state=Gate)


@stream.node
async def tell(state: Gate, context: Context) -> dict[str, Any]:
    """Tell numbers, as events and as output, until a file is there."""
    number = 0
    while not is_open(state["gate"]):
        await context.emit("test.number", {"number": number, "attempt": context.attempt})
        await context.write("numbers", number)
        number += 1
        await asyncio.sleep(state.get("every_seconds", LOOK_SECONDS))
    return {"passed": number}


gated = Graph("gated", state=Gate)


@gated.node
async def wait(state: Gate) -> dict[str, Any]:
    """Wait until a file is there."""
    while not is_open(state["gate"]):
        await asyncio.sleep(LOOK_SECONDS)
    return {"passed": 1}


@gated.node
async def go(state: Gate) -> dict[str, Any]:
    return {"passed": state.get("passed", 0) + 1}


gated.edge("wait", "go")

graphs = [five, stream, gated]
