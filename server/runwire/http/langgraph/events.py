"""Events of a thread as they happen: `POST /threads/{thread_id}/stream/events`.

1. The stream is the subscription: it begins with what the runs that count now have told, then goes
   on for as long as the client stays, also when nothing runs and before there is a thread.
2. With ``since`` (or ``Last-Event-ID``) it begins behind that number, in whichever run it was.
3. Where handlers of the user's own decide who sees what, a thread has to be there: else nobody
   could know whose it will be.
"""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from time import monotonic
from typing import Any, Final, cast

from starlette.responses import Response
from starlette.routing import BaseRoute

from runwire.domain.errors import Invalid, NotFound
from runwire.domain.langgraph_auth import Action
from runwire.domain.namespace import local_id
from runwire.domain.payload import encode
from runwire.domain.run import Run
from runwire.domain.thread import ThreadId
from runwire.http.langgraph.asking import Asked
from runwire.http.langgraph.bodies import object_in
from runwire.http.langgraph.command_words import error_of
from runwire.http.langgraph.following import HEARTBEAT_SECONDS, follow
from runwire.http.langgraph.parts import Parts
from runwire.http.langgraph.routing import route
from runwire.http.langgraph.sight import thread_in
from runwire.http.langgraph.sse import EVENTS, HEARTBEAT, NOT_KEPT, event
from runwire.http.langgraph.streaming import Streamed
from runwire.http.langgraph.subscriptions import Subscription, subscription_of
from runwire.http.langgraph.tape_events import Said

PATH: Final = "/threads/{thread_id}/stream/events"
WATCH: Final = "RunService/WatchRun"
LAST: Final = "last-event-id"

_NUMBER: Final = re.compile(r"[0-9]{1,16}")


def routes(parts: Parts) -> Sequence[BaseRoute]:
    """Return the routes."""
    return (route(parts, "POST", PATH, WATCH, _answer, statuses={Invalid: 400}),)


async def _answer(asked: Asked) -> Response:
    thread_id = await watched(asked)
    wanted = subscription_of(object_in(await asked.data()))
    if wanted.since is None and _NUMBER.fullmatch(asked.headers.get(LAST, "")):
        wanted = replace(wanted, since=int(asked.headers[LAST]))
    pieces = _pieces(asked, thread_id, wanted)
    return Streamed(pieces, asked.call, media_type=EVENTS, headers=NOT_KEPT, broken=_broken)


async def watched(asked: Asked) -> ThreadId:
    """Return the thread in the path if it may be watched; raise NotFound, Refused."""
    try:
        found = await thread_in(asked, Action.READ)
        if asked.parts.auth is not None:
            await asked.parts.threads.get(found.thread_id, also=found.also)
    except NotFound:
        if asked.parts.auth is not None or not await _unknown(asked):
            raise
    return asked.thread()


def visible_to(asked: Asked) -> Callable[[Run], bool]:
    """Return which runs of a thread somebody may see."""
    return lambda run: asked.caller.sees(local_id(run.graph_id))


async def _unknown(asked: Asked) -> bool:
    """Whether there is no such thread for anybody."""
    try:
        await asked.parts.threads.get(asked.thread())
    except NotFound:
        return True
    return False


async def _pieces(asked: Asked, thread_id: ThreadId, wanted: Subscription) -> AsyncIterator[bytes]:
    parts = asked.parts
    told = follow(
        parts.thread_watch, thread_id, (wanted,), visible=visible_to(asked), now=parts.now
    )
    yield HEARTBEAT  # so that the answer's head arrives, and with it that somebody listens
    sent_at = monotonic()
    async with aclosing(cast("Any", told)) as batches:
        async for said in batches:
            if said:
                yield b"".join(map(_written, said))
            elif monotonic() - sent_at >= HEARTBEAT_SECONDS:
                yield HEARTBEAT
            else:
                continue
            sent_at = monotonic()


def _written(said: Said) -> bytes:
    return event(said.words.method, said.json(), str(said.seq))


def _broken(_: str, message: str) -> bytes:
    return event("error", encode(error_of(None, "unknown_error", message)))
