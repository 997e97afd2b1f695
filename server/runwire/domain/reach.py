"""What a caller can reach: one namespace, and in it all graphs or some."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, assert_never

from runwire.domain.errors import Denied
from runwire.domain.filter import EVERYTHING, And, Comparison, Filter, Not, Or, Text
from runwire.domain.namespace import DEFAULT_NAMESPACE, SEPARATOR, local_id, whole_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """A namespace, and the graphs in it: ids, or prefixes with a ``*`` at the end; empty: all."""

    namespace: str = DEFAULT_NAMESPACE
    graphs: tuple[str, ...] = ()

    @property
    def limited(self) -> bool:
        """Whether there may be graphs in the namespace that are out of reach."""
        return bool(self.graphs) and "*" not in self.graphs

    def whole(self, local: str) -> str:
        """Return the whole id of what the caller names."""
        return whole_id(self.namespace, local)

    def sees(self, graph_id: str) -> bool:
        """Whether a graph, by its whole id, can be reached; "" is no graph, and out of scopes."""
        if not self.limited:
            return True
        local = local_id(graph_id)
        return any(
            local.startswith(pattern[:-1]) if pattern.endswith("*") else local == pattern
            for pattern in self.graphs
        )

    def within(self, where: Filter) -> Filter:
        """Return what a caller's filter means inside the server: of all there is, only their own.

        The namespace stands first, beside the caller's own conditions: the lists' indexes begin
        with it.
        """
        parts: list[Filter] = [Comparison("namespace", "=", self.namespace)]
        if self.limited:
            parts.append(_any([one for pattern in self.graphs for one in self._fitting(pattern)]))
        meant = self._meant(where)
        if meant != EVERYTHING:
            parts += meant.parts if isinstance(meant, And) else (meant,)
        return And(tuple(parts))

    def names(self, graph_id: str) -> Sequence[str]:
        """Return what a graph that a caller names is called inside: in Python, and in JSON."""
        in_python = () if SEPARATOR in graph_id else (graph_id,)
        return list(dict.fromkeys((*in_python, self.whole(graph_id))))

    def _fitting(self, pattern: str) -> Sequence[Filter]:
        if not pattern.endswith("*"):
            return [Comparison("graph_id", "=", graph_id) for graph_id in self.names(pattern)]
        return [
            Comparison("graph_id", STARTS, graph_id)
            for graph_id in self.names(pattern.removesuffix("*"))
        ]

    def _meant(self, where: Filter) -> Filter:
        match where:
            case And(parts=parts):
                return And(tuple(map(self._meant, parts)))
            case Or(parts=parts):
                return _any(list(map(self._meant, parts)))
            case Not(part=part):
                return Not(self._meant(part))
            case Comparison():
                return self._compared(where)
            case Text():
                return where
            case _:
                assert_never(where)

    def _compared(self, what: Comparison) -> Filter:
        if what.field == "thread_id":
            return Comparison(what.field, what.operator, self.whole(str(what.value)))
        if what.field != "graph_id":
            return what
        found = [
            Comparison("graph_id", what.operator, name) for name in self.names(str(what.value))
        ]
        if len(found) == 1:
            return found[0]
        return And(tuple(found)) if what.operator == "!=" else Or(tuple(found))


STARTS: Final = "starts"
"""The operator of prefixes, which callers cannot write."""


HOME: Final = Reach()
"""The default namespace, and all in it."""


def out_of_scope(graph_id: str) -> Denied:
    """Return the error for a caller who wants to make something of a graph out of their reach."""
    return Denied(
        f"graph {graph_id} is out of your scope: ask whoever gave you your credentials",
        reason="GRAPH_OUT_OF_SCOPE",
        graph_id=graph_id,
    )


def _any(parts: Sequence[Filter]) -> Filter:
    """Return an Or without Ors in it, so that those who read it see what it consists of."""
    flat: list[Filter] = []
    for part in parts:
        flat += part.parts if isinstance(part, Or) else (part,)
    return flat[0] if len(flat) == 1 else Or(tuple(flat))
