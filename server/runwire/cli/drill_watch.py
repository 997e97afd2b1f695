"""Watchers that drop their streams at random and go on where they were.

They call gRPC without the client's recovery in between, which would hide repeated events: what is
checked is the server's promise, not the client's diligence.
"""

import asyncio
import random
import sys
import time
from dataclasses import dataclass, field
from typing import Any, Final

import grpc
from grpc import aio

from runwire.cli.drill_verdict import Seen, seen
from runwire_client.v1 import run_service_pb2 as wire
from runwire_client.v1 import run_service_pb2_grpc

UNAVAILABLE: Final = grpc.StatusCode.UNAVAILABLE
PAUSE_SECONDS: Final = 0.05
LONGEST_STREAM_SECONDS: Final = 0.4
MOST_MESSAGES: Final = 6
IMPATIENT: Final = 0.1
# A server that is being started again is looked for several times a second.
OPTIONS: Final = (
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 500),
    ("grpc.keepalive_time_ms", 30_000),
)


@dataclass
class Record:
    """What all watchers together did.

    `drops` counts live streams that they left, `broken` those that the server or the network broke;
    `resume_seconds` are the times from a call to its first message, after a drop.
    """

    drops: int = 0
    broken: int = 0
    resume_seconds: list[float] = field(default_factory=list)


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
        self._dropped = False
        self._live = False
        self._shown: tuple[tuple[str, str], ...] = ()

    async def run(self, channel: aio.Channel, *, api_key: str | None = None) -> None:
        """Watch until the run has ended; raise RpcError if a call fails for good."""
        self._shown = (("x-api-key", api_key),) if api_key else ()
        stub = run_service_pb2_grpc.RunServiceStub(channel)
        while not await self._one_stream(stub):
            pass

    async def _one_stream(self, stub: Any) -> bool:
        """Read until the dice say enough; return whether the run has ended."""
        self._live = False
        request = wire.WatchRunRequest(run_id=self.run_id, from_sequence=self._next)
        call = stub.WatchRun(request, metadata=self._shown)
        try:
            async with asyncio.timeout(self._patience_seconds()) as limit:
                return await self._read(call, limit)
        except TimeoutError:
            self._drop()
        except grpc.RpcError as error:
            if not isinstance(error, aio.AioRpcError) or error.code() != UNAVAILABLE:
                raise
            self._record.broken += 1
            self._dropped = False
            await asyncio.sleep(PAUSE_SECONDS)
        finally:
            call.cancel()
        return False

    async def _read(self, call: Any, limit: asyncio.Timeout) -> bool:
        began = time.monotonic()
        for _ in range(self._dice.randint(1, MOST_MESSAGES) if self._dice else sys.maxsize):
            message = await call.read()
            if message is aio.EOF:
                return False
            if message.HasField("started"):
                self._is_live(time.monotonic() - began, limit)
            self.events += [seen(event) for event in message.batch.events]
            self._next = message.next_sequence
            if message.HasField("ended"):
                return True
        self._drop()
        return False

    def _patience_seconds(self) -> float | None:
        """Return how long to wait for the first message: seldom too short, else for ever."""
        if self._dice and self._dice.random() < IMPATIENT:
            return self._dice.uniform(0.0, LONGEST_STREAM_SECONDS / 10)
        return None

    def _is_live(self, seconds: float, limit: asyncio.Timeout) -> None:
        if self._dropped:
            self._record.resume_seconds.append(seconds)
        self._live = True
        self.live.set()
        if self._dice:
            until = self._dice.uniform(0.0, LONGEST_STREAM_SECONDS)
            limit.reschedule(asyncio.get_running_loop().time() + until)

    def _drop(self) -> None:
        """Count a stream that was live; leaving one that had no answer yet drops nothing."""
        self._record.drops += self._live
        self._dropped = self._live
