"""The streams of RunService.

A batch of events goes out as the bytes that the store holds; only for callers who want payloads
spelled out is it taken apart. The first message follows the request's check, so that a refused
watch sends nothing but its status and a client's retry policy still applies.
"""

from collections.abc import AsyncIterator

from runwire.app import watch as app
from runwire.app.run_making import RunMaker
from runwire.app.watch import Watch
from runwire.domain.caller import Caller
from runwire.domain.retention import FOR_EVER, RetentionPolicy
from runwire.domain.run import Run
from runwire.rpc import run_requests as asked
from runwire.rpc.checks import Faults
from runwire.rpc.convert_payloads import spelled
from runwire.rpc.convert_runs import run_to_wire
from runwire.rpc.convert_specs import new_run_from_wire
from runwire.rpc.convert_times import fill_time
from runwire.rpc.framing import feed_batch, watch_batch
from runwire.rpc.streams import closing
from runwire.v1 import event_pb2, payload_pb2, run_pb2
from runwire.v1 import run_service_pb2 as wire
from runwire.v1 import run_service_pb2_grpc as service

WatchMessage = app.Started | app.Batch | app.Heartbeat | app.Compacted | app.Ended


class WatchServicer(service.RunServiceServicer):
    """The events of one run, or of all that match."""

    def __init__(self, maker: RunMaker, watch: Watch, retention: RetentionPolicy) -> None:
        self._maker = maker
        self._watch = watch
        self._retention = retention

    def _run(self, run: Run, *, full: bool = True) -> run_pb2.Run:
        return _run(run, self._retention, full=full)

    def WatchRun(self, request: wire.WatchRunRequest, caller: Caller) -> AsyncIterator[bytes]:
        run_id, seconds = asked.watched(request, caller)
        messages = self._watch.watch(
            run_id, from_sequence=request.from_sequence, heartbeat_seconds=seconds
        )
        return self._sent(messages, request.payload_format)

    async def CreateAndWatchRun(
        self, request: wire.CreateAndWatchRunRequest, caller: Caller
    ) -> AsyncIterator[bytes]:
        faults = Faults()
        seconds = asked.heartbeat(faults, request)
        faults.done()
        new = new_run_from_wire(request.spec, request, caller)
        run_id, how = (await self._maker.create(new, caller)).run.run_id, request.payload_format
        del request, new  # the watch may last long, and the input may be large
        messages = self._watch.watch(run_id, from_sequence=0, heartbeat_seconds=seconds)
        async with closing(messages) as stream:
            async for message in stream:
                yield message_to_wire(message, how, self._retention)
                del message

    async def WatchRuns(
        self, request: wire.WatchRunsRequest, caller: Caller
    ) -> AsyncIterator[bytes]:
        where, seconds = asked.fed(request, caller)
        feed = self._watch.feed(
            where,
            resume_token=request.resume_token,
            heartbeat_seconds=seconds,
            namespace=caller.namespace,
        )
        async with closing(feed) as stream:
            async for found in stream:
                body = spelled_batch(found.body, request.payload_format)
                yield feed_batch(body, found.resume_token)
                del found, body

    async def _sent(self, messages: AsyncIterator[WatchMessage], how: int) -> AsyncIterator[bytes]:
        async with closing(messages) as stream:
            async for message in stream:
                yield message_to_wire(message, how, self._retention)
                del message  # nobody may wait with a large one in hand


def _run(run: Run, retention: RetentionPolicy, *, full: bool = True) -> run_pb2.Run:
    return run_to_wire(run, full=full, expires_at=retention.expires_at(run))


def message_to_wire(
    message: WatchMessage, how: int, retention: RetentionPolicy = FOR_EVER
) -> bytes:
    """Return one message of a watch, with payloads spelled as a PayloadFormat asks."""
    if isinstance(message, app.Batch):
        return watch_batch(spelled_batch(message.body, how), message.next_sequence)
    return spelled(_small(message, retention), how).SerializeToString()


def spelled_batch(body: bytes, how: int) -> bytes:
    """Return RunEventBatch bytes with payloads spelled as a PayloadFormat asks."""
    if how != payload_pb2.PAYLOAD_FORMAT_JSON or not body:
        return body
    return spelled(event_pb2.RunEventBatch.FromString(body), how).SerializeToString()


def _small(
    message: app.Started | app.Heartbeat | app.Compacted | app.Ended, retention: RetentionPolicy
) -> wire.WatchRunResponse:
    response = wire.WatchRunResponse(next_sequence=message.next_sequence)
    match message:
        case app.Started():
            response.started.run.CopyFrom(_run(message.run, retention))
            response.started.oldest_sequence = message.oldest_sequence
        case app.Heartbeat():
            fill_time(response.heartbeat.server_time, message.at)
        case app.Compacted():
            response.compacted.from_sequence = message.from_sequence
            response.compacted.to_sequence = message.to_sequence
        case app.Ended():
            response.ended.run.CopyFrom(_run(message.run, retention))
    return response
