"""Graphs that make what a run's page has to show: they wait for nothing but answers and files."""

import asyncio
import operator
from pathlib import Path
from typing import Annotated, Any, NotRequired, TypedDict

from runwire import END, Context, Graph, interrupt

PART = 250


class Story(TypedDict):
    rounds: NotRequired[int]
    ask: NotRequired[bool]
    pause_seconds: NotRequired[float]
    drafts: NotRequired[Annotated[list[str], operator.add]]
    approved: NotRequired[bool]


story = Graph("story", state=Story)


@story.node
async def plan(state: Story, context: Context) -> dict[str, Any]:
    """Say what will be done."""
    await context.log("the plan is made", level="notice", chapters=2)
    return {}


@story.node
async def research(state: Story, context: Context) -> dict[str, Any]:
    """Tell how far it is."""
    for part in range(5):
        await context.progress((part + 1) / 5, f"source {part + 1} of 5")
        await asyncio.sleep(state.get("pause_seconds", 0.0))
    return {"drafts": ["sources"]}


@story.node(retries=2)
async def check_facts(state: Story, context: Context) -> dict[str, Any]:
    """Fail at first."""
    if context.attempt == 1:
        raise ConnectionError("the archive is closed")
    await context.emit("story.fact", {"checked": True})
    return {"drafts": ["facts"]}


@story.node
async def write(state: Story, context: Context) -> dict[str, Any]:
    """Write tokens, again in each round."""
    for word in f"Once upon a time, in round {context.visit}, there was a run.".split():
        await context.write("prose", f"{word} ")
        await asyncio.sleep(state.get("pause_seconds", 0.0) / 10)
    again = context.visit < state.get("rounds", 2)
    return {"drafts": [f"draft {context.visit}"], "__next_node__": "write" if again else "review"}


@story.node
async def review(state: Story, context: Context) -> dict[str, Any]:
    """Ask somebody, where that is wanted."""
    await context.log("looks long", level="warning", words=11)
    await context.artifacts.save("draft.txt", "\n".join(state.get("drafts", [])))
    if not state.get("ask"):
        return {"approved": True}
    schema = {"type": "object", "properties": {"approved": {"type": "boolean"}}}
    return {"approved": interrupt({"question": "Print it?"}, schema=schema)["approved"]}


story.edge("plan", "research")
story.edge("plan", "check_facts")
story.edge("research", "write")
story.edge("check_facts", "write")
story.edge("write", "review")
story.edge("review", END)


class Flood(TypedDict):
    count: int
    done: NotRequired[Annotated[list[int], operator.add]]


flood = Graph("flood", state=Flood)


@flood.node
async def pour(state: Flood, context: Context) -> dict[str, Any]:
    """Emit many events, some of them log lines; every one has its number."""
    for number in range(state["count"]):
        if number % 10 == 9:
            await context.log(f"drop {number}", level="warning" if number % 100 == 99 else "info")
        else:
            await context.emit("flood.drop", {"number": number, "even": number % 2 == 0})
    return {}


class Loop(TypedDict):
    turns: int


loop = Graph("loop", state=Loop, max_steps=20_000)


@loop.node
async def turn(state: Loop, context: Context) -> dict[str, Any]:
    """Go round until all turns are done."""
    return {"__next_node__": "turn"} if context.visit < state["turns"] else {}


class Tide(TypedDict):
    stop: str


tide = Graph("tide", state=Tide)


@tide.node
async def rise(state: Tide, context: Context) -> dict[str, Any]:
    """Emit numbered events until a file is there."""
    number = 0
    while not await asyncio.to_thread(Path(state["stop"]).exists):
        await context.emit("tide.wave", {"number": number, "attempt": context.attempt})
        number += 1
        await asyncio.sleep(0.01)
    return {}


graphs = [story, flood, loop, tide]
