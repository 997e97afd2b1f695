"""Tenants: a namespace, its limits, and what it holds."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from runwire.domain.errors import Exhausted
from runwire.domain.paging import Page

RETRY_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """Limits of a namespace; 0 is none.

    Bytes that its runs and artifacts fill, its runs that are executed at the same time (more wait)
    and its runs that are queued (more are refused).
    """

    stored_bytes: int = 0
    running_runs: int = 0
    queued_runs: int = 0

    def __bool__(self) -> bool:
        return bool(self.stored_bytes or self.running_runs or self.queued_runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a namespace holds."""

    stored_bytes: int = 0
    running_runs: int = 0
    queued_runs: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Namespace:
    """A tenant."""

    name: str
    display_name: str = ""
    quotas: Quotas = field(default_factory=Quotas)
    created_at: datetime | None = None
    usage: Usage = field(default_factory=Usage)


class NamespaceStore(Protocol):
    """Namespaces at rest."""

    async def add(self, name: str, display_name: str, quotas: Quotas) -> Namespace:
        """Store a new one; raise AlreadyExists."""

    async def check(self, name: str) -> None:
        """Raise NotFound if there is none of this name."""

    async def get(self, name: str) -> Namespace:
        """Return it with what it holds; raise NotFound with reason NAMESPACE_NOT_FOUND."""

    async def find(self, page_size: int, page_token: str) -> Page[Namespace]:
        """Return one page, by name, each with what it holds."""

    async def update(self, name: str, *, display_name: str | None, quotas: Quotas) -> Namespace:
        """Change it; raise NotFound."""

    async def delete(self, name: str) -> None:
        """Delete it; raise NotFound, or NotAllowed while it holds anything."""


def exceeded(namespace: str, quota: str, limit: int, remedy: str) -> Exhausted:
    """Return the error for what would take a namespace beyond a quota."""
    return Exhausted(
        f"namespace {namespace} may have {limit} {quota.replace('_', ' ')}:"
        f" {remedy}, or ask for a larger quota",
        reason="QUOTA_EXCEEDED",
        retry_after_seconds=RETRY_SECONDS,
        namespace=namespace,
        quota=quota,
        limit=limit,
    )
