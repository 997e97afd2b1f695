"""Content by SHA-256 in a local directory, S3, Google Cloud Storage or Azure, through obstore.

1. Content is `sha256/ab/abcdef…`; a part of an upload is `uploads/<upload_id>/<20-digit offset>`.
2. Nothing is ever held whole: parts are joined, and content is read, a few MiB at a time.
3. A write that returned survives a power cut. In a directory, content is written under a temporary
   name, synced, renamed, and its directories synced; remote stores promise this themselves.
4. Content that is written again is not written twice, but becomes as young as new, so that a sweep
   which spares young content spares what somebody just came to rely on.
5. `finish` keeps the parts: only when the artifact's description says that the content is complete
   may they go (`abandon`), or a crash in between would leave neither.
"""

import asyncio
import hashlib
import logging
import os
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote, urlsplit

import obstore
from obstore import Bytes
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from runwire.domain.errors import DataLoss, Unavailable
from runwire.domain.ports import Clock
from runwire.stores.disk import Disk

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

CHUNK_BYTES: Final = 256 * 1024
BLOCK_BYTES: Final = 2 * 1024 * 1024
# S3 takes 10,000 of these: 80 GB.
JOIN_BYTES: Final = 5 * 1024 * 1024
REFRESH: Final = timedelta(minutes=30)
# The library itself would go on for minutes, while callers and their uploads wait.
PATIENCE: Final["RetryConfig"] = {"max_retries": 5, "retry_timeout": timedelta(seconds=10)}
CONNECT: Final = timedelta(seconds=3)
WHOLE: Final = timedelta(seconds=30)
IN_CLEAR: Final = ("AWS_ALLOW_HTTP", "AZURE_ALLOW_HTTP", "GOOGLE_ALLOW_HTTP")
"""Variables by which a store is allowed to be spoken to without TLS."""

logger = logging.getLogger("runwire.stores")


class Part(NamedTuple):
    """Some bytes of an upload."""

    key: str
    offset: int
    size_bytes: int


