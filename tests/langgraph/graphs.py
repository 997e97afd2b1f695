"""Graphs of LangGraph that tests run: small, and each made for one behaviour."""

import asyncio
import operator
import os
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Annotated, Any, NotRequired, TypedDict

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import tool
from langgraph.config import get_stream_writer
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from langgraph.runtime import Runtime
from langgraph.store.base import BaseStore
from langgraph.types import Command, Send, interrupt


class Count(TypedDict):
    n: int


def _three_nodes() -> Any:
    builder = StateGraph(Count)

    async def first(state: Count) -> dict[str, Any]:
        return {"n": state["n"] + 1}

    async def second(state: Count) -> dict[str, Any]:
        return {"n": state["n"] * 2}

    async def third(state: Count) -> dict[str, Any]:
        return {"n": state["n"] + 3}

    builder.add_sequence([first, second, third])
    builder.add_edge(START, "first")
    return builder.compile()


three_nodes = _three_nodes()


class Log(TypedDict):
    log: Annotated[list[str], operator.add]
    ledger: NotRequired[str]
    pause: NotRequired[float]


def _note(state: Log, word: str) -> None:
    """Write down outside of everything that a node was executed."""
    if state.get("ledger"):
        with Path(state["ledger"]).open("a") as file:
            file.write(word + "\n")


async def _until(path: str) -> None:
    while not Path(path).exists():  # noqa: ASYNC240 - a file is looked at in no time
        await asyncio.sleep(0.01)


def _ledger() -> Any:
    """Twelve nodes one after the other; each writes down that it was executed, then waits a bit."""
    builder = StateGraph(Log)

    def node(name: str) -> Any:
        async def run(state: Log) -> dict[str, Any]:
            _note(state, name)
            get_stream_writer()({"at": name})
            await asyncio.sleep(state.get("pause", 0))
            return {"log": [name]}

        return run

    names = [f"node_{number:02}" for number in range(12)]
    builder.add_sequence([(name, node(name)) for name in names])
    builder.add_edge(START, names[0])
    return builder.compile()


ledger = _ledger()


class Gate(TypedDict):
    log: Annotated[list[str], operator.add]
    ledger: str
    gate: str


def _parallel() -> Any:
    """Two nodes end at once, the third of the same superstep waits for a file; then a fourth."""
    builder = StateGraph(Gate)

    def node(name: str) -> Any:
        async def run(state: Gate) -> dict[str, Any]:
            _note(state, name)  # type: ignore[arg-type]
            if name == "slow":
                await _until(state["gate"])
            return {"log": [name]}

        return run

    for name in ("quick", "quicker", "slow", "last"):
        builder.add_node(name, node(name))
    for name in ("quick", "quicker", "slow"):
        builder.add_edge(START, name)
    builder.add_edge(["quick", "quicker", "slow"], "last")
    return builder.compile()


parallel = _parallel()


def _fan() -> Any:
    """Sends three of one node at once."""
    builder = StateGraph(Log)

    async def one(state: dict[str, Any]) -> dict[str, Any]:
        return {"log": [f"one {state['part']}"]}

    async def start(_: Log) -> dict[str, Any]:
        return {"log": ["start"]}

    builder.add_node("start", start)
    builder.add_node("one", one)
    builder.add_edge(START, "start")
    builder.add_conditional_edges(
        "start", lambda _: [Send("one", {"part": part}) for part in "abc"], ["one"]
    )
    return builder.compile()


fan = _fan()


def _questions() -> Any:
    """Asks twice in one node, and notes the answers."""
    builder = StateGraph(Log)

    async def before(_: Log) -> dict[str, Any]:
        return {"log": ["before"]}

    async def ask(_: Log) -> dict[str, Any]:
        one = interrupt({"question": "one?"})
        two = interrupt({"question": "two?"})
        return {"log": [f"one={one}", f"two={two}"]}

    builder.add_sequence([before, ask])
    builder.add_edge(START, "before")
    return builder.compile()


questions = _questions()


def _both_ask() -> Any:
    """Two nodes ask at once."""
    builder = StateGraph(Log)

    def node(name: str) -> Any:
        def run(_: Log) -> dict[str, Any]:  # on a thread
            return {"log": [f"{name}={interrupt(name)}"]}

        return run

    for name in ("left", "right"):
        builder.add_node(name, node(name))
        builder.add_edge(START, name)
    return builder.compile()


both_ask = _both_ask()


class Approval(TypedDict):
    amount: float
    approved: NotRequired[bool]
    done: NotRequired[str]


