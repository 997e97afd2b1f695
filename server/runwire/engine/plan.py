"""Which nodes run next. Pure: the graph, what has ended, what branches answered → the next nodes.

1. A node that said where to go itself (``goto``) goes there only; the others follow their edges and
   branches.
2. Nodes of one superstep lead to one next superstep: where their ways meet, a node runs once.
3. Each Send is a step of its own, even to the same node.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runwire.domain.checkpoint import NextNode
from runwire.domain.graph import END, START
from runwire.domain.payload import encode
from runwire.engine.definition import Branch, CompiledGraph
from runwire.engine.faults import Fault
from runwire.engine.routes import Send, next_of

Route = tuple[NextNode, ...]


@dataclass(frozen=True, slots=True)
class Ended:
    """A node that has run, and where it said to go, if it did."""

    node: str
    goto: Route | None = None


def asked(graph: CompiledGraph, ended: Iterable[Ended]) -> list[Branch]:
    """Return the branches that must be asked, each once."""
    if not graph.branches:
        return []
    nodes = dict.fromkeys(item.node for item in ended if item.goto is None)
    return [branch for node in nodes for branch in graph.branches.get(node, ())]


def following(
    graph: CompiledGraph, ended: Sequence[Ended], chosen: Mapping[str, Sequence[Route]]
) -> Route:
    """Return what runs next; ``chosen`` holds what the branches of each node answered."""
    found: list[NextNode] = []
    for item in ended:
        if item.goto is not None:
            found += item.goto
            continue
        found += [NextNode(node=name) for name in graph.edges.get(item.node, ()) if name != END]
    for routes in chosen.values():
        for route in routes:
            found += route
    return _merged(found)


def route_of_answer(graph: CompiledGraph, branch: Branch, answer: Any) -> Route:
    """Return where an answer of a branch leads; raise Fault if it leads nowhere."""
    items = answer if isinstance(answer, list | tuple) else (answer,)
    return tuple(item for part in items for item in _nodes(graph, branch, part))


def numbered(route: Route, visits: Mapping[str, int]) -> list[tuple[NextNode, int]]:
    """Return nodes with how often each will have been come to."""
    counts = dict(visits)
    numbers = []
    for item in route:
        counts[item.node] = counts.get(item.node, 0) + 1
        numbers.append((item, counts[item.node]))
    return numbers


def _nodes(graph: CompiledGraph, branch: Branch, answer: Any) -> Iterable[NextNode]:
    by = f"the branch after {'START' if branch.source == START else repr(branch.source)}"
    if isinstance(answer, Send):
        yield next_of(answer, by=by, known=graph.nodes)
        return
    names = _targets(branch.targets, answer) if branch.targets is not None else (answer,)
    if names is None:
        answers = ", ".join(map(repr, branch.targets or ()))
        raise Fault("BRANCH_FAILED", f"{by} answered {answer!r}; it knows {answers}")
    for name in names:
        if name != END:
            yield next_of(name, by=by, known=graph.nodes)


def _targets(targets: Mapping[Any, tuple[str, ...]], answer: Any) -> tuple[str, ...] | None:
    """Return the targets of an answer: a key, a node that some key leads to, or END."""
    try:
        if answer in targets:
            return targets[answer]
    except TypeError:  # not hashable, so it is no key
        return None
    if isinstance(answer, bool | int | None):  # JSON knows such answers by their text only
        return targets.get(encode(answer).decode())
    if answer == END or any(answer in names for names in targets.values()):
        return (answer,)
    return None


def _merged(found: Iterable[NextNode]) -> Route:
    """Return nodes without repetition, but every Send."""
    seen: set[str] = set()
    merged = []
    for item in found:
        if item.argument is None:
            if item.node in seen:
                continue
            seen.add(item.node)
        merged.append(item)
    return tuple(merged)
