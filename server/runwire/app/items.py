"""The store that LangGraph's graphs read and write beside their state, and callers with them."""

from collections.abc import Mapping, Sequence
from typing import Any

from runwire.app.item_checks import (
    check_change,
    check_path,
    check_place,
    check_query,
    check_slice,
    check_together,
)
from runwire.domain.assistant_ports import ItemIndex, ItemQuery, ItemRows
from runwire.domain.item import Item, ItemChange, ItemLife, ItemRow, Path

Text = tuple[int, str]
"""Of which change a text is, and where in its value it stands."""


class Items:
    """Implements ItemStore: checks what comes, and makes items found by what they mean."""

    def __init__(
        self, *, rows: ItemRows, index: ItemIndex | None = None, life: ItemLife | None = None
    ) -> None:
        self._rows = rows
        self._index = index
        self._life = life or ItemLife()

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

    async def delete(self, namespace: str, path: Path, key: str) -> None:
        check_place(path, key)
        await self._rows.write(namespace, [ItemRow(path=path, key=key, value=None)])

    async def change(self, namespace: str, changes: Sequence[ItemChange]) -> None:
        last = list({(change.path, change.key): change for change in changes}.values())
        texts = [check_change(change) for change in last]
        check_together(texts)
        vectors = await self._vectors(last)
        await self._rows.write(
            namespace,
            [
                ItemRow(
                    path=change.path,
                    key=change.key,
                    value=text,
                    ttl_minutes=self._ttl(change),
                    vectors=vectors[number],
                )
                for number, (change, text) in enumerate(zip(last, texts, strict=True))
            ],
        )

    async def get(
        self, namespace: str, path: Path, key: str, *, refresh_ttl: bool | None = None
    ) -> Item | None:
        check_place(path, key)
        found = await self._rows.get(namespace, path, key)
        if found is not None and self._refreshes(refresh_ttl):
            await self._rows.refresh(namespace, [found])
        return found

    async def find(self, query: ItemQuery) -> Sequence[Item]:
        check_query(query)
        if not query.limit:
            return ()
        near = await self._index.near(query.query) if self._index and query.query else None
        found = await self._rows.find(query, near)
        if self._refreshes(query.refresh_ttl):
            await self._rows.refresh(query.namespace, found)
        return found

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
        check_path(prefix, name="prefix")
        check_path(suffix, name="suffix")
        check_slice(limit, offset)
        return await self._rows.paths(
            namespace,
            prefix=prefix,
            suffix=suffix,
            max_depth=max_depth,
            limit=limit,
            offset=offset,
        )

    def _ttl(self, change: ItemChange) -> float | None:
        given = change.ttl_minutes
        return self._life.default_minutes if given is None else given

    def _refreshes(self, asked: bool | None) -> bool:
        return self._life.refresh_on_read if asked is None else asked

    async def _vectors(self, changes: Sequence[ItemChange]) -> Sequence[Mapping[str, bytes]]:
        """Return what each change is found by, in one question for all of them."""
        found: list[dict[str, bytes]] = [{} for _ in changes]
        if self._index is None:
            return found
        texts: dict[Text, str] = {}
        for number, change in enumerate(changes):
            if change.value is not None and change.index is not False:
                fields = change.index if isinstance(change.index, Sequence) else None
                for field, text in self._index.texts(change.value, fields).items():
                    texts[number, field] = text
        each = list(dict.fromkeys(texts.values()))
        said = dict(zip(each, await self._index.vectors(each), strict=True)) if each else {}
        for (number, field), text in texts.items():
            found[number][field] = said[text]
        return found
