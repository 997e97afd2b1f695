"""Bytes to upload, readable again from any offset, so that an upload can go on where it broke."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from collections.abc import AsyncIterable, AsyncIterator
from pathlib import Path
from types import TracebackType
from typing import IO

from runwire_client import _wait_async as wait
from runwire_client._files import read_at, sha256_of, write_at

MEMORY_BYTES = 8 * 1024 * 1024

Content = bytes | str | os.PathLike[str] | AsyncIterable[bytes]


class AsyncSource:
    """A file with the content; what comes from an iterator is kept in a temporary one.

    `size_bytes` and `sha256` are known beforehand, unless the content comes from an iterator.
    """

    def __init__(
        self,
        file: IO[bytes],
        *,
        filename: str = "",
        size_bytes: int | None = None,
        sha256: str = "",
        rest: AsyncIterator[bytes] | None = None,
    ) -> None:
        self.filename = filename
        self.size_bytes = size_bytes
        self.sha256 = sha256
        self._file = file
        self._rest = rest
        self._kept_bytes = 0

    async def read(self, offset: int, size: int) -> bytes:
        """Return at most that many bytes from an offset on; none at the end."""
        while self._rest is not None and self._kept_bytes < offset + size:
            await self._keep_more(self._rest)
        return await wait.in_thread(read_at, self._file, offset, size)

    async def __aenter__(self) -> AsyncSource:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()

    async def _keep_more(self, rest: AsyncIterator[bytes]) -> None:
        try:
            piece = await anext(rest)
        except StopAsyncIteration:
            self._rest = None
            self.size_bytes = self._kept_bytes
            self.sha256 = await wait.in_thread(sha256_of, self._file)
            return
        await wait.in_thread(write_at, self._file, self._kept_bytes, piece)
        self._kept_bytes += len(piece)


async def open_source(content: Content) -> AsyncSource:
    """Return the source for bytes, a path, or an iterable of bytes. Raises OSError."""
    if isinstance(content, (bytes, bytearray, memoryview)):
        digest = hashlib.sha256(content).hexdigest()
        return AsyncSource(io.BytesIO(content), size_bytes=len(content), sha256=digest)
    if isinstance(content, (str, os.PathLike)):
        path = Path(content)
        file = await wait.in_thread(path.open, "rb")
        size_bytes = (await wait.in_thread(path.stat)).st_size
        digest = await wait.in_thread(sha256_of, file)
        return AsyncSource(file, filename=path.name, size_bytes=size_bytes, sha256=digest)
    kept = tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115 - closed by the source
    return AsyncSource(kept, rest=aiter(content))
