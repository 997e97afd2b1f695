"""How long watches gather events before they send them on."""

from collections.abc import Callable
from time import monotonic
from typing import Final

MIN_SECONDS: Final = 0.005
MAX_SECONDS: Final = 0.040
EASY_RATE: Final = 250.0
"""Messages a second, of all watches together, up to which nobody waits longer than the minimum."""
HARD_RATE: Final = 1000.0
_MEASURED_SECONDS: Final = 0.1


class Pace:
    """Grows from 5 to 40 ms with the number of messages that all watches send together.

    A message costs the server as much as hundreds of events in it. A server with few live watchers
    should be quick, one with many should send each of them fewer and larger messages.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self.seconds = MIN_SECONDS
        self._clock = clock
        self._since = clock()
        self._sent = 0

    def sent(self) -> None:
        """Count a message that might have waited."""
        self._sent += 1
        passed = self._clock() - self._since
        if passed < _MEASURED_SECONDS:
            return
        share = (self._sent / passed - EASY_RATE) / (HARD_RATE - EASY_RATE)
        wanted = MIN_SECONDS + (MAX_SECONDS - MIN_SECONDS) * min(1.0, max(0.0, share))
        self.seconds = (self.seconds + wanted) / 2  # else a longer pause, by lowering it, ends it
        self._since += passed
        self._sent = 0
