"""The graphs and tools of this server, those in Python and those sent as JSON."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from time import monotonic
from typing import Final, TypeVar

from runwire.domain.errors import AlreadyExists, Invalid, NotAllowed, NotFound
from runwire.domain.graph import GraphInfo, GraphKind, GraphVersion, ToolInfo
from runwire.domain.namespace import DEFAULT_NAMESPACE, local_id, whole_id
from runwire.domain.paging import Page, page_size_of, position_of, token_of
from runwire.domain.payload import check_size, decode, encode
from runwire.domain.ports import Graphs, GraphStore
from runwire.domain.reach import HOME, Reach, out_of_scope

T = TypeVar("T")

LOOK_SECONDS: Final = 1.0
MAX_ABSENT: Final = 10_000

Refresh = Callable[[], Awaitable[None]]
"""Learns what is known elsewhere."""


class GraphCatalog:
    """Describes graphs, and takes definitions."""

    def __init__(
        self, *, graphs: Graphs, store: GraphStore, refresh: Refresh | None = None
    ) -> None:
        self._graphs = graphs
        self._store = store
        self._refresh = refresh
        self._absent: dict[str, float] = {}  # when a namespace had no graph of that whole id

    async def create(
        self, definition: bytes, *, validate_only: bool, reach: Reach = HOME
    ) -> GraphInfo:
        """Check a definition, store it as the next version; raise Invalid naming what is wrong.

        Raises Denied for a graph that is out of reach.
        """
        await self._look_again()
        check_size(definition, name="definition")
        # Spelled one way, so that the same definition sent with other spaces is no new version.
        definition = encode(decode(definition, name="definition"), name="definition")
        info = self._graphs.parse(definition)
        if not reach.sees(info.graph_id):
            raise out_of_scope(info.graph_id)
        if info.graph_id in self._graphs.names():
            raise AlreadyExists(
                f"graph {info.graph_id} is defined in Python: choose another graph_id",
                reason="GRAPH_ALREADY_EXISTS",
                graph_id=info.graph_id,
            )
        if validate_only:
            return info
        whole = reach.whole(info.graph_id)
        self._absent.pop(whole, None)
        return _at(info, await self._store.add(whole, definition))

    async def get(self, graph_id: str, version: int, reach: Reach = HOME) -> GraphInfo:
        """Return a graph (version 0: the newest); raise NotFound."""
        if await self._in_code(graph_id) and not await self._own(graph_id, reach.namespace):
            if version:
                raise NotFound(
                    f"graph {graph_id} is defined in Python and has no versions: leave version out",
                    reason="GRAPH_NOT_FOUND",
                    graph_id=graph_id,
                )
            return self._graphs.info(graph_id)
        return self._described(await self._store.get(reach.whole(graph_id), version))

    async def find(self, page_size: int, page_token: str, reach: Reach = HOME) -> Page[GraphInfo]:
        """Return one page of all graphs, by id, without schemas and definitions."""
        await self._look_again()
        found = {name: self._graphs.info(name) for name in self._graphs.names()}
        for item in await self._store.find(reach.namespace):
            name = local_id(item.graph_id)
            if name not in found or reach.namespace != DEFAULT_NAMESPACE:
                found[name] = self._described(item)
        known = [found[name] for name in sorted(found) if reach.sees(name)]
        brief = [replace(i, input_schema=b"", state_schema=b"", definition=b"") for i in known]
        query = ("graphs", reach)
        return _page(brief, [i.graph_id for i in brief], query, page_size, page_token)

    def _described(self, stored: GraphVersion) -> GraphInfo:
        try:
            return _at(self._graphs.parse(stored.definition), stored)
        except Invalid as error:
            # It was right when it came; a tool is gone since. The others must not suffer for it.
            broken = GraphInfo(
                graph_id=local_id(stored.graph_id), kind=GraphKind.JSON, description=error.message
            )
            return _at(broken, stored)

    async def delete(self, graph_id: str, reach: Reach = HOME) -> None:
        """Delete every version of a JSON graph; raise NotFound, or NotAllowed for one in Python."""
        if graph_id in self._graphs.names() and not await self._own(graph_id, reach.namespace):
            raise NotAllowed(
                f"graph {graph_id} is defined in Python: remove it from the server's settings",
                reason="GRAPH_IN_PYTHON",
                graph_id=graph_id,
            )
        await self._store.delete(reach.whole(graph_id))

    async def tools(self, page_size: int, page_token: str) -> Page[ToolInfo]:
        """Return one page of the registered tools, by name."""
        await self._look_again()
        tools = self._graphs.tools()
        return _page(tools, [tool.name for tool in tools], ("tools",), page_size, page_token)

    async def resolve(self, graph_id: str, namespace: str) -> tuple[str, int, bytes | None]:
        """Return the whole id, version and definition that a new run executes.

        0 and None for a graph in Python, which every namespace shares, unless one has a graph of
        its own of that name.
        """
        if await self._in_code(graph_id) and not await self._own(graph_id, namespace):
            return graph_id, 0, None
        stored = await self._store.get(whole_id(namespace, graph_id), 0)
        return stored.graph_id, stored.version, stored.definition

    async def is_langgraph(self, graph_id: str, namespace: str) -> bool:
        """Whether what a namespace means by the name of a graph is one of LangGraph's."""
        if not await self._in_code(graph_id):
            return False
        if self._graphs.info(graph_id).kind is not GraphKind.LANGGRAPH:
            return False
        return not await self._own(graph_id, namespace)

    def kind_of(self, graph_id: str, version: int) -> GraphKind:
        """Return the kind of a graph that was resolved."""
        return GraphKind.JSON if version else self._graphs.info(graph_id).kind

    async def definition(self, graph_id: str, version: int) -> bytes | None:
        """Return the definition that a run was created with; None for a graph in Python."""
        return (await self._store.get(graph_id, version)).definition if version else None

    async def _own(self, graph_id: str, namespace: str) -> bool:
        """Whether a namespace has a graph of its own with the name of one in Python.

        It can have if the one in Python came later. That there is none is believed for a moment:
        runs of graphs in Python are many.
        """
        if namespace == DEFAULT_NAMESPACE:
            return False
        whole = whole_id(namespace, graph_id)
        if monotonic() - self._absent.get(whole, float("-inf")) < LOOK_SECONDS:
            return False
        try:
            await self._store.get(whole, 0)
        except NotFound:
            if len(self._absent) >= MAX_ABSENT:
                self._absent.clear()
            self._absent[whole] = monotonic()
            return False
        return True

    async def _in_code(self, graph_id: str) -> bool:
        """Whether a graph is defined in Python, here or in a worker."""
        if graph_id not in self._graphs.names():
            await self._look_again()
        return graph_id in self._graphs.names()

    async def _look_again(self) -> None:
        """Learn what workers have registered with other servers."""
        if self._refresh is not None:
            await self._refresh()


def _at(info: GraphInfo, stored: GraphVersion) -> GraphInfo:
    return replace(
        info,
        version=stored.version,
        definition=stored.definition,
        created_at=stored.created_at,
    )


def _page(
    items: Sequence[T],
    names: Sequence[str],
    query: Sequence[object],
    page_size: int,
    page_token: str,
) -> Page[T]:
    size = page_size_of(page_size)
    after = position_of(page_token, query=query, kinds=(str,))
    start = 0 if after is None else sum(name <= after[0] for name in names)
    end = start + size
    token = token_of((names[end - 1],), query=query) if end < len(items) else ""
    return Page(items[start:end], token)
