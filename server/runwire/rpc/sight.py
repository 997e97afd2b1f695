"""How a call is seen: its name, its line in the log, its span, and what is counted of it.

The caller is told the call's name, the request id: their own `x-request-id`, or a new one.
"""

import logging
import re
import time
from collections.abc import Callable
from typing import Any, Final

from grpc import StatusCode

from runwire import trail
from runwire.domain.tallies import CallTally, MethodTally
from runwire.rpc.errors import REQUEST_ID
from runwire.rpc.methods import Method
from runwire.spans import Span, Tracer, answering
from runwire.trail import NOWHERE, Trail

TRACE_PARENT: Final = "traceparent"
TRACE_STATE: Final = "tracestate"

_access = logging.getLogger("runwire.access")
_SANE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:~-]{0,127}")
_QUIET: Final = "/grpc."
"""Probes and reflection come every few seconds and say nothing."""


class Observer:
    """Who looks at the calls of one server."""

    def __init__(
        self,
        *,
        new_request_id: Callable[[], str],
        tally: CallTally | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        self.new_request_id = new_request_id
        self.tally = tally or CallTally()
        self.tracer = tracer

    def count(self, method: Method) -> MethodTally:
        """Return what counts the calls of a method."""
        streams = method.client_streaming or method.server_streaming
        return self.tally.of(method.path, streams=streams)


class Seen:
    """One call, as it is seen from its arrival to its end."""

    __slots__ = (
        *("_began", "_context", "_method", "_observer", "_request_id", "_span", "_tally"),
        "_transport",
    )

    def __init__(self, observer: Observer, method: Method, context: Any) -> None:
        self._observer = observer
        self._method = method
        self._context = context
        self._span: Span | None = None
        # A context that is not gRPC's own says how its calls come: `http`, say.
        self._transport = getattr(context, "transport", "grpc")
        self._tally = observer.tally.methods.get(method.path) or observer.count(method)

    def decode(self, data: bytes) -> Any:
        """Return a request, and note which run it is about; raise Invalid."""
        request = self._method.decode(data)
        if self._method.names_run and request.run_id:
            trail.about(request.run_id)
            if self._span is not None:
                self._span.note(run_id=request.run_id)
        return request

    def _arrive(self) -> None:
        self._began = time.perf_counter()
        self._tally.open += 1
        found = self._heard()
        self._request_id = found.request_id
        self._context.set_trailing_metadata(((REQUEST_ID, self._request_id),))
        tracer, method = self._observer.tracer, self._method
        # A worker's stream lasts as long as the worker; what comes of it has spans of its own.
        if tracer is not None and not method.lasts and not method.path.startswith(_QUIET):
            facts = {"request_id": self._request_id, "transport": self._transport}
            self._span = span = tracer.call(method.path, found, **facts)
            found = Trail(self._request_id, "", span.trace_parent, span.trace_state)
            answering(span)
        trail.follow(found)

    def _tell(self, code: StatusCode, error: str = "") -> None:
        """Count the call, and tell the log and its span how it ended."""
        seconds, name = time.perf_counter() - self._began, code.name
        self._tally.open -= 1
        self._tally.end(self._transport, name, seconds)
        level = logging.DEBUG if self._method.path.startswith("/grpc.health") else logging.INFO
        if _access.isEnabledFor(level):
            found = {"code": name, "milliseconds": round(seconds * 1000, 2)}
            _access.log(
                level, "answered", extra=self._facts() | found | {"peer": self._context.peer()}
            )
        if self._span is not None:
            if run_id := trail.current().run_id:
                self._span.note(run_id=run_id)
            self._span.end(code=name, error=error)
            answering(None)
        trail.follow(NOWHERE)

    def _facts(self) -> dict[str, Any]:
        return {"method": self._method.path, "request_id": self._request_id}

    def _heard(self) -> Trail:
        """Return what the caller says of itself, as far as it is well-formed."""
        request_id = parent = state = ""
        for key, value in self._context.invocation_metadata():
            if key == REQUEST_ID and not request_id and _SANE.fullmatch(value):
                request_id = str(value)
            elif key == TRACE_PARENT:
                parent = f"{parent},{value}" if parent else value  # two of them are malformed
            elif key == TRACE_STATE:
                state = f"{state},{value}" if state else value
        request_id = request_id or self._observer.new_request_id()
        parent = parent and trail.trace_parent_of(parent)
        return Trail(request_id, "", parent, trail.trace_state_of(state) if parent else "")
