"""The same tries over HTTP, generated from the routes that the descriptors give."""

import http.client
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from google.api import annotations_pb2
from google.protobuf.descriptor import MethodDescriptor
from tests.auth.doors import NOT_SERVED_YET, Door, changing, rpcs
from tests.auth.test_doors import ADMINS_ONLY, OF_WORKERS
from tests.auth.ways_in import refused

from runwire.server import Server

pytestmark = pytest.mark.skipif(
    not hasattr(Server, "http_address"), reason="this server does not speak HTTP"
)
VERBS = ("get", "post", "put", "patch", "delete")
METHODS = [method for method in rpcs() if method.name != "Work"]  # which HTTP cannot carry
Route = tuple[MethodDescriptor, str, str, bool]


def routes() -> Iterator[Route]:
    """Yield every route of every method: verb, path and whether it takes a body."""
    for method in METHODS:
        rule = method.GetOptions().Extensions[annotations_pb2.http]
        for each in (rule, *rule.additional_bindings):
            verb = each.WhichOneof("pattern")
            if verb in VERBS:
                path = re.sub(r"\{[^}]*\}", "nothing-1", getattr(each, verb))
                yield method, verb.upper(), path, bool(each.body)


every_route = pytest.mark.parametrize(
    "route", list(routes()), ids=lambda each: f"{each[1]} {each[2]}"
)


def ask(door: Door, route: Route, *headers: tuple[str, Any]) -> tuple[int, str]:
    """Return the status and the reason of an answer."""
    method, verb, path, body = route
    if method.containing_service.name in NOT_SERVED_YET:
        pytest.skip("not served yet")
    server: Any = door.server
    connection = http.client.HTTPConnection(server.http_address, timeout=5)
    try:
        connection.putrequest(verb, path)
        for name, value in headers:
            connection.putheader(name, value)
        data = b"{}" if body else b""
        connection.putheader("content-type", "application/json")
        connection.putheader("content-length", str(len(data)))
        connection.endheaders(data)
        answer = connection.getresponse()
        kind = answer.getheader("content-type", "")
        found = answer.read(64 * 1024) if answer.status >= 400 else b""
        return answer.status, reason_in(found) if "json" in kind else ""
    except TimeoutError:
        return 200, ""  # a watch that has begun, and has nothing to tell
    finally:
        connection.close()


def reason_in(body: bytes) -> str:
    document = json.loads(body or b"{}")
    status = document.get("error", document) if isinstance(document, dict) else {}
    found = [each.get("reason", "") for each in status.get("details", ())]
    return next(filter(None, found), "")


@every_route
def test_nobody_gets_in_without_credentials_that_count(door: Door, route: Route) -> None:
    for shown in refused(door):
        if any(isinstance(value, bytes) for _, value in shown.headers):
            continue  # bytes are gRPC's own
        for spelled in (str.lower, str.title, str.upper):
            headers = [(spelled(name), value) for name, value in shown.headers]
            status, reason = ask(door, route, *headers)
            assert status in (401, 431), (shown, status, reason)
            assert status == 431 or reason in shown.reason.split("|"), (shown, reason)


@every_route
def test_roles_are_those_of_grpc(door: Door, route: Route) -> None:
    method = route[0]
    expected = {
        "reader": changing(method) or method.name in ADMINS_ONLY,
        "runner": method.name in ADMINS_ONLY,
        "worker": method.name not in OF_WORKERS,
    }
    for role, turned_away in expected.items():
        status, reason = ask(door, route, ("X-Api-Key", door.role_key(role)))
        assert status != 401
        assert (status == 403) == turned_away, (role, status, reason)
    status, _ = ask(door, route, ("Authorization", f"bearer {door.key('root')}"))
    assert status not in (401, 403)


@every_route
def test_nobody_names_another_namespace_than_their_own(door: Door, route: Route) -> None:
    own = ("X-Api-Key", door.key("of acme", role="admin", namespace="acme"))
    assert ask(door, route, own, ("X-Runwire-Namespace", "default"))[0] == 403


def test_a_header_that_says_where_one_comes_from_is_not_believed(door: Door) -> None:
    route = next(each for each in routes() if each[0].name == "GetIdentity")
    for name in ("Forwarded", "X-Forwarded-For", "X-Real-Ip", "Host"):
        assert ask(door, route, (name, "127.0.0.1"))[0] in (400, 401)
