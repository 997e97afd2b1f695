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
from runwire.engine.inputs import check_value
from runwire.engine.json_graph import compile_json
from runwire.engine.tools import TOOLS

CACHED_GRAPHS: Final = 256


class Registry:
    """Implements the port `Graphs`, and gives the worker what it executes; safe on any thread."""

    def __init__(self, graphs: Iterable[Graph] = (), *, cached: int = CACHED_GRAPHS) -> None:
        self._graphs: dict[str, CompiledGraph] = {}
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

    def names(self) -> Sequence[str]:
        return sorted(self._graphs)

    def info(self, graph_id: str) -> GraphInfo:
        return self.compiled(graph_id, None).info

    def parse(self, definition: bytes) -> GraphInfo:
        return self._json(definition).info

    def check_input(self, graph_id: str, definition: bytes | None, data: bytes) -> None:
        self.compiled(graph_id, definition).checker.check_input(data)

    def check_update(self, graph_id: str, definition: bytes | None, data: bytes) -> None:
        self.compiled(graph_id, definition).checker.check_update(data)

    def check_value(self, schema: bytes, data: bytes, *, name: str) -> None:
        check_value(schema, data, name=name)

    def tools(self) -> Sequence[ToolInfo]:
        return [TOOLS[name].info for name in sorted(TOOLS)]

    def compiled(self, graph_id: str, definition: bytes | None) -> CompiledGraph:
        """Return a graph to execute; raise NotFound, or Invalid if its tools are gone."""
        if definition is not None:
            return self._json(definition)
        found = self._graphs.get(graph_id)
        if found is None:
            known = ", ".join(self.names()) or "none"
            raise NotFound(
                f"no graph {graph_id}; graphs loaded here: {known}",
                reason="GRAPH_NOT_FOUND",
                graph_id=graph_id,
            )
        return found

    def _json(self, definition: bytes) -> CompiledGraph:
        with self._guard:
            found = self._parsed.get(definition)
            if found is not None:
                self._parsed.move_to_end(definition)
                return found
        found = compile_json(definition)
        with self._guard:
            self._parsed[definition] = found
            while len(self._parsed) > self._cached:
                self._parsed.popitem(last=False)
        return found
