"""How a node or a branch of a JSON graph calls its tool."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from runwire.engine.calling import Bind, Callee, Kind
from runwire.engine.faults import Fault
from runwire.engine.substitution import substituted, substitutes
from runwire.engine.tools import Tool


def tool_call(tool: Tool, arguments: Mapping[str, Any]) -> Callee:
    """Return how a tool is called with arguments, parts of which may come from the state."""
    return Callee(function=tool.function, kind=tool.kind, bind=_bind(tool, arguments))


def plain_call(choose: Callable[[Mapping[str, Any]], Any]) -> Callee:
    """Return how an async function of the state is called."""
    return Callee(function=choose, kind=Kind.ASYNC, bind=lambda state, _context: ((state,), {}))


def _bind(tool: Tool, arguments: Mapping[str, Any]) -> Bind:
    varying = substitutes(arguments)

    def bind(state: Any, context: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
        try:
            # Anew for every call: a function may change what it is given.
            ready = tool.arguments(substituted(arguments, state if varying else {}))
        except ValueError as error:
            raise Fault(
                "INVALID_ARGUMENTS", f"tool {tool.info.name!r}: {error}", tool=tool.info.name
            ) from None
        if tool.takes_state:
            ready["state"] = state
        if tool.context_name is not None:
            ready[tool.context_name] = context
        return (), ready

    return bind


async def _nothing() -> None:
    """Stand in for a tool that does not exist, in a graph that is refused anyway."""


NOTHING: Final = Callee(function=_nothing, kind=Kind.ASYNC, bind=lambda _state, _context: ((), {}))
