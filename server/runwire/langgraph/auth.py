"""Handlers of the user's own that say who may do what: an `Auth` of LangGraph's SDK.

1. The most specific handler counts: of the resource and the action, of the resource, of the action,
   of everything. Without any, the call is let through.
2. What goes wrong in a handler lets nobody in. What it means to say (an `HTTPException`) is
   answered; any other exception is for the log alone, since nobody knows what its text holds.
3. Handlers run on a loop of their own, those that are not async on threads.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from typing import Any, Final, TypeVar

from langgraph_sdk import Auth
from langgraph_sdk.auth.types import AuthContext

from runwire.domain.langgraph_auth import Action, Refused, Request, Resource, User
from runwire.engine.faults import GraphError, words
from runwire.langgraph.aside import Aside
from runwire.langgraph.auth_arguments import Arguments
from runwire.langgraph.auth_values import filter_of, seen, shown
from runwire.langgraph.jsonable import dump
from runwire.langgraph.users import IDENTITY, AuthUser, Studio

T = TypeVar("T")

HANDLER_SECONDS: Final = 30.0
STUDIO: Final = (b"x-auth-scheme", b"langsmith")
EVERY: Final = "*"

log = logging.getLogger("runwire.auth")


def open_auth(found: Any, *, reference: str, studio: bool) -> "CustomAuth":
    """Return the handlers that a reference names; raise GraphError if it names something else."""
    if not isinstance(found, Auth):
        raise GraphError(
            f"langgraph_auth: {reference!r} is {type(found).__name__}; it must be an Auth of"
            " langgraph_sdk"
        )
    return CustomAuth(found, reference=reference, studio=studio)


class CustomAuth:
    """Implements `LangGraphAuth`."""

    def __init__(self, auth: Auth, *, reference: str, studio: bool = False) -> None:
        handler = auth._authenticate_handler  # noqa: SLF001 - what the SDK promises servers
        self._arguments = None if handler is None else Arguments(handler, reference=reference)
        self._handlers = {key: found[0] for key, found in auth._handlers.items()}  # noqa: SLF001
        self._everything = next(iter(auth._global_handlers), None)  # noqa: SLF001
        self._studio = studio
        self._aside = Aside("runwire-auth")

    def close(self) -> None:
        """End what the handlers run on."""
        self._aside.stop()

    async def authenticate(self, request: Request) -> User:
        if self._studio and STUDIO in ((name.lower(), value) for name, value in request.headers):
            return _studio()
        if self._arguments is None:
            raise Refused(401, "nobody can log in: auth has no handler for @auth.authenticate")
        with _refusing(401, "authentication failed"):
            found = await self._do(self._arguments.call(request))
        return user_of(found)

    async def authorize(
        self, user: User, resource: Resource, action: Action, value: MutableMapping[str, Any]
    ) -> Mapping[str, Any]:
        handler = self._handler(resource, action)
        if handler is None:
            return {}
        given = shown(value)
        context = AuthContext(
            permissions=list(user.permissions),
            user=user.own,
            resource=resource.value,
            action=action.value,
        )
        with _refusing(500, f"the handler for {resource}.{action} failed"):
            found = await self._do(handler(ctx=context, value=given))
        value.clear()
        value.update(seen(given))
        return filter_of(found, what=f"{resource}.{action}")

    def _handler(self, resource: Resource, action: Action) -> Callable[..., Any] | None:
        for key in ((resource, action), (resource, EVERY), (EVERY, action)):
            if key in self._handlers:
                return self._handlers[key]
        return self._everything

    async def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return await self._aside.do(work, seconds=HANDLER_SECONDS)


def user_of(found: Any) -> User:
    """Return whom a handler has named; raise Refused if it has named nobody."""
    if found is None or found is False:
        raise Refused(401, "authentication failed")
    fields = _fields(found)
    identity = fields.get(IDENTITY)
    if not isinstance(identity, str) or not identity:
        log.error("auth: the handler has returned %s without an identity", type(found).__name__)
        raise Refused(500, "the authentication handler names nobody: it must return an identity")
    plain = json.loads(dump(AuthUser(fields)))
    own = AuthUser(plain, origin=None if isinstance(found, str | Mapping) else found)
    return User(
        identity=identity, permissions=tuple(map(str, own.permissions)), fields=plain, own=own
    )


def _fields(found: Any) -> dict[str, Any]:
    if isinstance(found, str):
        return {IDENTITY: found}
    if isinstance(found, Mapping):
        return dict(found)
    if is_dataclass(found) and not isinstance(found, type):
        said = asdict(found)
    elif hasattr(found, "model_dump"):
        said = dict(found.model_dump())
    else:
        said = dict(getattr(found, "__dict__", {}))
    named = (IDENTITY, "display_name", "is_authenticated", "permissions")
    said |= {name: getattr(found, name) for name in named if hasattr(found, name)}
    return {name: value for name, value in said.items() if not name.startswith("_")}


def _studio() -> User:
    own = Studio()
    return User(identity=own.identity, fields=dict(own), own=own)


@contextmanager
def _refusing(status_code: int, detail: str) -> Iterator[None]:
    """Turn whatever a handler raises into a refusal."""
    try:
        yield
    except (Refused, asyncio.CancelledError):
        raise
    except TimeoutError:
        log.warning("auth: no answer within %g seconds: %s", HANDLER_SECONDS, detail)
        raise Refused(503, f"{detail}: no answer in time") from None
    except Exception as error:  # the author's code, which may raise anything
        code, said = getattr(error, "status_code", None), getattr(error, "detail", None)
        if isinstance(code, int) and 400 <= code < 600:
            headers = getattr(error, "headers", None)
            raise Refused(code, str(said or detail), headers) from error
        log.warning("auth: %s: %s", detail, words(error))
        raise Refused(status_code, detail) from error
