"""What callers and nodes can do with artifacts."""

import asyncio
import hashlib
import logging
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final

from runwire.app.filenames import check_filename, content_type_of
from runwire.app.intake import Intake
from runwire.app.leftovers import Leftovers
from runwire.app.shelf_ports import Content, Descriptions
from runwire.app.uploads import Offer, Uploads
from runwire.domain.artifact import Artifact, ArtifactId, ArtifactStatus
from runwire.domain.errors import (
    AlreadyExists,
    DataLoss,
    NotAllowed,
    NotFound,
    OutOfRange,
    invalid,
)
from runwire.domain.ids import check_id, check_request_id
from runwire.domain.namespace import (
    DEFAULT_NAMESPACE,
    check_namespace,
    local_id,
    namespace_of,
    whole_id,
)
from runwire.domain.paging import Page, page_size_of
from runwire.domain.ports import Clock, RunStore
from runwire.domain.reach import HOME, Reach
from runwire.domain.run import RunId
from runwire.domain.tallies import ArtifactTally

MAX_BYTES: Final = 5 * 1024**3

_SHA256: Final = re.compile(r"[0-9a-f]{64}")

logger = logging.getLogger("runwire.app")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewArtifact:
    """What the first message of an upload says.

    An empty `artifact_id` asks for a new one; `write_offset` (bytes) is the committed size of the
    artifact to resume; `sha256` is that of the whole content, lower-case hex, not checked if empty;
    `request_id` (a UUID) makes retries safe.
    """

    artifact_id: str = ""
    run_id: str = ""
    filename: str = ""
    content_type: str = ""
    write_offset: int = 0
    sha256: str = ""
    request_id: str = ""
    namespace: str = DEFAULT_NAMESPACE


