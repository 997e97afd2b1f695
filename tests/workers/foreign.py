"""A worker that knows nothing but the protos, as one in another language would be written."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from grpc import aio

from runwire.v1 import event_pb2, graph_pb2, payload_pb2, run_pb2, work_pb2
from runwire.v1 import worker_service_pb2 as wire
from runwire.v1.worker_service_pb2_grpc import WorkerServiceStub

SCHEMA = b'{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}'


def graph(graph_id: str = "foreign") -> graph_pb2.Graph:
    return graph_pb2.Graph(
        graph_id=graph_id,
        nodes=[graph_pb2.GraphNode(name="only")],
        edges=[
            graph_pb2.GraphEdge(source="__start__", target="only"),
            graph_pb2.GraphEdge(source="only", target="__end__"),
        ],
        input_schema=payload_pb2.Payload(data=SCHEMA),
        state_schema=payload_pb2.Payload(data=SCHEMA),
    )


def hello(worker_id: str = "elsewhere", **changes: Any) -> work_pb2.WorkHello:
    values = {"protocol_version": 1, "worker_id": worker_id, "graphs": [graph()]}
    return work_pb2.WorkHello(**{**values, **changes})


class ForeignWorker:
    """One stream, spoken by hand."""

    def __init__(self, call: Any) -> None:
        self.call = call
        self.acks: set[int] = set()
        self.claims: list[work_pb2.WorkClaim] = []
        self.refusals: dict[int, Any] = {}
        self.verdicts: list[work_pb2.WorkVerdict] = []
        self.beat = 0
        self.draining = False
        self.welcome = work_pb2.WorkWelcome()
        self._numbers = itertools.count(1)

    async def send(self, **fields: Any) -> None:
        await self.call.write(wire.WorkRequest(**fields))

    async def until(self, done: Callable[[], object], seconds: float = 10) -> None:
        """Read messages until something is true."""
        async with asyncio.timeout(seconds):
            while not done():
                message = await self.call.read()
                assert message is not aio.EOF, await self.call.details()
                self._take(message)

    async def claim(self) -> work_pb2.WorkClaim:
        """Ask for one run and wait for it."""
        await self.send(credit=1)
        await self.until(lambda: self.claims)
        return self.claims.pop()

    async def record(
        self, lease: work_pb2.WorkLease, number: int, **fields: Any
    ) -> tuple[bool, Any]:
        """Send a record; return whether it was accepted, and why not."""
        ack = next(self._numbers)
        record = work_pb2.WorkRecord(ack=ack, lease=lease, number=number, **fields)
        await self.send(records=[record])
        await self.until(lambda: ack in self.acks or ack in self.refusals)
        return ack in self.acks, self.refusals.get(ack)

    def _take(self, message: wire.WorkResponse) -> None:
        if message.HasField("welcome"):
            self.welcome = message.welcome
        self.acks |= set(message.acks)
        self.claims += message.claims
        self.refusals |= {each.ack: each.error for each in message.refusals}
        self.verdicts += message.verdicts
        self.beat = max(self.beat, message.beat)
        self.draining = self.draining or message.HasField("draining")


@asynccontextmanager
async def working(
    address: str, greeting: work_pb2.WorkHello | None = None
) -> AsyncIterator[ForeignWorker]:
    """Connect, say hello, and read the welcome."""
    async with aio.insecure_channel(address) as channel:
        stub: Any = WorkerServiceStub(channel)
        worker = ForeignWorker(stub.Work())
        await worker.send(hello=greeting or hello())
        await worker.until(lambda: worker.welcome.protocol_version)
        yield worker


def log_event(run_id: str, text: str) -> bytes:
    event = event_pb2.RunEvent(run_id=run_id, step_id="only:1")
    event.event_time.FromDatetime(datetime.now(UTC))
    event.log_entry.severity = 6
    event.log_entry.message = text
    return event.SerializeToString()


def step(status: run_pb2.RunStatus.ValueType, **fields: Any) -> work_pb2.WorkStep:
    found = work_pb2.WorkStep(
        step_id="only:1", superstep=1, node="only", visit=1, attempt=1, status=status, **fields
    )
    found.start_time.FromDatetime(datetime.now(UTC))
    return found


def checkpoint(number: int, state: bytes, *following: str) -> work_pb2.WorkCheckpoint:
    found = work_pb2.WorkCheckpoint(
        number=number,
        superstep=number,
        nodes=["only"] if number else [],
        next=[work_pb2.WorkNext(node=node) for node in following],
        visits={"only": number} if number else {},
        full=True,
        body=state,
    )
    found.create_time.FromDatetime(datetime.now(UTC))
    return found
