"""Servers and workers as processes, to be killed, paused and started again."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import ServerProcess
from tests.faults.ledger import Fault

from runwire_client import AsyncClient, Backoff

GRAPHS = "tests/faults/graphs.py:graphs"
BACKOFF = Backoff(initial_seconds=0.05, max_seconds=0.5)
"""A test's clients come back soon: what is measured is the server, not their patience."""


@dataclass
class Deployment:
    """A server over its database, with its workers in it."""

    server: ServerProcess
    variant: str
    faults: list[Fault] = field(default_factory=list)

    @property
    def address(self) -> str:
        return self.server.grpc_address

    def client(self, address: str = "", *, timeout_seconds: float = 120) -> AsyncClient:
        """Return a client that does not give up."""
        return AsyncClient(
            address or self.address, timeout_seconds=timeout_seconds, backoff=BACKOFF
        )

    async def kill_server(self) -> None:
        """End the server as a crash would; what its nodes had in hand may be done again."""
        began = time.monotonic()
        await asyncio.to_thread(self.server.kill)
        self.faults.append(Fault(began, time.monotonic()))

    async def start_server(self) -> float:
        """Start the server; return the seconds until it has answered a call."""
        began = time.monotonic()
        await asyncio.to_thread(self.server.start)
        async with self.client() as client:
            async for _ in client.runs.list(page_size=1):
                break
        return time.monotonic() - began


def deployment(directory: Path, variant: str, arguments: Sequence[str] = ()) -> Deployment:
    """Return a deployment that is not started yet."""
    words = (GRAPHS, "--log-level", "warning", *arguments)
    return Deployment(ServerProcess(directory, words), variant)
