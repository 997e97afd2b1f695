"""New ids: of runs and artifacts, and of requests."""

import os
from typing import Final

from runwire.domain.ports import Clock

POOL_BYTES: Final = 4096


class NewIds:
    """Makes ids out of random bytes that are fetched many at a time.

    Asking the system for each would let another thread run each time, and the loop, which makes
    several ids a run, would then wait for its turn again. For one thread only.
    """

    def __init__(self, now: Clock) -> None:
        self._now = now
        self._pool = b""
        self._used = 0

    def uuid(self) -> str:
        """Return a UUID of version 7: it sorts by the time it was made."""
        stamp = f"{int(self._now().timestamp() * 1000):012x}"
        random = self._random(10).hex()
        variant = "89ab"[int(random[3], 16) & 3]
        return f"{stamp[:8]}-{stamp[8:]}-7{random[:3]}-{variant}{random[4:7]}-{random[7:19]}"

    def word(self) -> str:
        """Return 16 hexadecimal digits."""
        return self._random(8).hex()

    def _random(self, size: int) -> bytes:
        if self._used + size > len(self._pool):
            self._pool, self._used = os.urandom(POOL_BYTES), 0
        self._used += size
        return self._pool[self._used - size : self._used]
