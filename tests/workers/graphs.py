"""Graphs for workers that live elsewhere."""

import asyncio
import operator
import os
import signal
from pathlib import Path
from typing import Annotated, Any, NotRequired, TypedDict

from runwire import Context, Graph, SyncContext, tool


class Place(TypedDict):
    pid: NotRequired[int]


place = Graph("place", state=Place)


@place.node
async def tell(state: Place) -> dict[str, Any]:
    return {"pid": os.getpid()}


class Counting(TypedDict):
    ledger: str
    steps: int
    pause_seconds: float
    done: Annotated[list[int], operator.add]


counting = Graph("counting", state=Counting)


@counting.node
async def count(state: Counting, context: Context) -> dict[str, Any]:
    """Note who executes what, then go on until all steps are done."""
    number = len(state.get("done", []))
    with Path(state["ledger"]).open("a") as ledger:
        ledger.write(f"{os.getpid()} {context.effect_key}\n")
    await asyncio.sleep(state["pause_seconds"])
    update: dict[str, Any] = {"done": [number]}
    if number + 1 < state["steps"]:
        update["__next_node__"] = "count"
    return update


deadly = Graph("deadly")


@deadly.node
def end_the_process(state: dict[str, Any]) -> dict[str, Any]:
    marker = Path(state["marker"])
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return {"survived": True}


storing = Graph("storing")


@storing.node
async def store(state: dict[str, Any], context: Context) -> dict[str, Any]:
    saved = await context.artifacts.save("some.bin", bytes(state["size"]))
    again = await context.artifacts.load(saved.artifact_id)
    pieces = [len(piece) async for piece in context.artifacts.open(saved.artifact_id)]
    return {"artifact": saved.artifact_id, "read": len(again), "pieces": sum(pieces)}


@storing.node
def store_plainly(state: dict[str, Any], context: SyncContext) -> dict[str, Any]:
    saved = context.artifacts.save("plain.txt", "some text")
    return {"text": context.artifacts.load(saved.artifact_id).decode()}


storing.edge("store", "store_plainly")


class Shape(TypedDict):
    size: int


checked = Graph("checked", state=Shape)


@checked.node
async def grow(state: Shape) -> dict[str, Any]:
    return {"size": state["size"] + 1}


@tool
def shout(state: dict[str, Any], word: str) -> dict[str, Any]:
    """Say a word loudly."""
    return {"said": word.upper(), "pid": os.getpid()}


graphs = [place, counting, deadly, storing, checked]
