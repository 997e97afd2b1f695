"""Requests that two programs on the way might read in two ways: read in one way, or not at all.

Every try ends with a request that shows nothing. It must be answered as such or not at all, and
none but the requests of the table may be answered before it.
"""

import pytest
from tests.attacks.conftest import Heard, said, words
from tests.auth.doors import Door

INNER = b"GET /v1/keys HTTP/1.1\r\nHost: x\r\n\r\n"
"""What would list all keys, if it were taken for a request of whoever came before it."""
CHUNKED = "Transfer-Encoding: chunked"
END = b"0\r\n\r\n"

UNREADABLE = {
    "CL.TE": (("Content-Length: 5", CHUNKED), END + INNER),
    "TE.CL": ((CHUNKED, "Content-Length: 5"), END + INNER),
    "CL.TE in 1.0's way": (("Connection: close", "Content-Length: 5", CHUNKED), END + INNER),
    "two lengths alike": (("Content-Length: 2", "Content-Length: 2"), b"{}" + INNER),
    "two lengths": (("Content-Length: 2", "Content-Length: 60"), b"{}" + INNER),
    "two lengths, two cases": (("Content-Length: 2", "CONTENT-LENGTH: 60"), b"{}" + INNER),
    "a list of lengths": (("Content-Length: 2, 2",), b"{}" + INNER),
    "a signed length": (("Content-Length: +2",), b"{}" + INNER),
    "a negative length": (("Content-Length: -2",), b"{}" + INNER),
    "a length in hexadecimal": (("Content-Length: 0x2",), b"{}" + INNER),
    "a length beyond 64 bits": (("Content-Length: 99999999999999999999999",), b"{}"),
    "a blank after the name": (("Content-Length : 2",), b"{}" + INNER),
    "a tab after the name": (("Transfer-Encoding\t: chunked",), END + INNER),
    "another coding": (("Transfer-Encoding: xchunked",), END + INNER),
    "chunked is not last": (("Transfer-Encoding: chunked, identity",), END + INNER),
    "identity": (("Transfer-Encoding: identity",), b"{}" + INNER),
    "two codings": ((CHUNKED, "Transfer-Encoding: identity"), END + INNER),
    "a control character before it": (("Transfer-Encoding: \x0bchunked",), END + INNER),
    "a NUL": (("X-Foo: a\0b",), INNER),
    "a bare CR": (("X-Foo: a\rContent-Length: 60",), INNER),
    "a bare LF": (("X-Foo: a\nContent-Length: 60",), INNER),
    "a folded line": (("X-Foo: a", " Content-Length: 60"), INNER),
    "a folded coding": (("Transfer-Encoding:", " chunked"), END + INNER),
    "an empty name": ((": a",), INNER),
    "a name with a blank": (("X Foo: a",), INNER),
    "a negative chunk": ((CHUNKED,), b"-1\r\n{}\r\n" + END + INNER),
    "a chunk beyond 64 bits": ((CHUNKED,), b"fffffffffffffffff\r\n{}\r\n" + END + INNER),
    "a chunk with more in it": ((CHUNKED,), b"2\r\n{}XX" + END + INNER),
    "chunks with bare LF": ((CHUNKED,), b"2\n{}\n0\n\n" + INNER),
    "an extension with bare LF": ((CHUNKED,), b"2;\n{}\r\n" + END + INNER),
    "two hosts": (("Host: y",), INNER),
    "a length as a trailer": ((CHUNKED,), b"2\r\n{}\r\n0\r\nContent-Length: 60\r\n\r\n" + INNER),
}


def head(door: Door, *lines: str, method: str = "POST") -> bytes:
    key = f"X-Api-Key: {door.key('root')}"
    return words(f"{method} /v1/runs HTTP/1.1", "Host: x", key, *lines)


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_can_be_read_in_two_ways_is_not_read(door: Door, name: str) -> None:
    lines, rest = UNREADABLE[name]
    found = said(door, head(door, *lines) + rest)
    assert (found.statuses, found.reason, found.closed) == ([400], "REQUEST_MALFORMED", True), found


@pytest.mark.parametrize(
    ("lines", "rest", "first"),
    [
        (("Content-Length: 34",), INNER, 400),
        ((CHUNKED,), END, 400),
        (("Transfer-Encoding: \tCHUNKED",), END, 400),
        ((CHUNKED,), b"22;a=b\r\n" + INNER + b"\r\n" + END, 400),
    ],
    ids=["a length", "chunks", "capitals and a tab", "an extension"],
)
def test_bodies_end_where_they_end(
    door: Door, lines: tuple[str, ...], rest: bytes, first: int
) -> None:
    """What is in a body is no request, and what comes after it has its own credentials."""
    found = said(door, head(door, "Content-Type: application/json", *lines) + rest)
    assert found.statuses == [first, 401], found
    assert found.reason == "CREDENTIALS_MISSING"


