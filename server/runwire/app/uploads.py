"""Content on its way in: chunks become parts, parts become content.

1. A part is on the disk before the committed size in the description counts it. What a caller reads
   there is what it need not send again, whatever crashed meanwhile.
2. A stream that breaks leaves an artifact that can be resumed; one that ends completes it.
3. Content is on the disk before a description says ACTIVE; parts go after that.
4. Two who upload one artifact take turns part by part; who finds the committed size moved lost.
5. Content is written and dropped under the lock of its SHA-256, so none goes while somebody comes
   to rely on it. Locks are taken in this order: artifact, then content.
6. What fits into one part takes the short way: content, then its description, each written once.

The locks are this process's: rules 4 and 5 hold while one server writes to a content store.
"""

import asyncio
import hashlib
import logging
from dataclasses import dataclass, replace

from runwire.app.intake import Intake, Locks
from runwire.app.shelf_ports import Content, Descriptions
from runwire.domain.artifact import Artifact, ArtifactStatus
from runwire.domain.errors import Conflict, DataLoss, Exhausted, NotAllowed, NotFound, invalid

logger = logging.getLogger("runwire.app")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a caller wants stored: as which artifact, from where on, and its SHA-256 in the end."""

    artifact: Artifact
    named: bool = False
    """Whether the caller chose the id."""
    write_offset: int = 0
    sha256: str = ""
    request_id: str = ""
    keep: bool = True
    """Whether what arrived stays when the stream breaks."""


class Uploads:
    """Takes content in; `by_artifact` and `by_content` are the locks of rules 4 and 5."""

    def __init__(self, *, artifacts: Descriptions, blobs: Content, max_bytes: int) -> None:
        self._artifacts = artifacts
        self._blobs = blobs
        self._max_bytes = max_bytes
        self.by_artifact = Locks()
        self.by_content = Locks()

    async def create(self, offer: Offer, intake: Intake) -> Artifact:
        """Store a new artifact, or return the one that the same request made before."""
        await self._fill(offer, intake, None)
        if intake.last:
            return await self._store(offer, intake.take())
        first = await self._artifacts.add(offer.artifact, offer.request_id)
        if first.status is ArtifactStatus.ACTIVE:
            return first
        return await self.resume(offer, first, intake)

    async def resume(self, offer: Offer, found: Artifact, intake: Intake) -> Artifact:
        """Go on with an artifact that is UPLOADING, and complete it."""
        _check_offset(found, offer.write_offset)
        last = False
        while not last:
            await self._fill(offer, intake, found)
            last = intake.last
            # A part that is being written when the caller vanishes is written to its end.
            found = await asyncio.shield(self._commit(found, intake.take()))
        return await self._complete(found, offer.sha256)

    async def drop(self, artifact: Artifact) -> None:
        """Delete an upload: the description first, so that nobody resumes what is half gone."""
        try:
            await self._artifacts.delete(artifact.artifact_id)
        except NotFound:
            pass  # Gone already; its parts may not be.
        await self._blobs.abandon(artifact.artifact_id)

    async def release(self, sha256: str) -> None:
        """Delete content that no artifact has any more."""
        async with self.by_content.of(sha256):
            if not await self._artifacts.uses(sha256):
                await self._blobs.delete(sha256)

    async def _fill(self, offer: Offer, intake: Intake, found: Artifact | None) -> None:
        try:
            await intake.fill()
        except BaseException:
            # The caller vanished, which says nothing about what it sent: that stays.
            if offer.keep:
                await asyncio.shield(self._rescue(offer, intake.take(), found))
            raise

    async def _rescue(self, offer: Offer, part: bytes, found: Artifact | None) -> None:
        try:
            if not part:
                return
            if found is None:
                found = await self._artifacts.add(offer.artifact, offer.request_id)
                _check_offset(found, 0)
            await self._commit(found, part)
        except Exception as error:  # Nobody is left to hear it.
            logger.warning(
                "artifact %s: what arrived is lost", offer.artifact.artifact_id, exc_info=error
            )

    async def _store(self, offer: Offer, data: bytes) -> Artifact:
        self._check_size(len(data))
        digest = await asyncio.to_thread(hashlib.sha256, data)
        sha256, artifact = digest.hexdigest(), offer.artifact
        _check_sha256(artifact, offer.sha256, sha256)
        active = _active(replace(artifact, size_bytes=len(data)), sha256)
        async with self.by_content.of(sha256):
            await self._blobs.put(sha256, data)
            first = await self._artifacts.add(active, offer.request_id)
        if first.status is ArtifactStatus.ACTIVE:
            return first
        _check_offset(first, 0)
        first = await asyncio.shield(self._commit(first, data))
        return await self._complete(first, offer.sha256)

    async def _commit(self, artifact: Artifact, part: bytes) -> Artifact:
        if not part:
            return artifact
        async with self.by_artifact.of(artifact.artifact_id):
            _check_offset(await self._artifacts.get(artifact.artifact_id), artifact.size_bytes)
            longer = replace(artifact, size_bytes=artifact.size_bytes + len(part))
            try:
                self._check_size(longer.size_bytes)
            except Exhausted:
                await self.drop(artifact)
                raise
            await self._blobs.put_part(artifact.artifact_id, artifact.size_bytes, part)
            return await self._update(longer, artifact.size_bytes)

    async def _complete(self, artifact: Artifact, expected: str) -> Artifact:
        async with self.by_artifact.of(artifact.artifact_id):
            found = await self._artifacts.get(artifact.artifact_id)
            if found.status is ArtifactStatus.ACTIVE and found.size_bytes == artifact.size_bytes:
                return found  # Somebody else sent the same to its end.
            _check_offset(found, artifact.size_bytes)
            sha256 = await self._join(found)
            try:
                _check_sha256(found, expected, sha256)
            except Exception:
                await self.drop(found)
                await self.release(sha256)
                raise
            async with self.by_content.of(sha256):
                if not await self._blobs.has(sha256, found.size_bytes):
                    await self._join(found)  # It went with another artifact just now.
                done = await self._update(_active(found, sha256), found.size_bytes)
            await self._blobs.abandon(found.artifact_id)
            return done

    async def _join(self, artifact: Artifact) -> str:
        try:
            return await self._blobs.finish(artifact.artifact_id, artifact.size_bytes)
        except DataLoss:
            logger.exception("artifact %s: parts are damaged, dropped", artifact.artifact_id)
            await self.drop(artifact)
            raise

    async def _update(self, artifact: Artifact, expected_bytes: int) -> Artifact:
        try:
            return await self._artifacts.update(artifact, expected_bytes=expected_bytes)
        except NotFound:
            await self._blobs.abandon(artifact.artifact_id)  # Deleted while it arrived.
            raise
        except Conflict:
            raise _moved(await self._artifacts.get(artifact.artifact_id), expected_bytes) from None

    def _check_size(self, size_bytes: int) -> None:
        if size_bytes > self._max_bytes:
            raise Exhausted(
                f"the artifact is larger than the limit of {self._max_bytes} bytes: split it",
                reason="ARTIFACT_TOO_LARGE",
                max_bytes=self._max_bytes,
            )


def _active(artifact: Artifact, sha256: str) -> Artifact:
    return replace(artifact, sha256=sha256, status=ArtifactStatus.ACTIVE)


def _check_offset(found: Artifact, offset: int) -> None:
    if found.status is not ArtifactStatus.UPLOADING or found.size_bytes != offset:
        raise _moved(found, offset)


def _moved(found: Artifact, offset: int) -> NotAllowed:
    return NotAllowed(
        f"artifact {found.artifact_id} is {found.status.name} and has {found.size_bytes} bytes, so"
        f" nothing can be written at {offset}: resume at its size_bytes while it is UPLOADING",
        reason="UPLOAD_OFFSET_MISMATCH",
        artifact_id=found.artifact_id,
        committed_size=found.size_bytes,
    )


def _check_sha256(artifact: Artifact, expected: str, found: str) -> None:
    if expected not in ("", found):
        raise invalid(
            "sha256",
            f"what arrived for artifact {artifact.artifact_id} has {found} and was dropped:"
            " upload it again from the start",
            reason="CHECKSUM_MISMATCH",
        )
