"""Artifacts from the first chunk to the sweep, over a real file and a real directory."""

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runwire.app.artifacts import ArtifactShelf, NewArtifact
from runwire.app.intake import PART_BYTES
from runwire.domain.artifact import Artifact, ArtifactId, ArtifactStatus
from runwire.domain.errors import (
    AlreadyExists,
    DataLoss,
    Error,
    Exhausted,
    Invalid,
    NotAllowed,
    NotFound,
    OutOfRange,
)
from runwire.domain.ports import Artifacts
from runwire.domain.run import Run, RunId
from runwire.domain.work import Seed
from runwire.stores.artifacts import SqlArtifactStore
from runwire.stores.blobs import ObjectBlobStore
from runwire.stores.database import Database, open_database
from runwire.stores.journal import SqlJournal
from runwire.stores.runs import SqlRunStore

MIB = 1024 * 1024
REQUEST = "3f2b8c1e-9d47-4a6b-8f10-2c5e7d9a0b31"


@dataclass
class House:
    """A shelf with its stores; `skipped` moves the shelf's clock ahead."""

    root: Path
    database: Database
    max_bytes: int = 5 * 1024**3
    skipped: timedelta = timedelta()
    shelf: ArtifactShelf = field(init=False)

    def __post_init__(self) -> None:
        self.store = SqlArtifactStore(self.database)
        self.blobs = ObjectBlobStore.open(str(self.root / "artifacts"), now=self.now)
        self.shelf = ArtifactShelf(
            artifacts=self.store,
            blobs=self.blobs,
            runs=SqlRunStore(self.database),
            now=self.now,
            new_id=lambda: ArtifactId(uuid.uuid4().hex),
            max_bytes=self.max_bytes,
        )

    def now(self) -> datetime:
        return datetime.now(UTC) + self.skipped

    def files(self, under: str) -> list[str]:
        paths = (self.root / "artifacts" / under).rglob("*")
        return sorted(path.name for path in paths if path.is_file())

    async def put(self, data: bytes, **first: object) -> Artifact:
        return await self.shelf.upload(NewArtifact(**first), chunks_of(data))  # type: ignore[arg-type]

    async def fetch(self, artifact_id: str, offset: int = 0, limit: int = 0) -> bytes:
        found = self.shelf.download(artifact_id, read_offset=offset, read_limit=limit)
        artifact = await anext(found)
        assert isinstance(artifact, Artifact)
        return b"".join([chunk async for chunk in found if isinstance(chunk, bytes)])


@asynccontextmanager
async def house_at(root: Path, **settings: int) -> AsyncIterator[House]:
    async with open_database(
        f"sqlite:///{root}/runwire.db",
        now=lambda: datetime.now(UTC),
        encode=lambda run_id, first, events: b"",
        wake_all=lambda topics: None,
    ) as database:
        yield House(root, database, **settings)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with house_at(tmp_path) as house:
        yield house


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def noise(size: int, seed: int = 0) -> bytes:
    return hashlib.shake_128(seed.to_bytes(8, "big")).digest(size)


async def chunks_of(data: bytes, size: int = MIB) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def broken(chunks: Iterable[bytes], error: BaseException) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk
    raise error


async def refused(expected: type[Error], call: object) -> Error:
    with pytest.raises(expected) as caught:
        await call  # type: ignore[misc]
    return caught.value


async def test_content_comes_back_as_it_went(house: House) -> None:
    for size in (0, 1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES):
        data = noise(size, size)
        artifact = await house.put(data, filename="a.csv", sha256=sha(data))
        assert (artifact.size_bytes, artifact.sha256) == (size, sha(data))
        assert (artifact.status, artifact.content_type) == (ArtifactStatus.ACTIVE, "text/csv")
        assert await house.fetch(artifact.artifact_id) == data
        assert await house.shelf.get(artifact.artifact_id) == artifact
    assert house.files("uploads") == []


