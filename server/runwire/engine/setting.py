"""What the parts of one attempt share, and how they call what authors wrote."""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import cache
from typing import Any

from runwire.domain.checkpoint import Encoded
from runwire.domain.ports import Artifacts
from runwire.domain.run import Run
from runwire.engine.calling import Callee, Kind
from runwire.engine.context import Context, SyncContext
from runwire.engine.definition import CompiledGraph, Node, Random
from runwire.engine.faults import Fault
from runwire.engine.recorder import Recorder
from runwire.engine.scope import Scope
from runwire.engine.shapes import Typed, unpack
from runwire.engine.threads import Threads
from runwire.spans import Tracer

Sleep = Callable[[float], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """The run, its graph, and what the world offers."""

    run: Run
    graph: CompiledGraph
    recorder: Recorder
    artifacts: Artifacts
    threads: Threads
    sleep: Sleep
    random: Random
    tracer: Tracer | None = None


def state_for(setting: Setting, values: Encoded) -> Any:
    """Return a copy of the state as authors see it; raise Fault if it does not fit its type."""
    try:
        return setting.graph.state.give(values)
    except (ValueError, TypeError) as error:
        raise Fault(
            "INVALID_STATE",
            f"the state does not fit the type of graph {setting.graph.graph_id!r}: {error}",
        ) from error


def argument_for(node: Node, argument: bytes) -> Any:
    """Return what a node was sent, as the type that its parameter names."""
    if node.callee.accepts is None:
        return unpack(argument)
    try:
        return _shape(node.callee.accepts).load(argument)
    except ValueError as error:
        text = f"node {node.name!r} was sent an argument that does not fit: {error}"
        raise Fault("INVALID_ARGUMENTS", text, node=node.name) from None


@cache
def _shape(accepts: type) -> Typed:
    """Return the shape of what a node is sent; made when it is first sent something."""
    return Typed(accepts)


async def called(
    setting: Setting, callee: Callee, given: Any, scope: Scope | None = None
) -> Sequence[Any]:
    """Call a function and return what it returned, or all it yielded."""
    context: Any = None
    if scope is not None:
        context = SyncContext(scope) if callee.kind.threaded else Context(scope)
    arguments, named = callee.bind(given, context)
    match callee.kind:
        case Kind.ASYNC:
            return [await callee.function(*arguments, **named)]
        case Kind.ASYNC_GENERATOR:
            async with aclosing(callee.function(*arguments, **named)) as produced:
                return [item async for item in produced]
        case Kind.SYNC:
            result = await setting.threads.call(lambda: callee.function(*arguments, **named))
            return [await result if inspect.isawaitable(result) else result]
        case Kind.GENERATOR:
            items = callee.function(*arguments, **named)
            drained: Sequence[Any] = await setting.threads.call(lambda: _drained(items, scope))
            return drained


def _drained(produced: Any, scope: Scope | None) -> list[Any]:
    """Return what a generator yields, ending it early once its node is cancelled."""
    items = []
    for item in produced:
        items.append(item)
        if scope is not None and scope.cancelled:
            produced.close()
            break
    return items
