"""Artifacts for nodes of a worker that lives elsewhere, through ArtifactService."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

import grpc

import runwire_client
from runwire.domain import errors
from runwire.domain.artifact import Artifact, ArtifactId, ArtifactStatus
from runwire.domain.run import RunId
from runwire_client import AsyncClient

CHUNK_BYTES: Final = 1024 * 1024


class RemoteArtifacts:
    """Implements the port; breaks are mended by the client, and by the next server."""

    def __init__(
        self,
        server: Callable[[], str],
        *,
        credentials: grpc.ChannelCredentials | None,
        api_key: str = "",
    ) -> None:
        self._server = server
        self._api_key = api_key
        self._credentials = credentials
        self._client: AsyncClient | None = None
        self._target = ""

    async def save(
        self, run_id: RunId | None, filename: str, content_type: str, chunks: AsyncIterator[bytes]
    ) -> Artifact:
        client = await self._connected()
        with _as_ours():
            saved = await client.artifacts.upload(
                chunks, filename=filename, content_type=content_type, run_id=run_id or ""
            )
        return _artifact_from(saved)

    async def describe(self, artifact_id: ArtifactId) -> Artifact:
        client = await self._connected()
        with _as_ours():
            return _artifact_from(await client.artifacts.get(artifact_id))

    async def load(self, artifact_id: ArtifactId) -> AsyncIterator[bytes]:
        found = await self.describe(artifact_id)
        for offset in range(0, found.size_bytes, CHUNK_BYTES):
            client = await self._connected()
            with _as_ours():
                chunk = await client.artifacts.download_bytes(
                    artifact_id, offset=offset, limit=CHUNK_BYTES
                )
            yield chunk

    async def read(self, artifact_id: ArtifactId) -> bytes:
        client = await self._connected()
        with _as_ours():
            return await client.artifacts.download_bytes(artifact_id)

    async def aclose(self) -> None:
        """Close the connection."""
        if self._client is not None:
            await self._client.aclose()

    async def _connected(self) -> AsyncClient:
        server = self._server()
        if self._client is None or self._target != server:
            await self.aclose()
            plain = server.startswith("unix:")
            self._client = AsyncClient(
                server,
                credentials=None if plain else self._credentials,
                api_key=self._api_key or None,
            )
            self._target = server
        return self._client


def _artifact_from(found: runwire_client.Artifact) -> Artifact:
    return Artifact(
        artifact_id=ArtifactId(found.artifact_id),
        run_id=RunId(found.run_id) if found.run_id else None,
        filename=found.filename,
        content_type=found.content_type,
        size_bytes=found.size_bytes,
        sha256=found.sha256,
        status=ArtifactStatus.ACTIVE if found.complete else ArtifactStatus.UPLOADING,
        created_at=found.created_at or datetime.fromtimestamp(0, UTC),
    )


@contextmanager
def _as_ours() -> Iterator[None]:
    """Raise errors of the client as those that nodes of any worker meet."""
    try:
        yield
    except runwire_client.Error as error:
        kind: type[errors.Error] = getattr(errors, type(error).__name__, errors.Error)
        ours = kind(error.message, reason=error.reason)
        ours.metadata |= error.metadata
        raise ours from error
