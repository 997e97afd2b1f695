"""What many readers of one run are told, put together once.

Taking a batch of events apart and spelling it out costs far more than sending it. Readers that keep
up are given the same batches, so the first of them does the work for all; who is behind does its
own. What is kept is bounded, and nothing depends on it.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final

MAX_BYTES: Final = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Told:
    """What is sent, whether the run has ended with it, and whether it may wait for an answer."""

    piece: bytes = b""
    ends: bool = False
    waits: bool = False


class Tellings:
    """Keeps what was told lately."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[Hashable, Told] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Told]) -> Told:
        """Return what was told under a key, or make it."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
            return found
        made = make()
        if len(made.piece) <= self._max_bytes:
            self._kept[key] = made
            self._bytes += len(made.piece)
        while self._bytes > self._max_bytes:
            _, gone = self._kept.popitem(last=False)
            self._bytes -= len(gone.piece)
        return made
