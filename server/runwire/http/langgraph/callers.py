"""Who makes a request of this API: the same guard as everywhere, or the user's own handlers.

1. Each route stands for a method of `runwire.v1`: its role, rate, audit entry and figures count.
2. With handlers of the user's own (`LangGraphAuth`) these say who calls, and what they may see:
   what their filters leave out is as if it were not there.
3. Nothing of a body is read before it is known who calls, but for such handlers, who may want it.
"""

import re
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, Protocol

from starlette.requests import HTTPConnection

from httprule.backend import Certificate, Metadata
from httprule.headers import metadata_of
from httprule.requests import certificate_of, lines_of, peer_of
from runwire.domain.caller import Caller, Role
from runwire.domain.langgraph_auth import AUTHENTICATED, LangGraphAuth, Request, User
from runwire.domain.namespace import DEFAULT_NAMESPACE
from runwire.http.watches import DOMAIN
from runwire.http.websocket import BEARER

PASSED: Final = frozenset({"x-runwire-namespace"})
"""Headers that are metadata under their own names, beside those that any gateway passes on."""

_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/=-]{1,8192}")


class Call(Protocol):
    """What surrounds a request: entered when it arrives, left when it is answered."""

    @property
    def request_id(self) -> str:
        """The name of the call."""

    async def admit(self) -> Caller:
        """Return who calls, if they may; raise an Error of the guard's."""

    def admitted(self, caller: Caller) -> None:
        """Note who calls, where another than the guard has said so."""

    def about(self, **subject: str) -> None:
        """Note what it is about: ids, as the log and the audit log keep them."""

    def failed(self, error: Exception) -> None:
        """Note how it fails."""

    def stream(self) -> AbstractAsyncContextManager[Any]:
        """Interrupt the block, by raising Unavailable, once the server drains."""


class Calls(Protocol):
    """Who surrounds requests."""

    def begin(
        self, path: str, *, metadata: Metadata, peer: str, certificate: Certificate
    ) -> AbstractAsyncContextManager[Call]:
        """Return what surrounds a request that stands for a method, ``/service/method``."""


def begin(calls: Calls, path: str, connection: HTTPConnection) -> AbstractAsyncContextManager[Call]:
    """Return what surrounds a request, or a WebSocket; raise Failure if its headers are no use."""
    scope = connection.scope
    return calls.begin(
        path,
        metadata=metadata_of(_lines(scope), domain=DOMAIN, passed=PASSED),
        peer=peer_of(scope),
        certificate=certificate_of(scope),
    )


async def identified(
    call: Call, auth: LangGraphAuth | None, connection: HTTPConnection, body: bytes
) -> tuple[Caller, User | None]:
    """Return who calls; raise Unauthenticated, Denied, Exhausted, or a handler's Refused."""
    if auth is None:
        return await call.admit(), None
    user = await auth.authenticate(_shown(connection, body))
    AUTHENTICATED.set(user)
    caller = Caller(
        name=f"custom:{user.identity}",
        namespace=DEFAULT_NAMESPACE,
        role=Role.RUNNER,
        everywhere=False,
        peer=peer_of(connection.scope),
        request_id=call.request_id,
    )
    call.admitted(caller)
    return caller, user


def _shown(connection: HTTPConnection, body: bytes) -> Request:
    scope = connection.scope
    return Request(
        method=str(scope.get("method", "GET")),
        path=str(scope["path"]).removeprefix(str(scope.get("root_path", ""))),
        headers=tuple(scope["headers"]),
        path_params={name: str(value) for name, value in connection.path_params.items()},
        query_string=scope["query_string"],
        body=body,
        scope=scope,
    )


def _lines(scope: Any) -> list[tuple[str, str]]:
    """Return the headers; `Sec-WebSocket-Protocol: bearer, TOKEN` stands for a header, too."""
    lines, offered = lines_of(scope), [word.strip() for word in scope.get("subprotocols", ())]
    if len(offered) == 2 and offered[0] == BEARER and _TOKEN.fullmatch(offered[1]):
        lines.append(("authorization", f"Bearer {offered[1]}"))
    return lines
