"""Graphs that more than one process executes."""

import asyncio
import operator
import os
from pathlib import Path
from typing import Annotated, Any, NotRequired, TypedDict

from langgraph.config import get_stream_writer
from langgraph.graph import START, StateGraph
from langgraph.store.base import BaseStore
from langgraph.types import interrupt


class Walk(TypedDict):
    """Where a run has been, and which processes it has seen."""

    trail: Annotated[list[str], operator.add]
    ledger: NotRequired[str]
    pause: NotRequired[float]
    gates: NotRequired[str]
    answer: NotRequired[Any]


def _walker(name: str) -> Any:
    async def walk(state: Walk) -> dict[str, Any]:
        """Leave a line where a killed process cannot take it back, and take some time."""
        if state.get("ledger"):
            with Path(state["ledger"]).open("a") as lines:
                lines.write(f"{name} {os.getpid()}\n")
        writer = get_stream_writer()
        for step in range(4):
            writer({"node": name, "step": step})
            await asyncio.sleep(state.get("pause", 0))
        return {"trail": [name]}

    return walk


def _ask(_: Walk) -> dict[str, Any]:
    return {"trail": ["ask"], "answer": interrupt("well?")}


async def _count(_: Walk, *, store: BaseStore) -> dict[str, Any]:
    found = await store.aget(("counts",), "all")
    number = (found.value["n"] if found else 0) + 1
    await store.aput(("counts",), "all", {"n": number})
    return {"trail": [f"count {number}"]}


def _chain(**nodes: Any) -> Any:
    builder = StateGraph(Walk)
    builder.add_sequence(list(nodes.items()))
    builder.add_edge(START, next(iter(nodes)))
    return builder.compile()


async def _talk(state: Walk) -> dict[str, Any]:
    """Say a word; say the next one once somebody has heard it, who makes a file for each."""
    writer = get_stream_writer()
    for step in range(25):
        writer({"word": step})
        while not Path(state["gates"], str(step)).exists():  # noqa: ASYNC240 - no time at all
            await asyncio.sleep(0.001)
    return {"trail": ["talk"]}


walks = _chain(**{f"node_{number}": _walker(f"node_{number}") for number in range(5)})
asks = _chain(before=_walker("before"), ask=_ask, after=_walker("after"))
counts = _chain(count=_count)
talks = _chain(talk=_talk)


class Growth(TypedDict):
    """A state as large as is asked for."""

    mebibytes: int
    text: NotRequired[str]
    done: NotRequired[bool]


async def _grow(state: Growth) -> dict[str, Any]:
    return {"text": "x" * (state["mebibytes"] * 1024 * 1024)}


async def _finish(_: Growth) -> dict[str, Any]:
    return {"done": True}


_growing = StateGraph(Growth)
_growing.add_sequence([("grow", _grow), ("finish", _finish)])
_growing.add_edge(START, "grow")
grows = _growing.compile()
