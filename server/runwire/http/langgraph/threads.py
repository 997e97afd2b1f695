"""Threads, over HTTP: create, get, search, update, copy, prune, delete."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import Field
from starlette.responses import Response
from starlette.routing import BaseRoute

from runwire.domain.errors import NotFound
from runwire.domain.langgraph_auth import Action, Resource
from runwire.domain.payload import encode
from runwire.domain.thread import Thread, ThreadId, ThreadStatus, Ttl, TtlStrategy
from runwire.http.langgraph.answers import json_answer, no_content, only, page
from runwire.http.langgraph.asking import Asked
from runwire.http.langgraph.bodies import MAX_PAGE, Body, Limit, Offset, Uuid
from runwire.http.langgraph.parts import Parts
from runwire.http.langgraph.routing import route
from runwire.http.langgraph.shapes import extracted, thread_json
from runwire.http.langgraph.sight import check_graph, thread_in

MAX_PRUNED: Final = 1000
MAX_EXTRACTED: Final = 32
_MINIMAL: Final = "return=minimal"

Json = dict[str, Any]
Status = Literal["idle", "busy", "interrupted", "error"]


class TtlBody(Body):
    """How long a thread is kept."""

    ttl: float = Field(gt=0, le=10 * 366 * 24 * 60)
    strategy: Literal["delete", "keep_latest"] = "delete"


TtlGiven = TtlBody | Annotated[float, Field(gt=0, le=10 * 366 * 24 * 60)]


class UpdateBody(Body):
    """One update of a superstep."""

    values: Any = None
    command: Json | None = None
    as_node: str | None = None


class SuperstepBody(Body):
    """Updates that are made together."""

    updates: list[UpdateBody] = Field(max_length=1000)


class NewThreadBody(Body):
    """A thread to be made."""

    thread_id: Uuid = ""
    metadata: Json = Field(default_factory=dict)
    graph_id: str = Field(default="", max_length=256)
    if_exists: Literal["raise", "do_nothing"] = "raise"
    supersteps: list[SuperstepBody] = Field(default_factory=list, max_length=1000)
    ttl: TtlGiven | None = None


class ThreadPatch(Body):
    """What of a thread is to be changed."""

    metadata: Json | None = None
    ttl: TtlGiven | None = None


class CountBody(Body):
    """Which threads are counted."""

    ids: list[Uuid] = Field(default_factory=list, max_length=MAX_PAGE)
    metadata: Json = Field(default_factory=dict)
    values: Json = Field(default_factory=dict)
    status: Status | None = None


class SearchBody(CountBody):
    """Which threads are searched for, and what of them is shown."""

    limit: Limit = 10
    offset: Offset = 0
    sort_by: Literal["thread_id", "status", "created_at", "updated_at", "state_updated_at"] = (
        "created_at"
    )
    sort_order: Literal["asc", "desc", "ASC", "DESC"] = "desc"
    select: list[str] | None = None
    extract: dict[str, str] = Field(default_factory=dict, max_length=MAX_EXTRACTED)


class PruneBody(Body):
    """Which threads are to be pruned, and how."""

    thread_ids: list[Uuid] = Field(max_length=MAX_PRUNED)
    strategy: Literal["delete", "keep_latest"] = "delete"


def routes(parts: Parts) -> Sequence[BaseRoute]:
    """Return the routes."""
    one = "/threads/{thread_id}"
    return (
        route(parts, "POST", "/threads", "ThreadService/CreateThread", create),
        route(parts, "POST", "/threads/search", "ThreadService/ListThreads", search),
        route(parts, "POST", "/threads/count", "ThreadService/ListThreads", count),
        route(parts, "POST", "/threads/prune", "ThreadService/PruneThreads", prune),
        route(parts, "GET", one, "ThreadService/GetThread", get),
        route(parts, "PATCH", one, "ThreadService/UpdateThread", update),
        route(parts, "DELETE", one, "ThreadService/DeleteThread", delete),
        route(
            parts,
            "POST",
            f"{one}/copy",
            "ThreadService/CopyThread",
            copy,
            statuses={NotFound: 409},
        ),
    )


async def create(asked: Asked) -> Response:
    """POST /threads."""
    body = await asked.body(NewThreadBody)
    metadata = {**body.metadata, **({"graph_id": body.graph_id} if body.graph_id else {})}
    value: Json = {
        "thread_id": body.thread_id or asked.parts.threads.new_local_id(),
        "metadata": metadata,
        "if_exists": body.if_exists,
    }
    also = await asked.allowed(Resource.THREADS, Action.CREATE, value)
    thread = await asked.parts.threads.create(
        asked.caller,
        thread_id=value["thread_id"],
        metadata=value["metadata"] or {},
        if_exists=body.if_exists,
        supersteps=[[_update(each) for each in step.updates] for step in body.supersteps],
        ttl=ttl_of(body.ttl),
        also=also,
    )
    asked.call.about(thread_id=thread.thread_id)
    return json_answer(thread_json(thread))


async def get(asked: Asked) -> Response:
    """GET /threads/{thread_id}."""
    found = await thread_in(asked, Action.READ)
    thread = await asked.parts.threads.get(found.thread_id, also=found.also)
    return json_answer(thread_json(thread, with_ttl="ttl" in asked.query.many("include")))


async def update(asked: Asked) -> Response:
    """PATCH /threads/{thread_id}."""
    body = await asked.body(ThreadPatch)
    value: Json = {"metadata": dict(body.metadata or {})}
    check_graph(asked, value["metadata"])
    found = await thread_in(asked, Action.UPDATE, value)
    thread = await asked.parts.threads.update(
        found.thread_id,
        metadata=value["metadata"] if body.metadata is not None else None,
        ttl=ttl_of(body.ttl),
        also=found.also,
    )
    if _MINIMAL in asked.headers.get("prefer", ""):
        return no_content({"Preference-Applied": _MINIMAL})
    return json_answer(thread_json(thread))


async def delete(asked: Asked) -> Response:
    """DELETE /threads/{thread_id}."""
    found = await thread_in(asked, Action.DELETE)
    await asked.parts.threads.delete(found.thread_id, also=found.also)
    return no_content()


async def search(asked: Asked) -> Response:
    """POST /threads/search."""
    body = await asked.body(SearchBody)
    found = await asked.parts.threads.find(
        asked.caller,
        **await _where(asked, body),
        sort_by=body.sort_by,
        descending=body.sort_order.lower() == "desc",
        limit=body.limit,
        offset=body.offset,
    )
    items = [_found(each, body) for each in found.items]
    return page(items, total=found.total, offset=body.offset, count=len(items))


async def count(asked: Asked) -> Response:
    """POST /threads/count."""
    body = await asked.body(CountBody)
    where = await _where(asked, body)
    return json_answer((await asked.parts.threads.find(asked.caller, **where, limit=1)).total)


async def copy(asked: Asked) -> Response:
    """POST /threads/{thread_id}/copy."""
    found = await thread_in(asked, Action.READ)
    await asked.allowed(Resource.THREADS, Action.CREATE, {"metadata": {}})
    copied = await asked.parts.threads.copy(found.thread_id, asked.caller, also=found.also)
    return json_answer(thread_json(copied))


async def prune(asked: Asked) -> Response:
    """POST /threads/prune."""
    body = await asked.body(PruneBody)
    value: Json = {"thread_ids": body.thread_ids, "strategy": body.strategy}
    also = await asked.allowed(Resource.THREADS, Action.DELETE, value)
    ids = body.thread_ids
    if (also or asked.caller.graphs) and ids:
        visible = await asked.parts.threads.find(asked.caller, ids=ids, also=also, limit=MAX_PRUNED)
        chosen = [each.thread_id for each in visible.items]
    else:
        chosen = [ThreadId(asked.caller.whole(each)) for each in ids]
    keep_latest = body.strategy == "keep_latest"
    pruned = await asked.parts.threads.prune(chosen, keep_latest=keep_latest) if chosen else 0
    return json_answer({"pruned_count": pruned})


def ttl_of(given: TtlBody | float | None) -> Ttl | None:
    """Return how long to keep a thread; a number alone means minutes."""
    if given is None:
        return None
    if isinstance(given, TtlBody):
        return Ttl(minutes=given.ttl, strategy=TtlStrategy(given.strategy))
    return Ttl(minutes=given)


async def _where(asked: Asked, body: CountBody) -> dict[str, Any]:
    value: Json = {
        "metadata": dict(body.metadata),
        "values": dict(body.values),
        "status": body.status,
    }
    also = await asked.allowed(Resource.THREADS, Action.SEARCH, value)
    return {
        "ids": body.ids,
        "metadata": value["metadata"] or None,
        "values": body.values or None,
        "status": ThreadStatus(body.status) if body.status else None,
        "also": also,
    }


def _found(thread: Thread, body: SearchBody) -> Mapping[str, Any]:
    whole = thread_json(thread)
    shown = dict(only(whole, body.select))
    if body.extract:
        shown["extracted"] = extracted(whole, body.extract)
    return shown


def _update(given: UpdateBody) -> Mapping[str, Any]:
    encode(given.values, name="supersteps")
    return given.model_dump(exclude_none=True)
