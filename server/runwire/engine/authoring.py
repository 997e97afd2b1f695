"""What authors write graphs with.

    graph = Graph("greeting", state=State)

    @graph.node(retries=3, timeout_seconds=30)
    async def greet(state: State, context: Context) -> dict: ...

    graph.edge("greet", "send")
    graph.branch("send", choose, {"again": "greet", "done": END})

Without an edge from START the first node is the entry; a node without a way out leads to END.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar, overload

from runwire.domain.graph import END, START
from runwire.engine.calling import callee_of, roams, unwrapped
from runwire.engine.checks import bad_graph_id, bad_name
from runwire.engine.compiling import Draft, compile_draft
from runwire.engine.definition import MAX_STEPS, Backoff, Branch, CompiledGraph, Node
from runwire.engine.faults import GraphError
from runwire.engine.routes import Command, Send
from runwire.engine.tools import tool

__all__ = ["END", "START", "Backoff", "Command", "Graph", "GraphError", "Send", "tool"]

F = TypeVar("F", bound=Callable[..., Any])
NodeName = str | Callable[..., Any]


class Graph:
    """Nodes and the ways between them.

    ``state`` is a TypedDict, dataclass or pydantic model (or None: any keys), with reducers in
    Annotated. ``input`` and ``output`` are types with some of its keys: what a run must be given,
    and what it leaves as its output.
    """

    def __init__(
        self,
        graph_id: str,
        state: Any = None,
        *,
        description: str = "",
        max_steps: int = MAX_STEPS,
        input: Any = None,  # noqa: A002 - the word of the contract
        output: Any = None,
    ) -> None:
        if why := bad_graph_id(graph_id):
            raise GraphError(why)
        if max_steps < 1:
            raise GraphError(f"graph {graph_id!r}: max_steps must be at least 1, not {max_steps}")
        self.graph_id = graph_id
        self._draft = Draft(
            graph_id=graph_id,
            state=state,
            input=input,
            output=output,
            description=description,
            max_steps=max_steps,
        )
        self._compiled: CompiledGraph | None = None

    def __repr__(self) -> str:
        return f"Graph({self.graph_id!r})"

    @overload
    def node(self, function: F, /) -> F: ...
    @overload
    def node(self, function: F, /, *, name: str, **options: Any) -> F: ...
    @overload
    def node(
        self,
        function: None = None,
        /,
        *,
        name: str = "",
        retries: int = 0,
        backoff: Backoff | float | None = None,
        retry_on: type[BaseException] | Iterable[type[BaseException]] = Exception,
        timeout_seconds: float | None = None,
        goto: str | Sequence[str] | None = None,
        description: str = "",
    ) -> Callable[[F], F]: ...
    def node(self, function: Any = None, /, **options: Any) -> Any:
        """Add a node, as a decorator or by ``graph.node(function, name="…")``.

        ``retries`` counts the attempts after the first; ``backoff`` is a Backoff, or the seconds
        before the first of them; ``goto`` names the nodes it may go to by Command.
        """

        def add(target: F) -> F:
            node = _node(self.graph_id, target, **options)
            if node.name in self._draft.nodes:
                raise GraphError(
                    f"graph {self.graph_id!r}: node {node.name!r} is defined twice:"
                    ' give one of them another name, graph.node(function, name="…")'
                )
            self._draft.nodes[node.name] = node
            self._compiled = None
            return target

        return add if function is None else add(function)

    def edge(self, source: NodeName, target: NodeName) -> None:
        """Run a node after another; several edges out of one run their targets in parallel."""
        self._draft.edges.append((_name(source), _name(target)))
        self._compiled = None

    def branch(
        self,
        source: NodeName,
        choose: Callable[..., Any],
        targets: Mapping[Any, NodeName | Sequence[NodeName]] | Sequence[NodeName] | None = None,
    ) -> None:
        """After a node, go where ``choose(state)`` says.

        It answers with a key of ``targets``, the name of a node, END, a Send, or a list of those.
        """
        what = f"graph {self.graph_id!r}: the branch after {_name(source)!r}"
        named = None if targets is None else _targets(targets)
        choice = callee_of(choose, what=what, context=False)
        self._draft.branches.append(Branch(source=_name(source), choose=choice, targets=named))
        self._compiled = None

    def compile(self) -> CompiledGraph:
        """Return the graph checked and ready; raise GraphError naming what is wrong."""
        if self._compiled is None:
            self._compiled = compile_draft(self._draft)
        return self._compiled


def _node(
    graph_id: str,
    function: Callable[..., Any],
    *,
    name: str = "",
    retries: int = 0,
    backoff: Backoff | float | None = None,
    retry_on: type[BaseException] | Iterable[type[BaseException]] = Exception,
    timeout_seconds: float | None = None,
    goto: str | Sequence[str] | None = None,
    description: str = "",
) -> Node:
    name = name or _name(function)
    what = f"graph {graph_id!r}: node {name!r}"
    if why := bad_name(name):
        raise GraphError(f"graph {graph_id!r}: {why}")
    if retries < 0:
        raise GraphError(f"{what}: retries must not be negative")
    if timeout_seconds is not None and timeout_seconds <= 0:
        raise GraphError(f"{what}: timeout_seconds must be positive")
    if isinstance(backoff, int | float):
        backoff = Backoff(initial_seconds=backoff)
    targets = (goto,) if isinstance(goto, str) else goto
    return Node(
        name=name,
        callee=callee_of(function, what=what),
        retries=retries,
        backoff=backoff or Backoff(),
        retry_on=(retry_on,) if isinstance(retry_on, type) else tuple(retry_on),
        timeout_seconds=timeout_seconds,
        description=description or _summary(function),
        goto=None if targets is None else tuple(targets),
        roams=targets is None and roams(function),
    )


def _summary(function: Callable[..., Any]) -> str:
    """Return the first paragraph of a function's own docstring."""
    target = unwrapped(function)
    text = inspect.getdoc(target) if inspect.isroutine(target) else None
    return " ".join((text or "").split("\n\n")[0].split())


def _name(node: NodeName) -> str:
    if isinstance(node, str):
        return node
    target = unwrapped(node)
    name: str = getattr(target, "__name__", None) or type(target).__name__
    return name


def _targets(targets: Any) -> dict[str, tuple[str, ...]]:
    """Return targets by answer; in a list, a node is its own answer."""
    if not isinstance(targets, Mapping):
        return {_name(item): (_name(item),) for item in targets}
    return {
        key: tuple(map(_name, item)) if isinstance(item, list | tuple) else (_name(item),)
        for key, item in targets.items()
    }
