"""GET /threads/{thread_id}/stream: what happens in a thread, run by run, until the client leaves.

1. One run of a thread is executed at a time, so they are told one after the other, each from where
   its line was left. The feed of all runs only says which is next; what it is read up to waits.
2. The id of an event is ``run:sequence``: good after a restart, and whichever runs there are.
3. `run_modes` tells all that runs say, `lifecycle` that they begin and end, and `state_update` what
   is made of the state by hand.
"""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from datetime import datetime
from time import monotonic
from typing import Any, Final, cast

from starlette.responses import Response
from starlette.routing import BaseRoute

from runwire.domain.errors import NotFound, invalid
from runwire.domain.filter import Comparison
from runwire.domain.langgraph_auth import Action
from runwire.domain.namespace import local_id
from runwire.domain.payload import encode
from runwire.domain.run import Run, RunId, RunStatus
from runwire.domain.thread import Thread
from runwire.http.langgraph import sse
from runwire.http.langgraph.answers import written
from runwire.http.langgraph.asking import Asked
from runwire.http.langgraph.bodies import MAX_PAGE
from runwire.http.langgraph.parts import Parts
from runwire.http.langgraph.routing import route
from runwire.http.langgraph.shapes import over, state_json
from runwire.http.langgraph.sight import OfThread, thread_in
from runwire.http.langgraph.streaming import Streamed
from runwire.v1 import event_pb2, run_pb2

RUN_MODES: Final = "run_modes"
LIFECYCLE: Final = "lifecycle"
STATE_UPDATE: Final = "state_update"
MODES: Final = (RUN_MODES, LIFECYCLE, STATE_UPDATE)
START: Final = frozenset({"-", "0"})
MAX_KNOWN: Final = 1000
LOOK_SECONDS: Final = 2.0
"""How often it is looked at for what no run has done: to its state by hand, or to itself."""

_ID: Final = re.compile(r"([0-9a-zA-Z._~-]{1,128}):([0-9]{1,18})")


def routes(parts: Parts) -> Sequence[BaseRoute]:
    """Return the route."""
    return (route(parts, "GET", "/threads/{thread_id}/stream", "ThreadService/WatchThread", join),)


async def join(asked: Asked) -> Response:
    """GET /threads/{thread_id}/stream."""
    modes = asked.query.many("stream_modes", "stream_mode") or (RUN_MODES,)
    for mode in modes:
        if mode not in MODES:
            raise invalid("stream_modes", f"should be of {', '.join(MODES)}")
    last_id = asked.headers.get("last-event-id", "")
    if last_id and last_id not in START and _ID.fullmatch(last_id) is None:
        raise invalid("Last-Event-ID", "should be `-` or `0`, or the id of an event of this stream")
    found = await thread_in(asked, Action.READ)
    thread = await asked.parts.threads.get(found.thread_id, also=found.also)
    pieces = ThreadFeed(asked, found, thread, frozenset(modes)).told(last_id)
    await anext(pieces, b"")  # whoever has the head of the answer is told what happens from then on
    return Streamed(
        pieces,
        asked.call,
        media_type=sse.EVENTS,
        headers=sse.NOT_KEPT,
        broken=sse.failed,
    )


