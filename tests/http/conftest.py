"""Servers with HTTP for tests, and clients of it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from tests.conftest import GRAPHS, ROOT, ServerProcess, settings_in

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


@pytest.fixture(scope="session")
def web_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server process with HTTP that tests share, with the graphs of tests/graphs.py."""
    directory = tmp_path_factory.mktemp("web")
    running = ServerProcess(directory, (GRAPHS,), http_address="127.0.0.1:0")
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def url(web_process: ServerProcess) -> str:
    """Where it serves HTTP."""
    return f"http://{web_process.http_address}"
