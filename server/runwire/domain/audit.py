"""What callers changed, or tried to change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One change; `number` is 0 until it is written, `namespace` empty if nobody was known."""

    number: int = 0
    at: datetime
    caller: str
    peer: str
    namespace: str
    method: str
    subject: Mapping[str, str] = field(default_factory=dict)
    code: int = 0
    reason: str = ""
    request_id: str = ""
