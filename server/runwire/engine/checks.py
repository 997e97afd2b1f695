"""What is wrong with the shape of a graph, whether it was written in Python or in JSON."""

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from runwire.domain.errors import Violation
from runwire.domain.field_paths import field_path
from runwire.domain.graph import END, START

RESERVED: Final = frozenset({START, END, "START", "END"})
GRAPH_ID: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
NAME: Final = re.compile(r"[^\W_][\w .+-]{0,99}|_[\w .+-]{0,99}")

Anywhere = None
"""Stands for the targets of something that may lead to any node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The shape of a graph; targets of ``None`` mean any node."""

    nodes: Sequence[str]
    edges: Sequence[tuple[str, str]] = ()
    branches: Sequence[tuple[str, Sequence[str] | None]] = ()
    gotos: Mapping[str, Sequence[str] | None] = field(default_factory=dict)


def problems(outline: Outline) -> list[Violation]:
    """Return everything that is wrong; `field` is a place such as ``edges[0]``."""
    if not outline.nodes:
        return [Violation("nodes", "the graph has no nodes: define at least one")]
    found = [*_names(outline), *_edges(outline), *_branches(outline), *_gotos(outline)]
    return found or [*_reach(outline)]


def ways(outline: Outline) -> dict[str, set[str]]:
    """Return where one can get from START and from each node, with what is implied."""
    leads: dict[str, set[str]] = {name: set() for name in (START, *outline.nodes)}
    everywhere = {*outline.nodes, END}
    for source, target in outline.edges:
        leads[source].add(target)
    for source, targets in outline.branches:
        leads[source] |= everywhere if targets is None else set(targets)
    leads[START] = leads[START] or {outline.nodes[0]}
    for name in outline.nodes:
        leads[name] = leads[name] or {END}
    for name, goto in outline.gotos.items():
        leads[name] |= everywhere if goto is None else set(goto)
    return leads


def bad_name(name: object) -> str | None:
    """Return why something cannot name a node, or None if it can."""
    if name in RESERVED:
        return f"{name!r} is reserved: choose another name"
    if not isinstance(name, str) or not NAME.fullmatch(name):
        return f"{name!r} is no name for a node: use 1 to 100 letters, digits and _ - . + or space"
    return None


def bad_graph_id(graph_id: object) -> str | None:
    """Return why something cannot be a graph's id, or None if it can."""
    if isinstance(graph_id, str) and GRAPH_ID.fullmatch(graph_id):
        return None
    return f"{graph_id!r} is no graph id: use 1 to 100 letters, digits and _ - ."


def _names(outline: Outline) -> Iterator[Violation]:
    for name in outline.nodes:
        if why := bad_name(name):
            yield Violation(field_path("nodes", name), why)


def _edges(outline: Outline) -> Iterator[Violation]:
    counts = Counter(outline.edges)
    for index, (source, target) in enumerate(outline.edges):
        place = f"edges[{index}]"
        if source == END:
            yield Violation(
                f"{place}.source", f"an edge leaves END (to {target!r}): nothing runs there"
            )
        elif source != START and source not in outline.nodes:
            yield Violation(
                f"{place}.source", unknown(source, outline, f"an edge to {target!r} leaves")
            )
        if target == START:
            yield Violation(f"{place}.target", f"an edge from {source!r} enters START: nothing can")
        elif target != END and target not in outline.nodes:
            yield Violation(
                f"{place}.target", unknown(target, outline, f"an edge from {source!r} leads to")
            )
        if counts[source, target] > 1:
            counts[source, target] = 0
            yield Violation(
                place, f"the edge from {source!r} to {target!r} is there twice: remove one"
            )


def _branches(outline: Outline) -> Iterator[Violation]:
    for index, (source, targets) in enumerate(outline.branches):
        place = f"branches[{index}]"
        if source == END:
            yield Violation(f"{place}.source", "a branch leaves END: nothing runs there")
        elif source != START and source not in outline.nodes:
            yield Violation(f"{place}.source", unknown(source, outline, "a branch leaves"))
        if targets is not None and not targets:
            yield Violation(place, f"the branch after {source!r} leads nowhere: name its targets")
        for target in targets or ():
            if target != END and target not in outline.nodes:
                text = unknown(target, outline, f"the branch after {source!r} leads to")
                yield Violation(place, text)


def _gotos(outline: Outline) -> Iterator[Violation]:
    for name, targets in outline.gotos.items():
        for target in targets or ():
            if target != END and target not in outline.nodes:
                text = unknown(target, outline, f"goto of node {name!r} names")
                yield Violation(field_path("nodes", name, "goto"), text)


def _reach(outline: Outline) -> Iterator[Violation]:
    leads = ways(outline)
    entered = _reached(leads, START)
    for name in outline.nodes:
        if name not in entered:
            yield Violation(
                field_path("nodes", name),
                f"node {name!r} is never reached: add an edge or a branch to it, name it in the"
                " goto= of the node that goes there, or remove it",
            )
    back: dict[str, set[str]] = {}
    for source, targets in leads.items():
        for target in targets:
            back.setdefault(target, set()).add(source)
    ending = _reached(back, END)
    stuck = [name for name in outline.nodes if name in entered and name not in ending]
    if stuck:
        names = ", ".join(map(repr, stuck))
        yield Violation(
            field_path("nodes", stuck[0]),
            f"no way leads from {names} to END: add an edge or a branch out",
        )


def _reached(leads: Mapping[str, set[str]], start: str) -> set[str]:
    reached, waiting = {start}, [start]
    while waiting:
        for target in leads.get(waiting.pop(), ()):
            if target not in reached:
                reached.add(target)
                waiting.append(target)
    return reached


def unknown(name: object, outline: Outline, what: str) -> str:
    """Return what is said of a name that is no node's, with the one that may be meant."""
    near = difflib.get_close_matches(str(name), outline.nodes, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"nodes: {', '.join(outline.nodes)}"
    return f"{what} {name!r}, which is no node; {hint}"
