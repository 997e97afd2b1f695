"""What the shelf needs of its stores beyond the ports that everybody shares."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from runwire.domain.artifact import Artifact
from runwire.domain.ports import ArtifactStore, BlobStore


class Descriptions(ArtifactStore, Protocol):
    """Artifacts' descriptions, with the questions a sweep asks."""

    async def unused(self, sha256s: Sequence[str]) -> Sequence[str]:
        """Return those that no ACTIVE artifact has."""

    async def stale(self, before: datetime, limit: int) -> Sequence[Artifact]:
        """Return artifacts that are UPLOADING and were created before a time, oldest first."""


class Content(BlobStore, Protocol):
    """Content by SHA-256, and uploads; `finish` keeps the parts, so that it can be done again."""

    async def put(self, sha256: str, data: bytes) -> None:
        """Store content durably; content that is there already becomes as young as new."""

    async def has(self, sha256: str, size_bytes: int) -> bool:
        """Return whether content is there, in its full size."""

    async def contents(self, shard: int) -> Sequence[tuple[str, datetime]]:
        """Return (SHA-256, when it last changed) of content that begins with a byte, 0 to 255."""

    async def uploads(self) -> Sequence[tuple[str, datetime]]:
        """Return (upload id, when it last changed) of what is neither content nor dropped."""
