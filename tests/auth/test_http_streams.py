"""WebSockets are doors, too; and whoever calls too often is told when to come back, everywhere."""

from collections.abc import Iterator
from typing import Any

import pytest
from grpc import StatusCode
from tests.auth.doors import Door, opened
from tests.auth.routes import EVENTS, METHODS, Told, ask, routes_of, told
from tests.auth.ways_in import refused
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

SOCKETS = {"/v1/runs/ws": "WatchRuns", "/v1/runs/nothing-1/ws": "WatchRun"}
every_socket = pytest.mark.parametrize("path", SOCKETS)


def opened_socket(
    door: Door, path: str, *headers: tuple[str, Any], bearer: str | None = None
) -> Told:
    """Open a WebSocket and close it again."""
    words: Any = None if bearer is None else ["bearer", bearer]
    uri = f"ws://{door.server.http_address}{path}"
    try:
        with connect(uri, additional_headers=list(headers), subprotocols=words, open_timeout=5):
            return Told(101)
    except InvalidStatus as error:
        answer = error.response
        return told(answer.status_code, dict(answer.headers.raw_items()), answer.body or b"")


@every_socket
def test_no_socket_opens_without_credentials_that_count(door: Door, path: str) -> None:
    for shown in refused(door):
        if any(isinstance(value, bytes) for _, value in shown.headers):
            continue
        found = opened_socket(door, path, *shown.headers)
        assert found.status in (401, 431), (shown, found)
        if found.status == 401:
            assert found.reason in shown.reason.split("|"), (shown, found)
            assert found.headers["www-authenticate"] == "Bearer"


@every_socket
def test_the_subprotocol_is_asked_as_the_header_is(door: Door, path: str) -> None:
    good = door.role_key("reader")
    for word in (good[:-1] + "-", good.upper(), "none", "eyJhbGciOiJub25lIn0.e30."):
        found = opened_socket(door, path, bearer=word)
        assert (found.status, found.reason) == (401, found.reason), word
        assert found.headers["www-authenticate"] == "Bearer"
    twice = opened_socket(door, path, ("Authorization", f"Bearer {good}"), bearer=good)
    assert (twice.status, twice.reason) == (401, "CREDENTIALS_REPEATED")
    allowed = opened_socket(door, path, bearer=good)
    assert allowed.status == (101 if SOCKETS[path] == "WatchRuns" else 404)


@every_socket
def test_roles_and_namespaces_are_those_of_the_rpc(door: Door, path: str) -> None:
    method = METHODS[SOCKETS[path]]
    for role in ("reader", "runner", "admin", "worker"):
        key = door.role_key(role)
        found = opened_socket(door, path, ("X-Api-Key", key))
        code = door.call(method, ("x-api-key", key), seconds=1.0).code
        assert (found.status == 403) == (code is StatusCode.PERMISSION_DENIED) == (role == "worker")
        assert found.status != 401
    own = ("X-Api-Key", door.key("of acme", role="admin", namespace="acme"))
    found = opened_socket(door, path, own, ("X-Runwire-Namespace", "default"))
    assert (found.status, found.reason) == (403, "NAMESPACE_FORBIDDEN")


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """A server that takes one call in a thousand seconds of each caller."""
    with opened(
        tmp_path_factory.mktemp("impatient"), rate_calls_per_second=0.001, rate_burst_calls=1
    ) as found:
        yield found


def test_who_calls_too_often_is_told_when_to_come_back(impatient: Door) -> None:
    key = ("X-Api-Key", impatient.key("hasty"))
    (get,) = routes_of(METHODS["GetIdentity"])
    (watch,) = routes_of(METHODS["WatchRuns"])
    assert ask(impatient, get, key).status == 200
    refusals = {
        "unary": ask(impatient, get, key),
        "lines": ask(impatient, watch, key),
        "events": ask(impatient, watch, key, EVENTS),
        "socket": opened_socket(impatient, "/v1/runs/ws", key),
        "metrics": ask(impatient, get, key, path="/metrics"),
    }
    for kind, found in refusals.items():
        assert (found.status, found.reason) == (429, "RATE_LIMITED"), kind
        assert 1 <= int(found.headers["retry-after"]) <= 1000, kind
    twin = impatient.call(METHODS["GetIdentity"], ("x-api-key", key[1]))
    assert (twin.code, twin.reason) == (StatusCode.RESOURCE_EXHAUSTED, "RATE_LIMITED")
    assert twin.retry_seconds is not None


def test_who_guesses_is_slowed_down_by_address(tmp_path: Any) -> None:
    """Over HTTP as over gRPC, and in one count; whoever is known goes on."""
    with opened(tmp_path, rate_failures_per_second=0.1) as door:
        (get,) = routes_of(METHODS["GetIdentity"])
        good = ("X-Api-Key", door.key("root"))
        assert ask(door, get, good).status == 200
        wrong = [f"rw_{'0' * 11}{n:x}_{'A' * 43}" for n in range(12)]
        found = [ask(door, get, ("X-Api-Key", each)).status for each in wrong]
        assert found[0] == 401
        assert found[-1] in (401, 429)
        token = ("Authorization", f"Bearer {door.token(sub=None)}")
        slowed = [ask(door, get, token) for _ in range(3)][-1]
        assert (slowed.status, slowed.reason) == (429, "RATE_LIMITED")
        assert int(slowed.headers["retry-after"]) >= 1
        assert door.call(METHODS["GetIdentity"], ("authorization", token[1])).code is (
            StatusCode.RESOURCE_EXHAUSTED
        )
        assert ask(door, get, good).status == 200
