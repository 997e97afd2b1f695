"""A graph that has been checked and can be executed; however it was written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from runwire.domain.graph import GraphInfo
from runwire.engine.calling import Callee
from runwire.engine.inputs import Checker
from runwire.engine.state import StateType

MAX_STEPS: Final = 1000

Random = Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """How long to wait before a failed attempt is tried again; with jitter, up to so long."""

    initial_seconds: float = 0.5
    factor: float = 2.0
    max_seconds: float = 60.0
    jitter: bool = True

    def seconds(self, failures: int, random: Random) -> float:
        """Return how long to wait after so many failures."""
        try:
            longest = min(self.initial_seconds * self.factor ** (failures - 1), self.max_seconds)
        except OverflowError:
            longest = self.max_seconds
        return longest * random() if self.jitter else longest


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node: what it calls, and what happens when that fails."""

    name: str
    callee: Callee
    retries: int = 0
    backoff: Backoff = field(default_factory=Backoff)
    retry_on: tuple[type[BaseException], ...] = (Exception,)
    timeout_seconds: float | None = None
    tool: str = ""
    description: str = ""
    goto: tuple[str, ...] | None = None
    roams: bool = False
    """Whether it may go to any node by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """Chooses where to go after a node; `targets` by answer, or None if answers are node names."""

    source: str
    choose: Callee
    targets: Mapping[str, tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledGraph:
    """A graph that has been checked; `edges` and `branches` by the node they leave, or START."""

    graph_id: str
    info: GraphInfo
    nodes: Mapping[str, Node]
    edges: Mapping[str, tuple[str, ...]]
    branches: Mapping[str, Sequence[Branch]]
    state: StateType
    checker: Checker
    output: frozenset[str] | None = None
    max_steps: int = MAX_STEPS
