"""What a worker has to say: collected on any thread, sent as one message."""

import asyncio
import threading
from collections.abc import Iterable, Sequence
from typing import Final

from runwire.domain.errors import Exhausted
from runwire.rpc.framing import varint
from runwire.v1 import work_pb2
from runwire.v1 import worker_service_pb2 as wire

RECORDS: Final = 6
RELEASES: Final = 7
MAX_MESSAGE_BYTES: Final = 1024 * 1024
"""Messages are joined up to about this size; one alone may be larger, and is sent in parts."""

MAX_RECORD_BYTES: Final = 95 * 1024 * 1024
"""A server puts parts together to 96 MiB."""


class Outbox:
    """Collects until it is taken; one loop takes, any thread puts."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._there = asyncio.Event()
        self._guard = threading.Lock()
        self._head = wire.WorkRequest()
        self._frames: list[bytes] = []
        self._signalled = False

    def put(self, frame: bytes) -> None:
        """Add a record or a release; on any thread."""
        with self._guard:
            self._frames.append(frame)
            signal, self._signalled = not self._signalled, True
        if signal:
            self._signal()

    def say(
        self,
        *,
        credit: int = 0,
        beat: int = 0,
        leaving: bool = False,
        renewals: Iterable[work_pb2.WorkLease] = (),
    ) -> None:
        """Add what is no record."""
        with self._guard:
            head = self._head
            head.credit += credit
            head.beat = max(head.beat, beat)
            head.leaving = head.leaving or leaving
            head.renewals.extend(renewals)
            self._signalled = True
        self._there.set()

    def clear(self) -> None:
        """Forget what was not sent."""
        with self._guard:
            self._head, self._frames = wire.WorkRequest(), []

    async def take(self) -> Sequence[bytes]:
        """Return messages that hold all that was put, once there is something."""
        while True:
            await self._there.wait()
            self._there.clear()
            with self._guard:
                self._signalled = False
                head, frames = self._head, self._frames
                self._head, self._frames = wire.WorkRequest(), []
            messages = _messages(head.SerializeToString(), frames)
            if messages:
                return messages

    def _signal(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._there.set)
        except RuntimeError:
            return  # The loop is closed: nobody will send it.


def check_size(size_bytes: int) -> None:
    """Refuse what no server would take; it would be sent again and again."""
    if size_bytes > MAX_RECORD_BYTES:
        raise Exhausted(
            f"what the run has to record at once is {size_bytes} bytes, a worker outside of the"
            f" server sends at most {MAX_RECORD_BYTES}: keep large things in artifacts",
            reason="RECORD_TOO_LARGE",
        )


def framed(field: int, message: bytes) -> bytes:
    """Return a message as a field of the message around it."""
    return varint(field << 3 | 2) + varint(len(message)) + message


def parts_of(message: bytes, max_bytes: int) -> list[bytes]:
    """Return a message as it is, or in parts if it is too large."""
    if len(message) <= max_bytes:
        return [message]
    room = max_bytes - 64
    pieces = [message[start : start + room] for start in range(0, len(message), room)]
    return [
        wire.WorkRequest(
            part=wire.WorkPart(data=piece, last=number == len(pieces))
        ).SerializeToString()
        for number, piece in enumerate(pieces, 1)
    ]


def _messages(head: bytes, frames: Sequence[bytes]) -> list[bytes]:
    messages, message = [], bytearray(head)
    for frame in frames:
        if message and len(message) + len(frame) > MAX_MESSAGE_BYTES:
            messages.append(bytes(message))
            message = bytearray()
        message += frame
    if message:
        messages.append(bytes(message))
    return messages
