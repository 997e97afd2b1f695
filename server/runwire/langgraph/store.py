"""LangGraph's store for nodes: a `BaseStore` over the server's items.

1. Of a batch, what reads comes first and sees nothing of what the batch writes; the writes are one
   transaction, and of several for one place the last counts.
2. Asynchronous methods may be called on any loop. Synchronous ones are for threads; on the loop
   that serves the items they would wait for themselves, so there they are refused.
3. A run knows only the items of its own namespace (tenancy). The "namespaces" of LangGraph are
   paths here.
"""

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from typing import Any, Final, TypeVar

from langgraph.store.base import (
    BaseStore,
    GetOp,
    Item,
    ListNamespacesOp,
    MatchCondition,
    Op,
    PutOp,
    Result,
    SearchItem,
    SearchOp,
    TTLConfig,
)

from runwire.domain import item as domain
from runwire.domain.assistant_ports import ItemQuery, ItemStore
from runwire.domain.item import ItemChange, Path
from runwire.engine.attempt import Execution

ANY: Final = "*"
WAIT_SECONDS: Final = 180.0

T = TypeVar("T")


class RunwireStore(BaseStore):
    """What nodes get as their store."""

    supports_ttl = True

    def __init__(
        self,
        items: ItemStore,
        namespace: str,
        *,
        home: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """Serve nodes with items that are to be used on the loop `home`: without, on this one.

        Items that say themselves where they are at home (`CrossingItems`) are asked there.
        """
        self._items = items
        self._namespace = namespace
        self._home = home or getattr(items, "home", None) or asyncio.get_running_loop()
        # Only so that operations come with no other defaults than the server's own.
        self.ttl_config = TTLConfig(refresh_on_read=True, default_ttl=None)

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        if _running() is self._home:
            raise asyncio.InvalidStateError(
                "synchronous calls of the store would block the loop that serves it: use the"
                " asynchronous ones (aget, aput, asearch …) in async nodes"
            )
        done = asyncio.run_coroutine_threadsafe(self._done(list(ops)), self._home)
        return done.result(WAIT_SECONDS)  # that loop may have ended

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        return await self._there(self._done(list(ops)))

    async def _there(self, work: Coroutine[Any, Any, T]) -> T:
        if _running() is self._home:
            return await work
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._home))

    async def _done(self, ops: Sequence[Op]) -> list[Result]:
        results: list[Result] = [await self._read(op) for op in ops]
        changes = [_change_of(op) for op in ops if isinstance(op, PutOp)]
        if changes:
            await self._items.change(self._namespace, changes)
        return results

    async def _read(self, op: Op) -> Result:
        match op:
            case GetOp():
                found = await self._items.get(
                    self._namespace, op.namespace, op.key, refresh_ttl=_refreshes(op.refresh_ttl)
                )
                return None if found is None else _item_of(found)
            case SearchOp():
                return [_found(each) for each in await self._items.find(self._query_of(op))]
            case ListNamespacesOp():
                return list(await self._paths(op))
            case PutOp():
                return None
            case _:
                raise ValueError(f"no operation of the store: {type(op).__name__}")

    def _query_of(self, op: SearchOp) -> ItemQuery:
        return ItemQuery(
            namespace=self._namespace,
            prefix=op.namespace_prefix,
            filter=op.filter or {},
            query=op.query or "",
            limit=op.limit,
            offset=op.offset,
            refresh_ttl=_refreshes(op.refresh_ttl),
        )

    async def _paths(self, op: ListNamespacesOp) -> Sequence[Path]:
        prefix, suffix = _merged(op.match_conditions or ())
        if prefix is None or suffix is None:
            return ()
        return await self._items.paths(
            self._namespace,
            prefix=prefix,
            suffix=suffix,
            max_depth=op.max_depth,
            limit=op.limit,
            offset=op.offset,
        )


def store_of(execution: Execution, namespace: str) -> RunwireStore | None:
    """Return the store for nodes of a namespace's runs; None where there are no items."""
    return None if execution.items is None else RunwireStore(execution.items, namespace)


def _running() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _refreshes(asked: bool) -> bool | None:
    """Return what is meant: who does not refuse says nothing, so the server's setting counts."""
    return None if asked else False


def _change_of(op: PutOp) -> ItemChange:
    return ItemChange(
        path=op.namespace, key=op.key, value=op.value, index=op.index, ttl_minutes=op.ttl
    )


def _item_of(found: domain.Item) -> Item:
    return Item(
        value=dict(found.value),
        key=found.key,
        namespace=found.path,
        created_at=found.created_at,
        updated_at=found.updated_at,
    )


def _found(found: domain.Item) -> SearchItem:
    return SearchItem(
        found.path,
        found.key,
        dict(found.value),
        found.created_at,
        found.updated_at,
        score=found.score,
    )


def _merged(conditions: Sequence[MatchCondition]) -> tuple[Path | None, Path | None]:
    """Return the one prefix and the one suffix that mean all conditions; None for none that can."""
    prefix: Path | None = ()
    suffix: Path | None = ()
    for condition in conditions:
        if condition.match_type == "prefix":
            prefix = _both(prefix, tuple(condition.path))
        elif condition.match_type == "suffix":
            turned = _both(suffix and suffix[::-1], tuple(condition.path)[::-1])
            suffix = turned and turned[::-1]
        else:
            raise ValueError(f"no way to match: {condition.match_type!r}")
    return prefix, suffix


def _both(one: Path | None, other: Path) -> Path | None:
    """Return what begins as both of them; None if nothing can."""
    if one is None:
        return None
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    merged = list(longer)
    for number, part in enumerate(shorter):
        if part == ANY or part == merged[number]:
            continue
        if merged[number] != ANY:
            return None
        merged[number] = part
    return tuple(merged)
