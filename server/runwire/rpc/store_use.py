"""What a worker does with the store for its nodes: decoded, done, and encoded."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from runwire.domain.assistant_ports import ItemQuery, ItemStore
from runwire.domain.errors import invalid
from runwire.domain.item import Item, ItemChange, Path
from runwire.domain.namespace import DEFAULT_NAMESPACE, check_namespace
from runwire.domain.payload import decode
from runwire.rpc.items import item_to_wire
from runwire.v1 import item_pb2, work_item_pb2
from runwire.v1 import worker_service_pb2 as wire

RESPONSE_BYTES: Final = 1024 * 1024
PATHS_AT_ONCE: Final = 1000


async def used(items: ItemStore, request: wire.UseStoreRequest) -> Sequence[wire.UseStoreResponse]:
    """Do what is asked for; return what was found. Raises Invalid, Exhausted, Unavailable."""
    namespace = check_namespace(request.namespace or DEFAULT_NAMESPACE)
    match request.WhichOneof("ask"):
        case "get":
            asked = request.get
            path, key, refresh = tuple(asked.path), asked.key, refresh_from_wire(asked)
            found = await items.get(namespace, path, key, refresh_ttl=refresh)
            return list(_told([] if found is None else [found]))
        case "search":
            return list(_told(await items.find(query_from_wire(namespace, request.search))))
        case "list_paths":
            return _listed(await _paths(items, namespace, request.list_paths))
        case "change":
            changes = [
                change_from_wire(each, name=f"change.changes[{number}]")
                for number, each in enumerate(request.change.changes)
            ]
            await items.change(namespace, changes)
            return ()
        case _:
            raise invalid("ask", "must be get, search, list_paths or change")


def query_from_wire(namespace: str, asked: work_item_pb2.WorkItemSearch) -> ItemQuery:
    """Return what is searched for; raise Invalid."""
    return ItemQuery(
        namespace=namespace,
        prefix=tuple(asked.prefix),
        filter=_object(asked.filter or b"{}", name="search.filter"),
        query=asked.query,
        limit=asked.limit,
        offset=asked.offset,
        refresh_ttl=refresh_from_wire(asked),
    )


def change_from_wire(asked: work_item_pb2.WorkItemChange, *, name: str) -> ItemChange:
    """Return a change; raise Invalid."""
    index: bool | tuple[str, ...] | None = tuple(asked.fields) or None
    return ItemChange(
        path=tuple(asked.path),
        key=asked.key,
        value=_object(asked.value, name=f"{name}.value") if asked.HasField("value") else None,
        index=False if asked.unindexed else index,
        ttl_minutes=asked.ttl_minutes if asked.HasField("ttl_minutes") else None,
    )


def refresh_from_wire(
    asked: work_item_pb2.WorkItemPlace | work_item_pb2.WorkItemSearch,
) -> bool | None:
    """Return whether what is read is to live longer."""
    return asked.refresh_ttl if asked.HasField("refresh_ttl") else None


async def _paths(
    items: ItemStore, namespace: str, asked: work_item_pb2.WorkItemPaths
) -> Sequence[Path]:
    return await items.paths(
        namespace,
        prefix=tuple(asked.prefix),
        suffix=tuple(asked.suffix),
        max_depth=asked.max_depth if asked.HasField("max_depth") else None,
        limit=asked.limit,
        offset=asked.offset,
    )


def _told(found: Sequence[Item]) -> Iterator[wire.UseStoreResponse]:
    response, size = wire.UseStoreResponse(), 0
    for item in found:
        message = item_to_wire(item)
        if size and size + message.ByteSize() > RESPONSE_BYTES:
            yield response
            response, size = wire.UseStoreResponse(), 0
        response.items.append(message)
        size += message.ByteSize()
    if size:
        yield response


def _listed(found: Sequence[Path]) -> Sequence[wire.UseStoreResponse]:
    return [
        wire.UseStoreResponse(
            paths=[item_pb2.ItemPath(parts=each) for each in found[at : at + PATHS_AT_ONCE]]
        )
        for at in range(0, len(found), PATHS_AT_ONCE)
    ]


def _object(data: bytes, *, name: str) -> dict[str, Any]:
    value = decode(data, name=name)
    if not isinstance(value, dict):
        raise invalid(name, "must be a JSON object")
    return value