def _approval() -> Any:
    """Asks for an approval, then pays, or not."""
    builder = StateGraph(Approval)

    async def ask(state: Approval) -> Command[Any]:
        answer = interrupt({"amount": state["amount"]})
        return Command(update={"approved": bool(answer)}, goto="pay" if answer else "refuse")

    async def pay(_: Approval) -> dict[str, Any]:
        return {"done": "paid"}

    async def refuse(_: Approval) -> dict[str, Any]:
        return {"done": "refused"}

    builder.add_node("ask", ask, destinations=("pay", "refuse"))
    builder.add_node("pay", pay)
    builder.add_node("refuse", refuse)
    builder.add_edge(START, "ask")
    return builder.compile()


approval = _approval()


class FakeModel(BaseChatModel):
    """A chat model that streams a few words; with tools, it first calls one."""

    words: Sequence[str] = ("Hello", " wor", "ld")
    calls_tools: bool = False
    pause_seconds: float = 0.0

    @property
    def _llm_type(self) -> str:
        return "fake"

    def bind_tools(self, _tools: Any, **_: Any) -> Any:
        return self.model_copy(update={"calls_tools": True})

    def _calls(self, messages: Sequence[BaseMessage]) -> bool:
        return self.calls_tools and not any(isinstance(each, ToolMessage) for each in messages)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **_: Any,
    ) -> ChatResult:
        if self._calls(messages):
            call = {"name": "multiply", "args": {"a": 6, "b": 7}, "id": "call-1"}
            message = AIMessage(content="", tool_calls=[call], id="said-tool")
        else:
            message = AIMessage(content="".join(self.words), id="said")
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **_: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in self._chunks(messages):
            if self.pause_seconds:
                await asyncio.sleep(self.pause_seconds)
            found = ChatGenerationChunk(message=chunk)
            if run_manager is not None:
                await run_manager.on_llm_new_token(str(chunk.content), chunk=found)
            yield found

    def _chunks(self, messages: Sequence[BaseMessage]) -> list[AIMessageChunk]:
        if self._calls(messages):
            pieces = [("multiply", '{"a": 6,'), (None, ' "b": 7}')]
            return [
                AIMessageChunk(
                    content="",
                    tool_call_chunks=[
                        {
                            "name": name,
                            "args": args,
                            "id": "call-1" if name else None,
                            "index": 0,
                            "type": "tool_call_chunk",
                        }
                    ],
                )
                for name, args in pieces
            ]
        return [AIMessageChunk(content=word) for word in self.words]


@tool
def multiply(a: int, b: int) -> int:
    """Multiply two numbers."""
    return a * b


def _agent() -> Any:
    """A model that calls a tool, then answers, word by word."""
    builder = StateGraph(MessagesState)
    model = FakeModel().bind_tools([multiply])

    async def agent(state: MessagesState) -> dict[str, Any]:
        return {"messages": [await model.ainvoke(state["messages"])]}

    builder.add_node("agent", agent)
    builder.add_node("tools", ToolNode([multiply]))
    builder.add_edge(START, "agent")
    builder.add_conditional_edges("agent", tools_condition)
    builder.add_edge("tools", "agent")
    return builder.compile()


agent = _agent()


def _nested() -> Any:
    """A graph within a graph: the inner one talks to a model and writes a word."""
    inner = StateGraph(MessagesState)
    model = FakeModel()

    async def speak(state: MessagesState) -> dict[str, Any]:
        get_stream_writer()({"inner": "speaks"})
        return {"messages": [await model.ainvoke(state["messages"])]}

    async def nod(_: MessagesState) -> dict[str, Any]:
        return {"messages": [AIMessage(content="nod", id="nod")]}

    inner.add_sequence([speak, nod])
    inner.add_edge(START, "speak")
    outer = StateGraph(MessagesState)
    outer.add_node("inner", inner.compile())
    outer.add_edge(START, "inner")
    return outer.compile()


nested = _nested()


def _nested_question() -> Any:
    """A question is asked within a graph within a graph."""
    inner = StateGraph(Log)

    async def ask(_: Log) -> dict[str, Any]:
        return {"log": [f"inner={interrupt('inner?')}"]}

    inner.add_node("ask", ask)
    inner.add_edge(START, "ask")
    outer = StateGraph(Log)
    outer.add_node("inner", inner.compile())
    outer.add_edge(START, "inner")
    return outer.compile()


nested_question = _nested_question()


