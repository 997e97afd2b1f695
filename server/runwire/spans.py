"""What a tracer does for this program; there is none unless traces are asked for."""

from contextvars import ContextVar
from typing import Final, Protocol

from runwire.trail import Trail


class Span(Protocol):
    """Something that takes time, in a trace. It holds names and ids, never payloads."""

    @property
    def trace_parent(self) -> str:
        """The W3C `traceparent` by which others go on from here."""

    @property
    def trace_state(self) -> str:
        """The `tracestate` that goes with it."""

    def note(self, **facts: str | int) -> None:
        """Note facts; their names get the prefix `runwire.`."""

    def link(self, trace_parent: str) -> None:
        """Point to a span of another trace."""

    def enter(self) -> object:
        """Be what spans of others begin under, here; return what `leave` wants."""

    def leave(self, entered: object) -> None:
        """Be so no longer."""

    def end(self, *, code: str = "", error: str = "") -> None:
        """End, as an error if there is one; `code` is the gRPC status of a call."""


class Tracer(Protocol):
    """Begins spans."""

    def call(self, path: str, trail: Trail, **facts: str | int) -> Span:
        """Begin the span of a call to `/service/method`, under what its caller says."""

    def step(self, node: str, trail: Trail, **facts: str | int) -> Span:
        """Begin the span of one attempt at a step, under what the run keeps."""


_call: Final[ContextVar[Span | None]] = ContextVar("runwire_call", default=None)

answering = _call.set
"""Note the span of the call that is being answered."""


def link(trace_parent: str) -> None:
    """Let the span of this call, if there is one, point to another trace."""
    span = _call.get()
    if span is not None and trace_parent:
        span.link(trace_parent)
