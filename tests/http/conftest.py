"""Servers with HTTP for tests, and clients of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from tests.conftest import ROOT, settings_in

from runwire.server import Server, serve
from runwire_client import AsyncClient


@pytest.fixture
async def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    """A server in this process that serves HTTP on some port."""
    monkeypatch.chdir(ROOT)
    async with serve(settings_in(tmp_path, http_address="127.0.0.1:0")) as running:
        yield running


@pytest.fixture
async def rest(web: Server) -> AsyncIterator[httpx.AsyncClient]:
    """A client of its HTTP side."""
    async with httpx.AsyncClient(base_url=f"http://{web.http_address}", timeout=20) as client:
        yield client


@pytest.fixture
async def client(web: Server) -> AsyncIterator[AsyncClient]:
    """A client of its gRPC side."""
    async with AsyncClient(web.grpc_address) as connected:
        yield connected
