"""The store's items for nodes: they ask for them anywhere, and are served on the server's loop."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from runwire.domain.assistant_ports import ItemQuery, ItemStore
from runwire.domain.item import Item, ItemChange, Path
from runwire.engine.crossing import at


class CrossingItems:
    """Implements `ItemStore` for any loop, by way of its home, the loop that made it."""

    def __init__(self, items: ItemStore) -> None:
        self._items = items
        self.home = asyncio.get_running_loop()

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
        work = self._items.put(namespace, path, key, value, index=index, ttl_minutes=ttl_minutes)
        await at(self.home, work)

    async def get(
        self, namespace: str, path: Path, key: str, *, refresh_ttl: bool | None = None
    ) -> Item | None:
        work = self._items.get(namespace, path, key, refresh_ttl=refresh_ttl)
        return await at(self.home, work)

    async def delete(self, namespace: str, path: Path, key: str) -> None:
        await at(self.home, self._items.delete(namespace, path, key))

    async def change(self, namespace: str, changes: Sequence[ItemChange]) -> None:
        await at(self.home, self._items.change(namespace, changes))

    async def find(self, query: ItemQuery) -> Sequence[Item]:
        return await at(self.home, self._items.find(query))

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
        work = self._items.paths(
            namespace,
            prefix=prefix,
            suffix=suffix,
            max_depth=max_depth,
            limit=limit,
            offset=offset,
        )
        return await at(self.home, work)
