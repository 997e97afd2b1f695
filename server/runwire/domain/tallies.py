"""What a server counts while it works: plain numbers, read whenever somebody looks at them.

1. Counting is one addition in place; nothing is computed, labelled or locked before it is read.
2. Each number has one thread that writes it. A reader on another thread may see two numbers of one
   moment a hair apart, never a wrong one.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from time import monotonic
from types import TracebackType
from typing import Final, Protocol, TypeVar

from runwire.domain.run import RunId, RunStatus

CALL_SECONDS: Final = (
    *(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5),
    *(1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 600.0),
)
COMMIT_SECONDS: Final = (
    *(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0),
)
COMMIT_CHANGES: Final = tuple(float(2**power) for power in range(10))


class Message(Protocol):
    """What a watcher is sent."""

    @property
    def next_sequence(self) -> int:
        """The first sequence that is not in it."""


M = TypeVar("M", bound=Message)


class Histogram:
    """How often a value came to lie at or below each bound, and the sum of all."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def add(self, value: float) -> None:
        """Count a value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    @property
    def count(self) -> int:
        """How many values there were."""
        return sum(self.counts)


class MethodTally:
    """Calls of one method; `ended` by transport and the name of their code."""

    __slots__ = ("ended", "method", "open", "service", "streams")

    def __init__(self, service: str, method: str, *, streams: bool) -> None:
        self.service = service
        self.method = method
        self.streams = streams
        self.open = 0
        self.ended: dict[tuple[str, str], Histogram] = {}

    def end(self, transport: str, code: str, seconds: float) -> None:
        """Count a call that has ended."""
        key = (transport, code)
        seen = self.ended.get(key)
        if seen is None:
            seen = self.ended[key] = Histogram(CALL_SECONDS)
        seen.add(seconds)


class CallTally:
    """Calls of every method."""

    def __init__(self) -> None:
        self.methods: dict[str, MethodTally] = {}

    def of(self, path: str, *, streams: bool) -> MethodTally:
        """Return what counts calls of `/service/method`."""
        if path not in self.methods:
            service, _, method = path.lstrip("/").partition("/")
            self.methods[path] = MethodTally(service, method, streams=streams)
        return self.methods[path]


class StoreTally:
    """What the journal's thread commits; `read_errors` are the server loop's."""

    def __init__(self) -> None:
        self.commit_seconds = Histogram(COMMIT_SECONDS)
        self.commit_changes = Histogram(COMMIT_CHANGES)
        self.events = 0
        self.claims = 0
        self.lease_expiries = 0
        self.moved_to: Counter[RunStatus] = Counter()
        self.write_errors = 0
        self.read_errors = 0


class Watcher:
    """One who watches a run: what it was sent up to, and since when it has not taken a message."""

    __slots__ = ("_open", "cursor", "run_id", "sending_since")

    def __init__(self, open_: "set[Watcher]", run_id: RunId) -> None:
        self._open = open_
        self.run_id = run_id
        self.cursor = 0
        self.sending_since: float | None = None

    def taking(self, messages: Iterable[M]) -> Iterator[M]:
        """Yield messages, and note which of them were taken."""
        for message in messages:
            self.sending_since = monotonic()
            yield message
            self.cursor = message.next_sequence
        self.sending_since = None

    def __enter__(self) -> "Watcher":
        self._open.add(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.discard(self)


class WatchTally:
    """Who watches: single runs, and feeds of many."""

    def __init__(self) -> None:
        self.watchers: set[Watcher] = set()
        self.feeds: set[Watcher] = set()

    def watching(self, run_id: RunId) -> Watcher:
        """Count a watcher while the block lasts."""
        return Watcher(self.watchers, run_id)

    def feeding(self) -> Watcher:
        """Count a watcher of many runs while the block lasts."""
        return Watcher(self.feeds, RunId(""))


class ArtifactTally:
    """Bytes of artifacts' content that came in and went out."""

    def __init__(self) -> None:
        self.bytes_in = 0
        self.bytes_out = 0