async def test_a_small_artifact_is_written_once(house: House) -> None:
    writes = 0
    write = house.database.writer.write

    async def counted(work: object) -> object:
        nonlocal writes
        writes += 1
        return await write(work)  # type: ignore[arg-type]

    house.database.writer.write = counted  # type: ignore[method-assign, assignment]
    await house.put(noise(PART_BYTES))
    assert writes == 1
    assert house.files("uploads") == []


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_chunks_broken_anywhere_give_the_same_bytes(data: st.DataObject) -> None:
    content = noise(data.draw(st.integers(0, 11 * MIB), "size"), 7)
    breaks = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=3), "breaks"))
    chunk = data.draw(st.sampled_from((1000, 65_537, MIB, 5 * MIB)), "chunk bytes")
    offset = data.draw(st.integers(0, len(content)), "offset")
    limit = data.draw(st.integers(0, len(content) + 1), "limit")

    async def run() -> None:
        with TemporaryDirectory() as name:
            async with house_at(Path(name)) as house:
                committed = 0
                for end in breaks:
                    part = content[committed : max(committed, end)]
                    chunks = [part[at : at + chunk] for at in range(0, len(part), chunk)]
                    with pytest.raises(ConnectionError):
                        await house.shelf.upload(
                            NewArtifact(artifact_id="a", write_offset=committed),
                            broken(chunks, ConnectionError()),
                        )
                    committed = max(committed, end)
                    if committed:
                        assert (await house.shelf.get("a")).size_bytes == committed
                rest = content[committed:]
                artifact = await house.shelf.upload(
                    NewArtifact(artifact_id="a", write_offset=committed, sha256=sha(content)),
                    chunks_of(rest, chunk),
                )
                assert artifact.size_bytes == len(content)
                assert await house.fetch("a") == content
                end = offset + limit if limit else len(content)
                assert await house.fetch("a", offset, limit) == content[offset:end]

    asyncio.run(run())


async def test_a_cancelled_upload_keeps_what_arrived(house: House) -> None:
    data, reached = noise(PART_BYTES + 5), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield data
        reached.set()
        await asyncio.Event().wait()

    async with asyncio.TaskGroup() as group:
        task = group.create_task(house.shelf.upload(NewArtifact(artifact_id="a"), slow()))
        await reached.wait()
        task.cancel()
    assert task.cancelled()
    found = await house.shelf.get("a")
    assert (found.status, found.size_bytes) == (ArtifactStatus.UPLOADING, len(data))
    done = await house.put(b"!", artifact_id="a", write_offset=len(data))
    assert await house.fetch("a") == data + b"!"
    assert done.status is ArtifactStatus.ACTIVE


async def test_an_upload_whose_end_got_lost_is_completed_by_an_empty_one(house: House) -> None:
    data = noise(PART_BYTES + 5)
    with pytest.raises(ConnectionError):
        await house.shelf.upload(NewArtifact(artifact_id="a"), broken([data], ConnectionError()))
    await house.put(b"", artifact_id="a", write_offset=len(data))
    assert await house.fetch("a") == data


async def test_a_wrong_offset_is_answered_with_the_right_one(house: House) -> None:
    with pytest.raises(ConnectionError):
        await house.shelf.upload(NewArtifact(artifact_id="a"), broken([b"abc"], ConnectionError()))
    for offset in (0, 2, 4):
        error = await refused(NotAllowed, house.put(b"x", artifact_id="a", write_offset=offset))
        assert error.reason == "UPLOAD_OFFSET_MISMATCH"
        assert error.metadata == {"artifact_id": "a", "committed_size": "3"}


async def test_a_broken_upload_is_found_by_its_request(house: House) -> None:
    with pytest.raises(ConnectionError):
        await house.shelf.upload(
            NewArtifact(request_id=REQUEST), broken([b"abc"], ConnectionError())
        )
    error = await refused(NotAllowed, house.put(b"abcdef", request_id=REQUEST))
    assert error.metadata["committed_size"] == "3"
    done = await house.put(b"def", artifact_id=error.metadata["artifact_id"], write_offset=3)
    assert await house.fetch(done.artifact_id) == b"abcdef"


async def test_of_two_writers_one_loses_and_nothing_is_mixed(house: House) -> None:
    one, other = noise(4 * PART_BYTES, 1), noise(4 * PART_BYTES, 2)
    with pytest.raises(ConnectionError):
        await house.shelf.upload(NewArtifact(artifact_id="a"), broken([b"abc"], ConnectionError()))

    async def attempt(data: bytes) -> Artifact | Error:
        try:
            return await house.put(data, artifact_id="a", write_offset=3)
        except Error as error:
            return error

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(attempt(data)) for data in (one, other)]
    results = [task.result() for task in tasks]
    (lost,) = [result for result in results if isinstance(result, Error)]
    assert lost.reason == "UPLOAD_OFFSET_MISMATCH"
    won = one if isinstance(results[0], Artifact) else other
    assert await house.fetch("a") == b"abc" + won


