"""The same tries over HTTP, by every route that the transcoder has, and as gRPC answers them."""

import pytest
from grpc import StatusCode
from tests.auth.doors import Door, changing, rpcs
from tests.auth.routes import EVENTS, ROUTES, Told, ask, routes_of
from tests.auth.test_doors import ADMINS_ONLY, OF_WORKERS
from tests.auth.ways_in import refused

from httprule.failures import http_status
from httprule.rules import Route

every_route = pytest.mark.parametrize("route", ROUTES, ids=lambda each: f"{each}")


def kinds(route: Route) -> list[tuple[tuple[str, str], ...]]:
    """The ways in which a route can be asked for: as lines and as server-sent events."""
    return [(), (EVENTS,)] if route.method.server_streaming else [()]


def test_every_rpc_but_the_workers_has_a_route() -> None:
    without = {method.name for method in rpcs() if not routes_of(method)}
    assert without == {"Work", "ReadThread", "UseStore"}  # who carries runs speaks gRPC


@every_route
def test_nobody_gets_in_without_credentials_that_count(door: Door, route: Route) -> None:
    asked = 0
    for shown in refused(door):
        if any(isinstance(value, bytes) for _, value in shown.headers):
            continue  # bytes are gRPC's own
        for spelled in (str.lower, str.title, str.upper):
            headers = [(spelled(name), value) for name, value in shown.headers]
            found = ask(door, route, *headers, *kinds(route)[asked % len(kinds(route))])
            asked += 1
            assert found.status in (401, 431), (shown, found)
            if found.status == 401:
                assert found.reason in shown.reason.split("|"), (shown, found)
                assert found.headers["www-authenticate"] == "Bearer"
    assert asked > 150


@every_route
def test_roles_are_those_of_grpc(door: Door, route: Route) -> None:
    method = route.method
    expected = {
        "reader": changing(method) or method.name in ADMINS_ONLY,
        "runner": method.name in ADMINS_ONLY,
        "worker": method.name not in OF_WORKERS,
    }
    for role, turned_away in expected.items():
        key = ("X-Api-Key", door.role_key(role))
        for kind in kinds(route):
            found = ask(door, route, key, *kind)
            assert found.status != 401
            assert (found.status == 403) == turned_away, (role, found)
            assert (found.reason == "ROLE_FORBIDDEN") == turned_away
        assert_twin(found, door.call(method, ("x-api-key", key[1]), seconds=1.0).code)
    found = ask(door, route, ("Authorization", f"bearer {door.key('root')}"))
    assert found.status not in (401, 403)


def assert_twin(found: Told, code: StatusCode) -> None:
    """Whether somebody is let in does not depend on how they come."""
    if found.status in (401, 403) or code in (
        StatusCode.UNAUTHENTICATED,
        StatusCode.PERMISSION_DENIED,
    ):
        assert found.status == http_status(code.value[0])


@every_route
def test_nobody_names_another_namespace_than_their_own(door: Door, route: Route) -> None:
    own = ("X-Api-Key", door.key("of acme", role="admin", namespace="acme"))
    for name in ("X-Runwire-Namespace", "Grpc-Metadata-X-Runwire-Namespace"):
        for kind in kinds(route):
            found = ask(door, route, own, (name, "default"), *kind)
            assert (found.status, found.reason) == (403, "NAMESPACE_FORBIDDEN")
        assert ask(door, route, own, (name, "acme")).reason != "NAMESPACE_FORBIDDEN"
    both = (("X-Runwire-Namespace", "acme"), ("Grpc-Metadata-X-Runwire-Namespace", "default"))
    for pair in (both, both[::-1], both[:1] * 2):
        assert ask(door, route, own, *pair).status == 400


def test_a_namespace_named_over_http_is_the_one_that_is_acted_in(door: Door) -> None:
    """A header that is dropped on the way would be worse than one that is refused."""
    (create,) = routes_of(next(each for each in rpcs() if each.name == "ListGraphs"))
    root = ("X-Api-Key", door.key("root"))
    found = ask(door, create, root, ("X-Runwire-Namespace", "nowhere"))
    assert (found.status, found.reason) == (404, "NAMESPACE_NOT_FOUND")


def test_a_header_that_says_where_one_comes_from_is_not_believed(door: Door) -> None:
    (route,) = routes_of(next(each for each in rpcs() if each.name == "GetIdentity"))
    for name in ("Forwarded", "X-Forwarded-For", "X-Real-Ip", "Host"):
        assert ask(door, route, (name, "127.0.0.1")).status in (400, 401)


def test_a_key_is_not_taken_from_the_url(door: Door) -> None:
    """There it would be in logs, histories and referrers."""
    (route,) = routes_of(next(each for each in rpcs() if each.name == "GetIdentity"))
    for name in ("access_token", "api_key", "authorization", "x-api-key", "key"):
        found = ask(door, route, path=f"/v1/identity?{name}={door.key('root')}")
        assert found.status in (400, 401)
        assert door.key("root") not in found.message


def test_what_asks_nobody_is_known(door: Door) -> None:
    """Probes have no keys, and the pages say what the documentation does."""
    (route,) = routes_of(next(each for each in rpcs() if each.name == "GetIdentity"))
    for path in ("/", "/healthz", "/readyz", "/docs", "/redoc", "/openapi.json"):
        assert ask(door, route, path=path).status == 200
    for path in ("//", "/v1", "/admin", "/debug", "/.env", "/v1/../metrics", "/metrics/"):
        assert ask(door, route, path=path).status in (307, 401, 404), path


def test_metrics_are_for_readers_who_are_everywhere(door: Door) -> None:
    """They tell of the queues and runs of all namespaces."""
    (route,) = routes_of(next(each for each in rpcs() if each.name == "GetIdentity"))
    for shown in refused(door):
        if any(isinstance(value, bytes) for _, value in shown.headers):
            continue
        found = ask(door, route, *shown.headers, path="/metrics")
        assert found.status in (401, 431), (shown, found)
        assert found.status == 431 or found.headers["www-authenticate"] == "Bearer"
    for role in ("reader", "runner", "admin", "worker"):
        key = ("Authorization", f"Bearer {door.role_key(role)}")
        assert ask(door, route, key, path="/metrics").status == 403
    scraping = door.key("prometheus", role="reader", namespace="*")
    found = ask(door, route, ("Authorization", f"Bearer {scraping}"), path="/metrics")
    assert found.status == 200
    assert found.headers["content-type"].startswith("text/plain")
