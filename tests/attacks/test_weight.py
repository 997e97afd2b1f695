"""Requests that are too large, too deep or packed: refused soon, and nobody else notices."""

import gzip
import json
import time
import zlib
from typing import Any

import grpc
import pytest
from google.protobuf.struct_pb2 import Value
from grpc import StatusCode
from tests.attacks.conftest import Heard, heard, said, words
from tests.auth.doors import Door
from tests.auth.routes import METHODS

BOMB = gzip.compress(b'{"spec":' + b" " * 200_000_000 + b"}", 1)
SOON_SECONDS = 3.0


def key_of(door: Door) -> str:
    return f"X-Api-Key: {door.key('root')}"


def posted(door: Door, path: str, data: bytes, *lines: str) -> Heard:
    start = words(
        f"POST {path} HTTP/1.1",
        "Host: x",
        key_of(door),
        "Content-Type: application/json",
        f"Content-Length: {len(data)}",
        *lines,
    )
    begun = time.monotonic()
    found = heard(door, start, data, words("GET /healthz HTTP/1.1", "Connection: close"))
    assert time.monotonic() - begun < SOON_SECONDS
    return found


def test_the_server_goes_on(door: Door) -> None:
    assert said(door, words("GET /v1/identity HTTP/1.1", "Host: x", key_of(door))).statuses == [
        200,
        401,
    ]


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "x-gzip", "*"])
@pytest.mark.parametrize("path", ["/v1/runs", "/v1/graphs", "/v1/artifacts:upload"])
def test_what_is_packed_is_not_unpacked(door: Door, path: str, coding: str) -> None:
    found = posted(door, path, BOMB, f"Content-Encoding: {coding}")
    assert found.statuses[0] == 415
    assert b"CONTENT_ENCODING_UNSUPPORTED" in found.data


def test_a_packed_artifact_stays_packed(door: Door) -> None:
    """Without a content coding it is content like any other: 200 MB that are one."""
    path = "/v1/artifacts:upload?artifactId=bomb-1&filename=a.gz"
    found = posted(door, path, BOMB, "X-Sent: whole")
    assert found.statuses == [200, 200]
    assert f'"sizeBytes":"{len(BOMB)}"'.encode() in found.data


@pytest.mark.parametrize("kind", ["[", '{"a":', '[{"a":'])
@pytest.mark.parametrize("depth", [1_000, 10_000, 1_000_000])
@pytest.mark.parametrize("place", ["spec.input.json", "spec", "labels"])
def test_what_is_too_deep_is_refused(door: Door, place: str, depth: int, kind: str) -> None:
    ends = "".join({"[": "]", "{": "}"}.get(sign, "") for sign in reversed(kind))
    deep = kind * depth + "1" + ends * depth
    for step in reversed(place.split(".")):
        deep = f'{{"{step}":{deep}}}'
    found = posted(door, "/v1/runs", deep.encode())
    assert found.statuses == [400, 200]
    assert len(found.data) < 10_000


@pytest.mark.parametrize("depth", [101, 1_000, 30_000])
def test_what_is_too_deep_is_refused_over_grpc(door: Door, depth: int) -> None:
    """As messages, and as bytes that say they are JSON."""
    value: Any = Value()
    data = value.SerializeToString()
    for _ in range(min(depth, 1_000)):  # each level twice: a list that is a value
        listed = b"\x0a" + _varint(len(data)) + data
        data = b"\x32" + _varint(len(listed)) + listed
    payload = b"\x12" + _varint(len(data)) + data
    spec = b"\x12" + _varint(len(payload)) + payload
    text = b"[" * depth + b"]" * depth
    with door.channel() as channel:
        create = channel.unary_unary("/runwire.v1.RunService/CreateRun")
        for sent in (b"\x0a" + _varint(len(spec)) + spec, text):
            with pytest.raises(grpc.RpcError) as caught:
                create(sent, metadata=(("x-api-key", door.key("root")),), timeout=SOON_SECONDS)
            assert caught.value.code() is StatusCode.INVALID_ARGUMENT
    request: Any = METHODS["CreateRun"].input_type._concrete_class()
    request.spec.graph_id = "three_nodes"
    request.spec.input.data = text
    answer = door.call(METHODS["CreateRun"], ("x-api-key", door.key("root")), request=request)
    assert answer.code is StatusCode.INVALID_ARGUMENT


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes((*found, number))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/runs?" + "&".join(f"statuses={n}" for n in range(5_000)), (400, 431)),
        ("/v1/runs?" + "&".join(f"k{n}=1" for n in range(2_000)), (400,)),
        ("/v1/runs?filter=" + "(" * 10_000, (400,)),
        ("/v1/runs?filter=" + "a" * 30_000, (400, 431)),
        ("/v1/runs?filter=" + "%28" * 9_000, (400, 431)),
        ("/v1/runs?pageToken=" + "a" * 20_000, (400,)),
        ("/v1/runs?" + "a" * 40_000, (431,)),
        ("/v1/" + "a/" * 10_000, (404,)),
        ("/v1/runs/" + ":" * 20_000, (400, 404)),
        ("/v1/runs/" + "a:wait" * 4_000, (400,)),
    ],
    ids=lambda each: each[:24] if isinstance(each, str) else "",
)
def test_a_huge_query_or_path_is_refused(door: Door, path: str, status: tuple[int, ...]) -> None:
    begun = time.monotonic()
    found = said(door, words(f"GET {path} HTTP/1.1", "Host: x", key_of(door)))
    assert time.monotonic() - begun < SOON_SECONDS
    assert found.statuses[0] in status, found


