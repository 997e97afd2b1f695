"""An item of the store: a JSON object under a path and a key, which outlives runs and threads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
    ttl_minutes: float | None = None
    expires_at: datetime | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemChange:
    """What shall be under a path and a key; ``value`` None: nothing.

    ``index`` False: it is not found by what it means; or the paths in it that count for that; or
    None: as the server is set to. ``ttl_minutes`` None: it lives as long as the server is set to.
    """

    path: Path
    key: str
    value: Mapping[str, Any] | None
    index: bool | Sequence[str] | None = None
    ttl_minutes: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """A change as it comes to rest: JSON text, and vectors by where in the value they are from."""

    path: Path
    key: str
    value: str | None
    ttl_minutes: float | None = None
    vectors: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemLife:
    """How long items live that do not say so themselves, and whether reading lets them live on."""

    default_minutes: float | None = None
    refresh_on_read: bool = True