class ThreadFeed:
    """One client's view of a thread."""

    def __init__(
        self, asked: Asked, found: OfThread, thread: Thread, modes: frozenset[str]
    ) -> None:
        self._asked = asked
        self._parts = asked.parts
        self._found = found
        self._modes = modes
        self._told: dict[RunId, int] = {}
        """Up to which sequence runs were told that have not ended."""
        self._changed_at: datetime | None = thread.state_updated_at
        self._sent_at = monotonic()

    async def told(self, last_id: str) -> AsyncIterator[bytes]:
        """Yield what is sent, from behind an id on, until the thread is no more.

        What comes first is empty, and says that nothing is missed from then on.
        """
        try:
            async with aclosing(cast("Any", self._all(last_id))) as pieces:
                async for piece in pieces:
                    yield piece
        except NotFound:
            return

    async def _all(self, last_id: str) -> AsyncIterator[bytes]:
        where = Comparison("thread_id", "=", local_id(self._found.thread_id))
        messages = self._parts.watch.feed(
            self._asked.caller.reach.within(where),
            heartbeat_seconds=LOOK_SECONDS,
            namespace=self._asked.caller.namespace,
        )
        async with aclosing(cast("Any", messages)) as feed:
            await anext(feed)  # from here on none is missed
            runs = await self._runs(last_id)
            yield b""
            async for piece in self._before(runs):
                yield piece
            async for message in feed:
                async for piece in self._since(message.body):
                    yield piece
                if monotonic() - self._sent_at >= sse.HEARTBEAT_SECONDS:
                    self._sent_at = monotonic()
                    yield sse.HEARTBEAT

    async def _since(self, body: bytes) -> AsyncIterator[bytes]:
        """Yield what is told of runs that have begun, and of what was done by hand.

        Raises NotFound once the thread is no more.
        """
        for run_id in _begun(body):
            async for piece in self._run(RunId(self._asked.caller.whole(run_id))):
                self._sent_at = monotonic()
                yield piece
        thread = await self._parts.threads.get(self._found.thread_id)
        async for piece in self._by_hand(thread):
            self._sent_at = monotonic()
            yield piece

    async def _before(self, runs: Sequence[tuple[Run, int]]) -> AsyncIterator[bytes]:
        """Yield what is there already: behind an id, and of the run that goes on."""
        for run, behind in runs:
            self._told[run.run_id] = behind
            if run.status is not RunStatus.QUEUED:
                async for piece in self._run(run.run_id):
                    yield piece

    async def _runs(self, last_id: str) -> Sequence[tuple[Run, int]]:
        """Return the runs to begin with, the oldest first, and up to where each is known."""
        everything = await self._newest(last_id)
        if last_id in START:
            return [(run, 0) for run in everything]
        named = _ID.fullmatch(last_id)
        known = self._asked.caller.whole(named[1]) if named else ""
        ids = [run.run_id for run in everything]
        if known in ids:
            later = everything[ids.index(RunId(known)) :]
            behind = int(named[2]) if named else 0
            return [(run, behind if run.run_id == known else 0) for run in later]
        return [(run, run.last_sequence) for run in everything if not over(run)]

    async def _newest(self, last_id: str) -> Sequence[Run]:
        statuses = () if last_id else (RunStatus.RUNNING, RunStatus.CANCELLING)
        found = await self._parts.thread_runs.find(
            self._found.thread_id, statuses=statuses, limit=MAX_PAGE
        )
        return list(reversed(found))

    async def _run(self, run_id: RunId) -> AsyncIterator[bytes]:
        """Yield what is told of a run, from where it was left, until it stops."""
        behind = self._told.get(run_id, 0)
        try:
            run = await self._parts.runs.get(run_id)
        except NotFound:
            return
        if behind > run.last_sequence or (over(run) and behind == run.last_sequence):
            return  # all of it was told
        lifecycle = RUN_MODES not in self._modes
        pieces = sse.told(
            self._parts,
            run,
            from_sequence=behind + 1,
            ids=f"{local_id(run_id)}:",
            modes=("metadata",) if lifecycle else (),
        )
        async with aclosing(cast("Any", pieces)) as stream:
            async for piece in stream:
                if self._modes & {RUN_MODES, LIFECYCLE} or piece is sse.HEARTBEAT:
                    yield piece
        async for piece in self._done(run_id):
            yield piece

    async def _done(self, run_id: RunId) -> AsyncIterator[bytes]:
        """Yield that a run is done, once it is."""
        try:
            run = await self._parts.runs.get(run_id)
        except NotFound:
            self._told.pop(run_id, None)
            return
        self._told[run_id] = run.last_sequence + (1 if run.status.final else 0)
        if len(self._told) > MAX_KNOWN:
            del self._told[next(iter(self._told))]  # it ended long ago
        if over(run) and self._modes & {RUN_MODES, LIFECYCLE}:
            done = encode({"status": "run_done", "run_id": local_id(run_id)})
            yield sse.event("metadata", done, f"{local_id(run_id)}:{run.last_sequence + 1}")
        if STATE_UPDATE in self._modes:
            thread = await self._parts.threads.get(self._found.thread_id)
            self._changed_at = thread.state_updated_at  # by the run, and not by hand

    async def _by_hand(self, thread: Thread) -> AsyncIterator[bytes]:
        """Yield the state, if somebody has changed it since it was looked at."""
        if STATE_UPDATE not in self._modes or thread.state_updated_at == self._changed_at:
            return
        self._changed_at = thread.state_updated_at
        state = await self._parts.threads.state(self._found.thread_id)
        moment = "" if self._changed_at is None else str(int(self._changed_at.timestamp() * 1e6))
        data = written({"state": state_json(state, ())})
        yield sse.event("state_update", data, f"state:{moment}")


def _begun(body: bytes) -> Sequence[str]:
    """Return which runs have begun, or ended before they did, by RunEventBatch bytes."""
    found: dict[str, None] = {}
    for each in event_pb2.RunEventBatch.FromString(body).events:
        changed = each.WhichOneof("detail") == "status_changed"
        if changed and each.status_changed.to_status != run_pb2.RUN_STATUS_QUEUED:
            found[each.run_id] = None
    return list(found)
