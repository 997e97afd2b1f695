"""A stream of chunks cut into parts, and locks by name."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final
from weakref import WeakValueDictionary

from runwire.domain.tallies import ArtifactTally

PART_BYTES: Final = 4 * 1024 * 1024


class Locks:
    """A lock per name, which lasts as long as somebody holds or awaits it."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, name: str) -> asyncio.Lock:
        """Return the lock of a name."""
        return self._locks.setdefault(name, asyncio.Lock())


class Intake:
    """Cuts chunks into parts; what arrived before the stream broke can still be taken."""

    def __init__(self, chunks: AsyncIterator[bytes], tally: ArtifactTally) -> None:
        self._chunks = chunks
        self._tally = tally
        self._buffer = bytearray()
        self._ended = False

    @property
    def last(self) -> bool:
        """Whether the next part is the last one; it may be empty."""
        return self._ended and len(self._buffer) <= PART_BYTES

    async def fill(self) -> None:
        """Wait until more than a part has arrived, or the stream has ended."""
        while not self._ended and len(self._buffer) <= PART_BYTES:
            try:
                chunk = await anext(self._chunks)
            except StopAsyncIteration:
                self._ended = True
            else:
                self._buffer += chunk
                self._tally.bytes_in += len(chunk)

    def take(self) -> bytes:
        """Return the next part, or what there is of it."""
        with memoryview(self._buffer) as view:
            part = bytes(view[:PART_BYTES])
        del self._buffer[: len(part)]
        return part
