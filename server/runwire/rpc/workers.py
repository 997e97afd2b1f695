"""WorkerService: one stream per worker, decoded, handed to the app, and encoded."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Final

from google.protobuf.message import DecodeError

from runwire.app.connected import MAX_CREDIT, ConnectedWorker
from runwire.app.workers import Workers
from runwire.domain.assistant_ports import ItemStore
from runwire.domain.caller import Caller
from runwire.domain.errors import Error, Exhausted, Invalid, NotAllowed, Unavailable, invalid
from runwire.domain.worker import Answers
from runwire.rpc import store_use
from runwire.rpc.convert_claims import fill_claim, lease_from_wire, verdict_to_wire
from runwire.rpc.convert_hello import MAX_LEASES, hello_from_wire, welcome_to_wire
from runwire.rpc.convert_records import record_from_wire
from runwire.rpc.convert_times import fill_duration
from runwire.rpc.errors import to_status
from runwire.rpc.streams import closing
from runwire.rpc.thread_reads import reads_of
from runwire.v1 import work_pb2
from runwire.v1 import worker_service_pb2 as wire
from runwire.v1 import worker_service_pb2_grpc as service

MAX_MESSAGE_BYTES: Final = 4 * 1024 * 1024
MAX_JOINED_BYTES: Final = 96 * 1024 * 1024
HELLO_SECONDS: Final = 10.0
MAX_REASON_CHARACTERS: Final = 256

logger = logging.getLogger("runwire.workers")


class WorkerServicer(service.WorkerServiceServicer):
    """Workers that live elsewhere."""

    def __init__(self, workers: Workers, items: ItemStore, *, unix_only: bool = False) -> None:
        self._workers = workers
        self._items = items
        self._unix_only = unix_only

    async def Work(
        self, request_iterator: AsyncIterator[wire.WorkRequest], caller: Caller
    ) -> AsyncIterator[wire.WorkResponse]:
        self._check_peer(caller)
        requests = _joined(request_iterator)
        hello = hello_from_wire(await _first(requests))
        worker, verdicts = await self._workers.connect(hello, address=caller.peer)
        reading = self._workers.spawn(self._read(worker, requests))
        try:
            yield wire.WorkResponse(
                welcome=welcome_to_wire(
                    lease_seconds=self._workers.lease_seconds,
                    renew_seconds=self._workers.renew_seconds,
                    verdicts=verdicts,
                    max_message_bytes=MAX_MESSAGE_BYTES,
                )
            )
            async with closing(worker.answers()) as stream:
                async for answers in stream:
                    for message in _messages(answers):
                        yield message
        finally:
            reading.cancel()
            self._workers.disconnected(worker)

    async def ReadThread(
        self, request: wire.ReadThreadRequest, caller: Caller
    ) -> AsyncIterator[wire.ReadThreadResponse]:
        self._check_peer(caller)
        lease = lease_from_wire(request.lease, request.worker_id)
        thread = await self._workers.thread_of(request.worker_id, lease)
        async with closing(reads_of(thread, request)) as stream:
            async for response in stream:
                yield response

    async def UseStore(
        self, request: wire.UseStoreRequest, caller: Caller
    ) -> AsyncIterator[wire.UseStoreResponse]:
        self._check_peer(caller)
        for response in await store_use.used(self._items, request):
            yield response

    def _check_peer(self, caller: Caller) -> None:
        if self._unix_only and not caller.peer.startswith("unix:"):
            raise NotAllowed(
                "workers may connect to this server by Unix socket only: its setting"
                " worker_service says so, since other machines can call it without a certificate",
                reason="WORKERS_NOT_WELCOME",
            )

    async def _read(
        self, worker: ConnectedWorker, requests: AsyncIterator[wire.WorkRequest]
    ) -> None:
        """Hand on what the worker says, until it says no more."""
        try:
            while True:
                async with asyncio.timeout(self._workers.lease_seconds):
                    request = await anext(requests, None)
                if request is None:
                    break
                worker.heard()
                await _take(worker, request)
        except TimeoutError:
            worker.end(_silent(self._workers.lease_seconds))
        except Error as error:
            worker.end(error)
        except Exception as error:  # noqa: BLE001 - told to the worker, and logged with its call
            worker.end(error)
        else:
            worker.end()


async def _first(requests: AsyncIterator[wire.WorkRequest]) -> work_pb2.WorkHello:
    try:
        async with asyncio.timeout(HELLO_SECONDS):
            first = await anext(requests, None)
    except TimeoutError:
        raise invalid("hello", f"did not come within {HELLO_SECONDS:g} s") from None
    if first is None or not first.HasField("hello"):
        raise invalid("hello", "must be in the first message")
    return first.hello


async def _joined(requests: AsyncIterator[wire.WorkRequest]) -> AsyncIterator[wire.WorkRequest]:
    """Yield messages, those that came in parts put together."""
    parts = bytearray()
    async for request in requests:
        if not request.HasField("part"):
            yield request
            continue
        parts += request.part.data
        if len(parts) > MAX_JOINED_BYTES:
            raise Exhausted(
                f"the parts of a message are more than {MAX_JOINED_BYTES} bytes together",
                reason="MESSAGE_TOO_LARGE",
            )
        if request.part.last:
            try:
                yield wire.WorkRequest.FromString(bytes(parts))
            except DecodeError:
                raise invalid("part", "the parts together are no WorkRequest") from None
            parts.clear()


async def _take(worker: ConnectedWorker, request: wire.WorkRequest) -> None:
    """Hand on one message."""
    _check(request)
    if request.leaving:
        worker.leave()
    elif request.credit:
        worker.allow(request.credit)
    for message in request.records:
        await _take_record(worker, message)
    for given in request.releases:
        lease = lease_from_wire(given.lease, worker.worker_id)
        await worker.release(given.ack, lease, given.reason[:MAX_REASON_CHARACTERS])
    if request.renewals or request.beat:
        leases = [lease_from_wire(lease, worker.worker_id) for lease in request.renewals]
        worker.renew(leases, request.beat)


def _check(request: wire.WorkRequest) -> None:
    if request.HasField("hello"):
        raise invalid("hello", "belongs into the first message only")
    if not 0 <= request.credit <= MAX_CREDIT:
        raise invalid("credit", f"must be 0 to {MAX_CREDIT}")
    if len(request.renewals) > MAX_LEASES:
        raise invalid("renewals", f"are more than {MAX_LEASES}")


async def _take_record(worker: ConnectedWorker, message: work_pb2.WorkRecord) -> None:
    try:
        record = record_from_wire(message, worker.worker_id)
    except Invalid as error:
        worker.refuse(message.ack, error)
    else:
        await worker.record(record)


def _messages(answers: Answers) -> list[wire.WorkResponse]:
    """Return what is to be told, in messages of a moderate size."""
    message = wire.WorkResponse(beat=answers.beat, acks=answers.acks)
    message.verdicts.extend(verdict_to_wire(*told) for told in answers.verdicts)
    for ack, error in answers.refusals:
        message.refusals.add(ack=ack, error=to_status(error, ""))
    if answers.draining_seconds is not None:
        fill_duration(message.draining, answers.draining_seconds)
    messages, size_bytes = [message], 0
    for claim in answers.claims:
        if size_bytes > MAX_MESSAGE_BYTES:
            message, size_bytes = wire.WorkResponse(), 0
            messages.append(message)
        told = message.claims.add()
        fill_claim(told, claim)
        size_bytes += told.ByteSize()
    return messages


def _silent(seconds: float) -> Unavailable:
    return Unavailable(
        f"nothing was heard for {seconds:g} s: connect again, and send a beat more often",
        reason="WORKER_SILENT",
        retry_after_seconds=0,
    )
