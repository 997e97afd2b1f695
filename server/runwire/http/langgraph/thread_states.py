"""The state of threads, over HTTP: read it, read its history, change it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import Field
from starlette.responses import Response
from starlette.routing import BaseRoute

from runwire.domain.errors import Invalid, NotAllowed, invalid
from runwire.domain.langgraph_auth import Action
from runwire.http.langgraph.answers import json_answer
from runwire.http.langgraph.asking import Asked
from runwire.http.langgraph.bodies import MAX_PAGE, Body, Limit
from runwire.http.langgraph.parts import Parts
from runwire.http.langgraph.routing import route
from runwire.http.langgraph.shapes import checkpoint_json, state_json
from runwire.http.langgraph.sight import check_graph, thread_in

Json = dict[str, Any]

MAX_WORD: Final = 8192
"""Subgraphs have long names: each level adds one, and an id."""
PLACE: Final = ("checkpoint_id", "checkpoint_ns", "checkpoint_map")


class StateAtBody(Body):
    """Which state is read."""

    checkpoint: Json = Field(default_factory=dict)
    subgraphs: bool = False
    select: list[str] = Field(default_factory=list)


class StateBody(Body):
    """How the state is changed."""

    values: Any = None
    as_node: str | None = None
    checkpoint: Json | None = None
    checkpoint_id: str | None = None


class HistoryBody(Body):
    """Which states of a history are read; `before` is spelled in three ways."""

    limit: Limit = 10
    before: str | Json | None = None
    metadata: Json | None = None
    checkpoint: Json | None = None
    select: list[str] = Field(default_factory=list)


class MetadataBody(Body):
    """What of a thread's metadata is changed."""

    metadata: Json = Field(default_factory=dict)


def routes(parts: Parts) -> Sequence[BaseRoute]:
    """Return the routes."""
    state, read = "/threads/{thread_id}/state", "ThreadService/GetThreadState"
    history, read_history = "/threads/{thread_id}/history", "ThreadService/ListThreadStates"
    # A body that is well-formed, and only fits no such graph, is a bad request here.
    unfit = {Invalid: 400, NotAllowed: 400}
    change = "ThreadService/UpdateThreadState"
    return (
        route(parts, "GET", state, read, get),
        route(parts, "POST", state, change, update, statuses=unfit),
        route(parts, "PATCH", state, "ThreadService/UpdateThread", patch),
        route(parts, "POST", f"{state}/checkpoint", read, get_at),
        route(parts, "GET", f"{state}/{{checkpoint_id}}", read, get),
        route(parts, "GET", history, read_history, history_by_query),
        route(parts, "POST", history, read_history, history_by_body),
    )


async def get(asked: Asked) -> Response:
    """GET /threads/{thread_id}/state, and …/state/{checkpoint_id}."""
    checkpoint_id, names = asked.word("checkpoint_id"), asked.query.many("select")
    place = place_of({"checkpoint_id": checkpoint_id}) if checkpoint_id else None
    return await _state(asked, place, asked.query.flag("subgraphs"), names)


async def get_at(asked: Asked) -> Response:
    """POST /threads/{thread_id}/state/checkpoint."""
    body = await asked.body(StateAtBody)
    return await _state(asked, place_of(body.checkpoint), body.subgraphs, body.select)


async def update(asked: Asked) -> Response:
    """POST /threads/{thread_id}/state."""
    body = await asked.body(StateBody)
    if not (body.values is None or isinstance(body.values, dict | list)):
        raise invalid("values", "should be an object, a list or null")
    value = {"values": body.values, "as_node": body.as_node}
    found = await thread_in(asked, Action.UPDATE, value)
    place = place_of({**(body.checkpoint or {}), **_given(checkpoint_id=body.checkpoint_id)})
    configurable = await asked.parts.threads.update_state(
        found.thread_id,
        values=body.values,
        as_node=body.as_node,
        checkpoint=place,
        also=found.also,
    )
    made = checkpoint_json(configurable)
    answer = {
        "checkpoint": made,
        "configurable": made,
        "checkpoint_id": configurable.get("checkpoint_id"),
    }
    return json_answer(answer)


async def patch(asked: Asked) -> Response:
    """PATCH /threads/{thread_id}/state: merge metadata into the thread's."""
    body = await asked.body(MetadataBody)
    value: Json = {"metadata": body.metadata}
    check_graph(asked, value["metadata"])
    found = await thread_in(asked, Action.UPDATE, value)
    await asked.parts.threads.update(found.thread_id, metadata=value["metadata"], also=found.also)
    return json_answer({})


async def history_by_query(asked: Asked) -> Response:
    """GET /threads/{thread_id}/history."""
    limit = asked.query.integer("limit", 10, least=1, most=MAX_PAGE)
    before = asked.query.text("before")
    return await _history(asked, HistoryBody(limit=limit, before=before or None))


async def history_by_body(asked: Asked) -> Response:
    """POST /threads/{thread_id}/history."""
    return await _history(asked, await asked.body(HistoryBody))


async def _state(
    asked: Asked, place: Json | None, subgraphs: bool, names: Sequence[str]
) -> Response:
    found = await thread_in(asked, Action.READ)
    state = await asked.parts.threads.state(
        found.thread_id, checkpoint=place, subgraphs=subgraphs, also=found.also
    )
    return json_answer(state_json(state, names))


async def _history(asked: Asked, body: HistoryBody) -> Response:
    found = await thread_in(asked, Action.READ)
    states = await asked.parts.threads.history(
        found.thread_id,
        limit=body.limit,
        before=before_of(body.before),
        metadata=body.metadata,
        checkpoint=place_of(body.checkpoint or {}),
        also=found.also,
    )
    return json_answer([state_json(each, body.select) for each in states])


def place_of(given: Mapping[str, Any]) -> Json | None:
    """Return what says where a checkpoint is, of a checkpoint or a config; None if nothing does."""
    inner = given.get("configurable")
    if isinstance(inner, Mapping):
        given = inner
    place = {name: given[name] for name in PLACE if given.get(name) is not None}
    for name in ("checkpoint_id", "checkpoint_ns"):
        _check_word(f"checkpoint.{name}", place.get(name, ""))
    inside = place.get("checkpoint_map", {})
    if not isinstance(inside, Mapping):
        raise invalid("checkpoint.checkpoint_map", "should be an object")
    for name, checkpoint_id in inside.items():
        _check_word("checkpoint.checkpoint_map", name)
        _check_word("checkpoint.checkpoint_map", checkpoint_id)
    return place or None


def _check_word(field: str, word: Any) -> None:
    """Raise Invalid for what no checkpoint is called, and not every database could look for."""
    if not isinstance(word, str):
        raise invalid(field, "should be a string")
    if len(word) > MAX_WORD or "\0" in word:
        raise invalid(field, f"should have at most {MAX_WORD} characters, none of them NUL")


def before_of(given: str | Mapping[str, Any] | None) -> Json | None:
    """Return before which checkpoint: spelled as its id, as a checkpoint, or as a config."""
    if isinstance(given, str):
        return place_of({"checkpoint_id": given}) if given else None
    return place_of(given) if given else None


def _given(**named: Any) -> Json:
    return {name: value for name, value in named.items() if value is not None}
