"""What a worker asks for of a thread: decoded, read, and encoded, one message a checkpoint."""

from collections.abc import AsyncIterator
from typing import Final

from runwire.app.own_thread import OwnThread
from runwire.domain.errors import invalid
from runwire.domain.payload import decode
from runwire.domain.thread_checkpoint import CheckpointRead
from runwire.rpc.convert_saved import fill_read
from runwire.rpc.streams import closing
from runwire.v1 import work_thread_pb2
from runwire.v1 import worker_service_pb2 as wire

MAX_LINE: Final = 100
MAX_CHANNELS: Final = 10_000


async def reads_of(
    thread: OwnThread, request: wire.ReadThreadRequest
) -> AsyncIterator[wire.ReadThreadResponse]:
    """Yield what a request asks for; raise Invalid for one that asks for nothing."""
    if request.WhichOneof("ask") == "newest_of_run":
        response = wire.ReadThreadResponse()
        response.read.checkpoint.checkpoint_id = await thread.newest_of_run()
        yield response
        return
    async with closing(_found(thread, request)) as found:
        async for read in found:
            response = wire.ReadThreadResponse()
            fill_read(response.read, read)
            yield response


def _found(thread: OwnThread, request: wire.ReadThreadRequest) -> AsyncIterator[CheckpointRead]:
    match request.WhichOneof("ask"):
        case "point":
            return _point(thread, request.point)
        case "list":
            return _listed(thread, request.list)
        case "line":
            return _line(thread, request.line)
        case _:
            raise invalid("ask", "must be point, list, line or newest_of_run")


async def _point(
    thread: OwnThread, asked: work_thread_pb2.WorkThreadPoint
) -> AsyncIterator[CheckpointRead]:
    read = await thread.read(asked.checkpoint_ns, asked.checkpoint_id)
    if read is not None:
        yield read


def _listed(
    thread: OwnThread, asked: work_thread_pb2.WorkThreadList
) -> AsyncIterator[CheckpointRead]:
    metadata = decode(asked.metadata, name="list.metadata") if asked.metadata else None
    if metadata is not None and not isinstance(metadata, dict):
        raise invalid("list.metadata", "must be a JSON object")
    if asked.limit < 0:
        raise invalid("list.limit", "must not be negative")
    return thread.list(
        checkpoint_ns=asked.checkpoint_ns if asked.HasField("checkpoint_ns") else None,
        checkpoint_id=asked.checkpoint_id,
        before=asked.before,
        metadata=metadata,
        limit=asked.limit if asked.HasField("limit") else None,
    )


async def _line(
    thread: OwnThread, asked: work_thread_pb2.WorkThreadLine
) -> AsyncIterator[CheckpointRead]:
    if not 1 <= asked.limit <= MAX_LINE:
        raise invalid("line.limit", f"must be 1 to {MAX_LINE}")
    if len(asked.channels) > MAX_CHANNELS:
        raise invalid("line.channels", f"are more than {MAX_CHANNELS}")
    channels = list(asked.channels)
    found = await thread.ancestors(
        asked.checkpoint_ns, asked.checkpoint_id, channels=channels, limit=asked.limit
    )
    for read in found:
        yield read