@pytest.mark.parametrize(
    "lines",
    [
        [f"X-Foo: {'a' * 40_000}"],
        [f"X-{n}: 1" for n in range(20_000)],
        [f"Grpc-Metadata-A{n}: 1" for n in range(100)],
        [f"Grpc-Metadata-A: {'a' * 20_000}"],
        [f"traceparent: {'a' * 20_000}"],
        ["a" * 40_000 + ": b"],
    ],
    ids=["one", "many", "many to pass on", "one to pass on", "a trace", "a name"],
)
def test_huge_headers_are_refused(door: Door, lines: list[str]) -> None:
    found = said(door, words("GET /v1/identity HTTP/1.1", "Host: x", key_of(door), *lines))
    assert found.statuses[0] == 431, found


@pytest.mark.parametrize(
    "endless", [b"X-Foo: " + b"a" * 65_000, b"a" * 65_000], ids=["a value", "a name"]
)
def test_what_comes_after_a_body_has_an_end(door: Door, endless: bytes) -> None:
    """A trailer that never ends would be kept until it does."""
    chunked = "Transfer-Encoding: chunked"
    for target in ("/v1/runs", "/v1/artifacts:upload?artifactId=endless"):
        start = words(f"POST {target} HTTP/1.1", "Host: x", key_of(door), chunked)
        found = heard(door, start + b"2\r\n{}\r\n0\r\n", *[endless] * 4)
        assert found.closed
    found = heard(door, start, *[b"1;" + endless, endless, endless])
    assert found.closed


def test_a_body_that_is_too_large_is_not_read(door: Door) -> None:
    for lines in (("Content-Length: 99999999999",), ("Content-Length: 8388609",)):
        start = words("POST /v1/runs HTTP/1.1", "Host: x", key_of(door), *lines)
        assert heard(door, start, seconds=1.0).statuses == [413]
    chunked = words("POST /v1/runs HTTP/1.1", "Host: x", key_of(door), "Transfer-Encoding: chunked")
    piece = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    assert heard(door, chunked, *[piece] * 140, seconds=2.0).statuses[:1] in ([413], [])


@pytest.mark.parametrize(
    "line", ["Content-Length: 8388608", "Transfer-Encoding: chunked"], ids=["length", "chunks"]
)
def test_no_large_body_of_a_stranger_is_kept(door: Door, line: str) -> None:
    """The answer is there before the body: many of them would fill the memory."""
    piece = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    for shown, status in (("X-Api-Key: wrong", 401), (key_of(door), 0)):
        found = heard(
            door, words("POST /v1/runs HTTP/1.1", "Host: x", shown, line), piece, piece, seconds=1.0
        )
        assert found.statuses == ([status] if status else []), found


def test_a_compressed_message_over_grpc_has_a_limit(door: Door) -> None:
    """What gRPC unpacks is measured unpacked."""
    options = [("grpc.default_compression_algorithm", 2), ("grpc.max_send_message_length", -1)]
    request: Any = METHODS["CreateRun"].input_type._concrete_class()
    request.spec.input.data = bytes(100_000_000)
    assert len(zlib.compress(request.SerializeToString(), 1)) < 1_000_000
    with grpc.insecure_channel(door.server.grpc_address, options=options) as channel:
        create = channel.unary_unary("/runwire.v1.RunService/CreateRun")
        for metadata in ((), (("x-api-key", door.key("root")),)):
            with pytest.raises(grpc.RpcError) as caught:
                create(request.SerializeToString(), metadata=metadata, timeout=10)
            assert caught.value.code() in (
                StatusCode.RESOURCE_EXHAUSTED,
                StatusCode.UNAUTHENTICATED,
            )


def test_numbers_and_texts_without_end_are_refused(door: Door) -> None:
    for value in (
        "1" * 1_000_000,
        "1e" + "9" * 10_000,
        '"' + "\\u0000" * 200_000 + '"',
        "-" * 9_999,
    ):
        body = f'{{"spec":{{"graphId":"three_nodes","input":{{"json":{{"n":{value}}}}}}}}}'
        assert posted(door, "/v1/runs", body.encode()).statuses in ([400, 200], [429, 200])
    assert posted(door, "/v1/runs", json.dumps({"x" * 1_000_000: 1}).encode()).statuses == [
        400,
        200,
    ]
