"""What can go wrong in a graph, apart from what callers of the server meet.

GraphError      a graph, a tool or a reference to one is defined wrongly; raised where it is defined
Fault           a run cannot go on; becomes the error of the run
LeaseLost       somebody else holds the run now; what this attempt did since is void
Paused          the worker is stopping; the run goes on elsewhere from what is on disk
StepOver        a node that was given up on still reaches for its context
InterruptSignal leaves a node that asks a question
"""

from typing import Final

from runwire.domain.run import Interrupt, RunError

MAX_TEXT: Final = 2000

UNKNOWN: Final = 2
DEADLINE_EXCEEDED: Final = 4
RESOURCE_EXHAUSTED: Final = 8
FAILED_PRECONDITION: Final = 9


class GraphError(ValueError):
    """A graph is defined wrongly; the message names the place and the remedy."""


class Fault(Exception):
    """A run cannot go on."""

    def __init__(
        self, reason: str, message: str, *, code: int = FAILED_PRECONDITION, **metadata: object
    ) -> None:
        super().__init__(message)
        self.error = RunError(
            code=code,
            reason=reason,
            message=cut(message),
            metadata={key: cut(str(value)) for key, value in metadata.items() if value != ""},
        )


class LeaseLost(Exception):
    """The run is no longer held under this lease; the attempt ends quietly."""


class Paused(Exception):
    """The attempt stopped between two supersteps, as the worker asked; all it did is on disk."""


class StepOver(RuntimeError):
    """The step has ended (or was cancelled): what its node still says is not recorded."""


class InterruptSignal(Exception):
    """A node asked a question that has no answer yet."""

    def __init__(self, interrupt: Interrupt) -> None:
        super().__init__(f"waiting for the answer to {interrupt.interrupt_id}")
        self.interrupt = interrupt


def words(error: BaseException) -> str:
    """Return an exception as a reader sees it: its class and its text, without a traceback."""
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - an author's exception may fail at that, too
        text = ""
    return cut(f"{type(error).__name__}: {text}" if text else type(error).__name__)


def cut(text: str) -> str:
    """Return a text that fits in an error and in any database."""
    text = text.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"
