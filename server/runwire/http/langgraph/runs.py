"""Runs, over HTTP: create, list, get, cancel, delete."""

from collections.abc import Sequence
from typing import Any, Final, Literal

from pydantic import Field
from starlette.responses import Response
from starlette.routing import BaseRoute

from runwire.domain.errors import Invalid, NotFound, invalid
from runwire.domain.langgraph_auth import Action, Resource
from runwire.domain.namespace import local_id
from runwire.domain.run import OnEnd, Run, RunId
from runwire.domain.thread import ThreadId
from runwire.http.langgraph import new_runs
from runwire.http.langgraph.answers import json_answer, no_content, only
from runwire.http.langgraph.asking import Asked
from runwire.http.langgraph.bodies import MAX_OFFSET, MAX_PAGE, Body, Uuid, checked
from runwire.http.langgraph.new_runs import RunBody
from runwire.http.langgraph.parts import Parts
from runwire.http.langgraph.routing import route
from runwire.http.langgraph.shapes import (
    STATUS_WORDS,
    over,
    run_json,
    status_of,
    statuses_of,
    thread_of,
)
from runwire.http.langgraph.sight import run_in, thread_in

MAX_BATCH: Final = 1000
MAX_REASON: Final = 1000
ACTIONS: Final = ("interrupt", "rollback")
LOOK_SECONDS: Final = 30.0

CREATE: Final = "RunService/CreateRun"
CANCEL: Final = "RunService/CancelRun"
READ: Final = "RunService/GetRun"


class CancelBody(Body):
    """Which runs are to be cancelled: those with a status, or those named."""

    status: Literal["pending", "running", "all"] | None = None
    thread_id: Uuid | None = None
    run_ids: list[Uuid] | None = Field(default=None, max_length=MAX_BATCH)


def routes(parts: Parts) -> Sequence[BaseRoute]:
    """Return the routes."""
    many, one = "/threads/{thread_id}/runs", "/threads/{thread_id}/runs/{run_id}"
    return (
        route(parts, "POST", "/runs", CREATE, create_stateless),
        route(parts, "POST", "/runs/batch", CREATE, create_many),
        route(parts, "POST", "/runs/cancel", CANCEL, cancel_many),
        route(parts, "POST", many, CREATE, create),
        route(parts, "GET", many, "RunService/ListRuns", find),
        route(parts, "GET", one, READ, get),
        route(parts, "DELETE", one, "RunService/DeleteRun", delete),
        route(parts, "POST", f"{one}/cancel", CANCEL, cancel),
    )


async def create(asked: Asked) -> Response:
    """POST /threads/{thread_id}/runs."""
    return await _create(asked, stateless=False)


async def create_stateless(asked: Asked) -> Response:
    """POST /runs."""
    return await _create(asked, stateless=True)


async def create_many(asked: Asked) -> Response:
    """POST /runs/batch."""
    given = await asked.many()
    if not 1 <= len(given) <= MAX_BATCH:
        raise invalid("body", f"should hold 1 to {MAX_BATCH} runs")
    bodies = [checked(RunBody, each, within=str(number)) for number, each in enumerate(given)]
    try:
        new = [await new_runs.asked_for(asked, each, stateless=True) for each in bodies]
        created = await asked.parts.thread_runs.create_many(new, asked.caller)
    except NotFound as error:
        raise new_runs.known(error, "") from None
    return json_answer([run_json(each.run) for each in created])


async def find(asked: Asked) -> Response:
    """GET /threads/{thread_id}/runs."""
    query = asked.query
    word = query.choice("status", ("", *STATUS_WORDS), "")
    limit = query.integer("limit", 10, least=0, most=MAX_PAGE)
    offset = query.integer("offset", 0, least=0, most=MAX_OFFSET)
    found = await thread_in(asked, Action.READ)
    if found.also:
        await asked.parts.threads.get(found.thread_id, also=found.also)
    runs = await asked.parts.thread_runs.find(
        found.thread_id, statuses=statuses_of(word), limit=max(1, limit), offset=offset
    )
    if not limit:
        return json_answer([])
    names = query.many("select")
    reach = asked.caller.reach
    theirs = [run for run in runs if reach.sees(run.graph_id)]
    shown = [run for run in theirs if not word or status_of(run) == word]
    return json_answer([only(run_json(run), names) for run in shown])


