"""The graphs of this program: those written in Python by id, JSON ones by their definition."""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Final

from runwire.domain.errors import NotFound
from runwire.domain.graph import GraphInfo, ToolInfo
from runwire.engine.authoring import Graph
from runwire.engine.definition import CompiledGraph
from runwire.engine.faults import GraphError
from runwire.engine.hosted import HostedGraph
from runwire.engine.inputs import check_value
from runwire.engine.json_graph import compile_json
from runwire.engine.learned import LearnedGraph, learned_tool
from runwire.engine.tools import TOOLS, Tool

CACHED_GRAPHS: Final = 256


class Registry:
    """Implements the port `Graphs`, and gives the worker what it executes; safe on any thread."""

    def __init__(self, graphs: Iterable[Graph] = (), *, cached: int = CACHED_GRAPHS) -> None:
        self._graphs: dict[str, CompiledGraph] = {}
        self._hosted: dict[str, HostedGraph] = {}
        self._learned: dict[str, LearnedGraph] = {}
        self._tools: dict[str, Tool] = {}
        self._cached = cached
        self._parsed: OrderedDict[bytes, CompiledGraph] = OrderedDict()
        self._guard = threading.Lock()
        for graph in graphs:
            self.add(graph)

    def add(self, graph: Graph) -> None:
        """Check a graph and take it in; raise GraphError if it is wrong or its id is taken."""
        compiled = graph.compile()
        if self._graphs.setdefault(graph.graph_id, compiled) is not compiled:
            raise GraphError(f"graph {graph.graph_id!r} is there twice: give one another id")

    def host(self, graph: HostedGraph) -> None:
        """Take in a graph that another library executes; raise GraphError if its id is taken."""
        graph_id = graph.info.graph_id
        if graph_id in self._graphs or self._hosted.setdefault(graph_id, graph) is not graph:
            raise GraphError(f"graph {graph_id!r} is there twice: give one another id")

    def hosted(self, graph_id: str) -> HostedGraph | None:
        """Return a graph that another library executes; None if it is none, or not here."""
        return self._hosted.get(graph_id)

    def learn(self, graphs: Sequence[GraphInfo], tools: Sequence[ToolInfo]) -> None:
        """Know graphs and tools whose code is elsewhere; what is here counts before them."""
        for info in graphs:
            known = self._learned.get(info.graph_id)
            if known is None or known.info != info:
                self._learned[info.graph_id] = LearnedGraph(info)
        for tool in tools:
            found = self._tools.get(tool.name)
            if tool.name not in TOOLS and (found is None or found.info != tool):
                self._tools[tool.name] = learned_tool(tool)
                with self._guard:
                    self._parsed.clear()

    def names(self) -> Sequence[str]:
        return sorted(self._graphs.keys() | self._hosted.keys() | self._learned.keys())

    def own(self) -> Sequence[GraphInfo]:
        """Return the graphs whose code is here, by id."""
        here: list[CompiledGraph | HostedGraph] = [*self._graphs.values(), *self._hosted.values()]
        return sorted((graph.info for graph in here), key=lambda info: info.graph_id)

    def info(self, graph_id: str) -> GraphInfo:
        known = self._hosted.get(graph_id) or self._elsewhere(graph_id, None)
        return known.info if known else self.compiled(graph_id, None).info

    def parse(self, definition: bytes) -> GraphInfo:
        return self._json(definition).info

    def check_input(self, graph_id: str, definition: bytes | None, data: bytes) -> None:
        checker = self._otherwise(graph_id, definition)
        (checker or self.compiled(graph_id, definition).checker).check_input(data)

    def check_update(self, graph_id: str, definition: bytes | None, data: bytes) -> None:
        checker = self._otherwise(graph_id, definition)
        (checker or self.compiled(graph_id, definition).checker).check_update(data)

    def check_value(self, schema: bytes, data: bytes, *, name: str) -> None:
        check_value(schema, data, name=name)

    def tools(self) -> Sequence[ToolInfo]:
        tools = self._tools | TOOLS
        return [tools[name].info for name in sorted(tools)]

    def compiled(self, graph_id: str, definition: bytes | None) -> CompiledGraph:
        """Return a graph to execute; raise NotFound, or Invalid if its tools are gone."""
        if definition is not None:
            return self._json(definition)
        found = self._graphs.get(graph_id)
        if found is None:
            known = ", ".join(sorted(self._graphs)) or "none"
            raise NotFound(
                f"no graph {graph_id}; graphs loaded here: {known}",
                reason="GRAPH_NOT_FOUND",
                graph_id=graph_id,
            )
        return found

    def _otherwise(
        self, graph_id: str, definition: bytes | None
    ) -> HostedGraph | LearnedGraph | None:
        """Return what checks values of a graph that is not of this engine."""
        hosted = None if definition is not None else self._hosted.get(graph_id)
        return hosted or self._elsewhere(graph_id, definition)

    def _elsewhere(self, graph_id: str, definition: bytes | None) -> LearnedGraph | None:
        if definition is not None or graph_id in self._graphs or graph_id in self._hosted:
            return None
        return self._learned.get(graph_id)

    def _json(self, definition: bytes) -> CompiledGraph:
        with self._guard:
            found = self._parsed.get(definition)
            if found is not None:
                self._parsed.move_to_end(definition)
                return found
        found = compile_json(definition, self._tools | TOOLS)
        with self._guard:
            self._parsed[definition] = found
            while len(self._parsed) > self._cached:
                self._parsed.popitem(last=False)
        return found