def _failing() -> Any:
    builder = StateGraph(Count)

    async def fine(state: Count) -> dict[str, Any]:
        return {"n": state["n"] + 1}

    async def boom(_: Count) -> dict[str, Any]:
        raise ValueError("boom, as asked")

    builder.add_sequence([fine, boom])
    builder.add_edge(START, "fine")
    return builder.compile()


failing = _failing()


def _endless() -> Any:
    builder = StateGraph(Count)

    async def again(state: Count) -> dict[str, Any]:
        return {"n": state["n"] + 1}

    builder.add_node("again", again)
    builder.add_edge(START, "again")
    builder.add_conditional_edges("again", lambda _: "again", {"again": "again", "never": END})
    return builder.compile()


endless = _endless()


class Wait(TypedDict):
    gate: NotRequired[str]
    seconds: NotRequired[float]
    threaded: NotRequired[bool]
    log: Annotated[list[str], operator.add]


def _slow() -> Any:
    """Begins, then waits for a file, or for some seconds; on a thread if asked to."""
    builder = StateGraph(Wait)

    async def begin(_: Wait) -> dict[str, Any]:
        return {"log": ["begun"]}

    async def wait(state: Wait) -> dict[str, Any]:
        get_stream_writer()({"waiting": True})
        if state.get("gate"):
            await _until(state["gate"])
        await asyncio.sleep(state.get("seconds", 0))
        return {"log": ["waited"]}

    def block(state: Wait) -> dict[str, Any]:
        get_stream_writer()({"waiting": True})
        until = time.monotonic() + state.get("seconds", 0)
        while time.monotonic() < until and not (state.get("gate") and Path(state["gate"]).exists()):
            time.sleep(0.01)
        return {"log": ["blocked"]}

    builder.add_node("begin", begin)
    builder.add_node("wait", wait)
    builder.add_node("block", block)
    builder.add_edge(START, "begin")
    builder.add_conditional_edges(
        "begin", lambda state: "block" if state.get("threaded") else "wait", ["block", "wait"]
    )
    return builder.compile()


slow = _slow()


def _asking_twice() -> Any:
    """Asks twice in one node, then waits for a file before it notes the answers."""
    builder = StateGraph(Wait)

    async def ask(state: Wait) -> dict[str, Any]:
        one, two = interrupt("one?"), interrupt("two?")
        get_stream_writer()({"waiting": True})
        await _until(state.get("gate", ""))
        return {"log": [f"one={one}", f"two={two}"]}

    builder.add_node("ask", ask)
    builder.add_edge(START, "ask")
    return builder.compile()


asking_twice = _asking_twice()


class Told(TypedDict):
    seen: NotRequired[dict[str, Any]]


class Wishes(TypedDict):
    wish: NotRequired[str]


def _told() -> Any:
    """Notes all that it is told beside its state."""
    builder = StateGraph(Told, context_schema=Wishes)

    async def look(_: Told, config: RunnableConfig, runtime: Runtime[Wishes]) -> dict[str, Any]:
        configurable = {
            key: value
            for key, value in config["configurable"].items()
            if not key.startswith("__") and isinstance(value, str | int | list | dict)
        }
        return {
            "seen": {
                "configurable": configurable,
                "metadata": dict(config["metadata"]),
                "tags": list(config.get("tags") or ()),
                "context": runtime.context,
                "process": os.getpid(),
            }
        }

    builder.add_node("look", look)
    builder.add_edge(START, "look")
    return builder.compile()


told = _told()


class Odd(TypedDict):
    given: NotRequired[str]
    odd: NotRequired[Any]


def _odd() -> Any:
    """Puts into its state what JSON does not know."""
    builder = StateGraph(Odd)

    async def put(_: Odd) -> dict[str, Any]:
        get_stream_writer()({"nan": float("nan"), "object": object, "huge": 2**70, 5: "five"})
        return {"odd": {"set": {1}, "nan": float("nan"), "bytes": b"abc", "huge": "2**70"}}

    builder.add_node("put", put)
    builder.add_edge(START, "put")
    return builder.compile()


odd = _odd()


def _remembering() -> Any:
    """Keeps a count in the store, whatever thread it runs on."""
    builder = StateGraph(Count)

    async def count(_: Count, *, store: BaseStore) -> dict[str, Any]:
        found = await store.aget(("counts",), "all")
        number = (found.value["n"] if found else 0) + 1
        await store.aput(("counts",), "all", {"n": number})
        return {"n": number}

    builder.add_node("count", count)
    builder.add_edge(START, "count")
    return builder.compile()


remembering = _remembering()
