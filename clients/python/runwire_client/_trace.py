"""The trace that a caller is in, told to the server in the W3C's words.

Only programs that use OpenTelemetry have one, so it is asked only where it was imported by them.
"""

import sys
from typing import Any, Final

TRACE_PARENT: Final = "traceparent"


def trace_metadata() -> tuple[tuple[str, str], ...]:
    """Return `traceparent` and `tracestate` of the span that is current; nothing without one."""
    trace: Any = sys.modules.get("opentelemetry.trace")
    if trace is None:
        return ()
    here = trace.get_current_span().get_span_context()
    if not here.is_valid:
        return ()
    parent = f"00-{here.trace_id:032x}-{here.span_id:016x}-{here.trace_flags:02x}"
    state = here.trace_state.to_header() if here.trace_state else ""
    told = ((TRACE_PARENT, parent),)
    return (*told, ("tracestate", state)) if state else told
