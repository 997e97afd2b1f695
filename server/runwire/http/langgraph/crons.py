"""Crons, over HTTP: schedules of assistants, as LangGraph's clients know them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from runwire.app.runs import NewRun
from runwire.app.schedules import Described, NewSchedule
from runwire.domain.errors import Invalid, NotAllowed, NotFound, Violation
from runwire.domain.langgraph_auth import Action, Resource
from runwire.domain.missing import no_schedule
from runwire.domain.namespace import local_id
from runwire.domain.payload import Payload, encode
from runwire.domain.schedule import CatchUp, Overlap
from runwire.domain.schedule_ports import ScheduleFilter
from runwire.domain.thread_ports import Found
from runwire.http.langgraph import new_runs
from runwire.http.langgraph.answers import json_answer, no_content, only, page
from runwire.http.langgraph.asking import Asked
from runwire.http.langgraph.cron_bodies import (
    CountBody,
    CronPatch,
    NewCronBody,
    SearchBody,
    moment_of,
)
from runwire.http.langgraph.cron_changes import changed, marked, names_of, temporary_if
from runwire.http.langgraph.cron_shapes import CRON_ID, cron_json
from runwire.http.langgraph.errors import Statuses
from runwire.http.langgraph.parts import Parts
from runwire.http.langgraph.routing import route
from runwire.http.langgraph.sight import thread_in

CATCH_UP_SECONDS: Final = 3600.0
SORTED: Final = {
    "cron_id": "schedule_id",
    "next_run_date": "next_at",
    "end_time": "ends_at",
}
"""Columns that are called otherwise inside."""
_OURS: Final = {"cron": "schedule", "time_zone": "timezone"}
"""Fields that are called otherwise inside."""

Json = dict[str, Any]


def routes(parts: Parts) -> Sequence[BaseRoute]:
    """Return the routes."""
    one, make, list_ = "/runs/crons/{cron_id}", "CreateSchedule", "ListSchedules"
    service = "ScheduleService/"
    empty: Statuses = {NotAllowed: 400}
    return (
        route(parts, "POST", "/threads/{thread_id}/runs/crons", service + make, create_for_thread),
        route(parts, "POST", "/runs/crons", service + make, create),
        route(parts, "POST", "/runs/crons/search", service + list_, search),
        route(parts, "POST", "/runs/crons/count", service + list_, count),
        route(parts, "GET", one, service + "GetSchedule", get),
        route(parts, "PATCH", one, service + "UpdateSchedule", update, statuses=empty),
        route(parts, "DELETE", one, service + "DeleteSchedule", delete),
    )


async def create(asked: Asked) -> Response:
    """POST /runs/crons: each run has a thread of its own."""
    return await _create(asked, "")


async def create_for_thread(asked: Asked) -> Response:
    """POST /threads/{thread_id}/runs/crons."""
    of = await thread_in(asked, Action.READ)
    await asked.parts.threads.get(of.thread_id, also=of.also)
    return await _create(asked, of.thread_id)


async def get(asked: Asked) -> Response:
    """GET /runs/crons/{cron_id}."""
    return _shown(asked, await _named(asked, Action.READ))


async def search(asked: Asked) -> Response:
    """POST /runs/crons/search."""
    body = await asked.body(SearchBody)
    found = await _found(
        asked,
        body,
        sort_by=SORTED.get(body.sort_by, body.sort_by),
        descending=body.sort_order == "desc",
        limit=body.limit,
        offset=body.offset,
    )
    now = asked.parts.now()
    shown = [only(cron_json(each, now), body.select) for each in found.items]
    return page(shown, total=found.total, offset=body.offset, count=len(shown))


async def count(asked: Asked) -> Response:
    """POST /runs/crons/count."""
    found = await _found(
        asked, await asked.body(CountBody), sort_by="created_at", descending=True, limit=1, offset=0
    )
    return json_answer(found.total)


async def update(asked: Asked) -> Response:
    """PATCH /runs/crons/{cron_id}."""
    body = await asked.body(CronPatch, nulls=("end_time",))
    if not body.model_fields_set:
        raise NotAllowed("the body must say what to change")
    known = await _named(asked, Action.UPDATE, body.model_dump(exclude_unset=True))
    new_runs.check_config(body.config or {})
    if body.webhook:
        asked.parts.webhooks.check(body.webhook)
    wanted = changed(known, body)
    namespace, name = asked.caller.namespace, local_id(known.schedule.schedule_id)
    schedules = asked.parts.schedules
    with _in_their_words():
        found = await schedules.update(namespace, name, wanted, names=names_of(body), etag="")
    if body.enabled is not None and body.enabled is found.schedule.paused:
        turned = schedules.unpause if body.enabled else partial(schedules.pause, reason="")
        found = await turned(namespace, name)
    return _shown(asked, found)


async def delete(asked: Asked) -> Response:
    """DELETE /runs/crons/{cron_id}."""
    known = await _named(asked, Action.DELETE)
    await asked.parts.schedules.delete(asked.caller.namespace, local_id(known.schedule.schedule_id))
    return no_content()


async def _create(asked: Asked, thread_id: str) -> Response:
    body = await asked.body(NewCronBody)
    new_runs.check(asked, body)
    name = asked.parts.schedules.new_id()
    value: Json = {
        "cron_id": name,
        "thread_id": local_id(thread_id) or None,
        "schedule": body.schedule,
        "payload": {"assistant_id": body.assistant_id, "input": body.input},
        "metadata": dict(body.metadata),
    }
    await asked.allowed(Resource.CRONS, Action.CREATE, value)
    new, assistant_id = await _run(asked, body, thread_id, name)
    with _in_their_words():
        made = await asked.parts.schedules.create(
            asked.caller.namespace,
            name,
            NewSchedule(
                cron=body.schedule,
                time_zone=body.timezone,
                new=new,
                overlap=Overlap.ALLOW,
                catch_up=CatchUp.LATEST,
                catch_up_seconds=CATCH_UP_SECONDS,
                ends_at=None if body.end_time is None else moment_of(body.end_time),
                metadata=value["metadata"],
                assistant_id=assistant_id,
            ),
            paused=not body.enabled,
            owner="" if asked.user is None else asked.user.identity,
        )
    asked.call.about(schedule_id=name)
    return _shown(asked, made)


async def _run(asked: Asked, body: NewCronBody, thread_id: str, name: str) -> tuple[NewRun, str]:
    """Return what each run shall be, and of which assistant; raise NotFound, Invalid."""
    options = new_runs.options_of(asked, body)
    stateless = not thread_id
    temporary = stateless and body.on_run_completed == "delete"
    new = NewRun(
        graph_id="",
        assistant=body.assistant_id,
        input=Payload(b"null" if body.input is None else encode(body.input, name="input")),
        input_given=body.input is not None,
        thread_id=thread_id,
        create_thread=stateless,
        keep_thread=stateless and body.on_run_completed == "keep",
        options=temporary_if(marked(options, name), temporary),
        namespace=asked.caller.namespace,
    )
    return await asked.parts.maker.settled(new, asked.caller)


async def _named(asked: Asked, action: Action, value: Json | None = None) -> Described:
    name = asked.id(CRON_ID)
    value = {} if value is None else value
    value[CRON_ID] = name
    also = await asked.allowed(Resource.CRONS, action, value)
    where = replace(_within(asked), ids=(asked.caller.whole(name),), also=also)
    found = await asked.parts.schedules.search(
        where, sort_by="created_at", descending=True, limit=1, offset=0
    )
    if not found.items:
        raise no_schedule(name)
    return found.items[0]


async def _found(asked: Asked, body: CountBody, **how: Any) -> Found[Described]:
    value: Json = {"metadata": dict(body.metadata), "assistant_id": body.assistant_id or None}
    also = await asked.allowed(Resource.CRONS, Action.SEARCH, value)
    assistant_id = ""
    if body.assistant_id:
        try:
            resolved = await asked.parts.assistants.resolve(asked.caller, body.assistant_id)
        except NotFound:
            return Found((), 0)
        assistant_id = resolved.assistant_id
    where = replace(
        _within(asked),
        assistant_id=assistant_id,
        thread_id=asked.caller.whole(body.thread_id),
        paused=None if body.enabled is None else not body.enabled,
        metadata=value["metadata"],
        also=also,
    )
    return await asked.parts.schedules.search(where, **how)


def _within(asked: Asked) -> ScheduleFilter:
    reach = asked.caller.reach
    graphs = reach.graphs if reach.limited else ()
    return ScheduleFilter(namespace=reach.namespace, graphs=graphs)


def _shown(asked: Asked, found: Described) -> Response:
    return json_answer(cron_json(found, asked.parts.now()))


@contextmanager
def _in_their_words() -> Iterator[None]:
    """Let faults name the fields as LangGraph does."""
    try:
        yield
    except Invalid as error:
        faults = [
            Violation(_OURS.get(each.field, each.field), each.description)
            for each in error.violations
        ]
        text = "; ".join(f"{each.field}: {each.description}" for each in faults)
        raise Invalid(text or error.message, reason=error.reason, violations=faults) from None
