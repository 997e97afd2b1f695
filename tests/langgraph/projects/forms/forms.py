"""Every form in which authors give a graph, and some in which they cannot."""

import functools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.func import entrypoint
from langgraph.graph import START, StateGraph
from langgraph_sdk.runtime import ServerRuntime
from pydantic import BaseModel
from typing_extensions import TypedDict

CALLS: list[Any] = []
"""What factories were called with, and when those that clean up did so."""


class State(TypedDict):
    text: str


def greet(state: State) -> dict[str, str]:
    return {"text": f"hello {state['text']}"}


builder = StateGraph(State)
builder.add_node("greet", greet)
builder.add_edge(START, "greet")

compiled = builder.compile()
christened = builder.compile(name="Greeter")

headless = StateGraph(State)
headless.add_node("greet", greet)


@entrypoint()
def function(text: str) -> str:
    return f"hello {text}"


@dataclass
class Settings:
    model: str = "fake"
    size: int = 1


class Model(BaseModel):
    model: str


def nothing() -> StateGraph:
    CALLS.append("nothing")
    return builder


def config(config):
    CALLS.append(config)
    return builder


def anything(x):
    CALLS.append(x)
    return builder


def runtime(runtime):
    CALLS.append(runtime)
    return compiled


def both(config, runtime):
    CALLS.append((config, runtime))
    return builder


def annotated(one: ServerRuntime, two: RunnableConfig):
    CALLS.append((two, one))
    return compiled


def optional(one: "ServerRuntime[Settings] | None" = None, *, two: RunnableConfig | None = None):
    CALLS.append((two, one))
    return compiled


def left_alone(config, extra: int = 5, *more: Any, **others: Any):
    CALLS.append((config, extra, more, others))
    return compiled


def positional(config, /):
    CALLS.append(config)
    return compiled


def typed(runtime: ServerRuntime[Settings]):
    CALLS.append(runtime)
    return compiled


def modelled(runtime: ServerRuntime[Model]):
    CALLS.append(runtime)
    return compiled


async def waiting(config: RunnableConfig, runtime: ServerRuntime) -> Any:
    CALLS.append((config, runtime))
    return builder


async def waiting_for_nothing() -> Any:
    CALLS.append("nothing")
    return compiled


@contextmanager
def managed(config: RunnableConfig) -> Iterator[Any]:
    CALLS.append(config)
    try:
        yield builder
    finally:
        CALLS.append("left")


@contextmanager
def managed_for_nothing() -> Iterator[Any]:
    CALLS.append("nothing")
    yield builder
    CALLS.append("left")


@asynccontextmanager
async def managed_waiting(runtime: ServerRuntime) -> AsyncIterator[Any]:
    CALLS.append(runtime)
    try:
        yield compiled
    finally:
        CALLS.append("left")


@asynccontextmanager
async def swallowing() -> AsyncIterator[Any]:
    try:
        yield compiled
    except ValueError as error:
        CALLS.append(str(error))


class Made:
    """What can be called is a factory, too."""

    def __call__(self, config):
        CALLS.append(config)
        return builder


made = Made()
partial = functools.partial(left_alone, extra=7)


def needs_user(runtime: ServerRuntime):
    CALLS.append(runtime.ensure_user().identity)
    return compiled


number = 17


def number_made():
    return 17


def number_made_later(config):
    return 17


def function_made(config):
    return lambda: builder


async def generator():
    yield compiled


def greedy(config, database, cache):
    return compiled


def broken():
    raise OSError("no such model")


def broken_later(config):
    raise OSError("no such model")
