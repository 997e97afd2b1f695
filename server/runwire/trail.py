"""What the program is at: which call, which run, which trace. Logs and spans ask here.

It follows tasks and threads by itself, as context variables do. A trace is known by the W3C's words
(https://www.w3.org/TR/trace-context/): ``traceparent`` names it and the span that comes before,
``tracestate`` is the tracing systems' own. What is malformed counts as not sent.
"""

import re
from contextvars import ContextVar
from typing import Final, NamedTuple

MAX_STATE_CHARACTERS: Final = 512
MAX_STATE_MEMBERS: Final = 32

_PARENT: Final = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_VENDOR: Final = r"[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13}"
_MEMBER: Final = re.compile(
    rf"(?:[a-z][a-z0-9_*/-]{{0,255}}|{_VENDOR})=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{{0,255}}"
    r"[\x21-\x2b\x2d-\x3c\x3e-\x7e]"
)


class Trail(NamedTuple):
    """What a moment belongs to; empty where it belongs to none."""

    request_id: str = ""
    run_id: str = ""
    trace_parent: str = ""
    trace_state: str = ""

    @property
    def trace_id(self) -> str:
        """The trace's id, 32 hex digits."""
        return self.trace_parent[3:35]


NOWHERE: Final = Trail()
_current: Final[ContextVar[Trail]] = ContextVar("runwire_trail", default=NOWHERE)

current = _current.get
follow = _current.set


def about(run_id: str) -> None:
    """Note which run it is about from here on."""
    request_id, before, trace_parent, trace_state = _current.get()
    if before != run_id:
        _current.set(Trail(request_id, run_id, trace_parent, trace_state))


def trace_parent_of(text: str) -> str:
    """Return a `traceparent` in the version we speak; empty if it is malformed."""
    found = _PARENT.fullmatch(text)
    if found is None:
        return ""
    version, trace_id, span_id, flags, more = found.groups()
    if version == "ff" or (version == "00" and more):
        return ""
    if not trace_id.strip("0") or not span_id.strip("0"):
        return ""
    # Of later versions, what this one knows of them; of its flags only `sampled` means anything.
    kept = flags if version == "00" else f"{int(flags, 16) & 1:02x}"
    return f"00-{trace_id}-{span_id}-{kept}"


def trace_state_of(text: str) -> str:
    """Return a `tracestate`; empty if it is malformed, or too long to be passed on."""
    if not text or len(text) > MAX_STATE_CHARACTERS:
        return ""
    members = [member.strip(" \t") for member in text.split(",")]
    members = [member for member in members if member]  # which the W3C allows
    keys = {member.partition("=")[0] for member in members}
    if len(keys) < len(members) or len(members) > MAX_STATE_MEMBERS:
        return ""
    return ",".join(members) if all(map(_MEMBER.fullmatch, members)) else ""
