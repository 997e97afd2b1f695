"""Content in a directory, and in a store that is none."""

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runwire.domain.errors import DataLoss, Unavailable
from runwire.stores.blobs import CHUNK_BYTES, ObjectBlobStore

MIB = 1024 * 1024


def now() -> datetime:
    return datetime.now(UTC)


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(params=["directory", "memory", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectBlobStore:
    if request.param == "s3":
        return ObjectBlobStore.open(f"{request.getfixturevalue('bucket')}/some/prefix", now=now)
    url = str(tmp_path / "artifacts") if request.param == "directory" else "memory:///"
    return ObjectBlobStore.open(url, now=now)


async def read(blobs: ObjectBlobStore, sha256: str, offset: int, length: int) -> bytes:
    chunks = [chunk async for chunk in blobs.read(sha256, offset, length)]
    assert all(0 < len(chunk) <= CHUNK_BYTES for chunk in chunks)
    return b"".join(chunks)


@pytest.fixture(scope="module")
def room() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        yield Path(name)


@settings(max_examples=30, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 700_000), max_size=6),
    cut=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    seed=st.integers(0, 2**32),
)
def test_parts_come_back_as_the_bytes_they_were(
    room: Path, sizes: list[int], cut: tuple[float, float], seed: int
) -> None:
    async def run() -> None:
        blobs = ObjectBlobStore.open(str(room), now=now)
        data = (seed.to_bytes(5, "big") * (sum(sizes) // 5 + 1))[: sum(sizes)]
        bounds = list(accumulate(sizes, initial=0))
        for start, end in reversed(list(pairwise(bounds))):
            await blobs.put_part("u", start, data[start:end])
        sha256 = await blobs.finish("u", len(data))
        await blobs.abandon("u")
        assert sha256 == sha(data)
        start, end = sorted(int(part * len(data)) for part in cut)
        assert await read(blobs, sha256, start, end - start) == data[start:end]
        assert await read(blobs, sha256, 0, len(data)) == data

    asyncio.run(run())


def files_in(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


async def test_content_has_the_documented_name(tmp_path: Path) -> None:
    blobs = ObjectBlobStore.open(f"file://{tmp_path}/a%20b", now=now)
    await blobs.put(sha(b"x"), b"x")
    await blobs.put_part("u.~1", 5, b"y")
    digest = sha(b"x")
    assert files_in(tmp_path) == {f"a b/sha256/{digest[:2]}/{digest}", f"a b/uploads/u.~1/{5:020d}"}
    assert [name for name, _ in await blobs.uploads()] == ["u.~1"]


async def test_finishing_again_gives_the_same(blobs: ObjectBlobStore) -> None:
    await blobs.put_part("u", 0, b"abc")
    assert await blobs.finish("u", 3) == await blobs.finish("u", 3) == sha(b"abc")
    await blobs.delete(sha(b"abc"))
    assert not await blobs.has(sha(b"abc"), 3)
    assert await blobs.finish("u", 3) == sha(b"abc")
    assert await blobs.has(sha(b"abc"), 3)


async def test_no_bytes_are_content_too(blobs: ObjectBlobStore) -> None:
    assert await blobs.finish("nothing", 0) == sha(b"")
    assert await read(blobs, sha(b""), 0, 0) == b""


async def test_what_was_never_committed_is_not_joined(blobs: ObjectBlobStore) -> None:
    await blobs.put_part("u", 0, b"abc")
    await blobs.put_part("u", 3, b"never committed")
    assert await blobs.finish("u", 3) == sha(b"abc")


async def test_a_part_again_replaces_it(blobs: ObjectBlobStore) -> None:
    await blobs.put_part("u", 0, b"longer than the other")
    await blobs.put_part("u", 0, b"abc")
    assert await blobs.finish("u", 3) == sha(b"abc")


@pytest.mark.parametrize("size", [2, 4, 9])
async def test_parts_that_do_not_add_up_are_damage(blobs: ObjectBlobStore, size: int) -> None:
    await blobs.put_part("u", 0, b"abc")
    await blobs.put_part("u", 5, b"fgh")
    with pytest.raises(DataLoss) as caught:
        await blobs.finish("u", size)
    assert caught.value.reason == "CONTENT_CORRUPT"


async def test_content_that_is_gone_or_short_is_damage(blobs: ObjectBlobStore) -> None:
    with pytest.raises(DataLoss):
        await read(blobs, sha(b"never stored"), 0, 1)
    await blobs.put(sha(b"abc"), b"abc")
    for offset, length in ((0, 4), (3, 1), (100, 1)):
        with pytest.raises(DataLoss):
            await read(blobs, sha(b"abc"), offset, length)


async def test_what_is_gone_can_be_deleted(blobs: ObjectBlobStore) -> None:
    await blobs.delete(sha(b"never stored"))
    await blobs.abandon("never-begun")


async def test_uploads_are_found_until_they_are_abandoned(blobs: ObjectBlobStore) -> None:
    await blobs.put_part("u", 0, b"abc")
    await blobs.put_part("v", 0, b"abc")
    await blobs.put_part("v", 3, b"def")
    assert sorted(name for name, _ in await blobs.uploads()) == ["u", "v"]
    await blobs.abandon("v")
    ((name, changed_at),) = await blobs.uploads()
    assert name == "u"
    assert abs(now() - changed_at) < timedelta(minutes=1)


async def test_content_is_found_by_its_first_byte(blobs: ObjectBlobStore) -> None:
    await blobs.put(sha(b"abc"), b"abc")
    shard = int(sha(b"abc")[:2], 16)
    assert [name for name, _ in await blobs.contents(shard)] == [sha(b"abc")]
    assert await blobs.contents((shard + 1) % 256) == []


async def test_content_is_stored_once_and_becomes_young_again(tmp_path: Path) -> None:
    blobs = ObjectBlobStore.open(str(tmp_path), now=now)
    digest = sha(b"abc")
    path = tmp_path / "sha256" / digest[:2] / digest
    await blobs.put(digest, b"abc")
    inode = path.stat().st_ino
    os.utime(path, (0, 0))
    await blobs.put(digest, b"abc")
    assert path.stat().st_ino == inode
    assert path.stat().st_mtime > 0


async def test_content_of_the_wrong_size_is_mended(tmp_path: Path) -> None:
    blobs = ObjectBlobStore.open(str(tmp_path), now=now)
    digest = sha(b"abc")
    await blobs.put(digest, b"abc")
    (tmp_path / "sha256" / digest[:2] / digest).write_bytes(b"")
    await blobs.put(digest, b"abc")
    assert await read(blobs, digest, 0, 3) == b"abc"


async def test_a_store_that_cannot_be_written_says_so_and_no_more(tmp_path: Path) -> None:
    blobs = ObjectBlobStore.open(str(tmp_path), now=now)
    (tmp_path / "uploads").write_text("in the way")
    with pytest.raises(Unavailable) as caught:
        await blobs.put_part("u", 0, b"abc")
    assert str(tmp_path) not in caught.value.message


SYNCS = """
import asyncio, sys
from datetime import UTC, datetime
from runwire.stores.blobs import ObjectBlobStore

async def main():
    blobs = ObjectBlobStore.open(sys.argv[1], now=lambda: datetime.now(UTC))
    await blobs.put_part("u", 0, b"abc")
    await blobs.finish("u", 3)

asyncio.run(main())
"""


def test_a_write_is_synced_with_every_directory_above_it(tmp_path: Path) -> None:
    """Tracing is the only witness short of a power cut."""
    root, log = tmp_path / "new" / "artifacts", tmp_path / "log"
    trace = ["strace", "-f", "-y", "-e", "trace=fsync,rename", "-o", str(log)]
    try:
        subprocess.run([*trace, sys.executable, "-c", SYNCS, str(root)], check=True, timeout=60)
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("strace is not here, or may not trace")
    lines = log.read_text().splitlines()
    synced = [line.partition("<")[2].partition(">")[0] for line in lines if "fsync(" in line]
    digest = sha(b"abc")
    content = root / "sha256" / digest[:2] / digest
    assert str(root / "uploads" / "u" / f"{0:020d}") in synced
    assert {str(path) for path in (tmp_path, tmp_path / "new", root)} <= set(synced)
    assert {str(path) for path in (root / "uploads", root / "uploads" / "u")} <= set(synced)
    assert {str(content.parent), str(content.parent.parent)} <= set(synced)
    # Content has its final name only after it is on the disk.
    renamed = next(number for number, line in enumerate(lines) if f'"{content}")' in line)
    assert any("fsync(" in line and "/uploads/~" in line for line in lines[:renamed])


KILLED = """
import asyncio, os, signal, sys
from datetime import UTC, datetime
from runwire.stores.blobs import ObjectBlobStore

async def main():
    blobs = ObjectBlobStore.open(sys.argv[1], now=lambda: datetime.now(UTC))
    for number in range(1000):
        await blobs.put_part("u", number * 1048576, bytes([number % 251]) * 1048576)
        print(number + 1, flush=True)

asyncio.run(main())
"""


def kill_a_writer(root: Path) -> int:
    """Kill a process that writes parts of 1 MiB; return how many it reported."""
    command = [sys.executable, "-c", KILLED, str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout
        reported = 0
        while reported < 7:
            reported = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        return max([reported, *(int(line) for line in writer.stdout)])


async def test_a_killed_process_leaves_every_part_it_reported(tmp_path: Path) -> None:
    reported = kill_a_writer(tmp_path)
    blobs = ObjectBlobStore.open(str(tmp_path), now=now)
    data = b"".join(bytes([number % 251]) * MIB for number in range(reported))
    # The part that was under way may be there; whoever resumes writes it again.
    await blobs.put_part("u", len(data), b"the rest")
    data += b"the rest"
    assert await blobs.finish("u", len(data)) == sha(data)


async def test_a_broken_join_leaves_no_content(tmp_path: Path) -> None:
    blobs = ObjectBlobStore.open(str(tmp_path), now=now)
    await blobs.put_part("u", 0, b"abc")
    (tmp_path / "sha256").write_text("in the way")
    with pytest.raises(Unavailable):
        await blobs.finish("u", 3)
    assert [name for name, _ in await blobs.uploads()] == ["u"]
    (tmp_path / "sha256").unlink()
    assert await blobs.finish("u", 3) == sha(b"abc")
