"""Artifacts over HTTP: up and down, in part, and larger than anything held in memory."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.conftest import GRAPHS, ServerProcess
from tests.http.conftest import Edge

MIB = 1024 * 1024
TEXT = b"0123456789"


@pytest.fixture
async def rest_edge(edge: Edge) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"http://{edge.address}", timeout=20) as client:
        yield client


@pytest.fixture
async def url(rest_edge: httpx.AsyncClient) -> str:
    """Where ten bytes are downloaded."""
    answer = await rest_edge.post(
        "/v1/artifacts:upload",
        params={"artifact_id": "ten", "filename": 'a "b" ü.html'},
        content=TEXT,
        headers={"content-type": "text/html"},
    )
    assert answer.status_code == 200, answer.text
    return "/v1/artifacts/ten:download"


async def test_what_was_sent_comes_back_and_is_no_page(
    rest_edge: httpx.AsyncClient, url: str
) -> None:
    answer = await rest_edge.get(url)
    assert answer.content == TEXT
    headers = answer.headers
    assert headers["content-type"] == "text/html"
    assert headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in headers["content-security-policy"]
    assert headers["content-disposition"] == (
        "attachment; filename=\"a _b_ _.html\"; filename*=UTF-8''a%20%22b%22%20%C3%BC.html"
    )
    assert headers["etag"] == f'"{hashlib.sha256(TEXT).hexdigest()}"'
    assert (headers["content-length"], headers["accept-ranges"]) == ("10", "bytes")


RANGES: dict[str, tuple[int, str, bytes]] = {
    "bytes=0-0": (206, "bytes 0-0/10", b"0"),
    "bytes=3-": (206, "bytes 3-9/10", b"3456789"),
    "bytes=3-5": (206, "bytes 3-5/10", b"345"),
    "bytes = 3-5": (206, "bytes 3-5/10", b"345"),
    "bytes=8-99": (206, "bytes 8-9/10", b"89"),
    "bytes=-3": (206, "bytes 7-9/10", b"789"),
    "bytes=-99": (206, "bytes 0-9/10", TEXT),
    "bytes=10-": (416, "bytes */10", b""),
    "bytes=-0": (416, "bytes */10", b""),
    "bytes=99-": (416, "bytes */10", b"{"),
    "bytes=0-1,4-5": (200, "", TEXT),
    "bytes=5-3": (200, "", TEXT),
    "bytes=-": (200, "", TEXT),
    "bytes=x-y": (200, "", TEXT),
    "lines=0-1": (200, "", TEXT),
    "": (200, "", TEXT),
}


@pytest.mark.parametrize("asked", RANGES)
async def test_a_part_is_had_by_its_range(
    rest_edge: httpx.AsyncClient, url: str, asked: str
) -> None:
    status, place, content = RANGES[asked]
    answer = await rest_edge.get(url, headers={"Range": asked})
    assert answer.status_code == status
    assert answer.headers.get("content-range", "") == place
    assert answer.content[: len(content)] == content
    assert answer.headers["content-length"] == str(len(answer.content))
    head = await rest_edge.head(url, headers={"Range": asked})
    assert (head.status_code, head.content) == (status, b"")
    assert head.headers["content-length"] == answer.headers["content-length"]


async def test_what_is_known_is_not_sent_again(rest_edge: httpx.AsyncClient, url: str) -> None:
    etag = (await rest_edge.head(url)).headers["etag"]
    for known in (etag, f'"other", W/{etag}', "*"):
        same = await rest_edge.get(url, headers={"If-None-Match": known})
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", etag)
    assert (await rest_edge.get(url, headers={"If-None-Match": '"other"'})).content == TEXT
    part = {"Range": "bytes=1-1"}
    assert (await rest_edge.get(url, headers=part | {"If-Range": etag})).content == b"1"
    assert (await rest_edge.get(url, headers=part | {"If-Range": '"other"'})).content == TEXT


async def test_nothing_is_content_too(rest_edge: httpx.AsyncClient) -> None:
    empty = await rest_edge.post("/v1/artifacts:upload?artifactId=empty", content=b"")
    assert empty.status_code == 200, empty.text
    answer = await rest_edge.get("/v1/artifacts/empty:download")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == "0"


async def test_a_wrong_checksum_is_told(rest_edge: httpx.AsyncClient) -> None:
    answer = await rest_edge.post(f"/v1/artifacts:upload?sha256={'0' * 64}", content=TEXT)
    assert answer.status_code == 400
    assert "CHECKSUM_MISMATCH" in answer.text
    bad = await rest_edge.post("/v1/artifacts:upload?writeOffset=x", content=TEXT)
    assert bad.status_code == 400


async def test_damaged_content_never_looks_complete(
    rest_edge: httpx.AsyncClient, url: str, tmp_path: Path
) -> None:
    name = hashlib.sha256(TEXT).hexdigest()
    damage(tmp_path, name)
    with pytest.raises(httpx.RemoteProtocolError):
        await rest_edge.get(url)


def damage(directory: Path, name: str) -> None:
    (stored,) = [path for path in directory.rglob("*") if path.is_file() and name in str(path)]
    stored.write_bytes(b"x123456789")


async def pieces(count: int, digest: Any) -> AsyncIterator[bytes]:
    for number in range(count):
        piece = number.to_bytes(8, "big") * (MIB // 8)
        digest.update(piece)
        yield piece


async def test_a_hundred_mebibytes_pass_through_little_memory(tmp_path: Path) -> None:
    process = ServerProcess(tmp_path, (GRAPHS,), http_address="127.0.0.1:0")
    process.start()
    try:
        assert process.process is not None
        status = Path(f"/proc/{process.process.pid}/status")
        sent, received = hashlib.sha256(), hashlib.sha256()
        base = f"http://{process.http_address}"
        async with httpx.AsyncClient(base_url=base, timeout=60) as rest:
            assert (await rest.get("/readyz")).status_code == 200
            before = peak_mib(status)
            answer = await rest.post(
                "/v1/artifacts:upload?artifactId=large", content=pieces(100, sent)
            )
            assert answer.status_code == 200, answer.text
            assert answer.json()["artifact"]["sha256"] == sent.hexdigest()
            async with rest.stream("GET", "/v1/artifacts/large:download") as stream:
                async for piece in stream.aiter_raw():
                    received.update(piece)
        assert received.digest() == sent.digest()
        assert peak_mib(status) - before < 40
    finally:
        process.stop()


def peak_mib(status: Path) -> int:
    """Return the most memory that a process ever had."""
    (line,) = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) // 1024