@pytest.mark.parametrize("size", [10, PART_BYTES + 10])
async def test_content_that_is_not_what_was_promised_is_dropped(house: House, size: int) -> None:
    data = noise(size)
    call = house.put(data, artifact_id="a", sha256=sha(b"something else"))
    error = await refused(Invalid, call)
    assert error.reason == "CHECKSUM_MISMATCH"
    assert [violation.field for violation in error.violations] == ["sha256"]
    await refused(NotFound, house.shelf.get("a"))
    assert house.files("") == []
    await house.put(data, artifact_id="a", sha256=sha(data))


@pytest.mark.parametrize("size", [10, PART_BYTES + 10])
async def test_an_artifact_is_uploaded_once(house: House, size: int) -> None:
    data = noise(size)
    first = await house.put(data, artifact_id="a", filename="f", request_id=REQUEST)
    error = await refused(AlreadyExists, house.put(data, artifact_id="a"))
    assert error.reason == "ARTIFACT_ALREADY_EXISTS"
    # The very request again is answered with what it made, wherever it begins.
    again = {"artifact_id": "a", "request_id": REQUEST.upper()}
    assert await house.put(data, **again) == first
    assert await house.put(b"", write_offset=size, **again) == first
    assert await house.put(data, filename="f", request_id=REQUEST) == first
    for other in ({"artifact_id": "b"}, {"filename": "g"}, {"sha256": sha(b"other")}):
        call = house.put(data, **{"request_id": REQUEST} | other)
        error = await refused(Error, call)
        assert error.reason in ("REQUEST_ID_REUSED", "CHECKSUM_MISMATCH")


async def test_an_artifact_belongs_to_a_run_there_is(house: House) -> None:
    error = await refused(NotFound, house.put(b"x", run_id="nobody"))
    assert error.reason == "RUN_NOT_FOUND"
    now = house.now()
    run = Run(run_id=RunId("r"), graph_id="g", created_at=now, ready_at=now)
    await SqlJournal(house.database.writer).create(Seed(run=run))
    made = await house.put(b"x", run_id="r")
    await house.put(b"y")
    page = await house.shelf.find(run_id="r", page_size=0, page_token="")
    assert page.items == [made]


@pytest.mark.parametrize(
    ("field_name", "value"),
    [
        ("artifact_id", "../a"),
        ("run_id", "a b"),
        ("filename", "x" * 256),
        ("filename", "a\nb"),
        ("filename", "a\0b"),
        ("filename", "\ud800"),
        ("content_type", "text"),
        ("content_type", "text/html\r\nX: y"),
        ("write_offset", -1),
        ("sha256", "AB" * 32),
        ("request_id", "not a uuid"),
    ],
)
async def test_a_malformed_field_is_named(house: House, field_name: str, value: object) -> None:
    error = await refused(Invalid, house.put(b"x", **{field_name: value}))
    assert [violation.field.rpartition(".")[2] for violation in error.violations] == [field_name]
    assert house.files("") == []


async def test_a_name_is_only_a_name(house: House) -> None:
    for name in ("../../etc/passwd", "C:\\x", "schön 🐟", "x" * 255, "data:text/html,x"):
        artifact = await house.put(name.encode(), filename=name)
        assert artifact.filename == name
    assert {len(name) for name in house.files("")} == {64}


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("", "application/octet-stream"),
        ("a.json", "application/json"),
        ("A.PNG", "image/png"),
        ("a.tar.gz", "application/gzip"),
        ("a.unknown", "application/octet-stream"),
        ("https://x/a.html?b.png", "image/png"),
    ],
)
async def test_the_type_is_guessed_from_the_name(
    house: House, filename: str, expected: str
) -> None:
    assert (await house.put(b"x", filename=filename)).content_type == expected
    kept = await house.put(b"x", filename=filename, content_type="text/csv; charset=utf-8")
    assert kept.content_type == "text/csv; charset=utf-8"


