"""Artifacts for nodes of a worker that lives elsewhere, through ArtifactService."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

import grpc

import runwire_client
from runwire.domain import errors
from runwire.domain.artifact import Artifact, ArtifactId, ArtifactStatus
from runwire.domain.namespace import DEFAULT_NAMESPACE, local_id, namespace_of, whole_id
from runwire.domain.run import RunId
from runwire_client import AsyncClient

CHUNK_BYTES: Final = 1024 * 1024
MAX_CLIENTS: Final = 1000


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
        self._clients: dict[str, AsyncClient] = {}  # by namespace
        self._target = ""

    async def save(
        self, run_id: RunId | None, filename: str, content_type: str, chunks: AsyncIterator[bytes]
    ) -> Artifact:
        namespace = namespace_of(run_id or "")
        client = await self._connected(namespace)
        with _as_ours():
            saved = await client.artifacts.upload(
                chunks, filename=filename, content_type=content_type, run_id=local_id(run_id or "")
            )
        return _artifact_from(saved, namespace)

    async def describe(self, artifact_id: ArtifactId) -> Artifact:
        namespace = namespace_of(artifact_id)
        client = await self._connected(namespace)
        with _as_ours():
            return _artifact_from(await client.artifacts.get(local_id(artifact_id)), namespace)

    async def load(self, artifact_id: ArtifactId) -> AsyncIterator[bytes]:
        found = await self.describe(artifact_id)
        for offset in range(0, found.size_bytes, CHUNK_BYTES):
            client = await self._connected(namespace_of(artifact_id))
            with _as_ours():
                chunk = await client.artifacts.download_bytes(
                    local_id(artifact_id), offset=offset, limit=CHUNK_BYTES
                )
            yield chunk

    async def read(self, artifact_id: ArtifactId) -> bytes:
        client = await self._connected(namespace_of(artifact_id))
        with _as_ours():
            return await client.artifacts.download_bytes(local_id(artifact_id))

    async def aclose(self) -> None:
        """Close the connection."""
        clients, self._clients = self._clients, {}
        for client in clients.values():
            await client.aclose()

    async def _connected(self, namespace: str) -> AsyncClient:
        server = self._server()
        if self._target != server:
            await self.aclose()
            self._target = server
        if namespace not in self._clients and len(self._clients) >= MAX_CLIENTS:
            await self._clients.pop(next(iter(self._clients))).aclose()
        if namespace not in self._clients:
            plain = server.startswith("unix:")
            self._clients[namespace] = AsyncClient(
                server,
                credentials=None if plain else self._credentials,
                api_key=self._api_key or None,
                namespace="" if namespace == DEFAULT_NAMESPACE else namespace,
            )
        return self._clients[namespace]


def _artifact_from(found: runwire_client.Artifact, namespace: str) -> Artifact:
    return Artifact(
        artifact_id=ArtifactId(whole_id(namespace, found.artifact_id)),
        run_id=RunId(whole_id(namespace, found.run_id)) if found.run_id else None,
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