class ArtifactShelf:
    """Stores, serves and drops artifacts; also the port `Artifacts`, for nodes."""

    def __init__(
        self,
        *,
        artifacts: Descriptions,
        blobs: Content,
        runs: RunStore,
        now: Clock,
        new_id: Callable[[], ArtifactId],
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._artifacts = artifacts
        self._blobs = blobs
        self._runs = runs
        self._now = now
        self._new_id = new_id
        self.tally = ArtifactTally()
        self._uploads = Uploads(artifacts=artifacts, blobs=blobs, max_bytes=max_bytes)
        self._leftovers = Leftovers(
            artifacts=artifacts, blobs=blobs, uploads=self._uploads, now=now
        )

    async def upload(self, first: NewArtifact, chunks: AsyncIterator[bytes]) -> Artifact:
        """Store content and return the artifact, ACTIVE.

        A stream that breaks leaves the artifact UPLOADING: go on with its id, and its `size_bytes`
        as write offset. Raises Invalid for a malformed field or damage (CHECKSUM_MISMATCH),
        NotFound for an unknown run or an artifact to resume, AlreadyExists for one that is ACTIVE
        (unless the same request made it: that returns it), NotAllowed (UPLOAD_OFFSET_MISMATCH) for
        a wrong offset, Exhausted (ARTIFACT_TOO_LARGE), and DataLoss if parts got damaged.
        """
        return await self._take_in(self._checked(first, keep=True), chunks, resume=True)

    async def get(self, artifact_id: str) -> Artifact:
        """Return the description, also while it is UPLOADING; raise Invalid or NotFound."""
        return await self._artifacts.get(ArtifactId(_checked_id(artifact_id, name="artifact_id")))

    async def find(
        self, *, run_id: str, page_size: int, page_token: str, reach: Reach = HOME
    ) -> Page[Artifact]:
        """Return one page, newest first, of a run's artifacts (of all, if empty); raise Invalid."""
        of_run = RunId(_checked_id(run_id, name="run_id")) if run_id else None
        size = page_size_of(page_size)
        return await self._artifacts.find(of_run, size, page_token, reach=reach)

    async def delete(self, artifact_id: str) -> None:
        """Delete an artifact, and content that no other has; raise Invalid or NotFound."""
        _checked_id(artifact_id, name="artifact_id")
        gone = await self._artifacts.delete(ArtifactId(artifact_id))
        if gone.status is ArtifactStatus.ACTIVE:
            await self._uploads.release(gone.sha256)
        else:
            async with self._uploads.by_artifact.of(gone.artifact_id):
                await self._blobs.abandon(gone.artifact_id)

    async def download(
        self, artifact_id: str, *, read_offset: int, read_limit: int
    ) -> AsyncIterator[Artifact | bytes]:
        """Yield the artifact, then its content in chunks of at most 256 KiB.

        `read_limit` 0 means up to the end. Raises Invalid for negative numbers, NotFound,
        NotAllowed (ARTIFACT_NOT_READY) while it is UPLOADING, OutOfRange (READ_PAST_END) for an
        offset beyond the size, and DataLoss (CONTENT_CORRUPT) for content that is damaged or gone:
        a download of everything checks the SHA-256, and fails behind the last chunk.
        """
        artifact = await self.get(artifact_id)
        length = _length(artifact, read_offset, read_limit)
        yield artifact
        digest = hashlib.sha256() if length == artifact.size_bytes else None
        try:
            async for chunk in self._blobs.read(artifact.sha256, read_offset, length):
                if digest:
                    digest.update(chunk)
                self.tally.bytes_out += len(chunk)
                yield chunk
            if digest and digest.hexdigest() != artifact.sha256:
                raise DataLoss("stored content is damaged", reason="CONTENT_CORRUPT")
        except DataLoss as error:
            raise await self._lost(artifact, error) from error

    async def sweep(self) -> int:
        """Drop some of what no description has, and abandoned uploads; return how many."""
        return await self._leftovers.sweep()

    async def save(
        self, run_id: RunId | None, filename: str, content_type: str, chunks: AsyncIterator[bytes]
    ) -> Artifact:
        first = NewArtifact(
            run_id=run_id or "",
            filename=filename,
            content_type=content_type,
            namespace=namespace_of(run_id or ""),
        )
        offer = self._checked(first, keep=False)
        try:
            return await self._take_in(offer, chunks, resume=False)
        except BaseException:
            # Nobody knows the id, so nobody can resume.
            await asyncio.shield(self._uploads.drop(offer.artifact))
            raise

    async def describe(self, artifact_id: ArtifactId) -> Artifact:
        return await self.get(artifact_id)

    async def load(self, artifact_id: ArtifactId) -> AsyncIterator[bytes]:
        async for item in self.download(artifact_id, read_offset=0, read_limit=0):
            if isinstance(item, bytes):
                yield item

    async def read(self, artifact_id: ArtifactId) -> bytes:
        return b"".join([chunk async for chunk in self.load(artifact_id)])

    async def _take_in(
        self, offer: Offer, chunks: AsyncIterator[bytes], *, resume: bool
    ) -> Artifact:
        found = await self._known(offer) if resume else None
        if found and found.status is ArtifactStatus.UPLOADING:
            return await self._uploads.resume(offer, found, Intake(chunks, self.tally))
        if offer.artifact.run_id:
            await self._runs.get(offer.artifact.run_id)
        if found:
            # Refused, unless it is the very request that made it.
            stored = await self._artifacts.add(offer.artifact, offer.request_id)
        else:
            stored = await self._uploads.create(offer, Intake(chunks, self.tally))
        return _same(offer, stored)

    async def _known(self, offer: Offer) -> Artifact | None:
        try:
            return await self._artifacts.get(offer.artifact.artifact_id)
        except NotFound:
            if offer.write_offset:
                raise
            return None

    def _checked(self, first: NewArtifact, *, keep: bool) -> Offer:
        check_filename(first.filename)
        if first.write_offset < 0:
            raise invalid("write_offset", "must not be negative")
        if first.write_offset and not first.artifact_id:
            raise invalid("artifact_id", "is required to resume at a write_offset")
        if first.sha256 and not _SHA256.fullmatch(first.sha256):
            raise invalid("sha256", "must be 64 lower-case hex digits")
        check_request_id(local_id(first.request_id))
        artifact = Artifact(
            artifact_id=self._id_of(first),
            run_id=RunId(_checked_id(first.run_id, name="run_id")) if first.run_id else None,
            filename=first.filename,
            content_type=content_type_of(first.filename, first.content_type),
            created_at=self._now(),
        )
        return Offer(
            artifact=artifact,
            named=bool(first.artifact_id),
            write_offset=first.write_offset,
            sha256=first.sha256,
            request_id=first.request_id.lower(),
            keep=keep,
        )

    def _id_of(self, first: NewArtifact) -> ArtifactId:
        if not first.artifact_id:
            return ArtifactId(whole_id(first.namespace, self._new_id()))
        return ArtifactId(_checked_id(first.artifact_id, name="artifact_id"))

    async def _lost(self, artifact: Artifact, error: DataLoss) -> DataLoss:
        # Deleted while it was being read: that is NotFound, and no damage.
        await self._artifacts.get(artifact.artifact_id)
        logger.critical(
            "artifact %s: content %s of %d bytes is damaged or missing: %s",
            artifact.artifact_id,
            artifact.sha256,
            artifact.size_bytes,
            error,
        )
        return DataLoss(
            f"the stored content of artifact {artifact.artifact_id} is damaged: upload it again",
            reason="CONTENT_CORRUPT",
            artifact_id=artifact.artifact_id,
        )


def _checked_id(whole: str, *, name: str) -> str:
    check_namespace(namespace_of(whole), name=name)
    check_id(local_id(whole), name=name)
    return whole


def _length(artifact: Artifact, read_offset: int, read_limit: int) -> int:
    for name, value in (("read_offset", read_offset), ("read_limit", read_limit)):
        if value < 0:
            raise invalid(name, "must not be negative")
    if artifact.status is not ArtifactStatus.ACTIVE:
        raise NotAllowed(
            f"artifact {artifact.artifact_id} is still uploading: wait until it is ACTIVE",
            reason="ARTIFACT_NOT_READY",
            artifact_id=artifact.artifact_id,
        )
    if read_offset > artifact.size_bytes:
        raise OutOfRange(
            f"artifact {artifact.artifact_id} has {artifact.size_bytes} bytes: read_offset"
            f" {read_offset} is beyond its end",
            reason="READ_PAST_END",
            artifact_id=artifact.artifact_id,
            size_bytes=artifact.size_bytes,
        )
    rest = artifact.size_bytes - read_offset
    return min(rest, read_limit or rest)


def _same(offer: Offer, stored: Artifact) -> Artifact:
    asked = offer.artifact
    # Whoever only goes on need not say again what the artifact is.
    same = (
        (not offer.named or asked.artifact_id == stored.artifact_id)
        and asked.run_id in (None, stored.run_id)
        and asked.filename in ("", stored.filename)
        and offer.sha256 in ("", stored.sha256)
    )
    if not same:
        raise AlreadyExists(
            f"request {offer.request_id} made artifact {stored.artifact_id} from something else:"
            " send another request_id",
            reason="REQUEST_ID_REUSED",
            artifact_id=stored.artifact_id,
        )
    return stored