@pytest.mark.parametrize("limit", [10, PART_BYTES + 10])
async def test_too_much_is_refused_and_dropped(tmp_path: Path, limit: int) -> None:
    async with house_at(tmp_path, max_bytes=limit) as house:
        await house.put(noise(limit))
        error = await refused(Exhausted, house.put(noise(limit + 1), artifact_id="a"))
        assert error.reason == "ARTIFACT_TOO_LARGE"
        await refused(NotFound, house.shelf.get("a"))
        assert house.files("uploads") == []


async def test_a_range_has_to_be_there(house: House) -> None:
    made = await house.put(b"0123456789")
    assert await house.fetch(made.artifact_id, 10) == b""
    assert await house.fetch(made.artifact_id, 3, 4) == b"3456"
    assert await house.fetch(made.artifact_id, 3, 1000) == b"3456789"
    error = await refused(OutOfRange, house.fetch(made.artifact_id, 11))
    assert error.reason == "READ_PAST_END"
    for offset, limit, name in ((-1, 0, "read_offset"), (0, -1, "read_limit")):
        wrong = await refused(Invalid, house.fetch(made.artifact_id, offset, limit))
        assert [violation.field for violation in wrong.violations] == [name]
    await refused(NotFound, house.fetch("nobody"))


async def test_what_is_uploading_cannot_be_downloaded(house: House) -> None:
    with pytest.raises(ConnectionError):
        await house.shelf.upload(NewArtifact(artifact_id="a"), broken([b"abc"], ConnectionError()))
    assert (await refused(NotAllowed, house.fetch("a"))).reason == "ARTIFACT_NOT_READY"


