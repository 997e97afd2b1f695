"""Token buckets: so many calls a second on average, so many at once after a pause.

A bucket that has filled up again is as good as new, so those are what is forgotten first, and
memory is bounded by the number of buckets.
"""

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Final

from runwire.domain.errors import Exhausted

MAX_BUCKETS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast a bucket fills and how much it holds; nothing is limited at 0 a second."""

    per_second: float = 0.0
    burst: int = 0

    @property
    def size(self) -> float:
        """How much it holds: a second's worth unless told otherwise, and at least one."""
        return float(self.burst) if self.burst else max(1.0, math.ceil(self.per_second))


class Rates:
    """Buckets by name."""

    def __init__(
        self, *, clock: Callable[[], float] = monotonic, max_buckets: int = MAX_BUCKETS
    ) -> None:
        self._clock = clock
        self._max_buckets = max_buckets
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # (left, when)

    def take(self, name: str, rate: Rate) -> float:
        """Take one; return 0, or after how many seconds there will be one."""
        if rate.per_second <= 0:
            return 0.0
        left = self._left(name, rate)
        if left < 1.0:
            self._put(name, left)
            return (1.0 - left) / rate.per_second
        self._put(name, left - 1.0)
        return 0.0

    def give_back(self, name: str, rate: Rate) -> None:
        """Undo one `take`."""
        if rate.per_second > 0:
            self._put(name, min(self._left(name, rate) + 1.0, rate.size))

    def check(self, name: str, rate: Rate, *, who: str) -> None:
        """Take one, or raise Exhausted."""
        seconds = self.take(name, rate)
        if seconds:
            raise too_fast(who, rate, seconds)

    def _left(self, name: str, rate: Rate) -> float:
        left, at = self._buckets.get(name, (rate.size, 0.0))
        return min(left + max(self._clock() - at, 0.0) * rate.per_second, rate.size)

    def _put(self, name: str, left: float) -> None:
        self._buckets[name] = (left, self._clock())
        self._buckets.move_to_end(name)
        while len(self._buckets) > self._max_buckets:
            self._buckets.popitem(last=False)


def too_fast(who: str, rate: Rate, seconds: float) -> Exhausted:
    """Return what says that somebody calls too often."""
    return Exhausted(
        f"{who} may make {rate.per_second:g} calls a second and {rate.size:g} at once: wait"
        f" {seconds:.3g} s and try again",
        reason="RATE_LIMITED",
        retry_after_seconds=max(seconds, 0.001),
    )
