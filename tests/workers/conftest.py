"""Servers without workers of their own, and workers as processes that can be killed."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue

import pytest
from tests.conftest import GRAPHS, ROOT, START_SECONDS, ServerProcess, plain_environment

WORKER_GRAPHS = "tests/workers/graphs.py:graphs"

StartWorker = Callable[..., "WorkerProcess"]


@dataclass
class WorkerProcess:
    """A worker as a process of its own."""

    servers: tuple[str, ...]
    arguments: tuple[str, ...]
    lines: list[str] = field(default_factory=list)
    process: subprocess.Popen[str] | None = None
    place: Path = ROOT
    """Where it is started: settings files are looked for there."""

    def start(self) -> None:
        """Start it and wait until it is connected."""
        command = [sys.executable, "-m", "runwire", "worker", *self.arguments]
        for server in self.servers:
            command += ["--server", server]
        self.process = subprocess.Popen(
            command,
            cwd=self.place,
            env={**plain_environment(), "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        told: Queue[bool] = Queue()
        threading.Thread(target=self._read, args=(told,), daemon=True).start()
        try:
            connected = told.get(timeout=START_SECONDS)
        except Empty:
            connected = False
        if not connected:
            raise RuntimeError("the worker did not start:\n" + "\n".join(self.lines))

    def end(self, name: signal.Signals) -> int:
        """End it by a signal; return its exit code."""
        assert self.process is not None
        self.process.send_signal(name)
        code = self.process.wait(timeout=30)
        self.process = None
        return code

    def _read(self, told: "Queue[bool]") -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self.lines.append(line.rstrip())
                if "works for" in line:
                    told.put(True)
        told.put(False)


@pytest.fixture
def lonely_server(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server that executes nothing and has no graphs."""
    running = ServerProcess(tmp_path, ("tests.nothing", "--no-worker"))
    running.start()
    yield running
    if running.process is not None:
        running.kill()


@pytest.fixture
def start_worker(lonely_server: ServerProcess) -> Iterator[StartWorker]:
    """Start workers of the lonely server, or of others."""
    started: list[WorkerProcess] = []

    def start(*arguments: str, servers: tuple[str, ...] = ()) -> WorkerProcess:
        found = arguments or (WORKER_GRAPHS, GRAPHS)
        worker = WorkerProcess(servers or (lonely_server.grpc_address,), found)
        started.append(worker)
        worker.start()
        return worker

    yield start
    for worker in started:
        if worker.process is not None:
            worker.end(signal.SIGKILL)
