"""Runs that are watched or waited for, over HTTP: start one, join one, come back to one."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from runwire.domain.errors import NotFound
from runwire.domain.run import Run
from runwire.domain.run_options import USUAL
from runwire.domain.thread import ThreadId
from runwire.http.langgraph import new_runs, sse, waiting
from runwire.http.langgraph.answers import JSON
from runwire.http.langgraph.asking import Asked
from runwire.http.langgraph.new_runs import RunBody
from runwire.http.langgraph.parts import Parts
from runwire.http.langgraph.routing import route
from runwire.http.langgraph.runs import path_of
from runwire.http.langgraph.sight import run_in
from runwire.http.langgraph.streaming import Gone, Streamed

LAST_ID: Final = "last-event-id"
START: Final = frozenset({"-1", "0", "-"})
CANCEL: Final = "cancel"
LEFT: Final = "the client that had asked to cancel on disconnect has left"

CREATE: Final = "RunService/CreateAndWatchRun"
WATCH: Final = "RunService/WatchRun"

_SEQUENCE: Final = re.compile(r"[0-9]{1,18}")


def routes(parts: Parts) -> Sequence[BaseRoute]:
    """Return the routes."""
    many, one = "/threads/{thread_id}/runs", "/threads/{thread_id}/runs/{run_id}"
    return (
        route(parts, "POST", "/runs/stream", CREATE, stream_stateless),
        route(parts, "POST", "/runs/wait", CREATE, wait_stateless),
        route(parts, "GET", "/runs/{run_id}/stream", WATCH, join_stream),
        route(parts, "GET", "/runs/{run_id}/join", "RunService/WaitRun", join),
        route(parts, "POST", f"{many}/stream", CREATE, stream),
        route(parts, "POST", f"{many}/wait", CREATE, wait),
        route(parts, "GET", f"{one}/stream", WATCH, join_stream),
        route(parts, "GET", f"{one}/join", "RunService/WaitRun", join),
    )


async def stream(asked: Asked) -> Response:
    """POST /threads/{thread_id}/runs/stream."""
    return await _stream(asked, stateless=False)


async def stream_stateless(asked: Asked) -> Response:
    """POST /runs/stream."""
    return await _stream(asked, stateless=True)


async def wait(asked: Asked) -> Response:
    """POST /threads/{thread_id}/runs/wait."""
    return await _wait(asked, stateless=False)


async def wait_stateless(asked: Asked) -> Response:
    """POST /runs/wait."""
    return await _wait(asked, stateless=True)


async def join(asked: Asked) -> Response:
    """GET /threads/{thread_id}/runs/{run_id}/join.

    A run that is not there is told in the body, as clients expect.
    """
    where, cancels = _asked_path(asked), asked.query.flag("cancel_on_disconnect")
    headers = {"Content-Location": where, "Location": f"{where}/join"}
    try:
        run = await run_in(asked)
    except NotFound as error:
        if asked.user is not None and error.reason == "THREAD_NOT_FOUND":
            raise  # as the reference does for a thread of somebody else
        asked.call.failed(error)
        lost = waiting.broken("HTTPException", f"404: {error.message}")
        return Response(lost, 200, headers, JSON)
    pieces = waiting.final(asked.parts, run)
    return Streamed(
        pieces,
        asked.call,
        media_type=JSON,
        headers=headers,
        broken=waiting.broken,
        gone=_gone(asked, run, cancels),
    )


async def join_stream(asked: Asked) -> Response:
    """GET /threads/{thread_id}/runs/{run_id}/stream, and /runs/{run_id}/stream."""
    where, cancels = _asked_path(asked), asked.query.flag("cancel_on_disconnect")
    modes = asked.query.many("stream_mode")
    headers = _headers(where)
    try:
        run = await run_in(asked)
    except NotFound as error:
        asked.call.failed(error)
        lost = sse.failed("HTTPException", f"404: {error.message}")
        return Response(lost, 200, headers, sse.EVENTS)
    resumable = (run.options or USUAL).stream_resumable
    first = _first(run, asked.headers.get(LAST_ID, "") if resumable else "")
    pieces = sse.told(
        asked.parts, run, from_sequence=first, ids="" if resumable else None, modes=modes
    )
    return Streamed(
        pieces,
        asked.call,
        media_type=sse.EVENTS,
        headers=headers,
        broken=sse.failed,
        gone=_gone(asked, run, cancels),
    )


def _first(run: Run, last_id: str) -> int:
    """Return the sequence from which on a client wants to see a run."""
    if last_id in START:
        return 0
    if _SEQUENCE.fullmatch(last_id) and int(last_id) <= run.last_sequence:
        return int(last_id) + 1
    return run.last_sequence + 1  # it knows none of ours: what comes from now on


async def _stream(asked: Asked, *, stateless: bool) -> Response:
    body = await asked.body(RunBody)
    run = (await new_runs.create(asked, body, stateless=stateless)).run
    pieces = sse.told(asked.parts, run, from_sequence=0, ids="" if body.stream_resumable else None)
    return Streamed(
        pieces,
        asked.call,
        media_type=sse.EVENTS,
        headers=_headers(path_of(run, stateless=stateless)),
        broken=sse.failed,
        gone=_gone(asked, run, body.on_disconnect == CANCEL),
    )


async def _wait(asked: Asked, *, stateless: bool) -> Response:
    body = await asked.body(RunBody)
    run = (await new_runs.create(asked, body, stateless=stateless)).run
    where = path_of(run)
    return Streamed(
        waiting.final(asked.parts, run),
        asked.call,
        media_type=JSON,
        headers={"Content-Location": where, "Location": f"{where}/join"},
        broken=waiting.broken,
        gone=_gone(asked, run, body.on_disconnect == CANCEL),
    )


def _headers(where: str) -> Mapping[str, str]:
    return {**sse.NOT_KEPT, "Content-Location": where, "Location": f"{where}/stream"}


def _asked_path(asked: Asked) -> str:
    run = f"/runs/{asked.id('run_id')}"
    return f"/threads/{asked.id('thread_id')}{run}" if asked.word("thread_id") else run


def _gone(asked: Asked, run: Run, cancels: bool) -> Gone | None:
    """Return what is done when the client leaves before the end, None if that is nothing."""
    if not cancels:
        return None
    thread_id = ThreadId(run.thread_id or run.run_id)

    async def cancel() -> None:
        with suppress(NotFound):  # it ended meanwhile
            await asked.parts.thread_runs.cancel(thread_id, run.run_id, reason=LEFT)

    return cancel
