"""What nodes use of the server: they ask for it on their loop, and are served on the server's."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from typing import Any, TypeVar

from runwire.domain.artifact import Artifact, ArtifactId
from runwire.domain.assistant_ports import ItemQuery, ItemStore
from runwire.domain.item import Item, ItemChange, Path
from runwire.domain.ports import Artifacts
from runwire.domain.run import RunId

T = TypeVar("T")


class CrossingArtifacts:
    """Implements the port for any loop, by way of the loop that made it."""

    def __init__(self, artifacts: Artifacts) -> None:
        self._artifacts = artifacts
        self._home = asyncio.get_running_loop()

    async def save(
        self, run_id: RunId | None, filename: str, content_type: str, chunks: AsyncIterator[bytes]
    ) -> Artifact:
        here = asyncio.get_running_loop()
        brought = _crossing(chunks, here)
        return await _at(self._home, self._artifacts.save(run_id, filename, content_type, brought))

    async def describe(self, artifact_id: ArtifactId) -> Artifact:
        return await _at(self._home, self._artifacts.describe(artifact_id))

    async def load(self, artifact_id: ArtifactId) -> AsyncIterator[bytes]:
        async for chunk in _crossing(self._artifacts.load(artifact_id), self._home):
            yield chunk

    async def read(self, artifact_id: ArtifactId) -> bytes:
        return await _at(self._home, self._artifacts.read(artifact_id))


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
        await _at(self.home, work)

    async def get(
        self, namespace: str, path: Path, key: str, *, refresh_ttl: bool | None = None
    ) -> Item | None:
        work = self._items.get(namespace, path, key, refresh_ttl=refresh_ttl)
        return await _at(self.home, work)

    async def delete(self, namespace: str, path: Path, key: str) -> None:
        await _at(self.home, self._items.delete(namespace, path, key))

    async def change(self, namespace: str, changes: Sequence[ItemChange]) -> None:
        await _at(self.home, self._items.change(namespace, changes))

    async def find(self, query: ItemQuery) -> Sequence[Item]:
        return await _at(self.home, self._items.find(query))

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
        return await _at(self.home, work)


async def _crossing(
    chunks: AsyncIterator[bytes], loop: asyncio.AbstractEventLoop
) -> AsyncIterator[bytes]:
    """Yield on this loop what an iterator yields on another."""
    while True:
        chunk = await _at(loop, _following(chunks))
        if chunk is None:
            return
        yield chunk


async def _following(chunks: AsyncIterator[bytes]) -> bytes | None:
    return await anext(chunks, None)


async def _at(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T]) -> T:
    """Do work on another loop; being cancelled here cancels it there."""
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, loop))
