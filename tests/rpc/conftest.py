"""Servers for the edge's tests.

pytest-grpc's own server is synchronous, on a port that it does not keep: its `grpc_server` and
`grpc_addr` are replaced by ours; its channel and stub fixtures are used as they are.
"""

from collections.abc import AsyncIterator, Iterator

import pytest
from grpc import aio
from tests.rpc.served import App, Served, assembled, served

from runwire.rpc.server import RpcServer


@pytest.fixture(scope="module")
def grpc_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("served")) as server:
        yield server


@pytest.fixture(scope="module")
def grpc_addr(grpc_server: Served) -> str:
    return grpc_server.address


@pytest.fixture
async def app(tmp_path) -> AsyncIterator[App]:
    async with assembled(tmp_path) as app:
        yield app


@pytest.fixture
async def rpc_server(app: App) -> AsyncIterator[RpcServer]:
    """A server that is not started yet: add an address first."""
    rpc_server = RpcServer(**app.edge, max_message_seconds=1.0)
    yield rpc_server
    await rpc_server.drain(0)


@pytest.fixture
async def channel(rpc_server: RpcServer) -> AsyncIterator[aio.Channel]:
    """A channel to a started server."""
    port = rpc_server.add_address("127.0.0.1:0")
    await rpc_server.start()
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield channel
