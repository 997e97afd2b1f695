"""Spans by OpenTelemetry, sent by OTLP. Imported only where traces are asked for.

What the standard variables (`OTEL_…`) say about resources, sampling, batches, limits and exporters
counts, as in any program that uses the SDK. Spans hold names, ids and statuses, never payloads; the
text of an error may quote one, so only its kind is told.
"""

import logging
import os
import threading
from collections.abc import Mapping
from hashlib import sha256
from importlib import import_module
from importlib.metadata import version
from typing import Any, Final

from grpc import StatusCode as Code
from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from runwire.domain.errors import invalid
from runwire.trail import Trail

NAME: Final = "runwire"
PATH: Final = "/v1/traces"
LAST_SECONDS: Final = 2.0
FINE: Final = frozenset({"OK", "CANCELLED"})
"""Codes of calls that are no errors: whoever stops a watch has seen enough."""

_EXPORTERS: Final = {
    "http/protobuf": "opentelemetry.exporter.otlp.proto.http.trace_exporter",
    "grpc": "opentelemetry.exporter.otlp.proto.grpc.trace_exporter",
}
_W3C: Final = TraceContextTextMapPropagator()

logger = logging.getLogger("runwire.tracing")


class OtelTracer:
    """Begins spans of one provider, which it owns."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer(NAME, version(NAME))

    @classmethod
    def sending(cls, endpoint: str) -> "OtelTracer":
        """Return a tracer that sends spans to an address; empty: to where the variables say.

        It becomes the program's, unless that has one, so that spans of node code and of libraries
        go the same way.
        """
        # At its own exit it would wait for a receiver that is gone, however long.
        provider = TracerProvider(resource=_resource(), shutdown_on_exit=False)
        provider.add_span_processor(BatchSpanProcessor(_exporter(endpoint)))
        if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
            trace.set_tracer_provider(provider)
        return cls(provider)

    def call(self, path: str, trail: Trail, **facts: str | int) -> "OtelSpan":
        name = path.lstrip("/")
        service, _, method = name.partition("/")
        span = self._tracer.start_span(
            name,
            context=_context(trail.trace_parent, trail.trace_state),
            kind=SpanKind.SERVER,
            attributes={
                "rpc.system": "grpc",
                "rpc.service": service,
                "rpc.method": method,
                **_named(facts),
            },
        )
        return OtelSpan(span)

    def step(self, node: str, trail: Trail, **facts: str | int) -> "OtelSpan":
        # Nobody's call created a run of a schedule: its steps have a trace in common all the same.
        parent = trail.trace_parent or _made_up(trail.run_id)
        span = self._tracer.start_span(
            f"step {node}",
            context=_context(parent, trail.trace_state),
            attributes=_named({"node": node, "run_id": trail.run_id, **facts}),
        )
        return OtelSpan(span)

    def close(self) -> None:
        """Send what is left, but wait only so long for a receiver that does not answer."""
        last = threading.Thread(target=self._provider.shutdown, name="runwire-spans", daemon=True)
        last.start()
        last.join(LAST_SECONDS)
        if last.is_alive():
            logger.warning("the last spans could not be sent within %g s", LAST_SECONDS)


class OtelSpan:
    """One span."""

    __slots__ = ("_span", "trace_parent", "trace_state")

    def __init__(self, span: trace.Span) -> None:
        self._span = span
        here = span.get_span_context()
        self.trace_parent = f"00-{here.trace_id:032x}-{here.span_id:016x}-{here.trace_flags:02x}"
        self.trace_state = here.trace_state.to_header() if here.trace_state else ""

    def note(self, **facts: str | int) -> None:
        self._span.set_attributes(_named(facts))

    def link(self, trace_parent: str) -> None:
        there = trace.get_current_span(_context(trace_parent)).get_span_context()
        if there.is_valid:
            self._span.add_link(there)

    def enter(self) -> object:
        return contexts.attach(trace.set_span_in_context(self._span))

    def leave(self, entered: Any) -> None:
        contexts.detach(entered)

    def end(self, *, code: str = "", error: str = "") -> None:
        if code:
            self._span.set_attribute("rpc.grpc.status_code", Code[code].value[0])
        failed = error or ("" if code in FINE else code)
        if failed and code not in FINE:
            self._span.set_attribute("error.type", failed)
            self._span.set_status(Status(StatusCode.ERROR, code or failed))
        self._span.end()


def _context(trace_parent: str, trace_state: str = "") -> Context:
    """Return what a span goes on from, and nothing else of what is current."""
    carrier = {"traceparent": trace_parent, "tracestate": trace_state}
    return _W3C.extract(carrier, Context())


def _made_up(run_id: str) -> str:
    digest = sha256(run_id.encode()).hexdigest()
    return f"00-{digest[:32]}-{digest[32:48]}-01"


def _named(facts: Mapping[str, str | int]) -> dict[str, str | int]:
    return {f"runwire.{name}": value for name, value in facts.items()}


def _resource() -> Resource:
    facts = {SERVICE_VERSION: version(NAME)}
    told = os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    if not os.environ.get("OTEL_SERVICE_NAME") and f"{SERVICE_NAME}=" not in told:
        facts[SERVICE_NAME] = NAME
    return Resource.create(facts)


def _exporter(endpoint: str) -> SpanExporter:
    asked = (os.environ.get(f"OTEL_EXPORTER_OTLP_{name}PROTOCOL") for name in ("TRACES_", ""))
    protocol = next(filter(None, asked), "http/protobuf")
    if protocol not in _EXPORTERS:
        known = " or ".join(_EXPORTERS)
        raise invalid("OTEL_EXPORTER_OTLP_PROTOCOL", f"is {protocol}: say {known}")
    try:
        module: Any = import_module(_EXPORTERS[protocol])
    except ModuleNotFoundError:
        raise invalid(
            "OTEL_EXPORTER_OTLP_PROTOCOL",
            f"is {protocol}, whose exporter is not installed: pip install"
            f" opentelemetry-exporter-otlp-proto-{protocol.partition('/')[0]}",
        ) from None
    if endpoint and protocol != "grpc" and not endpoint.endswith(PATH):
        endpoint = endpoint.rstrip("/") + PATH
    exporter: SpanExporter = module.OTLPSpanExporter(endpoint=endpoint or None)
    return exporter
