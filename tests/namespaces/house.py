"""A server that believes who callers say they are, and callers of it."""

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc import aio
from tests.rpc.served import App, assembled

from runwire.domain.caller import Caller, Role
from runwire.domain.quotas import Quotas
from runwire.rpc.calls import Context
from runwire.rpc.guarding import Asked, placed
from runwire.rpc.methods import Method
from runwire.rpc.server import RpcServer

OPERATOR = Caller(name="operator")
SECONDS = 20.0
WHO = "x-test-caller"


class Believing:
    """The guard: a call's metadata say everything."""

    async def admit(self, _method: Method, context: Context, request_id: str) -> Caller:
        said = next((value for key, value in context.invocation_metadata() if key == WHO), "{}")
        given = json.loads(said)
        given["role"] = Role(given.get("role", "admin"))
        given["graphs"] = tuple(given.get("graphs", ()))
        return placed(Caller(**given, peer=context.peer(), request_id=request_id), context)

    async def recognize(self, _asked: Asked, context: Context, request_id: str) -> None:
        """Nobody is a stranger."""

    async def allow(self, caller: Caller, method: Method, request: Any) -> None:
        """Allow everything."""


@dataclass(frozen=True)
class Answer:
    """What came of a call: messages, or a status."""

    messages: tuple[Message, ...] = ()
    code: grpc.StatusCode = grpc.StatusCode.OK
    status: status_pb2.Status | None = None

    @property
    def only(self) -> Any:
        assert self.code is grpc.StatusCode.OK, self.status
        [message] = self.messages
        return message

    def fine(self) -> None:
        """Fail if the call was refused."""
        assert self.code is grpc.StatusCode.OK, self.status

    @property
    def reason(self) -> str:
        return self.detail(error_details_pb2.ErrorInfo).reason

    def detail(self, kind: Any) -> Any:
        """Return the detail of a kind; fail if there is none."""
        assert self.status is not None, self.messages
        for each in self.status.details:
            found = kind()
            if each.Unpack(found):
                return found
        raise AssertionError(f"no {kind.__name__} in {self.status}")

    def said(self, *, instead: dict[str, str]) -> tuple[Any, ...]:
        """Return all that the caller was told, with some words replaced."""
        text = repr((self.messages, self.status))
        for word, other in instead.items():
            text = text.replace(word, other)
        return self.code, text


class Client:
    """Calls in the name of somebody."""

    def __init__(self, channel: aio.Channel, methods: Iterable[Method], **who: Any) -> None:
        self._channel = channel
        self._methods = {method.path.rpartition("/")[2]: method for method in methods}
        self._who = who
        self.namespace = who.get("namespace", "default")

    async def __call__(self, rpc: str, *requests: Message, first: int = 0) -> Answer:
        """Make a call with request id 1; of a stream that never ends, take the first messages."""
        method = self._methods[rpc]
        how = {"timeout": SECONDS, "metadata": ((WHO, json.dumps(self._who)),)}
        how["metadata"] += (("x-request-id", "1"),)
        sent = [request.SerializeToString() for request in requests]
        streaming = method.client_streaming, method.server_streaming
        found: list[Message] = []
        try:
            match streaming:
                case (True, False):
                    call = self._channel.stream_unary(method.path)
                    found.append(method.response.FromString(await call(iter(sent), **how)))
                case (False, True):
                    stream = self._channel.unary_stream(method.path)(sent[0], **how)
                    async for data in stream:
                        found.append(method.response.FromString(data))
                        if len(found) == first:
                            break
                    stream.cancel()
                case _:
                    call = self._channel.unary_unary(method.path)
                    found.append(method.response.FromString(await call(sent[0], **how)))
        except aio.AioRpcError as error:
            status = status_pb2.Status()
            for key, value in error.trailing_metadata() or ():
                if key == "grpc-status-details-bin":
                    status.ParseFromString(value)
            return Answer(tuple(found), error.code(), status)
        return Answer(tuple(found))


@dataclass(frozen=True)
class House:
    """A server with namespaces `acme` and `beta`."""

    app: App
    server: RpcServer
    channel: aio.Channel

    def caller(self, namespace: str, **more: Any) -> Client:
        """Return a caller of a namespace, who is not everywhere."""
        who = {"namespace": namespace, "everywhere": False, **more}
        return Client(self.channel, self.server.methods, **who)

    @property
    def operator(self) -> Client:
        """Return a caller who is everywhere."""
        return Client(self.channel, self.server.methods)


@asynccontextmanager
async def housed(directory: Path, url: str, **quotas: Quotas) -> AsyncIterator[House]:
    """Serve while the block lasts; namespaces may have quotas."""
    async with assembled(directory, url) as app:
        for name in ("acme", "beta"):
            given = quotas.get(name, Quotas())
            await app.namespaces.create(OPERATOR, name, display_name=name, quotas=given)
        server = RpcServer(**app.edge, guard=Believing())
        port = server.add_address("127.0.0.1:0")
        await server.start()
        async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield House(app, server, channel)
        await server.drain(0)
