"""Artifacts and checkpoints for nodes: asked for on the loop of nodes, served on the server's."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from typing import Any, TypeVar

from runwire.domain.artifact import Artifact, ArtifactId
from runwire.domain.ports import Artifacts
from runwire.domain.run import RunId
from runwire.domain.thread_checkpoint import CheckpointRead, Saved
from runwire.domain.thread_ports import ThreadCheckpoints

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
        return await at(self._home, self._artifacts.save(run_id, filename, content_type, brought))

    async def describe(self, artifact_id: ArtifactId) -> Artifact:
        return await at(self._home, self._artifacts.describe(artifact_id))

    async def load(self, artifact_id: ArtifactId) -> AsyncIterator[bytes]:
        async for chunk in _crossing(self._artifacts.load(artifact_id), self._home):
            yield chunk

    async def read(self, artifact_id: ArtifactId) -> bytes:
        return await at(self._home, self._artifacts.read(artifact_id))


class CrossingCheckpoints:
    """Implements the port `ThreadCheckpoints` for any loop, by way of the loop that made it."""

    def __init__(self, checkpoints: ThreadCheckpoints) -> None:
        self._checkpoints = checkpoints
        self._home = asyncio.get_running_loop()

    async def read(
        self, thread_id: str, checkpoint_ns: str, checkpoint_id: str = ""
    ) -> CheckpointRead | None:
        reading = self._checkpoints.read(thread_id, checkpoint_ns, checkpoint_id)
        return await at(self._home, reading)

    async def newest_of_run(self, thread_id: str, run_id: RunId) -> str:
        return await at(self._home, self._checkpoints.newest_of_run(thread_id, run_id))

    async def list(
        self,
        thread_id: str | None,
        *,
        checkpoint_ns: str | None = None,
        checkpoint_id: str = "",
        before: str = "",
        metadata: Mapping[str, Any] | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointRead]:
        found = self._checkpoints.list(
            thread_id,
            checkpoint_ns=checkpoint_ns,
            checkpoint_id=checkpoint_id,
            before=before,
            metadata=metadata,
            limit=limit,
        )
        async for read in _crossing(found, self._home):
            yield read

    async def ancestors(
        self,
        thread_id: str,
        checkpoint_ns: str,
        checkpoint_id: str,
        *,
        channels: Sequence[str],
        limit: int,
    ) -> Sequence[CheckpointRead]:
        reading = self._checkpoints.ancestors(
            thread_id, checkpoint_ns, checkpoint_id, channels=channels, limit=limit
        )
        return await at(self._home, reading)

    async def write(self, saved: Sequence[Saved]) -> None:
        await at(self._home, self._checkpoints.write(saved))

    async def delete_thread(self, thread_id: str) -> None:
        await at(self._home, self._checkpoints.delete_thread(thread_id))

    async def delete_runs(self, run_ids: Sequence[str]) -> None:
        await at(self._home, self._checkpoints.delete_runs(run_ids))

    async def copy_thread(self, thread_id: str, new_id: str) -> None:
        await at(self._home, self._checkpoints.copy_thread(thread_id, new_id))

    async def prune(self, thread_ids: Sequence[str], *, keep_latest: bool) -> None:
        await at(self._home, self._checkpoints.prune(thread_ids, keep_latest=keep_latest))


async def _crossing(found: AsyncIterator[T], loop: asyncio.AbstractEventLoop) -> AsyncIterator[T]:
    """Yield on this loop what an iterator yields on another."""
    while True:
        one = await at(loop, _following(found))
        if one is None:
            return
        yield one


async def _following(found: AsyncIterator[T]) -> T | None:
    return await anext(found, None)


async def at(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T]) -> T:
    """Do work on another loop; being cancelled here cancels it there."""
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, loop))
