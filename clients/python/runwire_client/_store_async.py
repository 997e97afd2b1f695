"""What a client can do with the items of the store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from grpc import aio

from runwire_client._calls_async import AsyncCalls
from runwire_client._payloads import duration, encoded
from runwire_client.items import Item, item_from_message
from runwire_client.v1 import store_service_pb2 as wire
from runwire_client.v1 import store_service_pb2_grpc


class AsyncStore:
    """Puts, gets, finds and deletes items: JSON objects that graphs share.

    Each has a path (one or more parts, what LangGraph calls a namespace) and a key. Timeouts,
    retries and the errors that every verb raises are as with runs.
    """

    def __init__(self, channel: aio.Channel, calls: AsyncCalls) -> None:
        self._stub = store_service_pb2_grpc.StoreServiceStub(channel)
        self._calls = calls

    async def put(
        self,
        path: Sequence[str],
        key: str,
        value: Mapping[str, Any],
        *,
        index: bool | Sequence[str] = True,
        ttl_seconds: float | None = None,
        timeout_seconds: float | None = None,
    ) -> None:
        """Put an item into the store, in the place of one with the same path and key.

        `index` is False, or the fields by which it is found by nearness; those of the store's index
        if True. Raises Invalid.
        """
        request = wire.PutItemRequest(path=path, key=key, value=encoded(value, field="value"))
        if index is False:
            request.indexing.disabled = True
        elif index is not True:
            request.indexing.fields.extend(index)
        if ttl_seconds is not None:
            request.ttl.CopyFrom(duration(ttl_seconds))
        await self._calls.unary(self._stub.PutItem, request, timeout_seconds=timeout_seconds)

    async def get(
        self,
        path: Sequence[str],
        key: str,
        *,
        keep_ttl: bool = False,
        timeout_seconds: float | None = None,
    ) -> Item:
        """Return an item; raise NotFound. `keep_ttl` leaves its time to live as it is."""
        request = wire.GetItemRequest(path=path, key=key, keep_ttl=keep_ttl)
        response = await self._calls.unary(
            self._stub.GetItem, request, timeout_seconds=timeout_seconds
        )
        return item_from_message(response.item)

    async def delete(
        self, path: Sequence[str], key: str, *, timeout_seconds: float | None = None
    ) -> None:
        """Delete an item, if there is one."""
        request = wire.DeleteItemRequest(path=path, key=key)
        await self._calls.unary(self._stub.DeleteItem, request, timeout_seconds=timeout_seconds)

    async def search(
        self,
        path_prefix: Sequence[str] = (),
        *,
        filter: Mapping[str, Any] | None = None,  # noqa: A002 - the word of the protos
        query: str = "",
        keep_ttl: bool = False,
        page_size: int = 0,
    ) -> AsyncIterator[Item]:
        """Yield items below a path that match, those nearest to `query` first, else the newest.

        `filter` has, by key of the value, what it is, or any of `{"$eq": …}`, `$ne`, `$gt`, `$gte`,
        `$lt`, `$lte`.
        """
        request = wire.SearchItemsRequest(
            path_prefix=path_prefix,
            filter=None if filter is None else encoded(filter, field="filter"),
            query=query,
            keep_ttl=keep_ttl,
            page_size=page_size,
        )
        async for page in self._calls.pages(self._stub.SearchItems, request):
            for message in page.items:
                yield item_from_message(message)

    async def paths(
        self,
        prefix: Sequence[str] = (),
        suffix: Sequence[str] = (),
        *,
        max_depth: int = 0,
        page_size: int = 0,
    ) -> AsyncIterator[tuple[str, ...]]:
        """Yield the paths that hold items; `*` in prefix or suffix stands for any part."""
        request = wire.ListItemPathsRequest(
            prefix=prefix, suffix=suffix, max_depth=max_depth, page_size=page_size
        )
        async for page in self._calls.pages(self._stub.ListItemPaths, request):
            for message in page.paths:
                yield tuple(message.parts)
