"""The events of a thread for a subscription: those of runs that count now, then all to come."""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from runwire.app.thread_watch import Began, Over, ThreadWatch
from runwire.app.watch import Batch
from runwire.domain.ports import Clock
from runwire.domain.run import Run
from runwire.domain.thread import ThreadId
from runwire.http.langgraph import seqs
from runwire.http.langgraph.subscriptions import Subscription
from runwire.http.langgraph.tape import Tape
from runwire.http.langgraph.tape_events import Said
from runwire.v1.event_pb2 import RunEventBatch

HEARTBEAT_SECONDS: Final = 5.0
RECENT: Final = timedelta(seconds=60)
"""Runs that ended so recently are told to whoever comes without a position: a client whose
connection broke off may have missed their ends."""


async def follow(
    watch: ThreadWatch,
    thread_id: ThreadId,
    wanted: Collection[Subscription],
    *,
    visible: Callable[[Run], bool],
    now: Clock,
) -> AsyncIterator[Sequence[Said]]:
    """Yield events that any of some subscriptions wants, without end, each event once.

    Yields nothing where there is nothing of that to tell. What is wanted may become less meanwhile.
    """
    positions = [each.since for each in wanted]
    since = min((each for each in positions if each is not None), default=0)

    def choose(runs: Sequence[Run]) -> Sequence[Run]:
        return current(runs, now()) if None in positions else _behind(runs, since)

    tape: Tape | None = None
    async for told in watch.follow(
        thread_id, choose=choose, visible=visible, heartbeat_seconds=HEARTBEAT_SECONDS
    ):
        found: list[Said] = []
        match told:
            case Began():
                tape = Tape(told.run)
            case Batch() if tape is not None:
                for event in RunEventBatch.FromString(told.body).events:
                    found += tape.read(event)
            case Over(run=None) if tape is not None:
                found += tape.vanish(int(now().timestamp() * 1000))
        yield [said for said in found if any(_meant(said, each) for each in wanted)]


def current(runs: Sequence[Run], now: datetime) -> Sequence[Run]:
    """Return the runs that count now: what has not ended, or just did, and the newest of all."""
    begun = [run for run in runs if run.started_at is not None]
    newest = max(begun, key=lambda run: run.started_at or run.created_at, default=None)
    return [
        run
        for run in runs
        if run is newest
        or not run.status.final
        or (run.ended_at is not None and run.ended_at > now - RECENT)
    ]


def _behind(runs: Sequence[Run], since: int) -> Sequence[Run]:
    return [run for run in runs if not run.status.final or seqs.reached(run) > since]


def _meant(said: Said, wanted: Subscription) -> bool:
    if wanted.since is not None and said.seq <= wanted.since:
        return False
    words = said.words
    return wanted.wants(words.method, words.namespace, words.name)
