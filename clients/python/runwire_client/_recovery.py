"""What to do when a call breaks off: go on after a pause, or give up."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from grpc import StatusCode

from runwire_client.errors import Error

WATCH_TOO_SLOW: Final = "WATCH_TOO_SLOW"
TRANSPORT_CODES: Final = frozenset({StatusCode.CANCELLED, StatusCode.UNKNOWN})
_RANDOM: Final = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to pause before the next try: at random between nothing and a growing limit.

    The limit starts at `initial_seconds`, doubles with every failure in a row and stays at
    `max_seconds`.
    """

    initial_seconds: float = 0.1
    max_seconds: float = 30.0

    def delay_seconds(self, failures: int, *, uniform: Callable[[float, float], float]) -> float:
        """Return the pause after so many failures in a row, counted from 1."""
        limit = self.initial_seconds * 2.0 ** min(failures - 1, 60)
        return uniform(0.0, min(limit, self.max_seconds))


class Recovery:
    """Counts failures since the last progress and says how long to pause, or to give up."""

    def __init__(
        self,
        *,
        backoff: Backoff,
        give_up_seconds: float | None,
        now: Callable[[], float] = time.monotonic,
        uniform: Callable[[float, float], float] = _RANDOM.uniform,
    ) -> None:
        self._backoff = backoff
        self._give_up_seconds = give_up_seconds
        self._now = now
        self._uniform = uniform
        self._failures = 0
        self._failing_since: float | None = None

    def progressed(self) -> None:
        """Forget the failures before: something new arrived."""
        self._failures = 0
        self._failing_since = None

    def pause_seconds(self, error: Error) -> float:
        """Return how long to pause before going on; raise the error if that is in vain.

        It is in vain if the error is no mere break, or if the next try would begin more than
        the give-up time after the first failure without any progress since.
        """
        if not broke_off(error):
            raise error
        self._failures += 1
        now = self._now()
        if self._failing_since is None:
            self._failing_since = now
        pause = self._backoff.delay_seconds(self._failures, uniform=self._uniform)
        pause = max(pause, error.retry_after_seconds or 0.0)
        waited = now + pause - self._failing_since
        if self._give_up_seconds is not None and waited > self._give_up_seconds:
            raise error
        return pause


def broke_off(error: Error) -> bool:
    """Whether an error only says that the stream or connection is lost, so that going on helps.

    CANCELLED, UNKNOWN and a reset stream count if they came from the transport: errors of the
    server itself have a reason.
    """
    if error.code is StatusCode.UNAVAILABLE or error.reason == WATCH_TOO_SLOW:
        return True
    if error.reason:
        return False
    if error.code is StatusCode.INTERNAL:
        return "RST_STREAM" in error.message
    return error.code in TRANSPORT_CODES
