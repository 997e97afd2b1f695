"""What a local directory needs so that content survives a power cut.

obstore writes a local object under a temporary name and renames it, so nobody sees half of one; but
it syncs neither the object nor its directories, so both can be gone after a power cut. Here is what
is missing, and joining, which takes much less memory here. Everything runs on threads of its own:
nodes may keep the loop's busy.
"""

import asyncio
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

BLOCK_BYTES: Final = 1024 * 1024

P = ParamSpec("P")
T = TypeVar("T")


class Disk:
    """A directory of objects; keys are relative paths with ``/``."""

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self._known: set[Path] = set()
        self._threads = ThreadPoolExecutor(8, thread_name_prefix="runwire-disk")
        _make(self._root)

    async def sync(self, key: str) -> None:
        """Return once an object, and every directory above it, is on the disk."""
        await self._run(self._sync, self._root / key, True)

    async def digest(self, keys: Sequence[str]) -> str:
        """Return the SHA-256 of objects one after another, in lower-case hex."""
        return await self._run(_digest, [self._root / key for key in keys])

    async def join(self, keys: Sequence[str], staged: str) -> None:
        """Write objects one after another into one that is not synced yet."""
        await self._run(_join, [self._root / key for key in keys], self._root / staged)

    async def publish(self, staged: str, key: str) -> None:
        """Sync an object, give it its final name, and return once that is on the disk."""
        await self._run(self._publish, self._root / staged, self._root / key)

    async def touch(self, key: str) -> None:
        """Make an object count as written now; one that is gone stays gone."""
        await self._run(_touch, self._root / key)

    async def drop(self, key: str) -> None:
        """Delete an object, or a directory with all that is in it; gone already is fine."""
        await self._run(self._drop, self._root / key)

    async def entries(self, key: str) -> list[tuple[str, datetime]]:
        """Return the names in a directory, and when each was last written to or in."""
        return await self._run(lambda: list(_entries(self._root / key)))

    async def _run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: call(*args, **kwargs))

    def _publish(self, staged: Path, path: Path) -> None:
        _fsync(staged)
        path.parent.mkdir(parents=True, exist_ok=True)
        staged.replace(path)
        self._sync(path, False)

    def _sync(self, path: Path, itself: bool) -> None:
        if itself:
            _fsync(path)
        _fsync(path.parent)
        # A directory's own name has to be on the disk as well, but only once.
        directory = path.parent
        while directory != self._root and directory not in self._known:
            _fsync(directory.parent)
            self._known.add(directory)
            directory = directory.parent

    def _drop(self, path: Path) -> None:
        self._known.discard(path)
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _make(root: Path) -> None:
    missing = [root, *root.parents]
    missing = missing[: next(i for i, path in enumerate(missing) if path.exists())]
    root.mkdir(parents=True, exist_ok=True)
    for path in missing:
        _fsync(path.parent)


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _digest(paths: Sequence[Path]) -> str:
    digest, block = hashlib.sha256(), memoryview(bytearray(BLOCK_BYTES))
    for path in paths:
        with path.open("rb", buffering=0) as part:
            while size := part.readinto(block):
                digest.update(block[:size])
    return digest.hexdigest()


def _join(paths: Sequence[Path], staged: Path) -> None:
    staged.parent.mkdir(parents=True, exist_ok=True)
    # Buffered, since an unbuffered write may be a short one.
    with staged.open("xb") as whole:
        for path in paths:
            with path.open("rb", buffering=0) as part:
                shutil.copyfileobj(part, whole, BLOCK_BYTES)


def _touch(path: Path) -> None:
    with suppress(FileNotFoundError):
        os.utime(path)


def _entries(directory: Path) -> Iterator[tuple[str, datetime]]:
    if not directory.is_dir():
        return
    for path in sorted(directory.iterdir()):
        # One that goes away meanwhile needs no mention.
        with suppress(FileNotFoundError):
            inside = path.iterdir() if path.is_dir() else ()
            newest = max(item.stat().st_mtime for item in (path, *inside))
            yield path.name, datetime.fromtimestamp(newest, UTC)
