"""The store, over HTTP: put, get, delete and search items, and list where they are."""

from collections.abc import Sequence
from typing import Any, Final, Literal

from pydantic import Field
from starlette.responses import Response
from starlette.routing import BaseRoute

from runwire.domain.assistant_ports import ItemQuery, ItemStore
from runwire.domain.errors import Denied, NotAllowed, Unavailable, invalid
from runwire.domain.item import Item, Path
from runwire.domain.langgraph_auth import Action, Resource
from runwire.http.langgraph.answers import json_answer, no_content
from runwire.http.langgraph.asking import Asked
from runwire.http.langgraph.bodies import Body, Offset
from runwire.http.langgraph.errors import Statuses
from runwire.http.langgraph.parts import Parts
from runwire.http.langgraph.routing import route

MAX_FOUND: Final = 10_000
RESERVED: Final = "langgraph"

Json = dict[str, Any]
Labels = list[str]


class PutBody(Body):
    """An item to be stored."""

    namespace: Labels
    key: str
    value: Json
    index: Literal[False] | list[str] | None = None
    ttl: float | None = None


class DeleteBody(Body):
    """An item to be deleted."""

    namespace: Labels = Field(default_factory=list)
    key: str


class SearchBody(Body):
    """Which items are searched for."""

    namespace_prefix: Labels = Field(default_factory=list)
    filter: Json = Field(default_factory=dict)
    limit: int = Field(default=10, ge=0, le=MAX_FOUND)
    offset: Offset = 0
    query: str = ""
    refresh_ttl: bool | None = None


class PathsBody(Body):
    """Which paths are listed."""

    prefix: Labels = Field(default_factory=list)
    suffix: Labels = Field(default_factory=list)
    max_depth: int | None = Field(default=None, ge=0)
    limit: int = Field(default=100, ge=0, le=MAX_FOUND)
    offset: Offset = 0


def routes(parts: Parts) -> Sequence[BaseRoute]:
    """Return the routes."""
    items = "/store/items"
    told: Statuses = {NotAllowed: 400}
    return (
        route(parts, "PUT", items, "StoreService/PutItem", put, statuses=told),
        route(parts, "GET", items, "StoreService/GetItem", get, statuses=told),
        route(parts, "DELETE", items, "StoreService/DeleteItem", delete),
        route(parts, "POST", f"{items}/search", "StoreService/SearchItems", search),
        route(parts, "POST", "/store/namespaces", "StoreService/ListItemPaths", paths),
    )


async def put(asked: Asked) -> Response:
    """PUT /store/items."""
    body = await asked.body(PutBody)
    value: Json = {
        "namespace": _path(body.namespace, "namespace"),
        "key": body.key,
        "value": body.value,
        "index": body.index,
        "ttl": body.ttl,
    }
    await asked.allowed(Resource.STORE, Action.PUT, value)
    path = _path(value["namespace"] or (), "namespace")
    if not path:
        raise _refused("namespace cannot be empty")
    if path[0] == RESERVED:
        raise _refused(f"namespace cannot begin with {RESERVED!r}, which is LangGraph's own")
    await _items(asked).put(
        asked.caller.namespace,
        path,
        value["key"],
        value["value"],
        index=value["index"],
        ttl_minutes=value["ttl"],
    )
    return no_content()


async def get(asked: Asked) -> Response:
    """GET /store/items: an item, or null."""
    query = asked.query
    key, text = query.text("key"), query.text("namespace")
    if "key" not in asked.connection.query_params:
        raise _refused("key is required")
    refresh = query.flag("refresh_ttl") if query.text("refresh_ttl") else None
    value: Json = {
        "namespace": _path(text.split("."), "namespace"),
        "key": key,
        "refresh_ttl": refresh,
    }
    await asked.allowed(Resource.STORE, Action.GET, value)
    path = _path(value["namespace"] or (), "namespace")
    found = await _items(asked).get(asked.caller.namespace, path, value["key"], refresh_ttl=refresh)
    return json_answer(None if found is None else item_json(found))


async def delete(asked: Asked) -> Response:
    """DELETE /store/items: with a body; there need not be such an item."""
    body = await asked.body(DeleteBody)
    value: Json = {"namespace": _path(body.namespace, "namespace"), "key": body.key}
    await asked.allowed(Resource.STORE, Action.DELETE, value)
    path = _path(value["namespace"] or (), "namespace")
    await _items(asked).delete(asked.caller.namespace, path, value["key"])
    return no_content()


async def search(asked: Asked) -> Response:
    """POST /store/items/search."""
    body = await asked.body(SearchBody)
    value: Json = {
        "namespace": _path(body.namespace_prefix, "namespace_prefix"),
        "filter": dict(body.filter) or None,
        "limit": body.limit,
        "offset": body.offset,
        "query": body.query or None,
        "refresh_ttl": body.refresh_ttl,
    }
    also = await asked.allowed(Resource.STORE, Action.SEARCH, value)
    found = await _items(asked).find(
        ItemQuery(
            namespace=asked.caller.namespace,
            prefix=_path(value["namespace"] or (), "namespace_prefix"),
            filter={**(value["filter"] or {}), **also},
            query=value["query"] or "",
            limit=body.limit,
            offset=body.offset,
            refresh_ttl=body.refresh_ttl,
        )
    )
    shown = [{**item_json(each), "score": each.score} for each in found]
    return json_answer({"items": shown})


async def paths(asked: Asked) -> Response:
    """POST /store/namespaces."""
    body = await asked.body(PathsBody)
    value: Json = {
        "namespace": _path(body.prefix, "prefix"),
        "suffix": _path(body.suffix, "suffix"),
        "max_depth": body.max_depth,
        "limit": body.limit,
        "offset": body.offset,
    }
    await asked.allowed(Resource.STORE, Action.LIST_NAMESPACES, value)
    found = await _items(asked).paths(
        asked.caller.namespace,
        prefix=_path(value["namespace"] or (), "prefix"),
        suffix=_path(value["suffix"] or (), "suffix"),
        max_depth=body.max_depth,
        limit=body.limit,
        offset=body.offset,
    )
    return json_answer({"namespaces": [list(each) for each in found]})


def item_json(item: Item) -> Json:
    """Return an item as LangGraph's clients read it."""
    return {
        "namespace": list(item.path),
        "key": item.key,
        "value": item.value,
        "created_at": item.created_at,
        "updated_at": item.updated_at,
    }


def _items(asked: Asked) -> ItemStore:
    if asked.caller.reach.limited:
        raise Denied(
            "the store's items are those of all graphs, and you may see some only",
            reason="GRAPH_OUT_OF_SCOPE",
        )
    items = asked.parts.items
    if items is None:
        raise Unavailable("this server has no store", reason="STORE_UNAVAILABLE")
    return items


def _path(labels: Sequence[str], name: str) -> Path:
    """Return a path; raise Invalid for what no client could ask for again by GET."""
    for label in labels:
        if not label or "." in label:
            raise invalid(name, f"the label {label[:64]!r} is empty or has a period")
    return tuple(labels)


def _refused(text: str) -> NotAllowed:
    return NotAllowed(text, reason="NAMESPACE_INVALID")
