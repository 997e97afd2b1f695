"""Servers with HTTP for tests, and clients of it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.conftest import GRAPHS, ROOT, ServerProcess, settings_in
from tests.rpc.served import App, assembled

from runwire.http.app import new_app, new_transcoder
from runwire.http.server import HttpServer
from runwire.rpc.inside import InsideBackend
from runwire.rpc.server import RpcServer
from runwire.server import Server, serve
from runwire_client import AsyncClient

PATIENCE_SECONDS = 0.5


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


@dataclass(frozen=True)
class Edge:
    """The HTTP edge over the app alone, with a reader's patience of half a second."""

    address: str
    app: App
    rpc: RpcServer
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a raw connection that takes little before it must be read from."""
        host, _, port = self.address.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port), limit=4096)
        self.writers.append(writer)
        return reader, writer

    async def hang_up(self) -> None:
        """Close every raw connection."""
        for writer in self.writers:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


@asynccontextmanager
async def edge_in(directory: Path, **options: Any) -> AsyncIterator[Edge]:
    """Serve the app over HTTP until the block ends."""
    async with assembled(directory) as app, asyncio.TaskGroup() as tasks:
        rpc = RpcServer(**app.edge, max_message_seconds=PATIENCE_SECONDS)

        async def ready() -> str:
            return "leaving" if rpc.leaving else ""

        handler = new_app(
            InsideBackend(rpc.methods, rpc.surroundings),
            transcoder=new_transcoder(),
            ready=ready,
            new_request_id=lambda: "test-request",
            **{"max_body_bytes": 1024 * 1024, **options},
        )
        server = HttpServer(handler, "127.0.0.1:0")
        tasks.create_task(server.run())
        edge = Edge(server.address, app, rpc)
        try:
            yield edge
        finally:
            await edge.hang_up()
            await rpc.drain(0)
            await server.stop(1)


@pytest.fixture
async def edge(tmp_path: Path) -> AsyncIterator[Edge]:
    async with edge_in(tmp_path) as served:
        yield served
