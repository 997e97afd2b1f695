"""Finds what nobody has any more: content of deleted runs, and uploads nobody goes on with.

1. Content goes when no ACTIVE artifact has it and it did not change for an hour. Whoever comes to
   rely on content makes it as young as new, so an upload that is under way keeps it.
2. An upload goes a week after its description was made, if nothing arrived during that week; or an
   hour after its last change, if its description says that it is complete or gone.
3. A pass looks at a sixteenth of all content and some uploads, so that it never takes long.
"""

from datetime import timedelta
from typing import Final

from runwire.app.shelf_ports import Content, Descriptions
from runwire.app.uploads import Uploads
from runwire.domain.artifact import ArtifactId, ArtifactStatus
from runwire.domain.errors import NotFound
from runwire.domain.ports import Clock

CONTENT_AGE: Final = timedelta(hours=1)
UPLOAD_AGE: Final = timedelta(days=7)
SHARDS: Final = 256
SHARDS_PER_PASS: Final = 16
MAX_ASKED: Final = 500
MAX_UPLOADS: Final = 1000


class Leftovers:
    """Sweeps; remembers which content comes next."""

    def __init__(
        self, *, artifacts: Descriptions, blobs: Content, uploads: Uploads, now: Clock
    ) -> None:
        self._artifacts = artifacts
        self._blobs = blobs
        self._uploads = uploads
        self._now = now
        self._shard = 0

    async def sweep(self) -> int:
        """Make one pass and return how many contents and uploads went."""
        dropped = await self._sweep_uploads()
        for _ in range(SHARDS_PER_PASS):
            dropped += await self._sweep_content(self._shard)
            self._shard = (self._shard + 1) % SHARDS
        return dropped

    async def _sweep_content(self, shard: int) -> int:
        before, dropped = self._now() - CONTENT_AGE, 0
        found = await self._blobs.contents(shard)
        old = [sha256 for sha256, changed_at in found if changed_at < before]
        for start in range(0, len(old), MAX_ASKED):
            for sha256 in await self._artifacts.unused(old[start : start + MAX_ASKED]):
                await self._uploads.release(sha256)
                dropped += 1
        return dropped

    async def _sweep_uploads(self) -> int:
        now, dropped = self._now(), 0
        changed = dict(await self._blobs.uploads())
        for upload_id, changed_at in list(changed.items())[:MAX_UPLOADS]:
            if changed_at < now - CONTENT_AGE and not await self._uploading(upload_id):
                await self._blobs.abandon(upload_id)
                dropped += 1
        before = now - UPLOAD_AGE
        for artifact in await self._artifacts.stale(before, MAX_UPLOADS):
            if changed.get(artifact.artifact_id, before) <= before:
                await self._uploads.drop(artifact)
                dropped += 1
        return dropped

    async def _uploading(self, upload_id: str) -> bool:
        try:
            artifact = await self._artifacts.get(ArtifactId(upload_id))
        except NotFound:
            return False
        return artifact.status is ArtifactStatus.UPLOADING