@pytest.mark.parametrize("damage", ["flipped", "short", "gone"])
async def test_damage_is_noticed_and_logged_loudly(
    house: House, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    made = await house.put(b"0123456789")
    path = house.root / "artifacts/sha256" / made.sha256[:2] / made.sha256
    match damage:
        case "flipped":
            path.write_bytes(b"0123456780")
        case "short":
            path.write_bytes(b"012345678")
        case _:
            path.unlink()
    error = await refused(DataLoss, house.fetch(made.artifact_id))
    assert error.reason == "CONTENT_CORRUPT"
    assert [record.levelname for record in caplog.records] == ["CRITICAL"]


async def test_content_goes_with_the_last_that_has_it(house: House) -> None:
    one, other = await house.put(b"same"), await house.put(b"same")
    assert house.files("sha256") == [sha(b"same")]
    await house.shelf.delete(one.artifact_id)
    assert await house.fetch(other.artifact_id) == b"same"
    await house.shelf.delete(other.artifact_id)
    assert house.files("") == []
    await refused(NotFound, house.shelf.delete(other.artifact_id))


async def test_a_deleted_upload_takes_its_parts_along(house: House) -> None:
    with pytest.raises(ConnectionError):
        await house.shelf.upload(NewArtifact(artifact_id="a"), broken([b"abc"], ConnectionError()))
    await house.shelf.delete("a")
    assert house.files("") == []
    await refused(NotFound, house.put(b"x", artifact_id="a", write_offset=3))


@pytest.mark.parametrize("size", [10, PART_BYTES + 10])
async def test_content_that_is_deleted_while_it_arrives_again_stays(
    house: House, size: int
) -> None:
    data = noise(size)

    async def churn() -> None:
        for _ in range(15):
            made = await house.put(data)
            assert await house.fetch(made.artifact_id) == data
            await house.shelf.delete(made.artifact_id)

    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(churn())
    assert house.files("sha256") == []


async def test_one_that_is_deleted_while_it_is_read_is_not_damaged(house: House) -> None:
    made = await house.put(noise(5 * MIB))
    found = house.shelf.download(made.artifact_id, read_offset=0, read_limit=0)
    await anext(found)
    await anext(found)
    await house.shelf.delete(made.artifact_id)
    with pytest.raises(NotFound):
        _ = [chunk async for chunk in found]


async def test_a_sweep_drops_what_nobody_has(house: House) -> None:
    async def sweep_all() -> int:
        return sum([await house.shelf.sweep() for _ in range(16)])

    kept = await house.put(b"kept")
    await house.blobs.put(sha(b"orphan"), b"orphan")
    with pytest.raises(ConnectionError):
        await house.shelf.upload(NewArtifact(artifact_id="a"), broken([b"abc"], ConnectionError()))
    await house.blobs.put_part("nobody", 0, b"abc")
    assert await sweep_all() == 0  # Everything is young.
    house.skipped = timedelta(hours=2)
    assert await sweep_all() == 2
    assert house.files("sha256") == [kept.sha256]
    assert (await house.shelf.get("a")).size_bytes == 3
    house.skipped = timedelta(days=8)
    assert await sweep_all() == 1
    await refused(NotFound, house.shelf.get("a"))
    assert house.files("uploads") == []
    assert await house.fetch(kept.artifact_id) == b"kept"


async def test_a_node_saves_and_loads(house: House) -> None:
    port: Artifacts = house.shelf
    saved = await port.save(None, "a.txt", "", chunks_of(b"abc"))
    assert await port.describe(saved.artifact_id) == saved
    assert b"".join([chunk async for chunk in port.load(saved.artifact_id)]) == b"abc"
    assert await port.read(saved.artifact_id) == b"abc"


async def test_a_node_that_fails_while_it_saves_leaves_nothing(house: House) -> None:
    chunks = broken([noise(2 * PART_BYTES)], ValueError("from the node"))
    with pytest.raises(ValueError, match="from the node"):
        await house.shelf.save(None, "a.txt", "", chunks)
    assert house.files("") == []
    assert (await house.shelf.find(run_id="", page_size=0, page_token="")).items == []


KILLED = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_artifacts import NewArtifact, house_at, noise

async def main():
    async with house_at(Path(sys.argv[1])) as house:
        async def chunks():
            for number in range(1000):
                yield noise(1048576, number)
                found = await house.store.find(None, 1, "")
                print(found.items[0].size_bytes if found.items else 0, flush=True)
        await house.shelf.upload(NewArtifact(artifact_id="a"), chunks())

asyncio.run(main())
"""


def kill_an_upload(root: Path) -> int:
    """Kill a server that has committed some parts; return what it had told of."""
    here = str(Path(__file__).parent)
    command = [sys.executable, "-c", KILLED, str(root), here]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        reported = 0
        while reported < 3 * PART_BYTES:
            reported = int(server.stdout.readline())
        server.send_signal(signal.SIGKILL)
    return reported


async def test_an_upload_goes_on_after_kill_9(tmp_path: Path) -> None:
    reported = kill_an_upload(tmp_path)
    async with house_at(tmp_path) as house:
        committed = (await house.shelf.get("a")).size_bytes
        assert committed >= reported
        content = b"".join(noise(MIB, number) for number in range(committed // MIB + 6))
        rest = content[committed:]
        first = NewArtifact(artifact_id="a", write_offset=committed, sha256=sha(content))
        await house.shelf.upload(first, chunks_of(rest))
        assert await house.fetch("a") == content
        assert house.files("uploads") == []


MEASURED = """
import asyncio, hashlib, os, resource, sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_artifacts import MIB, NewArtifact, house_at

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

async def main(size):
    chunk = os.urandom(MIB)
    async with house_at(Path(sys.argv[1])) as house:
        made = await house.put(os.urandom(9 * MIB))
        await house.fetch(made.artifact_id)
        Path("/proc/self/clear_refs").write_text("5")
        before = resident()

        async def chunks():
            for number in range(size):
                yield number.to_bytes(4, "big") + chunk[4:]

        start = time.perf_counter()
        made = await house.shelf.upload(NewArtifact(artifact_id="a"), chunks())
        up, start = time.perf_counter() - start, time.perf_counter()
        async for item in house.shelf.download("a", read_offset=0, read_limit=0):
            pass
        down = time.perf_counter() - start
        status = Path("/proc/self/status").read_text()
        peak = int(status.partition("VmHWM:")[2].split()[0]) * 1024
        print((peak - before) / MIB, size / up, size / down, flush=True)

asyncio.run(main(int(sys.argv[3])))
"""


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="reads /proc")
def test_a_large_artifact_moves_in_little_memory(tmp_path: Path) -> None:
    """ARTIFACT_MIB asks for more than a CI machine likes, such as 1024."""
    size = os.environ.get("ARTIFACT_MIB", "256")
    command = [sys.executable, "-c", MEASURED, str(tmp_path), str(Path(__file__).parent), size]
    output = subprocess.run(command, check=True, capture_output=True, text=True, timeout=600).stdout
    growth, up, down = (float(number) for number in output.split())
    sys.stderr.write(f"{size} MiB: +{growth:.1f} MiB, up {up:.0f} MiB/s, down {down:.0f} MiB/s\n")
    assert growth < 64
