"""Artifacts go both ways whole, over as many calls as it takes."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from grpc import StatusCode
from tests.clients.scripted_peer import Abort, Peer

from runwire_client import AsyncClient, DataLoss, NotFound, Unavailable, _upload_async

CONTENT = bytes(range(256)) * 64


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_upload_async, "CHUNK_BYTES", 1024)


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def halves() -> AsyncIterator[bytes]:
    yield CONTENT[:5000]
    yield b""
    yield CONTENT[5000:]


async def test_a_file_is_stored_with_its_name_and_checksum(
    peer: Peer, client: AsyncClient, tmp_path: Path
) -> None:
    path = tmp_path / "report.csv"
    path.write_bytes(CONTENT)
    told: list[tuple[int, int | None]] = []
    artifact = await client.artifacts.upload(
        path,
        content_type="text/csv",
        run_id="r",
        on_progress=lambda done, total: told.append((done, total)),
    )
    assert peer.artifacts.contents[artifact.artifact_id] == CONTENT
    assert (artifact.filename, artifact.content_type, artifact.run_id) == (
        "report.csv",
        "text/csv",
        "r",
    )
    assert artifact.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert artifact.complete
    assert told[0] == (1024, len(CONTENT))
    assert told[-1] == (len(CONTENT), len(CONTENT))


@pytest.mark.parametrize("kind", ["bytes", "path", "iterator"])
async def test_a_broken_upload_goes_on_at_what_was_kept(
    kind: str, peer: Peer, client: AsyncClient, tmp_path: Path
) -> None:
    path = tmp_path / "content"
    path.write_bytes(CONTENT)
    content = {"bytes": CONTENT, "path": path, "iterator": halves()}[kind]
    peer.artifacts.break_uploads.extend([3, 2, None])
    artifact = await client.artifacts.upload(content)
    assert peer.artifacts.contents[artifact.artifact_id] == CONTENT
    assert peer.artifacts.write_offsets == [0, 3 * 1024, 5 * 1024]
    assert len(peer.artifacts.request_ids) == 1


async def test_a_lost_answer_sends_nothing_twice(peer: Peer, client: AsyncClient) -> None:
    peer.artifacts.break_uploads.append("after_all")
    artifact = await client.artifacts.upload(CONTENT)
    assert artifact.complete
    assert peer.artifacts.write_offsets == [0]


async def test_an_upload_goes_on_from_an_earlier_one(peer: Peer, client: AsyncClient) -> None:
    peer.artifacts.contents["a"] = bytearray(CONTENT[:2048])
    artifact = await client.artifacts.upload(CONTENT, artifact_id="a")
    assert peer.artifacts.contents["a"] == CONTENT
    assert artifact.artifact_id == "a"
    assert peer.artifacts.write_offsets == [0, 2048]


async def test_a_refusal_arrives_though_more_was_being_sent(
    peer: Peer, client: AsyncClient
) -> None:
    peer.artifacts.refusal = Abort(StatusCode.NOT_FOUND, "no run r", "RUN_NOT_FOUND")
    for _ in range(20):
        with pytest.raises(NotFound, match="no run r"):
            await client.artifacts.upload(CONTENT, run_id="r")


@pytest.mark.parametrize("content", [b"", b"x"], ids=["empty", "one byte"])
async def test_small_content_goes_both_ways(
    content: bytes, peer: Peer, client: AsyncClient, tmp_path: Path
) -> None:
    artifact = await client.artifacts.upload(content)
    assert await client.artifacts.download_bytes(artifact.artifact_id) == content
    await client.artifacts.download(artifact.artifact_id, tmp_path / "there")
    assert (tmp_path / "there").read_bytes() == content


async def test_damage_on_the_way_in_is_noticed(peer: Peer, client: AsyncClient) -> None:
    peer.artifacts.damage = True
    with pytest.raises(DataLoss, match="SHA-256"):
        await client.artifacts.upload(halves())


async def test_what_the_iterator_raises_is_raised(peer: Peer, client: AsyncClient) -> None:
    async def failing() -> AsyncIterator[bytes]:
        yield CONTENT
        raise OSError("no more")

    with pytest.raises(OSError, match="no more"):
        await client.artifacts.upload(failing())


async def test_a_broken_download_goes_on_behind_what_arrived(
    peer: Peer, client: AsyncClient, tmp_path: Path
) -> None:
    peer.artifacts.keep("a", CONTENT)
    peer.artifacts.break_downloads.extend([3, 0, 2, None])
    told: list[tuple[int, int | None]] = []
    path = tmp_path / "there"
    artifact = await client.artifacts.download(
        "a", path, on_progress=lambda done, total: told.append((done, total))
    )
    assert path.read_bytes() == CONTENT
    assert artifact.size_bytes == len(CONTENT)
    assert peer.artifacts.read_offsets == [0, 3072, 3072, 5120]
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert names_in(tmp_path) == ["there"]


async def test_bytes_come_whole_or_in_ranges(peer: Peer, client: AsyncClient) -> None:
    peer.artifacts.keep("a", CONTENT)
    peer.artifacts.break_downloads.extend([2, None])
    assert await client.artifacts.download_bytes("a") == CONTENT
    peer.artifacts.break_downloads.extend([1, None])
    assert await client.artifacts.download_bytes("a", offset=100, limit=3000) == CONTENT[100:3100]
    assert await client.artifacts.download_bytes("a", offset=16000, limit=9000) == CONTENT[16000:]


async def test_a_part_left_over_is_gone_on_with(
    peer: Peer, client: AsyncClient, tmp_path: Path
) -> None:
    peer.artifacts.keep("a", CONTENT)
    (tmp_path / "there.part").write_bytes(CONTENT[:4000])
    await client.artifacts.download("a", tmp_path / "there")
    assert (tmp_path / "there").read_bytes() == CONTENT
    assert peer.artifacts.read_offsets == [4000]


@pytest.mark.parametrize("left_over", [b"other", CONTENT + b"more"], ids=["other", "too long"])
async def test_a_wrong_part_is_begun_anew(
    left_over: bytes, peer: Peer, client: AsyncClient, tmp_path: Path
) -> None:
    peer.artifacts.keep("a", CONTENT)
    (tmp_path / "there.part").write_bytes(left_over)
    await client.artifacts.download("a", tmp_path / "there")
    assert (tmp_path / "there").read_bytes() == CONTENT


async def test_damage_on_the_way_out_is_noticed(
    peer: Peer, client: AsyncClient, tmp_path: Path
) -> None:
    peer.artifacts.keep("a", CONTENT)
    peer.artifacts.contents["a"][7] ^= 1
    with pytest.raises(DataLoss, match="SHA-256"):
        await client.artifacts.download("a", tmp_path / "there")
    with pytest.raises(DataLoss, match="SHA-256"):
        await client.artifacts.download_bytes("a")
    assert names_in(tmp_path) == []


async def test_a_missing_artifact_leaves_nothing_behind(
    client: AsyncClient, tmp_path: Path
) -> None:
    with pytest.raises(NotFound):
        await client.artifacts.download("a", tmp_path / "there")
    assert names_in(tmp_path) == []


async def test_a_transfer_without_progress_is_given_up(peer: Peer) -> None:
    peer.artifacts.keep("a", CONTENT)
    peer.artifacts.break_downloads.extend([0] * 1000)
    async with AsyncClient(peer.target, timeout_seconds=0.2) as client:
        with pytest.raises(Unavailable):
            await client.artifacts.download_bytes("a")
