"""What every test may ask for: a database, a server in this process, a server as a process."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import threading
import urllib.request
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pytest
from tests.postgres import TEMPLATE, Postgres, programs
from tests.postgres import running as postgres_running
from tests.s3 import S3
from tests.s3 import running as s3_running

from runwire.bus.memory import MemoryBus
from runwire.config import Settings
from runwire.rpc.convert_events import encode_events
from runwire.server import Server, serve
from runwire.stores.database import Database, migrate, open_database
from runwire_client import AsyncClient, Client

ROOT = Path(__file__).parents[1]
GRAPHS = "tests/graphs.py:graphs"
LONG = ("attacks", "crash", "dashboard", "deploy", "examples", "faults", "webhooks", "workers")
"""Folders whose files have few tests that take long."""
START_SECONDS = 30

Reopen = Callable[..., AbstractAsyncContextManager[Database]]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In several processes, begin with what takes long, so that they end at about the same time.

    `--no-loadscope-reorder` leaves it so: else files with few tests come last, and a minute's file
    that one process begins at the end is waited for by all.
    """
    if hasattr(config, "workerinput"):
        tests = Counter(item.path for item in items)
        items.sort(key=lambda item: (item.path.parent.name not in LONG, -tests[item.path]))


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL that tests share; `new_database` with the template has every table."""
    if programs() is None:
        pytest.skip("there is no PostgreSQL here")
    with postgres_running() as cluster:
        cluster.execute(f"CREATE DATABASE {TEMPLATE}")
        migrate(cluster.url(TEMPLATE))
        yield cluster


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """An S3 server that tests share."""
    with s3_running() as found:
        yield found


@pytest.fixture
def bucket(s3: S3, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of an empty bucket of the test's own; this process has what it takes to reach it."""
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    name = f"bucket-{uuid.uuid4().hex}"
    put = urllib.request.Request(f"http://{s3.address}/{name}", method="PUT")
    urllib.request.urlopen(put, timeout=START_SECONDS).close()  # noqa: S310
    return f"s3://{name}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where the test's own database is: a test that asks for it is run on each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/runwire.db"
    else:
        yield request.getfixturevalue("postgres_url")


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """A PostgreSQL database of the test's own, with every table."""
    url = postgres.new_database(TEMPLATE)
    yield url
    postgres.drop(url)


@pytest.fixture
def reopen(database_url: str) -> Reopen:
    """Open the test's database, again and again if need be; options are those of opening one."""

    @asynccontextmanager
    async def opened(**options: Any) -> AsyncIterator[Database]:
        bus = MemoryBus()
        async with open_database(
            database_url, now=now, encode=encode_events, wake_all=bus.wake_all, **options
        ) as database:
            yield database

    return opened


@pytest.fixture
async def database(reopen: Reopen) -> AsyncIterator[Database]:
    """An open database of either kind."""
    async with reopen() as opened:
        yield opened


def settings_in(directory: Path, **changes: object) -> Settings:
    """Settings of a test server: any port, no HTTP, short times."""
    values: dict[str, object] = {
        "grpc_address": "127.0.0.1:0",
        "http_address": "off",
        "data_dir": directory / "data",
        "graphs": {"tests": GRAPHS},
        "drain_seconds": 0.2,
        "cancel_grace_seconds": 1,
    }
    return Settings(**{**values, **changes})  # type: ignore[arg-type]


@pytest.fixture
async def server(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Server]:
    """A server in this process, over a real socket and a real database of either kind."""
    monkeypatch.chdir(ROOT)
    async with serve(settings_in(tmp_path, database_url=database_url)) as running:
        yield running


@pytest.fixture
async def client(server: Server) -> AsyncIterator[AsyncClient]:
    """A client of the server in this process."""
    async with AsyncClient(server.grpc_address) as connected:
        yield connected


def plain_environment() -> dict[str, str]:
    """This environment without any setting of ours."""
    return {k: v for k, v in os.environ.items() if not k.startswith("RUNWIRE_")}


@dataclass
class ServerProcess:
    """A server as a process of its own, which can be killed and started again."""

    directory: Path
    arguments: tuple[str, ...] = ()
    grpc_address: str = "127.0.0.1:0"
    http_address: str = "off"
    lines: list[str] = field(default_factory=list)
    process: subprocess.Popen[str] | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    """Variables of its environment, RUNWIRE_LEASE_SECONDS and the like."""
    place: Path = ROOT
    """Where it is started: relative paths and settings files are looked for there."""

    def start(self) -> None:
        """Start it and wait until it has told its address; later starts keep that address."""
        command = [sys.executable, "-m", "runwire", "serve", *self.arguments]
        command += ["--grpc-address", self.grpc_address, "--data-dir", str(self.directory / "data")]
        command += ["--http-address", self.http_address]
        self.process = subprocess.Popen(
            command,
            cwd=self.place,
            env={**plain_environment(), **self.settings, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        told: Queue[str] = Queue()
        threading.Thread(target=self._read, args=(told,), daemon=True).start()
        try:
            self.grpc_address = told.get(timeout=START_SECONDS)
        except Empty:
            self.kill()
            raise RuntimeError("the server did not start:\n" + "\n".join(self.lines)) from None
        if not self.grpc_address:
            self.process.wait(timeout=30)
            self.process = None
            raise RuntimeError("the server ended:\n" + "\n".join(self.lines))

    def kill(self) -> None:
        """End it as a crash would."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """End it as an operator would; return its exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, name: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(name)
        code = self.process.wait(timeout=30)
        self.process = None
        return code

    def _read(self, told: "Queue[str]") -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self.lines.append(line.rstrip())
                found = re.search(
                    r"serves gRPC at (127\.0\.0\.1:\d+)(?: and https?://(127\.0\.0\.1:\d+))?", line
                )
                if found:
                    self.http_address = found[2] or self.http_address
                    told.put(found[1])
        told.put("")


def _running(directory: Path, arguments: Iterable[str]) -> Iterator[ServerProcess]:
    running = ServerProcess(directory, tuple(arguments))
    running.start()
    yield running
    if running.process is not None:
        running.kill()


@pytest.fixture
def new_server_process(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server process for one test that will mistreat it."""
    yield from _running(tmp_path, [GRAPHS, "--max-runs", "256"])


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def any_server_process(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerProcess]:
    """A server process that tests share, over each kind of database."""
    if request.param == "sqlite":
        yield request.getfixturevalue("server_process")
        return
    cluster: Postgres = request.getfixturevalue("postgres")
    url = cluster.new_database(TEMPLATE)
    arguments = [GRAPHS, "--database-url", url]
    yield from _running(tmp_path_factory.mktemp("server"), arguments)
    cluster.drop(url)


@pytest.fixture(scope="session")
def server_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server process that tests share, with the graphs of tests/graphs.py."""
    yield from _running(tmp_path_factory.mktemp("server"), [GRAPHS])


@pytest.fixture(scope="session")
def example_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server process that tests share, with the graphs that runwire.toml names."""
    yield from _running(tmp_path_factory.mktemp("examples"), [])


@pytest.fixture
def sync_client(server_process: ServerProcess) -> Iterator[Client]:
    """A synchronous client of the shared server process."""
    with Client(server_process.grpc_address) as connected:
        yield connected


async def eventually(check: Callable[[], object], seconds: float = 10) -> None:
    """Wait until something that has no event of its own is true; fail after a while."""
    async with asyncio.timeout(seconds):
        while not check():
            await asyncio.sleep(0.01)
