"""How a worker that lives elsewhere asks its server: on the channel of its stream, for a while."""

from collections.abc import Sequence
from typing import Any, Final, TypeVar

import grpc
from google.protobuf.message import Message
from google.rpc import status_pb2
from grpc import aio

AGAIN_SECONDS: Final = 0.1
PATIENCE_SECONDS: Final = 10.0
PASSING: Final = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)

_STATUS_TRAILER: Final = "grpc-status-details-bin"

Way = tuple[aio.Channel, Sequence[tuple[str, str]] | None]
"""(channel to the server that has the worker's stream, what calls say of the caller)."""

R = TypeVar("R", bound=Message)


async def answers(
    way: Way, path: str, request: Message, kind: type[R], *, seconds: float
) -> Sequence[R]:
    """Return all that a server answers to a request; raise grpc.aio's own error."""
    channel, metadata = way
    ask: Any = channel.unary_stream(
        path,
        request_serializer=type(request).SerializeToString,
        response_deserializer=kind.FromString,
    )
    return [response async for response in ask(request, metadata=metadata, timeout=seconds)]


def status_of(error: aio.AioRpcError) -> status_pb2.Status | None:
    """Return what a server has said of an error; None if it does not come from one."""
    for key, value in error.trailing_metadata() or ():
        if key == _STATUS_TRAILER:
            return status_pb2.Status.FromString(value)
    return None
