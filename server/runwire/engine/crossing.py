"""What nodes ask for on their own loop, and what is served on the server's: artifacts, stores."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Coroutine
from typing import Any, TypeVar, cast

from runwire.domain.artifact import Artifact, ArtifactId
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


def crossing(port: T) -> T:
    """Return a port for any loop, by way of the loop that this is called on.

    All its methods must be coroutines, or yield asynchronously.
    """
    return cast("T", _Crossing(port))


class _Crossing:
    """Does elsewhere what it is asked to."""

    def __init__(self, port: object) -> None:
        self._port = port
        self._home = asyncio.get_running_loop()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if asyncio.get_running_loop() is self._home:
            return method
        if inspect.isasyncgenfunction(method):
            return lambda *given, **named: _crossing(method(*given, **named), self._home)
        return lambda *given, **named: _at(self._home, method(*given, **named))


async def _crossing(
    chunks: AsyncIterator[T], loop: asyncio.AbstractEventLoop
) -> AsyncIterator[T]:
    """Yield on this loop what an iterator yields on another."""
    while True:
        chunk = await _at(loop, _following(chunks))
        if chunk is None:
            return
        yield chunk


async def _following(chunks: AsyncIterator[T]) -> T | None:
    return await anext(chunks, None)


async def _at(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T]) -> T:
    """Do work on another loop; being cancelled here cancels it there."""
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, loop))
