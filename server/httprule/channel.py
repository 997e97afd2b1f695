"""A backend that is a gRPC server elsewhere."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import grpc
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc import status_pb2
from grpc import aio

from httprule.backend import Call, Metadata, Write
from httprule.failures import Failure

OPTIONS: Final = {
    "grpc.http2.bdp_probe": 0,  # with it, responses that nobody reads fill the memory
    "grpc.http2.lookahead_bytes": 256 * 1024,
    "grpc.keepalive_time_ms": 60_000,
    "grpc.keepalive_permit_without_calls": 1,
    "grpc.max_receive_message_length": 64 * 1024 * 1024,
    "grpc.max_metadata_size": 16 * 1024,
}
STATUS_TRAILER: Final = "grpc-status-details-bin"


def open_channel(
    target: str, credentials: grpc.ChannelCredentials | None = None, **options: int
) -> aio.Channel:
    """Return a channel fit for a `ChannelBackend`; close it in the end."""
    chosen = list((OPTIONS | options).items())
    if credentials is None:
        return aio.insecure_channel(target, options=chosen)
    return aio.secure_channel(target, credentials, options=chosen)


class ChannelBackend:
    """Passes calls on over a channel, which must belong to the running loop."""

    def __init__(self, channel: aio.Channel) -> None:
        self._channel = channel
        self._known: dict[str, Any] = {}

    async def call(
        self, call: Call, requests: Message | AsyncIterator[Message], write: Write
    ) -> Metadata:
        passed = self._callable(call)(
            requests, timeout=call.timeout_seconds, metadata=[*call.metadata, *_origin(call)]
        )
        try:
            if call.method.server_streaming:
                async for message in passed:
                    await write(message)
            else:
                await write(await passed)
            return _pairs(await passed.trailing_metadata())
        except aio.AioRpcError as error:
            raise _failure(error) from None
        except asyncio.CancelledError:
            passed.cancel()
            raise

    def _callable(self, call: Call) -> Any:
        known = self._known.get(call.path)
        if known is None:
            known = self._known[call.path] = self._made(call.method, call.path)
        return known

    def _made(self, method: MethodDescriptor, path: str) -> Any:
        kinds = {
            (False, False): self._channel.unary_unary,
            (False, True): self._channel.unary_stream,
            (True, False): self._channel.stream_unary,
            (True, True): self._channel.stream_stream,
        }
        make: Any = kinds[method.client_streaming, method.server_streaming]
        return make(
            path,
            request_serializer=GetMessageClass(method.input_type).SerializeToString,
            response_deserializer=GetMessageClass(method.output_type).FromString,
        )


def _origin(call: Call) -> Metadata:
    """Say where a call came from before it came here."""
    host = call.peer.partition(":")[2].rpartition(":")[0].strip("[]")
    return [("x-forwarded-for", host)] if host else []


def _failure(error: aio.AioRpcError) -> Failure:
    trailers = _pairs(error.trailing_metadata())
    status = status_pb2.Status()
    for key, value in trailers:
        if key == STATUS_TRAILER and isinstance(value, bytes):
            status.MergeFromString(value)
    if not status.code:
        status = status_pb2.Status(code=error.code().value[0], message=error.details() or "")
    kept = [(key, value) for key, value in trailers if key != STATUS_TRAILER]
    return Failure(status, metadata=kept)


def _pairs(metadata: Any) -> list[tuple[str, str | bytes]]:
    return [(key, value) for key, value in metadata or ()]
