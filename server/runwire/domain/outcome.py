"""How an attempt ended. The executor returns one; the worker records it."""

from dataclasses import dataclass

from runwire.domain.run import Interrupt, RunError


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The graph reached its end; `output` is the final state as JSON bytes."""

    output: bytes


@dataclass(frozen=True, slots=True)
class Failed:
    """A node failed for good, or a limit was reached."""

    error: RunError


@dataclass(frozen=True, slots=True)
class Interrupted:
    """Nodes asked questions; every other node of the superstep is done."""

    interrupts: tuple[Interrupt, ...]


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The attempt stopped because the run was being cancelled."""


Outcome = Succeeded | Failed | Interrupted | Cancelled
