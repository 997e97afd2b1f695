"""Assistants, over HTTP: create, get, search, change, delete; their versions and graphs."""

import re
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from starlette.responses import Response
from starlette.routing import BaseRoute

from runwire.domain.assistant import Assistant, own_assistant_id
from runwire.domain.errors import NotAllowed, invalid
from runwire.domain.langgraph_auth import Action, Resource
from runwire.domain.namespace import local_id
from runwire.http.langgraph.answers import json_answer, no_content, only, page
from runwire.http.langgraph.asking import Asked
from runwire.http.langgraph.assistant_bodies import (
    AssistantPatch,
    CountBody,
    LatestBody,
    NewAssistantBody,
    SearchBody,
    VersionsBody,
)
from runwire.http.langgraph.bodies import uuid_of
from runwire.http.langgraph.errors import Statuses
from runwire.http.langgraph.parts import Parts
from runwire.http.langgraph.routing import route

MAX_XRAY: Final = 100

Json = dict[str, Any]


def routes(parts: Parts) -> Sequence[BaseRoute]:
    """Return the routes."""
    one = "/assistants/{assistant_id}"
    told: Statuses = {NotAllowed: 400}
    list_, get_ = "AssistantService/ListAssistants", "AssistantService/GetAssistant"
    change_, drawn = "AssistantService/UpdateAssistant", "AssistantService/GetAssistantGraph"
    versions_ = "AssistantService/ListAssistantVersions"
    within = "AssistantService/ListAssistantSubgraphs"
    create_, delete_ = "AssistantService/CreateAssistant", "AssistantService/DeleteAssistant"
    chosen = "AssistantService/SetAssistantVersion"
    return (
        route(parts, "POST", "/assistants", create_, create, statuses=told),
        route(parts, "POST", "/assistants/search", list_, search),
        route(parts, "POST", "/assistants/count", list_, count),
        route(parts, "GET", one, get_, get),
        route(parts, "PATCH", one, change_, update, statuses=told),
        route(parts, "DELETE", one, delete_, delete),
        route(parts, "POST", f"{one}/versions", versions_, versions),
        route(parts, "POST", f"{one}/latest", chosen, choose),
        route(parts, "GET", f"{one}/graph", drawn, drawing),
        route(parts, "GET", f"{one}/schemas", "AssistantService/GetAssistantSchemas", schemas),
        route(parts, "GET", f"{one}/subgraphs", within, subgraphs),
        route(parts, "GET", f"{one}/subgraphs/{{within:path}}", within, subgraphs),
    )


async def create(asked: Asked) -> Response:
    """POST /assistants."""
    body = await asked.body(NewAssistantBody)
    _check_once(body.config, body.context)
    value: Json = {
        "assistant_id": UUID(body.assistant_id) if body.assistant_id else None,
        "graph_id": body.graph_id,
        "config": body.config,
        "context": body.context,
        "metadata": body.metadata,
        "if_exists": body.if_exists,
        "name": body.name or None,
    }
    also = await asked.allowed(Resource.ASSISTANTS, Action.CREATE, value)
    made = await asked.parts.assistants.create(
        asked.caller,
        graph_id=value["graph_id"],
        assistant_id=body.assistant_id,
        config=value["config"],
        context=value["context"],
        metadata=value["metadata"],
        if_exists=body.if_exists,
        name=value["name"] or "",
        description=body.description,
        also=also,
    )
    asked.call.about(assistant_id=local_id(made.assistant_id))
    return json_answer(assistant_json(made))


async def get(asked: Asked) -> Response:
    """GET /assistants/{assistant_id}."""
    assistant_id, also = await _named(asked, Action.READ)
    return json_answer(
        assistant_json(await asked.parts.assistants.get(asked.caller, assistant_id, also=also))
    )


async def search(asked: Asked) -> Response:
    """POST /assistants/search."""
    body = await asked.body(SearchBody)
    metadata, also = await _searched(asked, body, limit=body.limit, offset=body.offset)
    found = await asked.parts.assistants.find(
        asked.caller,
        metadata=metadata,
        graph_id=body.graph_id,
        name=body.name,
        also=also,
        sort_by=body.sort_by,
        descending=body.sort_order == "desc",
        limit=body.limit,
        offset=body.offset,
    )
    shown = [only(assistant_json(each), body.select) for each in found.items]
    return page(shown, total=found.total, offset=body.offset, count=len(shown))


async def count(asked: Asked) -> Response:
    """POST /assistants/count."""
    body = await asked.body(CountBody)
    metadata, also = await _searched(asked, body, limit=0, offset=0)
    found = await asked.parts.assistants.find(
        asked.caller,
        metadata=metadata,
        graph_id=body.graph_id,
        name=body.name,
        also=also,
        limit=1,
    )
    return json_answer(found.total)


