"""An item of the store: a JSON object under a path and a key, which outlives runs and threads."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Path = tuple[str, ...]
"""LangGraph calls it a namespace; here that word means who owns what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A JSON object; ``score`` tells how near it is to what was searched for, if that was asked."""

    path: Path
    key: str
    value: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None = None
    score: float | None = None