async def get(asked: Asked) -> Response:
    """GET /threads/{thread_id}/runs/{run_id}."""
    return json_answer(run_json(await run_in(asked)))


async def delete(asked: Asked) -> Response:
    """DELETE /threads/{thread_id}/runs/{run_id}."""
    run = await run_in(asked, Action.DELETE)
    await asked.parts.thread_runs.delete(asked.thread(), run.run_id)
    return no_content()


async def cancel(asked: Asked) -> Response:
    """POST /threads/{thread_id}/runs/{run_id}/cancel."""
    wait = asked.query.flag("wait")
    on_end = on_end_of(asked.query.choice("action", ACTIONS, ACTIONS[0]))
    reason = asked.query.text("reason")[:MAX_REASON]
    run = await run_in(asked, Action.UPDATE)
    await asked.parts.thread_runs.cancel(asked.thread(), run.run_id, on_end=on_end, reason=reason)
    if not wait:
        return Response(None, 202)
    await _ended(asked, run.run_id)
    return json_answer({}, headers={**place(run), "Location": f"{path_of(run)}/join"})


async def cancel_many(asked: Asked) -> Response:
    """POST /runs/cancel."""
    body = await asked.body(CancelBody)
    on_end = on_end_of(asked.query.choice("action", ACTIONS, ACTIONS[0]))
    named = body.thread_id is not None or body.run_ids is not None
    if named == (body.status is not None):
        raise Invalid("body: should have either status, or thread_id and run_ids")
    value = {"thread_id": body.thread_id, "run_ids": body.run_ids, "status": body.status}
    also = await asked.allowed(Resource.THREADS, Action.UPDATE, value)
    where: dict[str, Any] = {"statuses": _cancelled(body.status)} if body.status else {}
    if named:
        if body.thread_id is None or not body.run_ids:
            raise Invalid("body: thread_id and run_ids go together, and name at least one run")
        thread_id = ThreadId(asked.caller.whole(body.thread_id))
        await asked.parts.threads.get(thread_id, also=also)
        ids = [RunId(asked.caller.whole(each)) for each in body.run_ids]
        where = {"thread_id": thread_id, "run_ids": ids}
    elif also:
        raise invalid("status", "name the runs: yours are not told from those of others here")
    if not await asked.parts.thread_runs.cancel_many(asked.caller, on_end=on_end, **where):
        raise NotFound("no such runs that could be cancelled", reason="RUN_NOT_FOUND")
    return no_content()


def on_end_of(action: str) -> OnEnd:
    """Return what becomes of a run that is cancelled."""
    return OnEnd.ROLL_BACK if action == "rollback" else OnEnd.KEEP


def place(run: Run) -> dict[str, str]:
    """Return the header that tells clients which run it is."""
    return {"Content-Location": path_of(run)}


def path_of(run: Run, *, stateless: bool = False) -> str:
    """Return the path of a run, below the prefix that clients know already."""
    name = f"/runs/{local_id(run.run_id)}"
    return name if stateless else f"/threads/{thread_of(run)}{name}"


async def _create(asked: Asked, *, stateless: bool) -> Response:
    body = await asked.body(RunBody)
    run = (await new_runs.create(asked, body, stateless=stateless)).run
    return json_answer(
        run_json(run), headers={"Content-Location": path_of(run, stateless=stateless)}
    )


async def _ended(asked: Asked, run_id: RunId) -> None:
    """Wait until a run has ended, or is no more."""
    try:
        while not over(await asked.parts.runs.wait(run_id, timeout_seconds=LOOK_SECONDS)):
            pass
    except NotFound:
        return  # rolled back


def _cancelled(word: str) -> Sequence[Any]:
    words = ("pending", "running") if word == "all" else (word,)
    return [status for each in words for status in statuses_of(each)]
