"""Who calls: the name they go by, the namespace they act in, and what they may do there."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from runwire.domain.namespace import DEFAULT_NAMESPACE, whole_id
from runwire.domain.reach import HOME, Reach


class Role(StrEnum):
    """What a caller may do."""

    READER = "reader"
    RUNNER = "runner"
    ADMIN = "admin"
    WORKER = "worker"

    def includes(self, other: "Role") -> bool:
        """Whether this role may do what another may."""
        return other in INCLUDED[self]


INCLUDED: Final[Mapping[Role, frozenset[Role]]] = {
    Role.READER: frozenset({Role.READER}),
    Role.RUNNER: frozenset({Role.READER, Role.RUNNER}),
    Role.ADMIN: frozenset(Role),
    Role.WORKER: frozenset({Role.WORKER}),
}
"""Readers look, runners also make and move runs, admins do everything; workers only work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who makes one call.

    ``name`` says how they are known: ``key:ci``, ``jwt:alice``, ``mtls:worker-7``, ``anonymous``.
    ``graphs`` are ids, or prefixes with a ``*`` at the end, of the graphs they may see; empty means
    all. A caller ``everywhere`` may act in any namespace, and administers the server itself;
    ``named_namespace`` says whether the call chose one.
    """

    name: str = "anonymous"
    namespace: str = DEFAULT_NAMESPACE
    role: Role = Role.ADMIN
    graphs: tuple[str, ...] = ()
    everywhere: bool = True
    peer: str = ""
    request_id: str = ""
    named_namespace: bool = False
    key_id: str = ""

    @property
    def reach(self) -> Reach:
        """What they can reach."""
        if self.namespace == DEFAULT_NAMESPACE and not self.graphs:
            return HOME
        return Reach(namespace=self.namespace, graphs=self.graphs)

    def whole(self, local: str) -> str:
        """Return the whole id of what they name."""
        return whole_id(self.namespace, local)

    def sees(self, graph_id: str) -> bool:
        """Whether a graph, by the id that callers use, is within the caller's scope."""
        return not self.graphs or any(_fits(graph_id, pattern) for pattern in self.graphs)


ANYBODY: Final = Caller()
"""Who calls a server that asks nobody who they are."""


def _fits(graph_id: str, pattern: str) -> bool:
    if pattern.endswith("*"):
        return graph_id.startswith(pattern[:-1])
    return graph_id == pattern
