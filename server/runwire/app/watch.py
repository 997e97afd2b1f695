"""Every event after a sequence, past and future, through one path.

1. Raise a flag first, then: read after the cursor, send, wait for a wake, read again. An event that
   is recorded between the reading and the waiting has raised the flag, so none is missed; replay,
   live, reconnection and lost wakes are one loop.
2. A watcher has a cursor, not a queue: one that does not read costs nobody anything.
3. What is sent are stored bytes; no event is taken apart on the way.
4. A message costs the server more than a hundred events in it do. So events that follow each other
   closely travel together: after a message the next one waits a little, unless the run has ended.
"""

import base64
import binascii
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Final

from runwire.app.pace import Pace
from runwire.domain.errors import OutOfRange, invalid
from runwire.domain.filter import Filter
from runwire.domain.namespace import DEFAULT_NAMESPACE, local_id, namespace_of, whole_id
from runwire.domain.ports import Bus, Clock, EventStore, RunStore, Wake
from runwire.domain.run import Run, RunId
from runwire.domain.segment import Position, Segment
from runwire.domain.tallies import WatchTally

POLL_SECONDS: Final = 2.0
LOOK_SECONDS: Final = 1.5  # less than POLL_SECONDS
MAX_BATCH_BYTES: Final = 256 * 1024
FEED_SEGMENTS: Final = 256
_POSITION: Final = re.compile(r"p(?:([0-9]{1,18})\.)?([0-9]{1,18})")


@dataclass(frozen=True, slots=True)
class Started:
    """The stream is live."""

    run: Run
    oldest_sequence: int
    next_sequence: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Events in order: `body` is RunEventBatch bytes."""

    body: bytes
    next_sequence: int


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Nothing happened for the heartbeat interval."""

    at: datetime
    next_sequence: int


