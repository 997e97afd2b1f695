"""StoreService: decode, call the app, encode."""

from collections.abc import Sequence
from typing import Any, Final

from runwire.domain.assistant_ports import ItemQuery, ItemStore
from runwire.domain.caller import Caller
from runwire.domain.item import Item
from runwire.domain.missing import no_item
from runwire.domain.paging import page_size_of
from runwire.rpc.checks import MAX_TEXT_CHARACTERS, Faults, chosen, seconds_of
from runwire.rpc.convert_objects import Objects, fill_object
from runwire.rpc.convert_payloads import spelled
from runwire.rpc.convert_times import fill_time
from runwire.rpc.pages import next_token, offset_of
from runwire.rpc.run_requests import check_format
from runwire.v1 import item_pb2
from runwire.v1 import store_service_pb2 as wire
from runwire.v1 import store_service_pb2_grpc as service

MAX_PARTS: Final = 64
MAX_FIELDS: Final = 100
MAX_KEY_CHARACTERS: Final = MAX_TEXT_CHARACTERS
MAX_QUERY_CHARACTERS: Final = 32 * 1024


class StoreServicer(service.StoreServiceServicer):
    """Items of the caller's namespace."""

    def __init__(self, items: ItemStore) -> None:
        self._items = items

    async def PutItem(self, request: wire.PutItemRequest, caller: Caller) -> wire.PutItemResponse:
        faults = _named(request)
        value = Objects(faults).object(request.value, name="value")
        if not chosen(request, "value"):
            faults.add("value", "is required: a JSON object")
        seconds = _ttl_seconds(faults, request)
        index = _index(faults, request)
        faults.done()
        await self._items.put(
            caller.namespace,
            tuple(request.path),
            request.key,
            value or {},
            index=index,
            ttl_minutes=None if seconds is None else seconds / 60,
        )
        return wire.PutItemResponse()

    async def GetItem(self, request: wire.GetItemRequest, caller: Caller) -> wire.GetItemResponse:
        faults = _named(request)
        check_format(faults, request.payload_format)
        faults.done()
        path = tuple(request.path)
        item = await self._items.get(
            caller.namespace, path, request.key, refresh_ttl=_refresh(request)
        )
        if item is None:
            raise no_item(path, request.key)
        return spelled(wire.GetItemResponse(item=item_to_wire(item)), request.payload_format)

    async def DeleteItem(
        self, request: wire.DeleteItemRequest, caller: Caller
    ) -> wire.DeleteItemResponse:
        _named(request).done()
        await self._items.delete(caller.namespace, tuple(request.path), request.key)
        return wire.DeleteItemResponse()

    async def SearchItems(
        self, request: wire.SearchItemsRequest, caller: Caller
    ) -> wire.SearchItemsResponse:
        faults = Faults()
        faults.page(request)
        check_format(faults, request.payload_format)
        _parts(faults, "path_prefix", request.path_prefix)
        faults.text("query", request.query, max_characters=MAX_QUERY_CHARACTERS)
        wanted = Objects(faults).object(request.filter, name="filter") or {}
        faults.done()
        size, prefix = page_size_of(request.page_size), tuple(request.path_prefix)
        query = ("items", caller.namespace, prefix, repr(wanted), request.query)
        offset = offset_of(request.page_token, query)
        found = await self._items.find(
            ItemQuery(
                namespace=caller.namespace,
                prefix=prefix,
                filter=wanted,
                query=request.query,
                limit=size + 1,
                offset=offset,
                refresh_ttl=_refresh(request),
            )
        )
        response = wire.SearchItemsResponse(
            items=map(item_to_wire, found[:size]),
            next_page_token=next_token(offset, size, offset + len(found), query),
        )
        return spelled(response, request.payload_format)

    async def ListItemPaths(
        self, request: wire.ListItemPathsRequest, caller: Caller
    ) -> wire.ListItemPathsResponse:
        faults = Faults()
        faults.page(request)
        _parts(faults, "prefix", request.prefix)
        _parts(faults, "suffix", request.suffix)
        faults.not_negative("max_depth", request.max_depth)
        faults.done()
        size = page_size_of(request.page_size)
        prefix, suffix = tuple(request.prefix), tuple(request.suffix)
        query = ("paths", caller.namespace, prefix, suffix, request.max_depth)
        offset = offset_of(request.page_token, query)
        found = await self._items.paths(
            caller.namespace,
            prefix=prefix,
            suffix=suffix,
            max_depth=request.max_depth or None,
            limit=size + 1,
            offset=offset,
        )
        return wire.ListItemPathsResponse(
            paths=[item_pb2.ItemPath(parts=path) for path in found[:size]],
            next_page_token=next_token(offset, size, offset + len(found), query),
        )


def item_to_wire(item: Item) -> item_pb2.Item:
    """Return an item."""
    message = item_pb2.Item(path=item.path, key=item.key, score=item.score)
    fill_object(message.value, item.value)
    fill_time(message.create_time, item.created_at)
    fill_time(message.update_time, item.updated_at)
    fill_time(message.expire_time, item.expires_at)
    return message


def _named(request: Any) -> Faults:
    faults = Faults()
    if not request.path:
        faults.add("path", "is required: one or more parts")
    _parts(faults, "path", request.path)
    faults.text("key", request.key, required=True, max_characters=MAX_KEY_CHARACTERS)
    return faults


def _refresh(request: wire.GetItemRequest | wire.SearchItemsRequest) -> bool | None:
    """Whether what is read lives longer by it; None: as the server is set to."""
    return False if request.keep_ttl else None


def _parts(faults: Faults, field: str, parts: Sequence[str]) -> None:
    if len(parts) > MAX_PARTS:
        faults.add(field, f"has more than {MAX_PARTS} parts")
        return
    for index, part in enumerate(parts):
        faults.text(f"{field}[{index}]", part, required=True)
        if "." in part:
            faults.add(f"{field}[{index}]", "must not hold a dot: give its parts one by one")


def _ttl_seconds(faults: Faults, request: wire.PutItemRequest) -> float | None:
    if not chosen(request, "ttl"):
        return None
    faults.duration("ttl", request.ttl)
    if not seconds_of(request.ttl):
        faults.add("ttl", "must not be zero; leave it out for the store's own")
    return seconds_of(request.ttl)


def _index(faults: Faults, request: wire.PutItemRequest) -> bool | Sequence[str] | None:
    if not chosen(request, "indexing"):
        return None
    fields = request.indexing.fields
    if request.indexing.disabled and fields:
        faults.add("indexing.fields", "must be left out beside disabled")
    if len(fields) > MAX_FIELDS:
        faults.add("indexing.fields", f"has more than {MAX_FIELDS} entries")
        return None
    for index, field in enumerate(fields):
        faults.text(f"indexing.fields[{index}]", field, required=True)
    return False if request.indexing.disabled else tuple(fields) or None
