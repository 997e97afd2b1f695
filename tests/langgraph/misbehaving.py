"""Graphs of LangGraph whose authors were careless, or hostile."""

import asyncio
import threading
from typing import Any, TypedDict

from langgraph.config import get_stream_writer
from langgraph.graph import START, StateGraph


class Given(TypedDict, total=False):
    n: int
    value: Any


class Unusual(BaseException):
    """What is no Exception."""


def _of(node: Any) -> Any:
    builder = StateGraph(Given)
    builder.add_node("node", node)
    builder.add_edge(START, "node")
    return builder.compile()


async def _exit(_: Given) -> Given:
    raise SystemExit("out of here")


def _exit_on_a_thread(_: Given) -> Given:
    raise SystemExit("out of here")


async def _interrupt_by_key(_: Given) -> Given:
    raise KeyboardInterrupt


async def _unusual(_: Given) -> Given:
    raise Unusual("a\0b")


async def _cancel_itself(_: Given) -> Given:
    raise asyncio.CancelledError("by itself")


async def _lock(_: Given) -> Given:
    return {"value": threading.Lock()}


async def _hold_a_secret(_: Given) -> Given:
    password = "local and secret"  # noqa: S105 - it is what may not be told
    raise ValueError(f"the password has {len(password)} characters")


async def _name(given: Given) -> Given:
    """Execute a graph with a node of a given name, inside another."""
    name = str(given["value"]).encode().decode("unicode_escape")
    inner = StateGraph(Given)
    inner.add_node(name, lambda _: {"n": 1})
    inner.add_edge(START, name)
    outer = StateGraph(Given)
    outer.add_node(name, inner.compile())
    outer.add_edge(START, name)
    await outer.compile().ainvoke(given)
    return {"n": 1}


async def _chatter(_: Given) -> Given:
    write = get_stream_writer()
    for number in range(5000):
        write({"number": number})
    return {"n": 1}


def _sink(given: Given) -> Any:
    return sinking.invoke(given)


def _leaving() -> Any:
    builder = StateGraph(Given)
    builder.add_node("node", lambda given: given)
    builder.add_edge(START, "node")
    builder.add_conditional_edges("node", _exit_on_a_thread)
    return builder.compile()


leaving = _leaving()
exits, exits_on_a_thread, keyed = _of(_exit), _of(_exit_on_a_thread), _of(_interrupt_by_key)
unusual, cancelling, locked = _of(_unusual), _of(_cancel_itself), _of(_lock)
secretive, chatty, sinking = _of(_hold_a_secret), _of(_chatter), _of(_sink)
naming = _of(_name)
