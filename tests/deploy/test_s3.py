"""Artifacts in a bucket, through a whole server."""

import hashlib
import os
from pathlib import Path

import pytest
from tests.conftest import ROOT, ServerProcess, settings_in
from tests.s3 import S3

from runwire.server import serve
from runwire_client import AsyncClient
from runwire_client.errors import NotFound, Unavailable

MIB = 1024 * 1024


async def test_artifacts_go_to_a_bucket_and_come_back(
    tmp_path: Path, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    content = os.urandom(12 * MIB + 5)  # more than two of the parts that S3 joins
    settings = settings_in(tmp_path, artifacts_url=f"{bucket}/artifacts")
    async with serve(settings) as server, AsyncClient(server.grpc_address) as client:
        stored = await client.artifacts.upload(content, filename="noise.bin")
        assert stored.sha256 == hashlib.sha256(content).hexdigest()
        assert await client.artifacts.download_bytes(stored.artifact_id) == content
        part = await client.artifacts.download_bytes(stored.artifact_id, offset=MIB, limit=MIB + 1)
        assert part == content[MIB : 2 * MIB + 1]
        await client.artifacts.delete(stored.artifact_id)
        with pytest.raises(NotFound):
            await client.artifacts.get(stored.artifact_id)
    assert not (tmp_path / "data" / "artifacts").exists()


async def test_an_upload_to_a_bucket_goes_on_after_the_server_was_killed(
    tmp_path: Path, s3: S3, bucket: str
) -> None:
    settings = {**s3.environment, "RUNWIRE_ARTIFACTS_URL": f"{bucket}/artifacts"}
    server = ServerProcess(tmp_path, settings=settings)
    server.start()
    content = os.urandom(24 * MIB)
    killed = False

    def interfere(sent_bytes: int, _total_bytes: int) -> None:
        nonlocal killed
        if sent_bytes > 8 * MIB and not killed:
            killed = True
            server.kill()
            server.start()

    try:
        async with AsyncClient(server.grpc_address) as client:
            stored = await client.artifacts.upload(content, on_progress=interfere)
            assert killed
            assert await client.artifacts.download_bytes(stored.artifact_id) == content
    finally:
        server.kill()


async def test_a_bucket_that_is_away_says_so_and_names_no_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    for name, value in S3("127.0.0.1:9").environment.items():
        monkeypatch.setenv(name, value)
    settings = settings_in(tmp_path, artifacts_url="s3://nowhere/artifacts")
    async with serve(settings) as server, AsyncClient(server.grpc_address) as client:
        with pytest.raises(Unavailable, match="content store cannot be reached") as caught:
            await client.artifacts.upload(b"x", timeout_seconds=40)
    assert "127.0.0.1" not in str(caught.value)
