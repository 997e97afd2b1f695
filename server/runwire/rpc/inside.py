"""Calls that come from this process: the HTTP edge's, without a channel between.

They go through the same surroundings as calls over gRPC. A response is written straight into the
caller's answer, so a client that reads slowly slows its handler down, and nobody else.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, ClassVar, NoReturn

from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2

from httprule.backend import Call, Certificate, Metadata, Write
from httprule.failures import Failure
from runwire.domain.errors import Error
from runwire.rpc.access import METRICS
from runwire.rpc.calls import Surroundings
from runwire.rpc.convert_runs import DOMAIN
from runwire.rpc.errors import REQUEST_ID, STATUS_TRAILER, failure_of
from runwire.rpc.methods import Method

Run = Callable[[Any, "InsideContext"], Awaitable[bytes | None]]


class InsideBackend:
    """Answers calls with the methods of this server."""

    def __init__(self, methods: Iterable[Method], surroundings: Surroundings) -> None:
        self._methods: Mapping[str, tuple[Method, Run]] = {
            method.path: (method, _run(method, surroundings)) for method in methods
        }
        self._guard = surroundings.guard

    async def recognize(self, call: Call) -> None:
        """Raise Failure unless whoever makes a call is known; their call is not counted."""
        request_id = next((str(v) for name, v in call.metadata if name == REQUEST_ID), "")
        try:
            shown = Shown(call.metadata, call.peer, call.certificate)
            await self._guard.recognize(call, shown, request_id)
        except Error as error:
            raise Failure(failure_of(error, request_id).status) from None

    async def check_metrics(self, context: "Shown", request_id: str) -> None:
        """Raise Failure unless whoever shows this may read the metrics."""
        try:
            await self._guard.admit(Metrics(), context, request_id)
        except Error as error:
            raise Failure(failure_of(error, request_id).status) from None

    async def call(
        self, call: Call, requests: Message | AsyncIterator[Message], write: Write
    ) -> Metadata:
        found = self._methods.get(call.path)
        if found is None:
            message = f"{call.path} is not served here"
            raise _failure(code_pb2.UNIMPLEMENTED, message, reason="NOT_SERVED")
        method, run = found
        context = InsideContext(call, method, write)
        scope = asyncio.timeout(call.timeout_seconds)
        try:
            async with scope:
                response = await run(requests, context)
                if response is not None:
                    await context.write(response)
        except TimeoutError:
            if not scope.expired():
                raise
            raise _failure(
                code_pb2.DEADLINE_EXCEEDED,
                f"no answer within the {call.timeout_seconds:g} s that the caller gave it",
                reason="DEADLINE_EXCEEDED",
            ) from None
        return context.trailers


class Metrics:
    """What is asked for at /metrics."""

    path = METRICS


@dataclass(frozen=True, slots=True)
class Shown:
    """What a request shows that becomes no call."""

    metadata: Metadata
    sender: str
    certificate: Certificate

    def invocation_metadata(self) -> Metadata:
        return self.metadata

    def peer(self) -> str:
        return self.sender

    def auth_context(self) -> Certificate:
        return self.certificate


class InsideContext:
    """What a call in this process has in place of grpc.aio's ServicerContext."""

    transport: ClassVar[str] = "http"

    def __init__(self, call: Call, method: Method, write: Write) -> None:
        self._call = call
        self._method = method
        self._write = write
        seconds = call.timeout_seconds
        self._until = None if seconds is None else monotonic() + seconds
        self.trailers: Metadata = ()

    def invocation_metadata(self) -> Metadata:
        return self._call.metadata

    def set_trailing_metadata(self, trailing_metadata: Metadata) -> None:
        self.trailers = trailing_metadata

    def time_remaining(self) -> float | None:
        return None if self._until is None else max(0.0, self._until - monotonic())

    def peer(self) -> str:
        return self._call.peer

    def auth_context(self) -> Certificate:
        """Return who TLS says the caller is."""
        return self._call.certificate

    async def write(self, message: bytes) -> None:
        await self._write(self._method.response.FromString(message))

    async def abort(self, code: Any, details: str, trailing_metadata: Metadata = ()) -> NoReturn:
        status = status_pb2.Status()
        for key, value in trailing_metadata:
            if key == STATUS_TRAILER and isinstance(value, bytes):
                status.MergeFromString(value)
        if not status.code:
            status = status_pb2.Status(code=code.value[0], message=details)
        kept = [(key, value) for key, value in trailing_metadata if key != STATUS_TRAILER]
        raise Failure(status, metadata=kept)


def _run(method: Method, around: Surroundings) -> Run:
    match method.client_streaming, method.server_streaming:
        case False, False:
            return around.unary(method)
        case False, True:
            return around.unary_stream(method)
        case True, False:
            return around.stream_unary(method)
        case _:
            return around.stream_stream(method)


def _failure(code: int, message: str, *, reason: str) -> Failure:
    status = status_pb2.Status(code=code, message=message)
    status.details.add().Pack(error_details_pb2.ErrorInfo(reason=reason, domain=DOMAIN))
    return Failure(status)
