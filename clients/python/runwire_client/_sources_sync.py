# Generated from _sources_async.py by tools/unasync.py; never edited.
"""Bytes to upload, readable again from any offset, so that an upload can go on where it broke."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO

from runwire_client import _wait_sync as wait
from runwire_client._files import read_at, sha256_of, write_at

MEMORY_BYTES = 8 * 1024 * 1024

Content = bytes | str | os.PathLike[str] | Iterable[bytes]


class Source:
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
        rest: Iterator[bytes] | None = None,
    ) -> None:
        self.filename = filename
        self.size_bytes = size_bytes
        self.sha256 = sha256
        self._file = file
        self._rest = rest
        self._kept_bytes = 0

    def read(self, offset: int, size: int) -> bytes:
        """Return at most that many bytes from an offset on; none at the end."""
        while self._rest is not None and self._kept_bytes < offset + size:
            self._keep_more(self._rest)
        return wait.in_thread(read_at, self._file, offset, size)

    def __enter__(self) -> Source:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()

    def _keep_more(self, rest: Iterator[bytes]) -> None:
        try:
            piece = next(rest)
        except StopIteration:
            self._rest = None
            self.size_bytes = self._kept_bytes
            self.sha256 = wait.in_thread(sha256_of, self._file)
            return
        wait.in_thread(write_at, self._file, self._kept_bytes, piece)
        self._kept_bytes += len(piece)


def open_source(content: Content) -> Source:
    """Return the source for bytes, a path, or an iterable of bytes. Raises OSError."""
    if isinstance(content, (bytes, bytearray, memoryview)):
        digest = hashlib.sha256(content).hexdigest()
        return Source(io.BytesIO(content), size_bytes=len(content), sha256=digest)
    if isinstance(content, (str, os.PathLike)):
        path = Path(content)
        file = wait.in_thread(path.open, "rb")
        size_bytes = (wait.in_thread(path.stat)).st_size
        digest = wait.in_thread(sha256_of, file)
        return Source(file, filename=path.name, size_bytes=size_bytes, sha256=digest)
    kept = tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115 - closed by the source
    return Source(kept, rest=iter(content))
