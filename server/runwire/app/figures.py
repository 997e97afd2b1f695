"""How a server is, in numbers: what it has counted, and a look at what waits.

What is counted costs nothing to read. What waits is in the database; it is looked at once in a
while at most, however often and by however many it is asked for.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Final, Protocol

from runwire.domain.backlog import Backlog, BacklogStore
from runwire.domain.errors import Unavailable
from runwire.domain.run import Run, RunId
from runwire.domain.tallies import ArtifactTally, CallTally, StoreTally, WatchTally

FRESH_SECONDS: Final = 5.0
LOOK_SECONDS: Final = 3.0

logger = logging.getLogger("runwire.app")


class Newest(Protocol):
    """What is known of runs without asking the database."""

    def seen(self, run_id: RunId) -> Run | None:
        """Return the run as it is, or was a moment ago, if that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """How far watchers of runs are behind.

    ``events`` are committed and not taken, by all watchers together and by the last of them;
    ``max_seconds`` is for how long the slowest one has not taken a message.
    """

    max_events: int = 0
    events: int = 0
    max_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """What runs here."""

    version: str
    python: str
    database: str


class Figures:
    """The numbers of one server."""

    def __init__(
        self,
        *,
        build: Build,
        store: StoreTally,
        watches: WatchTally,
        artifacts: ArtifactTally,
        newest: Newest,
        backlog: BacklogStore,
        workers: Callable[[], Mapping[str, int]],
    ) -> None:
        self.build = build
        self.calls = CallTally()
        self.store = store
        self.watches = watches
        self.artifacts = artifacts
        self._newest = newest
        self._store = backlog
        self._workers = workers
        self.fresh_seconds = FRESH_SECONDS
        self._looking = asyncio.Lock()
        self._looked_at: float | None = None
        self._backlog: Backlog | None = None

    @property
    def workers(self) -> Mapping[str, int]:
        """How many workers there are, by where they are."""
        return self._workers()

    async def backlog(self) -> Backlog | None:
        """Return what waits, as it was a few seconds ago at most; None if that cannot be said."""
        async with self._looking:
            looked = self._looked_at
            if looked is None or monotonic() - looked >= self.fresh_seconds:
                self._backlog = await self._look()
                self._looked_at = monotonic()
            return self._backlog

    def lag(self) -> Lag:
        """Return how far watchers are behind, as far as this server knows without asking."""
        now, behind, slowest = monotonic(), [0], 0.0
        for watcher in tuple(self.watches.watchers):
            run = self._newest.seen(watcher.run_id)
            if run is not None and watcher.cursor:
                behind.append(max(run.last_sequence + 1 - watcher.cursor, 0))
            if watcher.sending_since is not None:
                slowest = max(slowest, now - watcher.sending_since)
        return Lag(max_events=max(behind), events=sum(behind), max_seconds=slowest)

    async def _look(self) -> Backlog | None:
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                return await self._store.backlog()
        except TimeoutError:
            logger.warning("what waits cannot be counted within %g s", LOOK_SECONDS)
        except Unavailable as error:
            logger.warning("what waits cannot be counted now: %s", error)
        except Exception:  # all that is counted here is told all the same
            logger.exception("what waits could not be counted")
        return None