def test_requests_in_a_row_have_credentials_of_their_own(door: Door) -> None:
    whoami = head(door, method="GET").replace(b"/v1/runs", b"/v1/identity")
    found = said(door, whoami + INNER + whoami)
    assert found.statuses == [200, 401, 200, 401]


TRAILED = ("X-Api-Key: {key}", "Authorization: Bearer {key}")


@pytest.mark.parametrize("trailer", TRAILED)
@pytest.mark.parametrize("together", [True, False])
def test_what_comes_after_the_body_is_no_header(door: Door, trailer: str, together: bool) -> None:
    """Whoever checks headers on the way has not seen it."""
    start = words("POST /v1/runs HTTP/1.1", "Host: x", "Trailer: X-Api-Key", CHUNKED)
    rest = b"2\r\n{}\r\n0\r\n" + words(trailer.format(key=door.key("root")))
    found = said(door, start + rest) if together else said(door, start, rest)
    assert found.statuses == [401, 401], found


def test_a_namespace_after_the_body_is_no_header(door: Door) -> None:
    start = head(door, CHUNKED, "Content-Type: application/json")
    found = said(door, start + b"2\r\n{}\r\n0\r\n" + words("X-Runwire-Namespace: nowhere"))
    assert found.statuses == [400, 401]
    assert b"NAMESPACE_NOT_FOUND" not in found.data


def alone(door: Door, *lines: str, path: str = "/v1/identity") -> Heard:
    return said(door, words(f"GET {path} HTTP/1.1", "Host: x", *lines))


@pytest.mark.parametrize(
    "lines",
    [
        ("X_Api_Key: {key}",),
        ("X-Api-Key-Bin: {key}",),
        ("Authorization-Bin: {key}",),
        ("Grpc-Metadata-X-Api-Key-Bin: cndf",),
        ("Proxy-Authorization: Bearer {key}",),
        ("X-Original-Authorization: Bearer {key}",),
        ("Sec-WebSocket-Protocol: bearer, {key}",),
        ("Cookie: authorization=Bearer {key}; x-api-key={key}",),
        ("Grpc-Metadata-Grpc-Metadata-Authorization: Bearer {key}",),
        ("GrpcGateway-Authorization: Bearer {key}",),
        ("Authorization: Bearer {key}", "Authorization: Bearer {key}"),
        ("Authorization: Bearer {key}", "Grpc-Metadata-Authorization: Bearer {key}"),
        ("Authorization: Bearer {key}", "X-Api-Key: {other}"),
        ("X-Api-Key: {key}", "Grpc-Metadata-X-Api-Key: {other}"),
        ("X-Api-Key: {other}", "grpc-metadata-authorization: Bearer {key}"),
        ("Authorization: Bearer {key}, Bearer {other}",),
        ("Connection: X-Api-Key", "Connection: Authorization"),
    ],
    ids=lambda lines: " + ".join(line.partition(":")[0] for line in lines),
)
def test_credentials_come_in_one_way_only(door: Door, lines: tuple[str, ...]) -> None:
    named = {"key": door.key("root"), "other": door.role_key("reader")}
    found = alone(door, *(line.format(**named) for line in lines))
    assert found.statuses == [401, 401], found


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"])
def test_the_method_is_the_one_of_the_request_line(door: Door, name: str) -> None:
    start = words(
        "POST /v1/graphs/nothing-1?_method=DELETE HTTP/1.1",
        "Host: x",
        f"X-Api-Key: {door.key('root')}",
        f"{name}: DELETE",
        "Content-Length: 0",
    )
    assert said(door, start).statuses == [405, 401]


@pytest.mark.parametrize(
    "name", ["X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix", "X-Forwarded-Uri"]
)
def test_the_path_is_the_one_of_the_request_line(door: Door, name: str) -> None:
    found = alone(door, f"{name}: /healthz", path="/v1/keys")
    assert found.statuses == [401, 401]


def test_upgrades_lead_nowhere_else(door: Door) -> None:
    """HTTP/2 in clear text, and half a WebSocket, with another request behind them."""
    key = f"X-Api-Key: {door.key('root')}"
    h2c = (
        "Connection: Upgrade, HTTP2-Settings",
        "Upgrade: h2c",
        "HTTP2-Settings: AAMAAABkAAQAAP__",
    )
    half = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 777")
    for lines in (h2c, half, (*half[:2], "Content-Length: 34"), (*half[:2], CHUNKED)):
        for start in ("GET /v1/runs/ws", "POST /v1/runs", "GET /v1/identity"):
            begun = words(f"{start} HTTP/1.1", "Host: x", key, *lines)
            found = said(door, begun + INNER, seconds=1.0)
            assert b"keyId" not in found.data
            assert all(status in (200, 400, 401, 404, 405, 426) for status in found.statuses), found


def test_other_protocols_are_none(door: Door) -> None:
    for start in (
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(32),
        b"GET /v1/identity HTTP/3\r\nHost: x\r\n\r\n",
        b"PROXY TCP4 127.0.0.1 127.0.0.1 1 1\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
    ):
        found = said(door, start)
        assert (found.statuses, found.closed) == ([400], True), start
