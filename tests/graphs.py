"""Graphs that tests run: small, and each made for one behaviour."""

import asyncio
import contextlib
import operator
import os
import signal
import time
from pathlib import Path
from typing import Annotated, Any, NotRequired, TypedDict

from runwire import Context, Graph, Send, interrupt, tool


class Count(TypedDict):
    n: int


three_nodes = Graph("three_nodes", state=Count)


@three_nodes.node
async def first(state: Count) -> dict[str, Any]:
    return {"n": state["n"] + 1}


@three_nodes.node
async def second(state: Count) -> dict[str, Any]:
    return {"n": state["n"] * 2}


@three_nodes.node
async def third(state: Count) -> dict[str, Any]:
    return {"n": state["n"] + 3}


three_nodes.edge("first", "second")
three_nodes.edge("second", "third")


class Amount(TypedDict):
    amount: float
    approved: NotRequired[bool]
    note: NotRequired[str]


approval = Graph("approval", state=Amount)


@approval.node
async def ask(state: Amount) -> dict[str, Any]:
    schema = {
        "type": "object",
        "properties": {"approved": {"type": "boolean"}},
        "required": ["approved"],
    }
    answer = interrupt({"amount": state["amount"]}, schema=schema)
    return {"approved": answer["approved"]}


@approval.node
async def close(state: Amount) -> dict[str, Any]:
    return {"note": "approved" if state.get("approved") else "refused"}


approval.edge("ask", "close")


class Sleep(TypedDict):
    seconds: float


sleepy = Graph("sleepy", state=Sleep)


@sleepy.node
async def sleep(state: Sleep) -> dict[str, Any]:
    await asyncio.sleep(state["seconds"])
    return {}


thread_sleepy = Graph("thread_sleepy", state=Sleep)


@thread_sleepy.node
def sleep_on_thread(state: Sleep) -> dict[str, Any]:
    time.sleep(state["seconds"])
    return {"seconds": -1}


stubborn = Graph("stubborn", state=Sleep)


@stubborn.node
async def ignore_cancellation(state: Sleep) -> dict[str, Any]:
    until = time.monotonic() + state["seconds"]
    while time.monotonic() < until:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(0.05)
    return {"seconds": -1}


blocking = Graph("blocking", state=Sleep)


@blocking.node
async def block_the_loop(state: Sleep) -> dict[str, Any]:
    time.sleep(state["seconds"])  # noqa: ASYNC251 - it blocks its loop on purpose
    return {}


class Emit(TypedDict):
    count: int


emitter = Graph("emitter", state=Emit)


@emitter.node
async def emit(state: Emit, context: Context) -> dict[str, Any]:
    for number in range(state["count"]):
        await context.emit("test.number", {"number": number})
    return {}


ticker = Graph("ticker", state=Sleep)


@ticker.node
async def tick(state: Sleep, context: Context) -> dict[str, Any]:
    until = time.monotonic() + state["seconds"]
    number = 0
    while time.monotonic() < until:
        await context.emit("test.tick", {"number": number, "at": time.time()})
        number += 1
        await asyncio.sleep(0.2)
    return {}


talker = Graph("talker", state=Emit)


@talker.node
async def talk(state: Emit, context: Context) -> dict[str, Any]:
    for number in range(state["count"]):
        await context.write("tokens", f"word{number} ")
    return {}


echo = Graph("echo")


@echo.node
async def keep(state: dict[str, Any], context: Context) -> dict[str, Any]:
    await context.emit("test.echo", state)
    return {"copy": state.get("value")}


failing = Graph("failing", state=Count)


@failing.node(retries=2)
async def fail(state: Count) -> dict[str, Any]:
    raise ValueError(f"n is {state['n']}")


class Effects(TypedDict):
    ledger: str
    steps: int
    done: Annotated[list[int], operator.add]
    pause_seconds: NotRequired[float]


effects = Graph("effects", state=Effects)


@effects.node
async def effect(state: Effects, context: Context) -> dict[str, Any]:
    """Note each execution in an append-only file, then go on until all steps are done."""
    number = len(state.get("done", []))
    with Path(state["ledger"]).open("a") as ledger:
        ledger.write(f"{context.effect_key}\n")
    await asyncio.sleep(state.get("pause_seconds", 0.02))
    update: dict[str, Any] = {"done": [number]}
    if number + 1 < state["steps"]:
        update["__next_node__"] = "effect"
    return update


class Words(TypedDict):
    texts: list[str]
    counts: Annotated[list[int], operator.add]


fan = Graph("fan", state=Words)


@fan.node
async def split(state: Words) -> dict[str, Any]:
    return {}


@fan.node
async def count(argument: Any) -> dict[str, Any]:
    return {"counts": [len(argument["text"].split())]}


@fan.node
async def total(state: Words) -> dict[str, Any]:
    return {}


fan.branch("split", lambda state: [Send("count", {"text": t}) for t in state["texts"]], ["count"])
fan.edge("count", "total")


@tool
def add(state: dict[str, Any], amount: int) -> dict[str, Any]:
    """Add an amount to n."""
    return {"n": state.get("n", 0) + amount}


class Votes(TypedDict):
    votes: NotRequired[Annotated[list[str], operator.add]]


panel = Graph("panel", state=Votes)


@panel.node
async def convene(state: Votes) -> dict[str, Any]:
    return {}


@panel.node
async def legal(state: Votes) -> dict[str, Any]:
    return {"votes": [f"legal says {interrupt('legal?')}"]}


@panel.node
async def risk(state: Votes) -> dict[str, Any]:
    return {"votes": [f"risk says {interrupt('risk?')}"]}


@panel.node
async def decide(state: Votes) -> dict[str, Any]:
    return {"votes": ["decided"]}


panel.edge("convene", "legal")
panel.edge("convene", "risk")
panel.edge("legal", "decide")
panel.edge("risk", "decide")


interview = Graph("interview")


@interview.node
def interview_person(state: dict[str, Any]) -> dict[str, Any]:
    name = interrupt("name?")
    return {"name": name, "age": interrupt({"age of": name}, schema={"type": "integer"})}


keeper = Graph("keeper")


@keeper.node
async def hold(state: dict[str, Any]) -> dict[str, Any]:
    return {"held": len(state)}


graphs = [
    three_nodes,
    approval,
    sleepy,
    thread_sleepy,
    stubborn,
    blocking,
    emitter,
    ticker,
    talker,
    echo,
    failing,
    effects,
    fan,
    panel,
    interview,
    keeper,
]


class Fuse(TypedDict):
    path: str


fuse = Graph("fuse", state=Fuse)


@fuse.node
def burn(state: Fuse) -> dict[str, Any]:
    """End the process when a file is there, unless it is wet."""
    path = Path(state["path"])
    while not path.with_suffix(".wet").exists():
        if path.exists():
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.02)
    return {}


graphs += [fuse]


class Panic(BaseException):
    """What no `except Exception` catches."""


panicking = Graph("panicking", state=Sleep)


@panicking.node
async def panic(state: Sleep) -> dict[str, Any]:
    raise Panic("no way")


thread_panicking = Graph("thread_panicking", state=Sleep)


@thread_panicking.node
def panic_on_thread(state: Sleep) -> dict[str, Any]:
    raise KeyboardInterrupt


graphs += [panicking, thread_panicking]