class ObjectBlobStore:
    """Content and parts in one object store; `disk` is given if that is a local directory."""

    def __init__(self, store: ObjectStore, *, now: Clock, disk: Disk | None = None) -> None:
        self._store = store
        self._now = now
        self._disk = disk
        # Nodes may keep the loop's own threads busy.
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="runwire-digest")

    @classmethod
    def open(cls, url: str, *, now: Clock) -> "ObjectBlobStore":
        """Open a directory (a path or `file://`), `s3://…`, `gs://…` or `az://…`.

        Remote credentials come from the environment. Raises OSError if a directory cannot be made,
        ValueError or obstore's BaseError for a URL that makes no sense.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("", "file"):
            return cls(from_url(url, retry_config=PATIENCE, client_options=_times()), now=now)
        root = Path(unquote(parts.path) if parts.scheme else url)
        disk = Disk(root)
        return cls(LocalStore(root.absolute()), now=now, disk=disk)

    async def put_part(self, upload_id: str, offset: int, data: bytes) -> None:
        key = f"{_upload(upload_id)}/{offset:020d}"
        with _reachable():
            await obstore.put_async(self._store, key, data, use_multipart=False)
            if self._disk:
                await self._disk.sync(key)

    async def finish(self, upload_id: str, size_bytes: int) -> str:
        with _reachable():
            parts = await self._parts(upload_id, size_bytes)
            sha256 = await self._digest(parts)
            if not await self._refresh(sha256, size_bytes):
                await self._write(sha256, parts)
            return sha256

    async def put(self, sha256: str, data: bytes) -> None:
        with _reachable():
            if not await self._refresh(sha256, len(data)):
                await self._write(sha256, data)

    async def has(self, sha256: str, size_bytes: int) -> bool:
        with _reachable():
            try:
                meta = await obstore.head_async(self._store, _key(sha256))
            except FileNotFoundError:
                return False
            return meta["size"] == size_bytes

    async def abandon(self, upload_id: str) -> None:
        key = _upload(upload_id)
        with _reachable():
            if self._disk:
                await self._disk.drop(key)
            else:
                found = await obstore.list(self._store, key).collect_async()
                await obstore.delete_async(self._store, [meta["path"] for meta in found])

    async def delete(self, sha256: str) -> None:
        # A directory or Google Cloud Storage minds a name that is gone, S3 does not.
        with _reachable(), suppress(FileNotFoundError):
            await obstore.delete_async(self._store, _key(sha256))

    async def read(self, sha256: str, offset: int, length: int) -> AsyncIterator[bytes]:
        # Many short requests: one long one would time out when the reader is slow.
        async for block in self._range(Part(_key(sha256), 0, offset + length), offset):
            with memoryview(block) as view:
                for start in range(0, len(view), CHUNK_BYTES):
                    yield bytes(view[start : start + CHUNK_BYTES])

    async def contents(self, shard: int) -> Sequence[tuple[str, datetime]]:
        prefix = f"sha256/{shard:02x}"
        if self._disk:
            return await self._disk.entries(prefix)
        with _reachable():
            found = await obstore.list(self._store, prefix).collect_async()
        return [(meta["path"].rpartition("/")[2], meta["last_modified"]) for meta in found]

    async def uploads(self) -> Sequence[tuple[str, datetime]]:
        if self._disk:
            found = await self._disk.entries("uploads")
            return [(_upload_id(name), changed_at) for name, changed_at in found]
        newest: dict[str, datetime] = {}
        with _reachable():
            async for page in obstore.list(self._store, "uploads"):
                for meta in page:
                    name = _upload_id(meta["path"].split("/")[1])
                    newest[name] = max(
                        meta["last_modified"], newest.get(name, meta["last_modified"])
                    )
        return list(newest.items())

    async def _parts(self, upload_id: str, size_bytes: int) -> Sequence[Part]:
        found = await obstore.list(self._store, _upload(upload_id)).collect_async()
        parts = [Part(meta["path"], _offset(meta["path"]), meta["size"]) for meta in found]
        # What lies behind the committed size was written, but never committed.
        parts = sorted(part for part in parts if part.offset < size_bytes)
        bounds = [*(part.offset for part in parts), size_bytes]
        sizes = [after - before for before, after in pairwise(bounds)]
        if bounds[0] != 0 or sizes != [part.size_bytes for part in parts]:
            logger.error("upload %s: parts do not cover %d bytes: %s", upload_id, size_bytes, parts)
            raise _corrupt(f"parts of upload {upload_id} are missing or damaged")
        return parts

    async def _digest(self, parts: Sequence[Part]) -> str:
        if self._disk:
            return await self._disk.digest([part.key for part in parts])
        digest, loop = hashlib.sha256(), asyncio.get_running_loop()
        async for block in self._joined(parts):
            await loop.run_in_executor(self._threads, digest.update, block)
        return digest.hexdigest()

    async def _joined(self, parts: Sequence[Part]) -> AsyncIterator[Bytes]:
        for part in parts:
            async for block in self._range(part, 0):
                yield block

    async def _range(self, part: Part, offset: int) -> AsyncIterator[Bytes]:
        while offset < part.size_bytes:
            length = min(BLOCK_BYTES, part.size_bytes - offset)
            with _reachable():
                block = await self._block(part.key, offset, length)
            yield block
            offset += length

    async def _block(self, key: str, offset: int, length: int) -> Bytes:
        try:
            block = await obstore.get_range_async(self._store, key, start=offset, length=length)
        except FileNotFoundError:
            raise _corrupt("stored content is missing") from None
        except BaseError:
            # A range that begins behind the end is refused like any other failure.
            meta = await obstore.head_async(self._store, key)
            if meta["size"] >= offset + length:
                raise
            raise _corrupt("stored content is too short") from None
        if len(block) != length:
            raise _corrupt("stored content is too short")
        return block

    async def _refresh(self, sha256: str, size_bytes: int) -> bool:
        key = _key(sha256)
        try:
            meta = await obstore.head_async(self._store, key)
        except FileNotFoundError:
            return False
        if meta["size"] != size_bytes:
            logger.error("content %s has %d bytes, not %d: mended", key, meta["size"], size_bytes)
            return False
        if self._disk:
            await self._disk.touch(key)
            return True
        return self._now() - meta["last_modified"] < REFRESH

    async def _write(self, sha256: str, content: bytes | Sequence[Part]) -> None:
        if self._disk is None:
            await self._send(_key(sha256), content)
            return
        staged = f"uploads/~{uuid.uuid4().hex}"
        try:
            if isinstance(content, bytes):
                await self._send(staged, content)
            else:
                await self._disk.join([part.key for part in content], staged)
            await self._disk.publish(staged, _key(sha256))
        except BaseException:
            await self._disk.drop(staged)
            raise

    async def _send(self, key: str, content: bytes | Sequence[Part]) -> None:
        if isinstance(content, bytes):
            await obstore.put_async(self._store, key, content, use_multipart=False)
            return
        # Shown under its name only once all of it is there.
        whole = self._joined(content)
        await obstore.put_async(self._store, key, whole, chunk_size=JOIN_BYTES, max_concurrency=2)


def _upload(upload_id: str) -> str:
    """Return where an upload's parts are: one directory, though an id may have a namespace."""
    return f"uploads/{upload_id.replace('/', '@')}"


def _upload_id(name: str) -> str:
    return name.replace("@", "/")


def _times() -> "ClientConfig":
    # Options that are given are all there are: those of the environment have to be among them.
    plain = any(os.environ.get(name, "").lower() in ("1", "true") for name in IN_CLEAR)
    return {"connect_timeout": CONNECT, "timeout": WHOLE, "allow_http": plain}


def _key(sha256: str) -> str:
    return f"sha256/{sha256[:2]}/{sha256}"


def _offset(key: str) -> int:
    return int(key.rpartition("/")[2])


def _corrupt(why: str) -> DataLoss:
    return DataLoss(f"{why}: upload it again", reason="CONTENT_CORRUPT")


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        raise Unavailable(
            "the content store cannot be reached or written: try again, and see the server's log",
            reason="STORE_UNAVAILABLE",
            retry_after_seconds=1,
        ) from error
