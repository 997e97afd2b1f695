"""Who is told of what: deliveries are written in the commit that makes them due.

1. The webhooks are kept in memory, so a turn that nobody is told of costs a look into a dictionary.
2. Where no other process writes, they are read again after each change of them, at the next turn.
3. Elsewhere they are read every ``REFRESH_SECONDS``, and a batch that finds them older than
   ``MAX_AGE_SECONDS`` reads them itself. So what another server has stored counts everywhere after
   that time, for which `settled` waits: then the answer to whoever has stored it is true.
4. A delivery's id is made of what it tells, so it is the same however often a batch is tried.
5. A run may name an address of its own, which is told once, of its end. Those that lead to the same
   place count as one webhook where places are shared.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, select

from runwire.domain.errors import Unavailable
from runwire.domain.filter import Filter
from runwire.domain.matching import matches
from runwire.domain.namespace import namespace_of
from runwire.domain.parse import parse_filter
from runwire.domain.run import Run
from runwire.domain.run_webhooks import EncodeEnding
from runwire.domain.thread import ThreadChange
from runwire.domain.webhook import DeliveryStatus, Turn, turn_of
from runwire.domain.webhook_ports import EncodeTelling
from runwire.stores.rows import Values
from runwire.stores.times import micros_of
from runwire.stores.webhook_tables import webhooks

if TYPE_CHECKING:
    from runwire.stores.database import Database

REFRESH_SECONDS: Final = 0.5
MAX_AGE_SECONDS: Final = 2.0
SLACK_SECONDS: Final = 0.1
OF_RUNS: Final = "run:"
"""Begins what stands for a webhook in deliveries to where runs say; no webhook's id does."""

logger = logging.getLogger("runwire.stores")


@dataclass(frozen=True, slots=True)
class Listener:
    """What a webhook wants to be told."""

    webhook_id: str
    turns: frozenset[Turn]
    where: Filter


Listeners = Mapping[str, Sequence[Listener]]
"""By namespace."""

_SELECT = select(
    webhooks.c.webhook_id, webhooks.c.namespace, webhooks.c.events, webhooks.c.filter
).where(webhooks.c.paused.is_(False))


class Telling:
    """What the writer knows of webhooks."""

    def __init__(
        self,
        encode: EncodeTelling,
        *,
        alone: bool,
        encode_ending: EncodeEnding | None = None,
    ) -> None:
        self._encode = encode
        self._encode_ending = encode_ending
        self._alone = alone
        self._known: tuple[float, Listeners] | None = None  # replaced as a whole, by any thread

    def about(
        self,
        connected: Callable[[], Connection],
        before: Run | None,
        run: Run,
        now: datetime,
        left: ThreadChange | None = None,
    ) -> list[Values]:
        """Return the rows of the deliveries that a change of a run, and of its thread, makes."""
        turn = turn_of(before, run)
        if turn is None:
            return []
        own = self._to_its_own(run, turn, now, left)
        return own + self._to_webhooks(connected, run, turn, now)

    def _to_its_own(
        self, run: Run, turn: Turn, now: datetime, left: ThreadChange | None
    ) -> list[Values]:
        url = "" if run.options is None else run.options.webhook
        if not url or not run.status.final or self._encode_ending is None:
            return []
        body = self._encode_ending(run, None if left is None else left.values, now)
        named = f"{run.namespace}\n{url}".encode()
        webhook_id = f"{OF_RUNS}{hashlib.sha256(named).hexdigest()[:32]}"
        return [{**_row(webhook_id, run, turn, now, body), "url": url}]

    def _to_webhooks(
        self, connected: Callable[[], Connection], run: Run, turn: Turn, now: datetime
    ) -> list[Values]:
        told = [
            listener
            for listener in self._listeners(connected).get(namespace_of(run.run_id), ())
            if turn in listener.turns and matches(listener.where, run)
        ]
        if not told:
            return []
        body = self._encode(run, turn, now)
        return [_row(listener.webhook_id, run, turn, now, body) for listener in told]

    def forget(self) -> None:
        """Note that a batch of this process has changed webhooks."""
        if self._alone:
            self._known = None

    async def settled(self) -> None:
        """Wait until every server knows what is stored."""
        if not self._alone:
            await asyncio.sleep(MAX_AGE_SECONDS + SLACK_SECONDS)

    async def keep_fresh(self, database: "Database") -> None:
        """Read the webhooks again and again until cancelled, so that no batch has to."""
        while True:
            began = monotonic()
            try:
                self._known = began, await database.read(_listeners)
            except Unavailable as error:
                logger.warning("webhooks cannot be read now; trying again: %s", error)
            except Exception:  # what a crash of the database looks like is not always foreseen
                logger.exception("webhooks cannot be read; trying again")
            await asyncio.sleep(REFRESH_SECONDS)

    def _listeners(self, connected: Callable[[], Connection]) -> Listeners:
        known, began = self._known, monotonic()
        if known is None or not (self._alone or began - known[0] < MAX_AGE_SECONDS):
            self._known = known = began, _listeners(connected())
        return known[1]


def _listeners(connection: Connection) -> Listeners:
    found: dict[str, list[Listener]] = {}
    for row in connection.execute(_SELECT):
        turns = frozenset(Turn(word) for word in row.events.split())
        listener = Listener(row.webhook_id, turns, parse_filter(row.filter))
        found.setdefault(row.namespace, []).append(listener)
    return found


def _row(webhook_id: str, run: Run, turn: Turn, now: datetime, body: bytes) -> Values:
    # A run's revision grows with each change; one that was made again has another time.
    told = f"{webhook_id}\n{run.run_id}\n{micros_of(run.created_at)}\n{run.revision}"
    return {
        "delivery_id": f"msg_{hashlib.sha256(told.encode()).hexdigest()[:32]}",
        "webhook_id": webhook_id,
        "run_id": run.run_id,
        "event": turn.value,
        "body": body,
        "status": DeliveryStatus.PENDING.value,
        "attempts": 0,
        "tries": 0,
        "response_code": 0,
        "error_message": "",
        "event_at": now,
        "last_attempt_at": None,
        "next_attempt_at": now,
        "lease_until": None,
        "url": None,
    }
