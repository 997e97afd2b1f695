"""One HTTP request, as ASGI hands it over."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from httprule.backend import Certificate, Metadata
from httprule.bodies import Body
from httprule.headers import metadata_of
from httprule.limits import Edge
from httprule.replies import REQUEST_ID, Reply

_SANE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:~-]{0,127}")

CERTIFICATE: Final = "httprule.certificate"
"""The extension of an ASGI scope that has what `Call.certificate` is to be."""

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


class Request:
    """What a client asks, and the reply it gets."""

    def __init__(self, edge: Edge, scope: Any, receive: Receive, send: Send) -> None:
        self._edge = edge
        self.scope = scope
        self.receive = receive
        self.lines = lines_of(scope)
        self.headers = dict(self.lines)
        self.path: str = scope["raw_path"].decode("latin-1")
        self.query: str = scope["query_string"].decode("latin-1")
        head = scope["method"] == "HEAD"
        self.http_method: str = "GET" if head else scope["method"]
        self.body = Body(edge, self.headers, receive)
        self.reply = Reply(
            edge,
            send,
            request_id=request_id_of(self.headers, edge),
            headers=self.headers,
            bodiless=head,
        )

    @property
    def peer(self) -> str:
        """Where it comes from, spelled as gRPC spells it."""
        return peer_of(self.scope)

    @property
    def facts(self) -> dict[str, Any]:
        """What a log should say of it."""
        return {
            "request_id": self.reply.request_id,
            "http_method": self.scope["method"],
            "http_path": self.path,
            "peer": self.peer,
        }

    def metadata(self) -> Metadata:
        """Return the metadata of the call that it becomes."""
        return metadata_with(self.lines, self.reply.request_id, self._edge)


def lines_of(scope: Any) -> list[tuple[str, str]]:
    """Return the headers of an ASGI scope, names in lower case."""
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]


def request_id_of(headers: Mapping[str, str], edge: Edge) -> str:
    """Return the id under which logs have a request: the caller's own, if it is one, or a new."""
    given = headers.get(REQUEST_ID, "")
    return given if _SANE.fullmatch(given) else edge.new_request_id()


def metadata_with(lines: list[tuple[str, str]], request_id: str, edge: Edge) -> Metadata:
    """Return headers as metadata, under a request id of their own."""
    given = metadata_of(lines, domain=edge.domain, passed=edge.passed_headers)
    return [*(each for each in given if each[0] != REQUEST_ID), (REQUEST_ID, request_id)]


def certificate_of(scope: Any) -> Certificate:
    """Return what TLS knows of the caller's certificate, if whoever serves tells it."""
    found: Certificate = (scope.get("extensions") or {}).get(CERTIFICATE, {})
    return found


def peer_of(scope: Any) -> str:
    """Return where a request comes from, spelled as gRPC spells it."""
    client = scope.get("client")
    if not client:
        return "unix:"
    host, port = client
    return f"ipv6:[{host}]:{port}" if ":" in host else f"ipv4:{host}:{port}"
