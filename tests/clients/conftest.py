"""A scripted server and a client of it."""

from collections.abc import AsyncIterator

import pytest
from tests.clients.scripted_peer import FAST, Peer, start_peer

from runwire_client import AsyncClient


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    peer = await start_peer()
    yield peer
    await peer.server.stop(None)


@pytest.fixture
async def client(peer: Peer) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(peer.target, backoff=FAST) as client:
        yield client
