"""Watchers that drop their streams at random and go on where they were.

They call gRPC without a client in between, which costs little and hides nothing: what is checked
is the server's promise, not the client's diligence.
"""

import asyncio
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import grpc
from grpc import aio
from tests.faults.event_logs import Seen, seen
from tests.faults.reporting import scaled

from runwire_client.v1 import run_service_pb2 as wire

METHOD = "/runwire.v1.RunService/WatchRun"
PAUSE_SECONDS = 0.05
LONGEST_SECONDS = scaled(120, 3600)
OPTIONS = [
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 500),
]


@dataclass
class Record:
    """What all watchers together did."""

    drops: int = 0
    breaks: int = 0
    resume_seconds: list[float] = field(default_factory=list)
    """Call to `started`, of each stream that followed one we dropped."""


class Watcher:
    """Watches one run to its end, over as many streams as its dice want, or as few as may be."""

    def __init__(self, run_id: str, record: Record, dice: random.Random | None = None) -> None:
        self.run_id = run_id
        self.events: list[Seen] = []
        self.live = asyncio.Event()
        """Whether a stream of it has been live."""
        self._record = record
        self._dice = dice
        self._next = 1
        self._broken = True
        self._live = False

    async def run(self, channel: aio.Channel) -> None:
        method = channel.unary_stream(
            METHOD,
            request_serializer=wire.WatchRunRequest.SerializeToString,
            response_deserializer=wire.WatchRunResponse.FromString,
        )
        while not await self._one_stream(method):
            pass

    async def _one_stream(self, method: aio.UnaryStreamMultiCallable) -> bool:
        """Read until the dice say enough; return whether the run has ended."""
        began, self._live = time.monotonic(), False
        call = method(wire.WatchRunRequest(run_id=self.run_id, from_sequence=self._next))
        try:
            async with asyncio.timeout(self._dice.uniform(0.0, 0.4) if self._dice else None):
                return await self._read(call, began)
        except TimeoutError:
            self._drop()
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.UNAVAILABLE:
                raise
            self._record.breaks += 1
            self._broken = True
            await asyncio.sleep(PAUSE_SECONDS)
        finally:
            call.cancel()
        return False

    async def _read(self, call: aio.UnaryStreamCall, began: float) -> bool:
        for _ in range(self._dice.randint(1, 6) if self._dice else sys.maxsize):
            message = await call.read()
            if message is aio.EOF:
                return False
            if message.HasField("started"):
                self._live = True
                self.live.set()
                if not self._broken:
                    self._record.resume_seconds.append(time.monotonic() - began)
                self._broken = False
            self.events += [seen(event) for event in message.batch.events]
            self._next = message.next_sequence
            if message.HasField("ended"):
                return True
        self._drop()
        return False

    def _drop(self) -> None:
        """Count a stream that was live; one that had no answer yet, dropped nothing."""
        self._record.drops += self._live


async def watch_all(watchers: Sequence[Watcher], addresses: Sequence[str]) -> None:
    """Run all watchers to the end of their runs, over a connection to each address."""
    opened = [aio.insecure_channel(address, options=OPTIONS) for address in addresses]
    try:
        async with asyncio.timeout(LONGEST_SECONDS), asyncio.TaskGroup() as tasks:
            for number, watcher in enumerate(watchers):
                tasks.create_task(watcher.run(opened[number % len(opened)]))
    finally:
        for channel in opened:
            await channel.close()
