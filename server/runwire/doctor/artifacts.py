"""The store of artifacts' content: whether it can be written and read."""

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from runwire.clock import now
from runwire.config import Settings
from runwire.doctor.finding import Finding, ok, problem
from runwire.spelling import masked
from runwire.stores.blobs import ObjectBlobStore

WHAT: Final = "artifacts"
PROBE: Final = b"runwire doctor looked here"
SECONDS: Final = 30


def artifacts(settings: Settings) -> Iterator[Finding]:
    """Write a few bytes, read them, and delete them again."""
    where = masked(settings.artifacts_url)
    parts = urlsplit(settings.artifacts_url)
    if parts.scheme == "file" and not Path(unquote(parts.path)).exists():
        yield ok(WHAT, f"there is no {where} yet: `runwire serve` makes it")
        return
    try:
        asyncio.run(_try(settings.artifacts_url))
    except Exception as error:  # noqa: BLE001 - whatever the store says is the finding
        cause = error.__cause__ or error
        yield problem(
            WHAT,
            f"{where} cannot be written and read: {str(cause).splitlines()[0][:300]}",
            "Look at its rights; a bucket's credentials come from the environment.",
        )
        return
    yield ok(WHAT, f"{where} can be written and read")


async def _try(url: str) -> None:
    blobs = ObjectBlobStore.open(url, now=now)
    sha256 = hashlib.sha256(PROBE).hexdigest()
    async with asyncio.timeout(SECONDS):
        known = await blobs.has(sha256, len(PROBE))
        await blobs.put(sha256, PROBE)
        read = b"".join([part async for part in blobs.read(sha256, 0, len(PROBE))])
        if not known:
            await blobs.delete(sha256)
    if read != PROBE:
        raise ValueError("what was read is not what was written")
