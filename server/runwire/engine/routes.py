"""Where a node sends the run next, as authors write it and as it is stored.

Stored, a route is a JSON array of node names and ``{"node": …, "argument": …}``; an empty one leads
to the end.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from runwire.domain.checkpoint import NextNode
from runwire.domain.graph import END
from runwire.domain.payload import encode
from runwire.engine.faults import Fault
from runwire.engine.shapes import free, unpack

NEXT_NODE: Final = "__next_node__"
"""A key in a returned update that overrides the next node."""


@dataclass(frozen=True, slots=True)
class Send:
    """Run a node on an argument of its own instead of the state: map in map-reduce."""

    node: str
    argument: Any


Goto = str | Send | list[str] | list[Send] | list[str | Send] | tuple[str | Send, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """An update together with where to go next, instead of along the edges."""

    update: Any = None
    goto: Goto | None = None


def route_of(goto: Any, *, node: str, known: Collection[str]) -> tuple[NextNode, ...]:
    """Return where a goto leads; raise Fault if that is no node of the graph."""
    items = goto if isinstance(goto, list | tuple) else (goto,)
    return tuple(next_of(item, by=f"node {node!r}", known=known) for item in items if item != END)


def next_of(item: Any, *, by: str, known: Collection[str]) -> NextNode:
    """Return one node to go to; raise Fault if it is none."""
    name = item.node if isinstance(item, Send) else item
    if not isinstance(name, str) or name not in known:
        raise Fault(
            "INVALID_GOTO",
            f"{by} goes to {name!r}, which is no node of this graph; nodes: {', '.join(known)}",
            node=by,
        )
    if not isinstance(item, Send):
        return NextNode(node=name)
    try:
        return NextNode(node=name, argument=free.dump(item.argument))
    except ValueError as error:
        raise Fault("INVALID_GOTO", f"{by} sends {name!r} an argument: {error}", node=by) from None


def dump_route(route: Iterable[NextNode]) -> bytes:
    """Return a route as JSON bytes."""
    return b"[" + b",".join(map(_dump, route)) + b"]"


def load_route(data: bytes) -> tuple[NextNode, ...]:
    """Return the route that bytes hold."""
    return tuple(map(_load, unpack(data)))


def _dump(item: NextNode) -> bytes:
    if item.argument is None:
        return encode(item.node)
    return b'{"node":' + encode(item.node) + b',"argument":' + item.argument + b"}"


def _load(item: str | Mapping[str, Any]) -> NextNode:
    if isinstance(item, str):
        return NextNode(node=item)
    return NextNode(node=item["node"], argument=encode(item["argument"]))
