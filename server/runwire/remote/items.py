"""The store's items for nodes of a worker that lives elsewhere, through WorkerService."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC
from typing import Any, Final

from grpc import aio

from runwire.domain.assistant_ports import ItemQuery
from runwire.domain.errors import Error, Unavailable
from runwire.domain.item import Item, ItemChange, Path
from runwire.domain.payload import decode, encode
from runwire.remote.asking import (
    AGAIN_SECONDS,
    PASSING,
    PATIENCE_SECONDS,
    Way,
    answers,
    status_of,
)
from runwire.remote.pending import error_of
from runwire.rpc.errors import STATUS
from runwire.v1 import item_pb2, work_item_pb2
from runwire.v1 import worker_service_pb2 as wire

PATH: Final = "/runwire.v1.WorkerService/UseStore"
USE_SECONDS: Final = 120.0
REQUEST_BYTES: Final = 3 * 1024 * 1024
LASTING: Final = frozenset({"EMBEDDING_FAILED"})
"""Reasons for which a server that is reached cannot do it, and might not the next time either."""

_KINDS: Final = {status.value[0]: kind for kind, status in STATUS.items()}


class RemoteItems:
    """Implements `ItemStore`; used on the loop of the link.

    Changes of more than three megabytes are made in several transactions, in order.
    """

    def __init__(self, way: Callable[[], Way | None]) -> None:
        self._way = way

    async def put(
        self,
        namespace: str,
        path: Path,
        key: str,
        value: Mapping[str, Any],
        *,
        index: bool | Sequence[str] | None = None,
        ttl_minutes: float | None = None,
    ) -> None:
        change = ItemChange(path=path, key=key, value=value, index=index, ttl_minutes=ttl_minutes)
        await self.change(namespace, [change])

    async def get(
        self, namespace: str, path: Path, key: str, *, refresh_ttl: bool | None = None
    ) -> Item | None:
        place = work_item_pb2.WorkItemPlace(path=path, key=key, refresh_ttl=refresh_ttl)
        found = await self._items(wire.UseStoreRequest(namespace=namespace, get=place))
        return found[0] if found else None

    async def delete(self, namespace: str, path: Path, key: str) -> None:
        await self.change(namespace, [ItemChange(path=path, key=key, value=None)])

    async def change(self, namespace: str, changes: Sequence[ItemChange]) -> None:
        for some in _portions([_change_to_wire(change) for change in changes]):
            asked = work_item_pb2.WorkItemChanges(changes=some)
            await self._ask(wire.UseStoreRequest(namespace=namespace, change=asked))

    async def find(self, query: ItemQuery) -> Sequence[Item]:
        asked = work_item_pb2.WorkItemSearch(
            prefix=query.prefix,
            filter=encode(dict(query.filter), name="filter"),
            query=query.query,
            limit=query.limit,
            offset=query.offset,
            refresh_ttl=query.refresh_ttl,
        )
        return await self._items(wire.UseStoreRequest(namespace=query.namespace, search=asked))

    async def paths(
        self,
        namespace: str,
        *,
        prefix: Path = (),
        suffix: Path = (),
        max_depth: int | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> Sequence[Path]:
        asked = work_item_pb2.WorkItemPaths(
            prefix=prefix, suffix=suffix, max_depth=max_depth, limit=limit, offset=offset
        )
        found = await self._ask(wire.UseStoreRequest(namespace=namespace, list_paths=asked))
        return [tuple(path.parts) for response in found for path in response.paths]

    async def _items(self, request: wire.UseStoreRequest) -> Sequence[Item]:
        found = await self._ask(request)
        return [_item_from(item) for response in found for item in response.items]

    async def _ask(self, request: wire.UseStoreRequest) -> Sequence[wire.UseStoreResponse]:
        """Ask until there is an answer; while no server is reached, for a while."""
        until = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while True:
            way = self._way()
            try:
                if way is not None:
                    return await answers(
                        way, PATH, request, wire.UseStoreResponse, seconds=USE_SECONDS
                    )
            except aio.AioRpcError as error:
                ours = _as_ours(error)
                if error.code() not in PASSING or ours.reason in LASTING:
                    raise ours from None
            if asyncio.get_running_loop().time() > until:
                raise Unavailable("no server answers for the store", reason="STORE_UNAVAILABLE")
            await asyncio.sleep(AGAIN_SECONDS)


def _as_ours(error: aio.AioRpcError) -> Error:
    status = status_of(error)
    if status is None:
        return Unavailable(f"the store cannot be used: {error.details() or error.code().name}")
    told = error_of(status)
    ours = _KINDS.get(status.code, Error)(told.message, reason=told.reason)
    ours.metadata = told.metadata
    return ours


def _portions(
    changes: Sequence[work_item_pb2.WorkItemChange],
) -> Iterator[Sequence[work_item_pb2.WorkItemChange]]:
    some: list[work_item_pb2.WorkItemChange] = []
    size = 0
    for change in changes:
        if some and size + change.ByteSize() > REQUEST_BYTES:
            yield some
            some, size = [], 0
        some.append(change)
        size += change.ByteSize()
    if some:
        yield some


def _change_to_wire(change: ItemChange) -> work_item_pb2.WorkItemChange:
    fields = change.index if isinstance(change.index, Sequence) else ()
    return work_item_pb2.WorkItemChange(
        path=change.path,
        key=change.key,
        value=None if change.value is None else encode(dict(change.value), name="value"),
        unindexed=change.index is False,
        fields=fields,
        ttl_minutes=change.ttl_minutes,
    )


def _item_from(message: item_pb2.Item) -> Item:
    expires = message.expire_time.ToDatetime(UTC) if message.HasField("expire_time") else None
    return Item(
        path=tuple(message.path),
        key=message.key,
        value=decode(message.value.data),
        created_at=message.create_time.ToDatetime(UTC),
        updated_at=message.update_time.ToDatetime(UTC),
        expires_at=expires,
        score=message.score if message.HasField("score") else None,
    )
