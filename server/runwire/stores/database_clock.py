"""What time it is by the database's clock, without asking for it each time.

Each answer that tells the time bounds how far that clock is ahead of this process's: the time was
taken after the question was sent and before the answer was there. What all answers allow is kept.
"""

from collections.abc import Callable
from datetime import datetime
from time import monotonic
from typing import Final

from runwire.stores.times import time_of

PRECISION: Final = 0.05  # seconds that two servers' ideas of the time may differ by
DRIFT: Final = 0.0002  # seconds a second that two clocks may drift apart


class DatabaseClock:
    """Tells the time to within half of ``PRECISION``, or says that it cannot."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._ahead = (float("-inf"), float("inf"))
        self._at = 0.0
        self._told = 0

    def saw(self, micros: int, sent: float, received: float) -> None:
        """Learn what an answer said; `sent` and `received` are by this process's clock."""
        low, high = micros / 1e6 - received, micros / 1e6 - sent
        before = self._bounds()
        self._at = self._clock()
        narrowed = max(low, before[0]), min(high, before[1])
        # Where they do not meet, one of the clocks was set: only the newest answer counts.
        self._ahead = narrowed if narrowed[0] <= narrowed[1] else (low, high)

    def now(self) -> datetime | None:
        """Return the time, None if it is not known well enough; never earlier than once told."""
        low, high = self._bounds()
        if high - low > PRECISION:
            return None
        found = int((self._clock() + (low + high) / 2) * 1e6)
        # Bounds that narrow would set it back a little, before what is recorded already.
        if self._told - found < PRECISION * 1e6:
            found = max(found, self._told)
        self._told = found
        return time_of(found)

    def _bounds(self) -> tuple[float, float]:
        slack = (self._clock() - self._at) * DRIFT
        return self._ahead[0] - slack, self._ahead[1] + slack
