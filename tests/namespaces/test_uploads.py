"""Uploads under way: an id of one namespace is never taken for a part of another's."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from obstore.store import MemoryStore
from tests.namespaces.house import House

from runwire.app.artifacts import NewArtifact
from runwire.domain.artifact import ArtifactStatus
from runwire.stores.blobs import ObjectBlobStore

PART = 4 * 1024 * 1024


@dataclass
class Clock:
    """A clock that can be set ahead."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture(params=["directory", "bucket"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectBlobStore:
    if request.param == "directory":
        return ObjectBlobStore.open(str(tmp_path), now=Clock())
    return ObjectBlobStore(MemoryStore(), now=Clock())


async def test_an_upload_is_found_by_its_whole_id(blobs: ObjectBlobStore) -> None:
    for upload_id in ("acme", "acme/x", "x"):
        await blobs.put_part(upload_id, 0, upload_id.encode())
    assert {name for name, _ in await blobs.uploads()} == {"acme", "acme/x", "x"}
    await blobs.abandon("acme")
    assert {name for name, _ in await blobs.uploads()} == {"acme/x", "x"}
    sha256 = await blobs.finish("acme/x", 6)
    assert b"".join([chunk async for chunk in blobs.read(sha256, 0, 6)]) == b"acme/x"


async def test_an_upload_in_a_namespace_breaks_off_and_goes_on(house: House) -> None:
    async def first() -> AsyncIterator[bytes]:
        yield b"a" * (PART + 1)
        raise ConnectionError

    new = NewArtifact(artifact_id="acme/big", namespace="acme", filename="a")
    with pytest.raises(ConnectionError):
        await house.app.artifacts.upload(new, first())
    assert await house.app.artifacts.sweep() == 0
    found = await house.app.artifacts.get("acme/big")
    assert (found.status, found.size_bytes) == (ArtifactStatus.UPLOADING, PART + 1)

    async def rest() -> AsyncIterator[bytes]:
        yield b"b" * 10

    again = NewArtifact(
        artifact_id="acme/big", namespace="acme", filename="a", write_offset=found.size_bytes
    )
    done = await house.app.artifacts.upload(again, rest())
    assert (done.status, done.size_bytes) == (ArtifactStatus.ACTIVE, PART + 11)
