"""By which names this server may be called.

A server that asks nobody who they are listens on this machine only, but the browsers of this
machine run pages from anywhere. One whose name is made to lead here (DNS rebinding) would count as
the server's own page and read everything. A browser says which name it asked for (`Host`):

1. Names of this machine and IP addresses count: no name is made to lead anywhere by them.
2. So do the names of `http_hosts`. Any other is refused before anything is looked at.
3. Who sends no `Host` is no browser.
"""

import ipaddress
from collections.abc import Collection
from typing import Any, Final

from google.rpc import code_pb2

from httprule.failures import failure, failure_json
from httprule.requests import Receive, Send
from runwire.http.watches import DOMAIN

LOCAL: Final = "localhost"
MAX_SHOWN: Final = 200


class Hosts:
    """An ASGI application that answers to known names only."""

    def __init__(self, app: Any, allowed: Collection[str]) -> None:
        self._app = app
        self._allowed = frozenset(name.lower() for name in allowed)

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        for name, value in scope["headers"]:
            if name == b"host" and not self.allows(value.decode("latin-1")):
                await refuse(scope, send, _unknown(value.decode("latin-1")))
                return
        await self._app(scope, receive, send)

    def allows(self, host: str) -> bool:
        """Whether a `Host` names this server."""
        name = name_in(host)
        if name in self._allowed or name == LOCAL or name.endswith(f".{LOCAL}"):
            return True
        return _is_address(name)


def name_in(host: str) -> str:
    """Return the name in a `Host`, in lower case, without port and brackets."""
    host = host.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].rstrip(".")


async def refuse(scope: Any, send: Send, failed: Any) -> None:
    """Answer a request, or a WebSocket's handshake, with a failure."""
    body = failure_json(failed.status)
    kind = "websocket.http.response" if scope["type"] == "websocket" else "http.response"
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    status = failed.http_status
    await send({"type": f"{kind}.start", "status": status, "headers": headers})
    await send({"type": f"{kind}.body", "body": body, "more_body": False})


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _unknown(host: str) -> Any:
    shown = host[:MAX_SHOWN].encode("ascii", "backslashreplace").decode()
    return failure(
        code_pb2.PERMISSION_DENIED,
        f"this server is not known as {shown!r}: call it by its address, or add the name to"
        " http_hosts",
        reason="HOST_NOT_ALLOWED",
        domain=DOMAIN,
    )
