"""Who may come in over the LangGraph HTTP API, where handlers of the user's own decide that."""

from collections.abc import Mapping, MutableMapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Protocol


class Resource(StrEnum):
    """What a call is about, in the words of LangGraph's `Auth`."""

    THREADS = "threads"
    ASSISTANTS = "assistants"
    CRONS = "crons"
    STORE = "store"


class Action(StrEnum):
    """What a call does with it; ``CREATE_RUN`` is of threads, the last three are of the store."""

    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    DELETE = "delete"
    SEARCH = "search"
    CREATE_RUN = "create_run"
    PUT = "put"
    GET = "get"
    LIST_NAMESPACES = "list_namespaces"


class Refused(Exception):
    """A handler lets the call not through; the answer has this status and says why."""

    def __init__(
        self, status_code: int, detail: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{status_code}: {detail}")
        self.status_code = status_code
        self.detail = detail
        self.headers = dict(headers or {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a call shows of itself; `path` is without the mount prefix."""

    method: str
    path: str
    headers: Sequence[tuple[bytes, bytes]] = ()
    path_params: Mapping[str, str] = field(default_factory=dict)
    query_string: bytes = b""
    body: bytes = b""
    scope: Mapping[str, Any] = field(default_factory=dict)
    """The ASGI scope, for handlers that want the request itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Who calls.

    ``fields`` is all that the handler says of them, as JSON: what `RunOptions.user` holds. ``own``
    is the value that authorization handlers are given, and only theirs to look into.
    """

    identity: str
    permissions: tuple[str, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    own: Any = field(default=None, compare=False, repr=False)


AUTHENTICATED: Final[ContextVar[User | None]] = ContextVar("langgraph_user", default=None)
"""Who makes the call that is being answered, for graphs whose factories ask."""


class LangGraphAuth(Protocol):
    """Handlers of the user's own; their code never runs on the loop that asks."""

    async def authenticate(self, request: Request) -> User:
        """Return who calls; raise Refused, as a rule with status 401."""

    async def authorize(
        self, user: User, resource: Resource, action: Action, value: MutableMapping[str, Any]
    ) -> Mapping[str, Any]:
        """Return the filter of metadata that the call is bound to, empty if to none.

        The value is what the call is about to do, and may be changed in place: what is in it
        afterwards counts. Raises Refused, with status 403 where a handler just says no.
        """
