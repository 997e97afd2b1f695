"""Which web pages may call.

A page anywhere can make the browsers of people who can reach this server send requests here, and a
server on a laptop often asks nobody for a key. Browsers name the page (`Origin`):

1. A request that changes something, and a WebSocket, are refused from pages of other origins than
   this server's own, unless `http_cors_origins` names them; `*` names all. What only reads is not:
   without CORS, the page is not shown the answer.
2. `loopback` names the pages that are served by this very machine, whatever their port: a program
   that serves one could call here itself.
3. Callers that are no browsers send no `Origin` and are not concerned.
"""

import re
from collections.abc import Collection
from typing import Any, Final
from urllib.parse import urlsplit

from google.rpc import code_pb2

from httprule.failures import failure
from httprule.requests import Receive, Send
from runwire.http.hosts import refuse
from runwire.http.watches import DOMAIN

LOOPBACK_PAGES: Final = "loopback"
LOOPBACK_PATTERN: Final = (
    r"https?://(localhost|([a-z0-9-]+\.)+localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]{1,5})?"
)
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
ALL: Final = "*"


class Origins:
    """An ASGI application that takes requests from known pages only."""

    def __init__(
        self,
        app: Any,
        allowed: Collection[str],
        *,
        setting: str = "http_cors_origins",
        pattern: str = "",
    ) -> None:
        self._app = app
        self._setting = setting
        self._pattern = re.compile(pattern) if pattern else None
        self._allowed = frozenset(allowed)

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "websocket" or scope.get("method") not in SAFE:
            found = {
                name: value for name, value in scope["headers"] if name in (b"origin", b"host")
            }
            origin = found.get(b"origin", b"").decode("latin-1")
            if origin and not self.allows(origin, found.get(b"host", b"").decode("latin-1")):
                await refuse(scope, send, _foreign(origin, self._setting))
                return
        await self._app(scope, receive, send)

    def allows(self, origin: str, host: str) -> bool:
        """Whether a page may call a server that it knows as a host."""
        if ALL in self._allowed or origin in self._allowed:
            return True
        if self._pattern is not None and self._pattern.fullmatch(origin):
            return True
        return urlsplit(origin).netloc.lower() == host.lower() != ""


def _foreign(origin: str, setting: str) -> Any:
    return failure(
        code_pb2.PERMISSION_DENIED,
        f"pages of {origin[:200]} may not call here: add it to {setting}",
        reason="ORIGIN_NOT_ALLOWED",
        domain=DOMAIN,
    )
