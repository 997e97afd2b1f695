"""From what an author wrote to a graph that can be executed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from runwire.domain.graph import END, START, EdgeInfo, GraphInfo, GraphKind, NodeInfo
from runwire.domain.payload import encode
from runwire.engine.checks import Outline, problems
from runwire.engine.definition import MAX_STEPS, Branch, CompiledGraph, Node
from runwire.engine.faults import GraphError
from runwire.engine.inputs import Checker
from runwire.engine.state import StateType, state_type_of


@dataclass(kw_only=True)
class Draft:
    """A graph while it is written."""

    graph_id: str
    state: Any = None
    input: Any = None
    output: Any = None
    description: str = ""
    max_steps: int = MAX_STEPS
    nodes: dict[str, Node] = field(default_factory=dict)
    edges: list[tuple[str, str]] = field(default_factory=list)
    branches: list[Branch] = field(default_factory=list)


def compile_draft(draft: Draft) -> CompiledGraph:
    """Return the graph; raise GraphError naming everything that is wrong with it."""
    found = problems(outline_of(draft))
    if found:
        text = "; ".join(problem.description for problem in found)
        raise GraphError(f"graph {draft.graph_id!r}: {text}")
    state = state_type_of(draft.state, graph_id=draft.graph_id)
    wanted = state
    if draft.input is not None:
        wanted = _part(draft, draft.input, state, what="input")
    leaves = None
    if draft.output is not None:
        leaves = frozenset(_part(draft, draft.output, state, what="output").keys or ()) or None
    info = info_of(draft, input_schema=wanted.schema, state_schema=_partial(state.schema))
    return assemble(draft, info, state=state, input_schema=wanted.schema, output=leaves)


def assemble(
    draft: Draft,
    info: GraphInfo,
    *,
    state: StateType,
    input_schema: Mapping[str, Any],
    output: frozenset[str] | None = None,
) -> CompiledGraph:
    """Return a graph whose parts have been checked."""
    edges: dict[str, list[str]] = {}
    branches: dict[str, list[Branch]] = {}
    for source, target in draft.edges:
        edges.setdefault(source, []).append(target)
    for branch in draft.branches:
        branches.setdefault(branch.source, []).append(branch)
    if START not in edges and START not in branches:
        edges[START] = [next(iter(draft.nodes))]
    return CompiledGraph(
        graph_id=draft.graph_id,
        info=info,
        nodes=dict(draft.nodes),
        edges={source: tuple(targets) for source, targets in edges.items()},
        branches=branches,
        state=state,
        checker=Checker(draft.graph_id, input_schema=input_schema, state=state),
        output=output,
        max_steps=draft.max_steps,
    )


def outline_of(draft: Draft) -> Outline:
    """Return the shape of a graph."""
    return Outline(
        nodes=tuple(draft.nodes),
        edges=draft.edges,
        branches=[
            (item.source, None if item.targets is None else _flat(item.targets.values()))
            for item in draft.branches
        ],
        gotos={
            name: node.goto
            for name, node in draft.nodes.items()
            if node.roams or node.goto is not None
        },
    )


def info_of(
    draft: Draft,
    *,
    input_schema: Mapping[str, Any],
    state_schema: Mapping[str, Any],
    kind: GraphKind = GraphKind.PYTHON,
    definition: bytes = b"",
) -> GraphInfo:
    """Describe a graph, with the edges that are implied."""
    return GraphInfo(
        graph_id=draft.graph_id,
        kind=kind,
        description=draft.description,
        nodes=tuple(map(_node_info, draft.nodes.values())),
        edges=tuple(_edges(draft)),
        input_schema=encode(input_schema),
        state_schema=encode(state_schema),
        definition=definition,
    )


def _node_info(node: Node) -> NodeInfo:
    return NodeInfo(
        name=node.name,
        tool=node.tool,
        description=node.description,
        retries=node.retries,
        timeout_seconds=node.timeout_seconds,
    )


def _edges(draft: Draft) -> Iterable[EdgeInfo]:
    sources = {source for source, _ in draft.edges} | {item.source for item in draft.branches}
    if START not in sources:
        yield EdgeInfo(source=START, target=next(iter(draft.nodes)))
    for source, target in draft.edges:
        yield EdgeInfo(source=source, target=target)
    for branch in draft.branches:
        yield from _chosen(branch)
    for node in draft.nodes.values():
        for target in node.goto or ():
            yield EdgeInfo(source=node.name, target=target, conditional=True)
        if node.name not in sources and not node.goto:
            yield EdgeInfo(source=node.name, target=END)


def _chosen(branch: Branch) -> Iterable[EdgeInfo]:
    for answer, targets in (branch.targets or {}).items():
        for target in targets:
            label = "" if answer == target else str(answer)
            yield EdgeInfo(source=branch.source, target=target, conditional=True, label=label)


def _part(draft: Draft, part: Any, whole: StateType, *, what: str) -> StateType:
    """Return a type that has some keys of the state."""
    found = state_type_of(part, graph_id=draft.graph_id)
    foreign = [
        name for name in found.keys or () if whole.keys is not None and name not in whole.keys
    ]
    if foreign:
        raise GraphError(
            f"graph {draft.graph_id!r}: its {what} has keys that its state lacks:"
            f" {', '.join(foreign)}; add them to the state"
        )
    return found


def _partial(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema of a state some of whose keys nobody has written yet."""
    return {key: value for key, value in schema.items() if key != "required"}


def _flat(groups: Iterable[tuple[str, ...]]) -> list[str]:
    return list(dict.fromkeys(name for group in groups for name in group))