@dataclass(frozen=True, slots=True)
class Compacted:
    """Events `from_sequence`..`to_sequence` were removed by retention."""

    from_sequence: int
    to_sequence: int
    next_sequence: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The run is terminal and every event was sent."""

    run: Run
    next_sequence: int


@dataclass(frozen=True, slots=True)
class Feed:
    """Events of any run: `body` is RunEventBatch bytes, empty at first and in heartbeats."""

    resume_token: str
    body: bytes


Message = Started | Batch | Heartbeat | Compacted | Ended


class _Looks:
    """Says yes once in a while."""

    __slots__ = ("_next", "_seconds")

    def __init__(self, seconds: float, *, at_once: bool) -> None:
        self._seconds = seconds
        self._next = 0.0 if at_once else monotonic() + seconds

    def due(self) -> bool:
        if monotonic() < self._next:
            return False
        self._next = monotonic() + self._seconds
        return True


class Watch:
    """Watches one run, or all of them."""

    def __init__(self, *, runs: RunStore, events: EventStore, bus: Bus, now: Clock) -> None:
        self._runs = runs
        self._events = events
        self._bus = bus
        self.now = now
        self._pace = Pace()
        self.tally = WatchTally()

    async def watch(
        self, run_id: RunId, *, from_sequence: int = 0, heartbeat_seconds: float = 15.0
    ) -> AsyncIterator[Message]:
        """Yield what happens in a run, from a sequence on (0: the oldest), until it ends.

        Raises NotFound, Invalid for a negative sequence, and OutOfRange (SEQUENCE_IN_FUTURE) for
        one beyond the next.
        """
        with self._bus.waiting(run_id) as wake, self.tally.watching(run_id) as watcher:
            run = await self._first_look(run_id, from_sequence)
            watcher.cursor = cursor = _first(run, from_sequence)
            yield Started(run, await self._events.oldest(run_id), cursor)
            silent_since, look = monotonic(), _Looks(LOOK_SECONDS, at_once=run.status.final)
            while True:
                found = await self._read(run_id, cursor, wake, silent_since + self._pace.seconds)
                for message in watcher.taking(_messages(found, cursor)):
                    cursor = message.next_sequence
                    yield message
                if found:
                    del message  # nobody may wait with a large one in hand
                    if found[-1].final:
                        yield Ended(await self._final(run_id), cursor)
                        return
                    self._pace.sent()
                    silent_since = monotonic()
                    continue
                ended = await self._ended(run_id, cursor, look)
                if ended is not None:
                    for last in ended:
                        yield last
                    return
                quiet = monotonic() - silent_since
                if quiet >= heartbeat_seconds:
                    yield Heartbeat(self.now(), cursor)
                    silent_since, quiet = monotonic(), 0.0
                await wake.wait(min(POLL_SECONDS, heartbeat_seconds - quiet))

    async def feed(
        self,
        where: Filter,
        *,
        resume_token: str = "",
        heartbeat_seconds: float = 15.0,
        namespace: str = DEFAULT_NAMESPACE,
        deltas: bool = False,
        from_start: bool = False,
    ) -> AsyncIterator[Feed]:
        """Yield the events of all matching runs behind a token (empty: from now), without end.

        A token is good in the namespace that it was given in. ``from_start`` begins without one at
        the oldest event there is; ``deltas`` are told only if asked for.
        """
        with self._bus.waiting("feed") as wake, self.tally.feeding():
            begin = Position(0, 0) if from_start and not resume_token else None
            position = begin or await self._begin(resume_token, namespace)
            yield Feed(_token(position, namespace), b"")
            silent_since = monotonic()
            while True:
                found, position, more = await self._events.feed(
                    where, position, FEED_SEGMENTS, deltas=deltas
                )
                if found:
                    yield Feed(_token(position, namespace), b"".join(item.body for item in found))
                    silent_since = monotonic()
                quiet = monotonic() - silent_since
                if quiet >= heartbeat_seconds:
                    yield Feed(_token(position, namespace), b"")
                    silent_since, quiet = monotonic(), 0.0
                if not more:
                    await wake.wait(min(POLL_SECONDS, heartbeat_seconds - quiet))

    def waiting(self, topic: str) -> AbstractContextManager[Wake]:
        """Collect wakes for a topic while the block lasts."""
        return self._bus.waiting(topic)

    async def _begin(self, resume_token: str, namespace: str) -> Position:
        return _position(resume_token, namespace) if resume_token else await self._events.head()

    async def _read(
        self, run_id: RunId, cursor: int, wake: Wake, not_before: float
    ) -> Sequence[Segment]:
        """Return what is there from the cursor on, gathering until a time what follows closely."""
        while True:
            found = await self._events.read(run_id, cursor, MAX_BATCH_BYTES)
            early = not_before - monotonic()
            if early <= 0 or not _may_grow(found):
                return found
            await wake.wait(early)

    async def _first_look(self, run_id: RunId, from_sequence: int) -> Run:
        run = await self._runs.seen(run_id)
        if not run.status.final and from_sequence <= run.last_sequence:
            return run
        return await self._runs.get(run_id)  # an ended one may have been deleted, and made again

    async def _final(self, run_id: RunId) -> Run:
        run = await self._runs.seen(run_id)
        return run if run.status.final else await self._runs.get(run_id)

    async def _ended(self, run_id: RunId, cursor: int, look: "_Looks") -> Sequence[Message] | None:
        """Return how to end when there is nothing more to read, None if the run goes on.

        The last event of a run says that it has ended. Only whoever begins behind that, or watches
        what is deleted, has to look at the run itself, now and then.
        """
        if not look.due():
            return None
        run = await self._runs.get(run_id)
        if not run.status.final:
            return None
        if await self._events.read(run_id, cursor, 1):
            return None  # It ended between the reading and the looking.
        if cursor <= run.last_sequence:
            behind = run.last_sequence + 1
            return Compacted(cursor, run.last_sequence, behind), Ended(run, behind)
        return (Ended(run, cursor),)


def _first(run: Run, from_sequence: int) -> int:
    if from_sequence < 0:
        raise invalid("from_sequence", "must not be negative; 0 means the oldest event retained")
    if from_sequence > run.last_sequence + 1:
        raise OutOfRange(
            f"run {run.run_id} is at sequence {run.last_sequence}:"
            f" {from_sequence} is in the future",
            reason="SEQUENCE_IN_FUTURE",
            run_id=run.run_id,
            last_sequence=run.last_sequence,
        )
    return from_sequence or 1


def _may_grow(found: Sequence[Segment]) -> bool:
    """Whether more events may soon be there to travel with these."""
    size = sum(len(segment.body) for segment in found)
    return bool(found) and not found[-1].final and size < MAX_BATCH_BYTES // 4


def _messages(found: Sequence[Segment], cursor: int) -> Sequence[Batch | Compacted]:
    """Join consecutive segments; say where some are missing."""
    messages: list[Batch | Compacted] = []
    bodies: list[bytes] = []
    for segment in found:
        if segment.first_sequence > cursor:
            if bodies:
                messages.append(Batch(b"".join(bodies), cursor))
                bodies = []
            gap_end = segment.first_sequence - 1
            messages.append(Compacted(cursor, gap_end, segment.first_sequence))
            cursor = segment.first_sequence
        bodies.append(segment.starting_at(cursor).body)
        cursor = segment.last_sequence + 1
    if bodies:
        messages.append(Batch(bodies[0] if len(bodies) == 1 else b"".join(bodies), cursor))
    return messages


def _token(position: Position, namespace: str) -> str:
    transaction = f"{position.transaction}." if position.transaction else ""
    text = whole_id(namespace, f"p{transaction}{position.row}")
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _position(token: str, namespace: str) -> Position:
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
        found = _POSITION.fullmatch(local_id(text))
        if found is None or namespace_of(text) != namespace:
            raise ValueError(text)
        return Position(int(found[1] or 0), int(found[2]))
    except (ValueError, binascii.Error):
        why = "not a token of WatchRuns in this namespace"
        raise invalid("resume_token", why) from None
