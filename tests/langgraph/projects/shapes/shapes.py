"""Graphs of every shape that callers can ask to be drawn."""

import operator
from dataclasses import dataclass
from typing import Annotated, Literal

from langchain_core.messages import AIMessage
from langgraph.func import entrypoint, task
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import Command
from typing_extensions import TypedDict


class State(TypedDict):
    a: str
    n: Annotated[int, operator.add]


def one(state: State) -> dict:
    return {"a": "one", "n": 1}


def two(state: State) -> dict:
    return {"a": "two", "n": 1}


plain = StateGraph(State)
plain.add_node("one", one)
plain.add_node("two", two)
plain.add_edge(START, "one")
plain.add_edge("one", "two")
plain.add_edge("two", END)

named = plain.compile(name="My name")


@dataclass
class Settings:
    model: str = "fake"


class Question(TypedDict):
    q: str


class Answer(TypedDict):
    answer: str


class Whole(Question, Answer):
    tries: int


def ask(state: Whole) -> dict:
    return {"answer": "x"}


def again(state: Whole) -> dict:
    return {}


def choose(state: Whole) -> Literal["again", "done"]:
    return "done"


branches = StateGraph(Whole, context_schema=Settings, input_schema=Question, output_schema=Answer)
branches.add_node("ask", ask, metadata={"kind": "asker"})
branches.add_node("again", again)
branches.add_edge(START, "ask")
branches.add_conditional_edges("ask", choose, {"again": "again", "done": END})
branches.add_edge("again", "ask")
branching = branches.compile()

innermost = StateGraph(State)
innermost.add_node("deep", one)
innermost.add_edge(START, "deep")
inner = StateGraph(State)
inner.add_node("child", innermost.compile())
inner.add_node("leaf", two)
inner.add_edge(START, "child")
inner.add_edge("child", "leaf")
outer = StateGraph(State)
outer.add_node("first", one)
outer.add_node("sub", inner.compile())
outer.add_edge(START, "first")
outer.add_edge("first", "sub")
nested = outer.compile()


def route(state: State) -> Command[Literal["two", "__end__"]]:
    return Command(goto="two")


commands = StateGraph(State)
commands.add_node("route", route)
commands.add_node("two", two)
commands.add_edge(START, "route")
commanding = commands.compile(interrupt_before=["two"])


class Talk(MessagesState):
    extra: str


def agent(state: Talk) -> dict:
    return {"messages": [AIMessage("hi")]}


talk = StateGraph(Talk)
talk.add_node("agent", agent)
talk.add_edge(START, "agent")
messages = talk.compile()


@task
def double(x: int) -> int:
    return 2 * x


@entrypoint()
def functional(x: int) -> int:
    return double(x).result()
