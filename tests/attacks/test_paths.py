"""Paths that try to lead elsewhere: over HTTP and, as ids, over gRPC."""

import re
from pathlib import Path
from typing import Any

import pytest
from grpc import StatusCode
from tests.attacks.conftest import Heard, said, words
from tests.auth.doors import Door
from tests.auth.routes import METHODS

TRICKS = [
    *("..", ".", "%2e%2e", "%2E%2E", "%2e", "..%2f..%2fetc%2fpasswd", "%2fetc%2fpasswd"),
    *("..%5c..%5cwindows", "%00", "a%00b", "a%2fb", "a%2Fb", "%c0%ae%c0%ae", "%ff", "%", "%zz"),
    *("%252e%252e", "a%0d%0aX-Foo:%20b", "a%0ab", "file:%2f%2f%2fetc%2fpasswd", "a;b=c", "%20"),
    *("~", "*", "**", "{artifact_id}", "%7B%7D", "x" * 10_000, "CON", "a:b", "a%3Ab", "../x"),
    *("a/../b", "a//b", "/a", "a/./b", "a?b/..", "a%23b", "..;/b", "%u002e", "a\\..\\b"),
]
PREFIXES = {
    "/v1/artifacts/": ("", ":download"),
    "/v1/runs/": ("", ":wait", "/state", "/steps", ":explain"),
    "/v1/graphs/": ("",),
    "/v1/keys/": ("",),
    "/v1/schedules/": ("",),
    "/v1/namespaces/": ("",),
}


def asked(door: Door, path: str, method: str = "GET") -> Heard:
    key = f"X-Api-Key: {door.key('root')}"
    return said(door, words(f"{method} {path} HTTP/1.1", "Host: x", key))


@pytest.mark.parametrize("trick", TRICKS, ids=lambda each: each[:30])
def test_no_path_leads_out_of_its_place(door: Door, trick: str) -> None:
    for prefix, ends in PREFIXES.items():
        for end in ends:
            found = asked(door, f"{prefix}{trick}{end}")
            # The first is refused; what follows is either refused by itself or not heard.
            assert found.statuses in ([400], [400, 401], [404, 401], [405, 401]), (end, found)
            assert b"root:x:0:" not in found.data


def test_nothing_was_written_outside(door: Door) -> None:
    before = sorted(door.directory.iterdir())
    for name in ("..%2f..%2fx", "%2e%2e", "a%2fb", "a%00b"):
        target = f"POST /v1/artifacts:upload?artifactId={name}&filename={name} HTTP/1.1"
        start = words(target, "Host: x", f"X-Api-Key: {door.key('root')}", "Content-Length: 2")
        assert said(door, start + b"xx").statuses == [400, 401]
    assert sorted(door.directory.iterdir()) == before
    assert not Path(door.directory.parent, "x").exists()


@pytest.mark.parametrize(
    "trick", ["..", "/etc/passwd", "a/b", "a\0b", "a:b", "%2e%2e", "a\nb", " "]
)
@pytest.mark.parametrize("name", ["GetArtifact", "DownloadArtifact", "DeleteArtifact", "GetRun"])
def test_no_id_leads_out_of_its_place(door: Door, name: str, trick: str) -> None:
    request: Any = METHODS[name].input_type._concrete_class()
    setattr(request, "run_id" if name == "GetRun" else "artifact_id", trick)
    answer = door.call(METHODS[name], ("x-api-key", door.key("root")), request=request)
    assert (answer.code, answer.reason) == (StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", "/v1/artifacts/x:download", "GET"),
        ("DELETE", "/v1/runs/x:cancel", "POST"),
        ("GET", "/v1/runs/x:cancel", "POST"),
        ("PATCH", "/v1/runs/x:wait", "GET"),
        ("GET", "/v1/keys/x:revoke", "POST"),
        ("POST", "/v1/runs/x:watch", "GET"),
    ],
)
def test_no_id_swallows_a_verb(door: Door, method: str, path: str, allow: str) -> None:
    """`DELETE …/x:download` is a mistake about `x`, and not about something called `x:download`."""
    found = asked(door, path, method)
    assert found.statuses == [405, 401]
    assert methods_in(found) == {allow, "OPTIONS"} | ({"HEAD"} if allow == "GET" else set())
    assert methods_in(asked(door, path, "OPTIONS")) == methods_in(found)


def methods_in(found: Heard) -> set[str]:
    (allow,) = re.findall(rb"(?i)\r\nallow: ([A-Z, ]+)\r\n", found.data)
    return set(allow.decode().split(", "))


@pytest.mark.parametrize(
    "path",
    [
        *("/healthz/../v1/keys", "/healthz/..%2fv1/keys", "/docs/../../v1/keys", "/healthz%2f.."),
        *(
            "/docs/..%2f..%2f..%2f..%2fetc%2fpasswd",
            "/docs/%2e%2e/docs.py",
            "//v1/keys",
            "/v1//keys",
        ),
        *("/docs/....//docs.py", "/docs/docs.js%00", "/%2e%2e/%2e%2e/etc/passwd", "/v1/keys/"),
        *("/metrics/..", "/metrics%2f..%2fv1%2fkeys", "/METRICS", "/.git/config", "/v1/./keys"),
    ],
)
def test_pages_lead_to_nothing_but_themselves(door: Door, path: str) -> None:
    """Asked without credentials: what is there for everybody is no way to what is not."""
    found = said(door, words(f"GET {path} HTTP/1.1", "Host: x"))
    assert found.statuses in ([404, 401], [400, 401], [400], [401, 401], [307, 401]), found
    assert b"root:x:0:" not in found.data
    assert b"import" not in found.data
