"""Servers and workers as processes, to be killed, paused and started again."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import ROOT, ServerProcess, eventually, plain_environment
from tests.faults.ledger import Fault

from runwire_client import AsyncClient, Backoff

GRAPHS = "tests/faults/graphs.py:graphs"
WORKERS = 3
BACKOFF = Backoff(initial_seconds=0.05, max_seconds=0.5)
"""A test's clients come back soon: what is measured is the server, not their patience."""


@dataclass
class Deployment:
    """A server over its database, and its workers.

    They are `embedded` in its process, its own `children`, or `remote` ones, which know its address
    only and are this harness's to start again.
    """

    server: ServerProcess
    database: str
    workers: str = "embedded"
    max_runs: int = 64
    faults: list[Fault] = field(default_factory=list)
    remote: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    _dying: asyncio.Task[None] | None = None

    @property
    def variant(self) -> str:
        return f"{self.database}, {self.workers} workers"

    @property
    def address(self) -> str:
        return self.server.grpc_address

    def client(self, address: str = "", *, timeout_seconds: float = 120) -> AsyncClient:
        """Return a client that does not give up."""
        return AsyncClient(
            address or self.address, timeout_seconds=timeout_seconds, backoff=BACKOFF
        )

    def start(self) -> None:
        """Start it all."""
        self.server.start()
        if self.workers == "remote":
            self.start_workers([self.address])

    def start_workers(self, addresses: Sequence[str]) -> None:
        """Start remote workers, which connect to the server or to proxies before it."""
        self.remote = [
            self.start_worker(addresses[number % len(addresses)]) for number in range(WORKERS)
        ]

    def start_worker(self, address: str) -> "subprocess.Popen[bytes]":
        """Start a remote worker."""
        command = [sys.executable, "-m", "runwire", "worker", GRAPHS, "--server", address]
        command += ["--max-runs", str(self.max_runs), "--log-level", "error"]
        return subprocess.Popen(
            command, cwd=ROOT, env=plain_environment(), stdout=subprocess.DEVNULL
        )

    def end(self) -> None:
        """End whatever still lives."""
        for worker in self.remote:
            worker.send_signal(signal.SIGCONT)
            worker.kill()
            worker.wait(timeout=30)
        if self.server.process is not None:
            self.server.kill()

    def fallen(self) -> int:
        """Count remote workers that ended without anybody ending them."""
        return sum(worker.poll() is not None for worker in self.remote)

    def worker_pids(self) -> list[int]:
        """Return the processes that execute nodes; one that was just killed may be missing."""
        if self.workers == "remote":
            return [worker.pid for worker in self.remote]
        assert self.server.process is not None
        pid = self.server.process.pid
        if self.workers == "embedded":
            return [pid]
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    async def kill_worker(self, pid: int) -> None:
        """End a worker as a crash would; a remote one is started again, a child by its server."""
        began = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        for number, worker in enumerate(self.remote):
            if worker.pid == pid:
                await asyncio.to_thread(worker.wait, 30)
                self.remote[number] = await asyncio.to_thread(self.start_worker, self.address)
        self.faults.append(Fault(began, time.monotonic(), pid))

    async def pause_worker(self, pid: int, seconds: float) -> Fault:
        """Stop a worker in its tracks; it goes on, unaware, some time later."""
        began = time.monotonic()
        os.kill(pid, signal.SIGSTOP)
        await asyncio.sleep(seconds)
        fault = Fault(began, time.monotonic(), pid)
        self.faults.append(fault)
        os.kill(pid, signal.SIGCONT)
        return fault

    async def kill_server(self) -> None:
        """End the server as a crash would; what nodes have in hand may be done again.

        Its children follow, each when it comes to notice: until then they may begin more.
        """
        began = time.monotonic()
        children = self.worker_pids() if self.workers == "children" else []
        await asyncio.to_thread(self.server.kill)
        self._dying = asyncio.create_task(self._note_end(began, children))

    async def _note_end(self, began: float, children: Sequence[int]) -> None:
        await eventually(lambda: not any(map(_lives, children)))
        self.faults.append(Fault(began, time.monotonic()))

    async def start_server(self) -> float:
        """Start the server; return the seconds until it has answered a call."""
        began = time.monotonic()
        await asyncio.to_thread(self.server.start)
        async with self.client() as client:
            async for _ in client.runs.list(page_size=1):
                break
        seconds = time.monotonic() - began
        if self._dying is not None:
            await self._dying
        return seconds


def _lives(pid: int) -> bool:
    """Whether a process is there and not merely waiting for whoever inherited it to notice."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def deployment(
    directory: Path,
    database: str,
    *,
    workers: str = "embedded",
    arguments: Sequence[str] = (),
    max_runs: int = 64,
    settings: Mapping[str, str] | None = None,
) -> Deployment:
    """Return a deployment that is not started yet."""
    words = [GRAPHS, "--log-level", "warning", "--max-runs", str(max_runs)]
    words += ["--max-crashes", "100"]  # the runs are not to blame, so none is to be parked
    words += arguments
    words += {"embedded": [], "children": ["--workers", str(WORKERS)], "remote": ["--no-worker"]}[
        workers
    ]
    server = ServerProcess(directory, tuple(words), settings=settings or {})
    return Deployment(server, database, workers, max_runs)
