"""What workers can execute, known to every server: also to one that has no code of graphs.

What was registered last counts; a worker that has another definition of a known graph is told of in
the log, since runs then meet one or the other.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Final, Protocol

from runwire.domain.graph import GraphInfo, ToolInfo
from runwire.domain.ports import Clock, RegistrationStore
from runwire.domain.registration import Registration
from runwire.domain.worker import Hello

SEEN_AGAIN: Final = timedelta(minutes=1)
"""How old the time may be at which a registration was last seen."""
LOOK_SECONDS: Final = 1.0

logger = logging.getLogger("runwire.workers")


class Learner(Protocol):
    """Takes in what can be executed elsewhere."""

    def learn(self, graphs: Sequence[GraphInfo], tools: Sequence[ToolInfo]) -> None:
        """Know these graphs and tools from now on, in the place of those of their names."""


class Registrations:
    """Takes what workers say they have, and reads what they said to other servers."""

    def __init__(self, *, store: RegistrationStore, learner: Learner, now: Clock) -> None:
        self._store = store
        self._learner = learner
        self._now = now
        self._known: dict[tuple[str, str], Registration] = {}
        self._looked_at = float("-inf")

    async def register(self, hello: Hello) -> None:
        """Keep a worker's graphs and tools."""
        now = self._now()
        items: list[GraphInfo | ToolInfo] = [*hello.graphs, *hello.tools]
        told = [Registration(item=item, worker_id=hello.worker_id, seen_at=now) for item in items]
        news = [each for each in told if self._is_new(each, now)]
        if news:
            await self._store.put(news)
            self._take(news)

    async def refresh(self) -> None:
        """Read what was registered with any server, unless that was done a moment ago."""
        if monotonic() - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = monotonic()
        self._take(await self._store.find())

    def _is_new(self, told: Registration, now: datetime) -> bool:
        known = self._known.get((told.kind, told.name))
        if known is None:
            return True
        if known.item != told.item:
            logger.warning(
                "workers have different definitions of one %s; the newest counts",
                told.kind,
                extra={"name_of_it": told.name, "of": [known.worker_id, told.worker_id]},
            )
            return True
        return now - known.seen_at > SEEN_AGAIN

    def _take(self, found: Sequence[Registration]) -> None:
        self._known |= {(each.kind, each.name): each for each in found}
        items = [each.item for each in found]
        self._learner.learn(
            [item for item in items if isinstance(item, GraphInfo)],
            [item for item in items if isinstance(item, ToolInfo)],
        )