async def update(asked: Asked) -> Response:
    """PATCH /assistants/{assistant_id}."""
    body = await asked.body(AssistantPatch)
    _check_once(body.config or {}, body.context)
    changes: Json = body.model_dump()
    assistant_id, also = await _named(asked, Action.UPDATE, changes)
    changed = await asked.parts.assistants.update(
        asked.caller,
        assistant_id,
        graph_id=changes["graph_id"],
        config=changes["config"],
        context=changes["context"],
        metadata=changes["metadata"],
        name=changes["name"],
        description=changes["description"],
        also=also,
    )
    return json_answer(assistant_json(changed))


async def delete(asked: Asked) -> Response:
    """DELETE /assistants/{assistant_id}."""
    assistant_id, also = await _named(asked, Action.DELETE)
    await asked.parts.assistants.delete(
        asked.caller,
        assistant_id,
        delete_threads=asked.query.flag("delete_threads"),
        also=also,
    )
    return no_content()


async def versions(asked: Asked) -> Response:
    """POST /assistants/{assistant_id}/versions."""
    body = await asked.body(VersionsBody)
    value: Json = {"metadata": body.metadata}
    assistant_id, also = await _named(asked, Action.READ, value)
    found = await asked.parts.assistants.versions(
        asked.caller,
        assistant_id,
        metadata=value["metadata"],
        limit=body.limit,
        offset=body.offset,
        also=also,
    )
    return json_answer([version_json(each) for each in found])


async def choose(asked: Asked) -> Response:
    """POST /assistants/{assistant_id}/latest: the version is in the body, or in the query."""
    body = await asked.body(LatestBody)
    version = body.version or asked.query.integer("version", 0, least=0, most=2**31 - 1)
    if not 1 <= version < 2**31:
        raise invalid("version", "is required: the number of a version")
    assistant_id, also = await _named(asked, Action.UPDATE, {"version": version})
    chosen = await asked.parts.assistants.choose(asked.caller, assistant_id, version, also=also)
    return json_answer(assistant_json(chosen))


async def drawing(asked: Asked) -> Response:
    """GET /assistants/{assistant_id}/graph: also by the name of a graph."""
    xray = _xray(asked.query.text("xray"))
    name = asked.word("assistant_id")
    by_name = name in asked.parts.assistants.graph_ids(asked.caller)
    assistant_id = own_assistant_id(name) if by_name else uuid_of(name, name="assistant_id")
    value: Json = {"assistant_id": UUID(assistant_id)}
    also = await asked.allowed(Resource.ASSISTANTS, Action.READ, value)
    named = name if by_name else assistant_id
    return json_answer(
        await asked.parts.assistants.drawing(asked.caller, named, xray=xray, also=also)
    )


async def schemas(asked: Asked) -> Response:
    """GET /assistants/{assistant_id}/schemas."""
    assistant_id, also = await _named(asked, Action.READ)
    return json_answer(await asked.parts.assistants.schemas(asked.caller, assistant_id, also=also))


async def subgraphs(asked: Asked) -> Response:
    """GET /assistants/{assistant_id}/subgraphs, or those within one of them."""
    assistant_id, also = await _named(asked, Action.READ)
    found = await asked.parts.assistants.subgraphs(
        asked.caller,
        assistant_id,
        within=asked.word("within"),
        recurse=asked.query.flag("recurse"),
        also=also,
    )
    return json_answer(found)


def assistant_json(assistant: Assistant) -> Json:
    """Return an assistant as LangGraph's clients read it."""
    return {**version_json(assistant), "updated_at": assistant.updated_at}


def version_json(assistant: Assistant) -> Json:
    """Return a version of an assistant as they read it."""
    return {
        "assistant_id": local_id(assistant.assistant_id),
        "graph_id": assistant.graph_id,
        "config": assistant.config,
        "context": assistant.context,
        "metadata": assistant.metadata,
        "name": assistant.name,
        "created_at": assistant.created_at,
        "version": assistant.version,
        "description": assistant.description or None,
    }


async def _named(asked: Asked, action: Action, value: Json | None = None) -> tuple[str, Json]:
    """Return the assistant in the path, and the filters that it must pass; raise Refused."""
    assistant_id = asked.id("assistant_id")
    value = {} if value is None else value
    value["assistant_id"] = UUID(assistant_id)
    return assistant_id, dict(await asked.allowed(Resource.ASSISTANTS, action, value))


async def _searched(asked: Asked, body: CountBody, **how: int) -> tuple[Json, Json]:
    """Return the metadata that are searched for, and the filters that count besides."""
    value: Json = {"graph_id": body.graph_id or None, "metadata": dict(body.metadata), **how}
    also = await asked.allowed(Resource.ASSISTANTS, Action.SEARCH, value)
    return value["metadata"] or {}, dict(also)


def _check_once(config: Json, context: Json | None) -> None:
    if config.get("configurable") and context:
        raise NotAllowed(
            "context and config.configurable cannot be given together: say all of it in context",
            reason="CONTEXT_GIVEN_TWICE",
        )


def _xray(text: str) -> bool | int:
    if text.lower() in ("", "true", "false"):
        return text.lower() == "true"
    if re.fullmatch("[0-9]{1,9}", text) is None or not 1 <= int(text) <= MAX_XRAY:
        raise invalid("xray", f"should be true, false, or how many levels, 1 to {MAX_XRAY}")
    return int(text)
