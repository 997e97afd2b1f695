"""Graphs whose nodes tell where they are."""

import logging
import os
import time
from pathlib import Path
from typing import Any

import structlog
from opentelemetry import trace

from runwire import Context, Graph, interrupt

log = logging.getLogger("quality.checks")
told = structlog.get_logger("quality.told")

chatty = Graph("chatty")


@chatty.node
async def speak(state: dict[str, Any], context: Context) -> dict[str, Any]:
    log.info("looking at %s", "rows", extra={"rows": 3})
    told.info("told", column="amount", api_key="hunter2")
    await context.log("careful", "warning", cookie="hunter2")
    with trace.get_tracer("quality").start_as_current_span("inside"):
        pass
    return {"trace_parent": context.trace_parent}


@chatty.node
def think(state: dict[str, Any], context: Any) -> dict[str, Any]:
    log.info("on a thread")
    trace.get_tracer("quality").start_span("inside a thread").end()
    context.log("slowly")
    return {"thread_trace_parent": context.trace_parent}


chatty.edge("speak", "think")

flaky = Graph("flaky")


@flaky.node(retries=1, backoff=0.01)
async def stumble(state: dict[str, Any], context: Context) -> dict[str, Any]:
    if context.attempt == 1:
        raise ValueError("the card number is 4711")
    return {}


asking = Graph("asking")


@asking.node
async def ask(state: dict[str, Any], context: Context) -> dict[str, Any]:
    return {"answer": interrupt("may I?")}


@asking.node
async def close(state: dict[str, Any], context: Context) -> dict[str, Any]:
    return {"closed": True}


asking.edge("ask", "close")

halting = Graph("halting")


@halting.node
async def before(state: dict[str, Any], context: Context) -> dict[str, Any]:
    return {"before": context.trace_parent}


@halting.node
def halt(state: dict[str, Any], context: Any) -> dict[str, Any]:
    """Wait for a file at the first attempt, so that somebody can kill this process here."""
    mark = Path(state["mark"])
    if not mark.exists():
        mark.write_text(str(os.getpid()))
        time.sleep(600)
    return {"after": context.trace_parent}


halting.edge("before", "halt")

graphs = [chatty, flaky, asking, halting]
