"""Graphs as their authors define them: compiled, yet to be compiled, or made by a factory."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from types import TracebackType
from typing import Any, Final, TypeAlias

from langgraph.graph import StateGraph
from langgraph.pregel import Pregel
from langgraph.store.memory import InMemoryStore
from langgraph_sdk.runtime import AccessContext, _ExecutionRuntime, _ReadRuntime

from runwire.engine.faults import GraphError
from runwire.langgraph.factories import Factory, as_context
from runwire.langgraph.source import Access, Use
from runwire.langgraph.users import AuthUser

Compiled: TypeAlias = Pregel[Any, Any, Any, Any]

UNNAMED: Final = "LangGraph"
"""What LangGraph calls a graph that was given no name."""


class FixedSource:
    """Implements `Source` with the same graph every time."""

    def __init__(self, graph: Compiled, *, graph_id: str, description: str = "") -> None:
        self.graph_id = graph_id
        self.description = description
        self._graph = named(graph, graph_id)

    @property
    def fixed(self) -> Compiled:
        return self._graph

    def open(self, _: Use) -> AbstractAsyncContextManager[Compiled]:
        return _Same(self._graph)


class MadeSource:
    """Implements `Source` with a graph that a factory makes for each use."""

    def __init__(
        self, factory: Factory, *, graph_id: str, reference: str, description: str = ""
    ) -> None:
        self.graph_id = graph_id
        self.description = description
        self.reference = reference
        self.simple = factory.simple
        self._factory = factory

    @property
    def fixed(self) -> None:
        return None

    def open(self, use: Use) -> AbstractAsyncContextManager[Compiled]:
        return _Made(self, use)

    async def enter(self, stack: AsyncExitStack, use: Use) -> Compiled:
        """Return a graph; raise GraphError if the factory makes something else."""
        made = await self._factory.enter(
            stack, config=use.config, runtime=lambda context: runtime_of(use, context)
        )
        graph = compiled(made, self.graph_id)
        if graph is None:
            raise GraphError(
                f"{self.reference!r} has made {_what(made)}; a factory must make a compiled graph"
                " or a StateGraph of LangGraph"
            )
        return graph


class _Same:
    """Opens a graph that is there anyway."""

    def __init__(self, graph: Compiled) -> None:
        self._graph = graph

    async def __aenter__(self) -> Compiled:
        return self._graph

    async def __aexit__(self, *_: object) -> None:
        return None


class _Made:
    """Opens a graph that a factory makes, and lets the factory clean up.

    Not `asynccontextmanager`: a factory that swallows what the use of its graph has raised must not
    make a run that failed look as if it had not.
    """

    def __init__(self, source: MadeSource, use: Use) -> None:
        self._source = source
        self._use = use
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Compiled:
        try:
            return await self._source.enter(self._stack, self._use)
        except BaseException:
            await self._stack.aclose()
            raise

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.__aexit__(kind, error, trace)


def compiled(found: Any, graph_id: str) -> Compiled | None:
    """Return what is a graph, compiled; None for anything else."""
    if isinstance(found, StateGraph):
        return found.compile(name=graph_id)
    return named(found, graph_id) if isinstance(found, Pregel) else None


def named(graph: Compiled, graph_id: str) -> Compiled:
    """Return a graph that goes by its id, unless its author has given it a name."""
    return graph if graph.name and graph.name != UNNAMED else graph.copy({"name": graph_id})


def runtime_of(use: Use, context: Any = None) -> Any:
    """Return the server's runtime as factories know it."""
    user = None if use.user is None else AuthUser(use.user)
    store = use.store if use.store is not None else InMemoryStore()
    access: AccessContext = use.access.value
    if use.access is not Access.RUN:
        return _ReadRuntime(access_context=access, user=user, store=store)
    return _ExecutionRuntime(
        access_context=access,
        user=user,
        store=store,
        context=as_context(use.context, context),
    )


def _what(made: Any) -> str:
    if isinstance(made, Callable):  # type: ignore[arg-type]
        return f"a function ({getattr(made, '__name__', made)!r})"
    if hasattr(made, "__anext__") or hasattr(made, "__next__"):
        return "a generator: decorate it with contextlib.asynccontextmanager (or contextmanager)"
    return type(made).__name__
