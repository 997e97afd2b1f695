"""How a worker that lives elsewhere introduces itself, and what it and the server say then."""

from dataclasses import dataclass, field

from runwire.domain.errors import Error
from runwire.domain.explanation import Executor
from runwire.domain.graph import GraphInfo, ToolInfo
from runwire.domain.ids import queue_names
from runwire.domain.outcome import Outcome
from runwire.domain.work import Claim, Lease, Progress, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """A worker: its id, what it can execute, which queues it takes, and the leases it holds."""

    worker_id: str
    graphs: tuple[GraphInfo, ...] = ()
    tools: tuple[ToolInfo, ...] = ()
    queues: tuple[str, ...] = ()
    held: tuple[Lease, ...] = ()


def serving(hello: Hello, room: int) -> Executor:
    """Return a worker as somebody sees it who waits for one."""
    return Executor(
        worker_id=hello.worker_id,
        queues=frozenset(queue_names(hello.queues)),
        graphs=frozenset(graph.graph_id for graph in hello.graphs),
        room=room,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Progress of a lease, and with it how the attempt ended if it did.

    ``ack`` is the number by which the answer names it.
    """

    ack: int
    lease: Lease
    progress: Progress
    outcome: Outcome | None = None


@dataclass(slots=True)
class Answers:
    """What is to be told to a worker: all that came together since it was told last."""

    claims: list[Claim] = field(default_factory=list)
    verdicts: list[tuple[Lease, Verdict]] = field(default_factory=list)
    beat: int = 0
    acks: list[int] = field(default_factory=list)
    refusals: list[tuple[int, Error]] = field(default_factory=list)
    draining_seconds: float | None = None
