"""What is needed of authentication that users bring themselves (LangGraph's ``Auth`` handlers)."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRequest:
    """What handlers may look at before anybody is let in; header names are in lower case."""

    method: str
    path: str
    path_params: Mapping[str, str] = field(default_factory=dict)
    query_params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    scope: Mapping[str, Any] = field(default_factory=dict)
    """The ASGI scope, for handlers that want the request as such."""
    read_body: Callable[[], Awaitable[bytes]]
    """Reads the body, within the limit of bodies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomUser:
    """Who calls, as a handler says: ``facts`` is what it answered, a JSON object."""

    identity: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    permissions: tuple[str, ...] = ()
    handle: Any = None
    """Whatever the handlers want to be given again."""


class CustomAuth(Protocol):
    """Says who calls, and what they may do with which things."""

    async def authenticate(self, request: ShownRequest) -> CustomUser:
        """Return who calls; raise Unauthenticated (or Denied) with what the handler says."""

    async def authorize(
        self, user: CustomUser, *, resource: str, action: str, value: dict[str, Any]
    ) -> Mapping[str, Any]:
        """Return the filters of metadata that count for a caller; raise Denied.

        ``resource`` and `action` are LangGraph's words: threads, assistants, crons, store; create,
        read, update, delete, search, create_run, put, get, list_namespaces. Handlers may change
        ``value`` in place.
        """
