"""Every route that HTTP has, as the transcoder knows them, and how one is asked for."""

import http.client
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.descriptor import MethodDescriptor
from tests.auth.doors import Door

from httprule.rules import Route
from runwire.http.app import new_transcoder

ROUTES = tuple(new_transcoder().routes)
METHODS = {route.method.name: route.method for route in ROUTES}
EVENTS = ("Accept", "text/event-stream")
SECONDS = 5.0


@dataclass(frozen=True)
class Told:
    """What came over HTTP: of an answer that is no refusal, the head only."""

    status: int
    reason: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    message: str = ""


def path_to(route: Route, **named: str) -> str:
    """Return a path of a route; ids are well-formed and name nothing, unless named here."""
    return re.sub(
        r"\{(\w+)[^}]*\}", lambda found: named.get(found[1], "nothing-1"), str(route.template)
    )


def routes_of(method: MethodDescriptor) -> list[Route]:
    return [route for route in ROUTES if route.method is method]


def ask(door: Door, route: Route, *headers: tuple[str, Any], path: str = "") -> Told:
    """Ask for a route; of a stream wait for its head."""
    connection = http.client.HTTPConnection(door.server.http_address, timeout=SECONDS)
    try:
        connection.putrequest(route.http_method, path or path_to(route))
        # What is answered at once may take its time on a busy machine; a stream need not go on.
        patience = "1S" if route.method.server_streaming else f"{SECONDS:g}S"
        for name, value in (*headers, ("Grpc-Timeout", patience)):
            connection.putheader(name, value)
        data = b"{}" if route.body else b""
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", str(len(data)))
        connection.endheaders(data)
        answer = connection.getresponse()
        found = answer.read(64 * 1024) if answer.status >= 400 else b""
        return told(answer.status, dict(answer.getheaders()), found)
    finally:
        connection.close()


def told(status: int, headers: Mapping[str, str], body: bytes) -> Told:
    """Return what an answer says."""
    found = {name.lower(): value for name, value in headers.items()}
    document = json.loads(body) if body else {}
    reasons = [each.get("reason", "") for each in document.get("details", ())]
    return Told(status, next(filter(None, reasons), ""), found, document.get("message", ""))
