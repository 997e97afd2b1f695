"""What a node returned, as writes to the state and a route; and as bytes until it is merged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runwire.domain.checkpoint import Encoded, join
from runwire.domain.payload import MAX_INLINE_BYTES, encode
from runwire.engine.definition import CompiledGraph
from runwire.engine.faults import RESOURCE_EXHAUSTED, Fault
from runwire.engine.plan import Route
from runwire.engine.routes import NEXT_NODE, Command, route_of
from runwire.engine.shapes import unpack


@dataclass(frozen=True, slots=True)
class Result:
    """Writes in order (a generator has several), and where to go, if the node said so."""

    writes: tuple[Encoded, ...] = ()
    goto: Route | None = None


def result_of(
    returned: Sequence[Any], *, graph: CompiledGraph, node: str, before: Encoded
) -> Result:
    """Return what a node returned, or yielded; raise Fault naming the node and the key at fault."""
    writes: list[Encoded] = []
    goto: Route | None = None
    for item in returned:
        target = None
        if isinstance(item, Command):
            item, target = item.update, item.goto
        update = _update(item, graph=graph, node=node, before=before)
        if NEXT_NODE in update:
            update = dict(update)
            target = update.pop(NEXT_NODE)
        if target is not None:
            goto = route_of(target, node=node, known=graph.nodes)
        if update:
            writes.append(_encoded(update, graph=graph, node=node))
    _check_size(writes, node)
    return Result(tuple(writes), goto)


def dump_writes(writes: Sequence[Encoded]) -> bytes:
    """Return writes as JSON bytes: an object, or an array of them if there are several."""
    if len(writes) == 1:
        return join(writes[0])
    return b"[" + b",".join(map(join, writes)) + b"]"


def load_writes(data: bytes) -> tuple[Encoded, ...]:
    """Return the writes that bytes hold."""
    value = unpack(data)
    items = value if isinstance(value, list) else [value]
    return tuple({key: encode(part) for key, part in item.items()} for item in items)


def _update(item: Any, *, graph: CompiledGraph, node: str, before: Encoded) -> Mapping[Any, Any]:
    if item is None:
        return {}
    if isinstance(item, Mapping):
        return item
    try:
        changed = graph.state.changed(item, before)
    except ValueError as error:
        raise _bad(node, f"returned a state that does not fit: {error}") from None
    if changed is None:
        raise _bad(
            node,
            f"returned {type(item).__name__}; it must return an update (a dict of the keys that"
            " change), a Command, or None",
        )
    return changed


def _encoded(update: Mapping[Any, Any], *, graph: CompiledGraph, node: str) -> Encoded:
    writes: dict[str, bytes] = {}
    for name, value in update.items():
        key = graph.state.key(name) if isinstance(name, str) else None
        if key is None:
            known = ", ".join(graph.state.keys or ())
            raise _bad(node, f"returned key {name!r}, which its state lacks; keys: {known}", name)
        try:
            writes[name] = key.write(value)
        except ValueError as error:
            raise _bad(
                node, f"returned a value for key {name!r} that does not fit: {error}", name
            ) from None
    return writes


def _check_size(writes: Sequence[Encoded], node: str) -> None:
    size = sum(len(data) for write in writes for data in write.values())
    if size > MAX_INLINE_BYTES:
        raise Fault(
            "PAYLOAD_TOO_LARGE",
            f"node {node!r} returned an update of {size} bytes, the limit is {MAX_INLINE_BYTES}:"
            " save what is large with context.artifacts.save() and return its artifact_id",
            code=RESOURCE_EXHAUSTED,
            node=node,
            size_bytes=size,
        )


def _bad(node: str, text: str, key: object = "") -> Fault:
    return Fault("INVALID_UPDATE", f"node {node!r} {text}", node=node, key=key)
