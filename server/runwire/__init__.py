"""What graph authors import.

Each name is imported when it is first asked for: the command line and the wire types live in this
package too, and must not load the engine for it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runwire.engine.authoring import END, START, Command, Graph, Send, tool
    from runwire.engine.context import Context, SyncContext, interrupt
    from runwire.engine.definition import Backoff
    from runwire.engine.faults import GraphError

_PLACES = {
    "Backoff": "definition",
    "GraphError": "faults",
    **dict.fromkeys(("END", "START", "Command", "Graph", "Send", "tool"), "authoring"),
    **dict.fromkeys(("Context", "SyncContext", "interrupt"), "context"),
}

__all__ = [
    "END",
    "START",
    "Backoff",
    "Command",
    "Context",
    "Graph",
    "GraphError",
    "Send",
    "SyncContext",
    "interrupt",
    "tool",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'runwire' has no attribute {name!r}")
    return getattr(import_module(f"runwire.engine.{_PLACES[name]}"), name)
