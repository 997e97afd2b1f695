"""Small graphs whose runs do one thing each."""

import asyncio
import operator
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypedDict

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import RunnableConfig
from langgraph.config import get_stream_writer
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import interrupt


class Trail(TypedDict, total=False):
    """Where a run has been: every node adds its name."""

    trail: Annotated[list[str], operator.add]
    n: int
    seconds: float
    answer: Any
    ledger: str
    seen: dict[str, Any]


class Settings(TypedDict, total=False):
    """What callers can configure."""

    flavour: str


def _adder(name: str) -> Any:
    async def add(state: Trail) -> Trail:
        return {"trail": [name], "n": state.get("n", 0) + 1}

    return add


def _chain(**nodes: Any) -> Any:
    builder = StateGraph(Trail, context_schema=Settings)
    before = START
    for name, node in nodes.items():
        builder.add_node(name, node)
        builder.add_edge(before, name)
        before = name
    builder.add_edge(before, END)
    return builder.compile()


adds = _chain(first=_adder("first"), second=_adder("second"), third=_adder("third"))


async def wait(state: Trail) -> Trail:
    """Take the time that the input says, in small steps that are told."""
    writer = get_stream_writer()
    for step in range(round(state.get("seconds", 0.5) / 0.05)):
        writer({"step": step})
        await asyncio.sleep(0.05)
    return {"trail": ["wait"]}


waits = _chain(before=_adder("before"), wait=wait, after=_adder("after"))


def ask(state: Trail) -> Trail:
    """Ask a person."""
    return {"trail": ["ask"], "answer": interrupt({"question": "well?"})}


asks = _chain(before=_adder("before"), ask=ask, after=_adder("after"))


def _asker(name: str) -> Any:
    def ask(state: Trail) -> Trail:
        return {"trail": [f"{name}={interrupt(name)}"]}

    return ask


_twice = StateGraph(Trail)
for _name in ("left", "right"):
    _twice.add_node(_name, _asker(_name))
    _twice.add_edge(START, _name)
    _twice.add_edge(_name, END)
asks_twice = _twice.compile()


async def fail(state: Trail) -> Trail:
    """Fail."""
    raise ValueError("boom")


fails = _chain(before=_adder("before"), fail=fail)

_loop = StateGraph(Trail)
_loop.add_node("again", _adder("again"))
_loop.add_edge(START, "again")
_loop.add_conditional_edges("again", lambda state: END if state["n"] >= 50 else "again")
loops = _loop.compile()


async def show(state: Trail, config: RunnableConfig, runtime: Runtime[Settings]) -> Trail:
    """Leave in the state what the run was given."""
    configurable = {
        key: value
        for key, value in config["configurable"].items()
        if isinstance(value, str | int | float | bool | None) and not key.startswith("__")
    }
    told = {
        "configurable": configurable,
        "permissions": config["configurable"]["langgraph_auth_permissions"],
        "tags": config.get("tags", []),
        "context": runtime.context,
    }
    return {"seen": told}


shows = _chain(show=show)


@dataclass
class Taste:
    """A context that knows one thing."""

    flavour: str = "plain"


async def taste(state: Trail, runtime: Runtime[Taste]) -> Trail:
    """Leave in the state what the context says."""
    return {"answer": runtime.context.flavour}


_taste = StateGraph(Trail, context_schema=Taste)
_taste.add_node("taste", taste)
_taste.add_edge(START, "taste")
_taste.add_edge("taste", END)
tastes = _taste.compile()


class Words(BaseChatModel):
    """Streams three words."""

    @property
    def _llm_type(self) -> str:
        return "words"

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage("one two three"))])

    async def _astream(
        self, messages: list[BaseMessage], *_: Any, **__: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        for word in ("one ", "two ", "three"):
            yield ChatGenerationChunk(message=AIMessageChunk(content=word))


async def speak(state: MessagesState) -> MessagesState:
    """Say three words."""
    return {"messages": [await Words().ainvoke(state["messages"])]}


_chat = StateGraph(MessagesState)
_chat.add_node("speak", speak)
_chat.add_edge(START, "speak")
_chat.add_edge("speak", END)
chats = _chat.compile()


async def told(state: MessagesState) -> MessagesState:
    """Say something without a model."""
    return {"messages": [AIMessage("by the way")]}


_around = StateGraph(MessagesState)
_around.add_node("inner", chats)
_around.add_node("told", told)
_around.add_edge(START, "inner")
_around.add_edge("inner", "told")
_around.add_edge("told", END)
chats_inside = _around.compile()

nests = _chain(outer=_adder("outer"), inner=adds, last=_adder("last"))


def _leaver(name: str) -> Any:
    async def leave(state: Trail) -> Trail:
        """Leave a line, where a killed server cannot take it back, and take some time."""
        writer = get_stream_writer()
        with Path(state["ledger"]).open("a") as lines:
            lines.write(f"{name}\n")
        for step in range(8):
            writer({"node": name, "step": step})
            await asyncio.sleep(0.05)
        return {"trail": [name]}

    return leave


leaves = _chain(**{f"node_{number}": _leaver(f"node_{number}") for number in range(5)})
