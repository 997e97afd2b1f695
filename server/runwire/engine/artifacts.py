"""What nodes do with artifacts: awaited in async nodes, called plainly in others."""

import asyncio
import mimetypes
from collections.abc import AsyncIterable, AsyncIterator, Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, Final, TypeVar

from runwire.domain.artifact import Artifact, ArtifactId
from runwire.domain.errors import Error
from runwire.domain.event import ArtifactAdded
from runwire.domain.namespace import local_id, namespace_of, speak, whole_id
from runwire.domain.ports import Artifacts
from runwire.domain.run import RunId

CHUNK_BYTES: Final = 256 * 1024

Content = bytes | bytearray | memoryview | str | Path | IO[bytes] | AsyncIterable[bytes]

T = TypeVar("T")
Call = Callable[[Coroutine[Any, Any, Any]], Any]
"""Awaits something on the loop of the attempt and returns its result, from another thread."""


class NodeArtifacts:
    """Artifacts of one step, for async nodes."""

    def __init__(
        self, artifacts: Artifacts, run_id: RunId, *, tell: Callable[[ArtifactAdded], Any]
    ) -> None:
        self._artifacts = artifacts
        self._run_id = run_id
        self._namespace = namespace_of(run_id)
        self._tell = tell

    async def save(
        self, filename: str, content: Content, content_type: str | None = None
    ) -> Artifact:
        """Store bytes, text, a file or a stream under a name; return the artifact."""
        kind = content_type or _guess(filename, content)
        with self._in_words():
            saved = await self._artifacts.save(self._run_id, filename, kind, _chunks(content))
        saved = _local(saved)
        await self._tell(
            ArtifactAdded(
                artifact_id=saved.artifact_id,
                filename=saved.filename,
                content_type=saved.content_type,
                size_bytes=saved.size_bytes,
            )
        )
        return saved

    async def load(self, artifact_id: str) -> bytes:
        """Return the whole content."""
        with self._in_words():
            return await self._artifacts.read(self._whole(artifact_id))

    async def open(self, artifact_id: str) -> AsyncIterator[bytes]:
        """Yield the content in chunks."""
        with self._in_words():
            async for chunk in self._artifacts.load(self._whole(artifact_id)):
                yield chunk

    async def describe(self, artifact_id: str) -> Artifact:
        """Return the name, type, size and hash of an artifact."""
        with self._in_words():
            return _local(await self._artifacts.describe(self._whole(artifact_id)))

    def _whole(self, artifact_id: str) -> ArtifactId:
        return ArtifactId(whole_id(self._namespace, artifact_id))

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        """Raise errors in the words of the run's namespace."""
        try:
            yield
        except Error as error:
            speak(error, self._namespace)
            raise


class SyncArtifacts:
    """Artifacts of one step, for nodes that are not async."""

    def __init__(self, artifacts: NodeArtifacts, call: Call) -> None:
        self._artifacts = artifacts
        self._call = call

    def save(self, filename: str, content: Content, content_type: str | None = None) -> Artifact:
        """Store bytes, text, a file or a stream under a name; return the artifact."""
        saved: Artifact = self._call(self._artifacts.save(filename, content, content_type))
        return saved

    def load(self, artifact_id: str) -> bytes:
        """Return the whole content."""
        content: bytes = self._call(self._artifacts.load(artifact_id))
        return content

    def open(self, artifact_id: str) -> Iterator[bytes]:
        """Yield the content in chunks."""
        chunks = self._artifacts.open(artifact_id)
        while chunk := self._call(_following(chunks)):
            yield chunk

    def describe(self, artifact_id: str) -> Artifact:
        """Return the name, type, size and hash of an artifact."""
        found: Artifact = self._call(self._artifacts.describe(artifact_id))
        return found


def _local(artifact: Artifact) -> Artifact:
    """Return an artifact with the ids that nodes know."""
    return replace(
        artifact,
        artifact_id=ArtifactId(local_id(artifact.artifact_id)),
        run_id=None if artifact.run_id is None else RunId(local_id(artifact.run_id)),
    )


def _guess(filename: str, content: Content) -> str:
    fallback = (
        "text/plain; charset=utf-8" if isinstance(content, str) else "application/octet-stream"
    )
    return mimetypes.guess_type(filename)[0] or fallback


def _chunks(content: Content) -> AsyncIterator[bytes]:
    """Return content in chunks of a bounded size."""
    if isinstance(content, AsyncIterable):
        return aiter(content)
    if isinstance(content, str):
        return _cut(content.encode())
    if isinstance(content, bytes | bytearray | memoryview):
        return _cut(content)
    return _open(content) if isinstance(content, Path) else _read(content)


async def _cut(content: bytes | bytearray | memoryview) -> AsyncIterator[bytes]:
    view = memoryview(content)
    for start in range(0, len(view), CHUNK_BYTES):
        yield bytes(view[start : start + CHUNK_BYTES])


async def _open(path: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        async for chunk in _read(file):
            yield chunk


async def _read(file: IO[bytes]) -> AsyncIterator[bytes]:
    while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
        yield chunk


async def _following(chunks: AsyncIterator[bytes]) -> bytes:
    return await anext(chunks, b"")
