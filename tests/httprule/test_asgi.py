"""The ASGI application over a backend of its own: what a call sees, and what a client is told."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc import code_pb2, status_pb2
from hypothesis import given
from hypothesis import strategies as st
from tests.httprule.protos import service

from httprule.asgi import Application
from httprule.backend import Call, Metadata, Write
from httprule.content import disposition
from httprule.failures import Failure
from httprule.limits import Edge
from httprule.ranges import Part, Tail, wanted
from httprule.replies import accepts_gzip
from httprule.transcoder import Transcoder

TEXT = """
syntax = "proto3";
package edge.v1;
import "google/api/annotations.proto";
import "google/api/httpbody.proto";
message In { string id = 1; google.api.HttpBody file = 2; }
message Out { string text = 1; }
service Edges {
  rpc Get(In) returns (Out) { option (google.api.http) = { get: "/one/{id}" }; }
  rpc Put(In) returns (Out) { option (google.api.http) = { post: "/one/{id}" body: "*" }; }
  rpc Watch(In) returns (stream Out) { option (google.api.http) = { get: "/one/{id}:watch" }; }
  rpc Upload(stream In) returns (Out) {
    option (google.api.http) = { post: "/files/{id}" body: "file" };
  }
}
"""
EDGES = service(TEXT, "Edges")
TRANSCODER = Transcoder([EDGES])
Out: Any = GetMessageClass(EDGES.methods_by_name["Get"].output_type)
Answer = Callable[[Call, Any, Write], Any]


@dataclass
class Backend:
    """Answers with a function."""

    answer: Answer
    calls: list[Call] = field(default_factory=list)
    ended: list[type[BaseException] | None] = field(default_factory=list)

    async def call(
        self, call: Call, requests: Message | AsyncIterator[Message], write: Write
    ) -> Metadata:
        self.calls.append(call)
        try:
            result: Metadata = await self.answer(call, requests, write)
        except BaseException as error:
            self.ended.append(type(error))
            raise
        self.ended.append(None)
        return result


@dataclass
class Client:
    """One request over ASGI, and what came of it."""

    sent: list[Any] = field(default_factory=list)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    broken: bool = False

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.sent[0]["headers"]}

    @property
    def body(self) -> bytes:
        return b"".join(each.get("body", b"") for each in self.sent[1:])

    async def ask(
        self,
        backend: Backend,
        path: str,
        *,
        method: str = "GET",
        headers: dict[str, str] | None = None,
        body: tuple[bytes, ...] = (),
        edge: Edge = Edge(),  # noqa: B008 - frozen
    ) -> "Client":
        pieces = list(body)
        given = dict(headers or {}) | ({"transfer-encoding": "chunked"} if body else {})

        async def receive() -> Any:
            if pieces:
                piece = pieces.pop(0)
                if piece is STOP:
                    await self.gone.wait()
                    return {"type": "http.disconnect"}
                return {"type": "http.request", "body": piece, "more_body": bool(pieces)}
            await self.gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if self.broken:
                raise OSError("gone")
            self.sent.append(message)

        path, _, query = path.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "raw_path": path.encode(),
            "path": path,
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in given.items()],
            "client": ("127.0.0.1", 5),
        }
        application = Application(TRANSCODER, backend, edge)
        async with asyncio.timeout(10):
            await application(scope, receive, send)
        return self


STOP = b"the client goes away here"


async def hello(call: Call, request: Any, write: Write) -> Metadata:
    await write(Out(text="hello"))
    return [("x-colour", "blue"), ("x-request-id", "of the backend")]


async def forever(call: Call, request: Any, write: Write) -> Metadata:
    await asyncio.Event().wait()
    raise AssertionError


async def test_a_call_has_what_the_request_says() -> None:
    backend = Backend(hello)
    headers = {"authorization": "Bearer x", "grpc-timeout": "2S", "x-request-id": "mine"}
    client = await Client().ask(backend, "/one/7", headers=headers)
    assert (client.status, json.loads(client.body)) == (200, {"text": "hello"})
    assert client.headers["grpc-metadata-x-colour"] == "blue"
    assert client.headers["x-request-id"] == "mine"
    (call,) = backend.calls
    assert call.path.endswith(".Edges/Get")
    assert (call.timeout_seconds, call.peer) == (2.0, "ipv4:127.0.0.1:5")
    assert ("authorization", "Bearer x") in call.metadata
    assert ("x-request-id", "mine") in call.metadata


async def test_an_id_that_could_harm_a_log_is_replaced() -> None:
    client = await Client().ask(Backend(hello), "/one/7", headers={"x-request-id": "a b\tc"})
    assert len(client.headers["x-request-id"]) == 16


async def test_nothing_of_an_unexpected_error_is_told(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(*_: Any) -> Metadata:
        raise ValueError("secret")

    client = await Client().ask(Backend(broken), "/one/7", headers={"x-request-id": "mine"})
    assert client.status == 500
    assert b"secret" not in client.body
    assert b"mine" in client.body
    assert "secret" in caplog.text


async def test_a_failure_midway_is_told_in_the_stream() -> None:
    async def failing(call: Call, request: Any, write: Write) -> Metadata:
        await write(Out(text="one"))
        raise Failure(status_pb2.Status(code=code_pb2.ABORTED, message="no"))

    lines = (await Client().ask(Backend(failing), "/one/7:watch")).body.splitlines()
    assert json.loads(lines[0]) == {"result": {"text": "one"}}
    assert json.loads(lines[1])["error"]["code"] == code_pb2.ABORTED
    headers = {"accept": "text/html, text/event-stream;q=0.5"}
    events = await Client().ask(Backend(failing), "/one/7:watch", headers=headers)
    first, second, _ = events.body.split(b"\n\n")
    assert first == b'data: {"text":"one"}'
    assert second.startswith(b"event: error\ndata: {")


async def test_a_stream_without_messages_is_a_stream() -> None:
    async def empty(*_: Any) -> Metadata:
        return ()

    client = await Client().ask(Backend(empty), "/one/7:watch")
    assert (client.status, client.body) == (200, b"")
    assert client.headers["content-type"] == "application/x-ndjson"


@pytest.mark.parametrize("path", ["/one/7", "/one/7:watch"])
async def test_a_client_that_is_gone_cancels_the_call(path: str) -> None:
    backend, client = Backend(forever), Client()
    asyncio.get_running_loop().call_later(0.1, client.gone.set)
    await client.ask(backend, path)
    assert backend.ended == [asyncio.CancelledError]
    assert client.sent == []


async def test_a_connection_that_cannot_be_written_to_cancels_the_call() -> None:
    async def endless(call: Call, request: Any, write: Write) -> Metadata:
        while True:
            await write(Out(text="again"))

    backend = Backend(endless)
    await Client(broken=True).ask(backend, "/one/7:watch")
    assert backend.ended == [asyncio.CancelledError]


async def test_head_breaks_a_stream_off_after_its_head() -> None:
    async def endless(call: Call, request: Any, write: Write) -> Metadata:
        while True:
            await write(Out(text="again"))

    backend = Backend(endless)
    client = await Client().ask(backend, "/one/7:watch", method="HEAD")
    assert (client.status, client.body) == (200, b"")
    assert backend.ended == [asyncio.CancelledError]


async def sizes(call: Call, requests: Any, write: Write) -> Metadata:
    found = [len(request.file.data) async for request in requests]
    await write(Out(text=",".join(map(str, found))))
    return ()


async def test_an_upload_is_a_stream_of_pieces() -> None:
    pieces = (b"x" * 10, b"", b"y" * 600_000)
    client = await Client().ask(Backend(sizes), "/files/7", method="POST", body=pieces)
    assert json.loads(client.body) == {"text": "10,262144,262144,75712"}
    client = await Client().ask(Backend(sizes), "/files/7", method="POST")
    assert json.loads(client.body) == {"text": "0"}


async def test_an_upload_that_breaks_off_cancels_the_call() -> None:
    backend, client = Backend(sizes), Client()
    asyncio.get_running_loop().call_later(0.1, client.gone.set)
    await client.ask(backend, "/files/7", method="POST", body=(b"x", STOP))
    assert backend.ended == [asyncio.CancelledError]


async def test_a_body_that_is_too_large_is_not_read_to_its_end() -> None:
    edge = Edge(max_body_bytes=1024)
    body = (b"{" + b" " * 2000, STOP)
    client = await Client().ask(
        Backend(hello),
        "/one/7",
        method="POST",
        body=body,
        edge=edge,
        headers={"content-type": "application/json"},
    )
    assert client.status == 413


async def test_a_body_that_trickles_is_refused() -> None:
    edge = Edge(silence_seconds=0.05)
    client = await Client().ask(
        Backend(hello), "/one/7", method="POST", body=(b"{", STOP), edge=edge
    )
    assert client.status == 408
    assert client.headers["connection"] == "close"


@given(st.text(max_size=40))
def test_any_range_is_read_or_ignored(header: str) -> None:
    wanted(header)
    wanted(f"bytes={header}")


@given(st.integers(0, 10**15), st.integers(0, 10**15), st.integers(1, 10**15))
def test_a_range_says_which_part(first: int, length: int, size: int) -> None:
    part = wanted(f"bytes={first}-{first + length}")
    assert part == Part(first, first + length)
    assert part.length == length + 1
    tail = wanted(f"bytes=-{length}")
    assert isinstance(tail, Tail)
    assert tail.part(size).first == max(0, size - length)


@given(st.text(max_size=80))
def test_any_file_name_is_one_safe_header(name: str) -> None:
    try:
        name.encode()
    except UnicodeEncodeError:
        return  # protobuf holds no such text
    line = disposition(name)
    assert line.startswith("attachment")
    assert line.isascii()
    assert line.isprintable()
    assert line.count('"') in (0, 2)


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.1", True),
        ("*", True),
        ("", False),
        ("br", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("*;q=0, gzip", True),
        ("gzip;q=0, *", False),
        ("x-gzip-not", False),
    ],
)
def test_gzip_is_used_where_it_is_taken(header: str, taken: bool) -> None:
    assert accepts_gzip(header) == taken
