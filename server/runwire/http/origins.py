"""Which web pages may call.

A page anywhere can make the browsers of people who can reach this server send requests here, and a
server on a laptop often asks nobody for a key. Browsers name the page (`Origin`):

1. A request that changes something, and a WebSocket, are refused from pages of other origins than
   this server's own, unless `http_cors_origins` names them; `*` names all. What only reads is not:
   without CORS, the page is not shown the answer.
2. Callers that are no browsers send no `Origin` and are not concerned.
"""

from collections.abc import Collection
from typing import Any, Final
from urllib.parse import urlsplit

from google.rpc import code_pb2

from httprule.failures import failure
from httprule.requests import Receive, Send
from runwire.http.hosts import refuse
from runwire.http.watches import DOMAIN

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
ALL: Final = "*"


class Origins:
    """An ASGI application that takes requests from known pages only."""

    def __init__(self, app: Any, allowed: Collection[str]) -> None:
        self._app = app
        self._allowed = frozenset(allowed)

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "websocket" or scope.get("method") not in SAFE:
            found = {
                name: value for name, value in scope["headers"] if name in (b"origin", b"host")
            }
            origin = found.get(b"origin", b"").decode("latin-1")
            if origin and not self.allows(origin, found.get(b"host", b"").decode("latin-1")):
                await refuse(scope, send, _foreign(origin))
                return
        await self._app(scope, receive, send)

    def allows(self, origin: str, host: str) -> bool:
        """Whether a page may call a server that it knows as a host."""
        if ALL in self._allowed or origin in self._allowed:
            return True
        return urlsplit(origin).netloc.lower() == host.lower() != ""


def _foreign(origin: str) -> Any:
    return failure(
        code_pb2.PERMISSION_DENIED,
        f"pages of {origin[:200]} may not call here: add it to http_cors_origins",
        reason="ORIGIN_NOT_ALLOWED",
        domain=DOMAIN,
    )
