"""A real PostgreSQL of our own: for tests, fault suites and benchmarks.

`Postgres` is one cluster in a directory, listening on a loopback port. It can be killed and started
again; where it runs as root, the cluster belongs to the user `postgres`, as PostgreSQL insists.
"""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg

QUICK = ("-c", "fsync=off", "-c", "full_page_writes=off")
"""For tests in which no power is cut."""

ALWAYS = ("-c", "max_connections=200", "-c", "listen_addresses=127.0.0.1")
TEMPLATE = "migrated"


def programs() -> Path | None:
    """Return the directory with `initdb` and `pg_ctl`; None if there is no PostgreSQL here."""
    found = shutil.which("pg_ctl")
    if found and (Path(found).resolve().parent / "initdb").exists():
        return Path(found).resolve().parent
    newest = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return newest[-1].parent if newest else None


@dataclass
class Postgres:
    """A cluster."""

    directory: Path
    options: Sequence[str] = QUICK
    port: int = 0
    _names: Iterator[int] = field(default_factory=count)

    def create(self) -> None:
        """Make its files."""
        self.directory.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(self.directory, "postgres", "postgres")
        self._run("initdb", "-D", self._data, "-U", "runwire", "-A", "trust", "-E", "UTF8", "-N")
        self.port = _free_port()

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        options = [*ALWAYS, *self.options, "-p", str(self.port), "-k", str(self.directory)]
        log = str(self.directory / "log")
        self._run("pg_ctl", "start", "-w", "-D", self._data, "-l", log, "-o", " ".join(options))

    def stop(self, mode: str = "immediate") -> None:
        """Stop it; `immediate` is like a crash."""
        self._run("pg_ctl", "stop", "-w", "-D", self._data, "-m", mode)

    def url(self, database: str = "postgres") -> str:
        """Return where a database is."""
        return f"postgresql://runwire@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Execute one statement by itself."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []

    def new_database(self, template: str = "template0") -> str:
        """Make a database and return its URL."""
        name = f"test_{next(self._names)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Drop a database, whoever is connected to it."""
        self.execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    @property
    def _data(self) -> str:
        return str(self.directory / "cluster")

    def _run(self, program: str, *arguments: str) -> None:
        where = programs()
        assert where is not None, "there is no PostgreSQL here"
        # Not subprocess's own `user`, for which it forks: gRPC's threads do not bear that.
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        done = subprocess.run(
            [*(as_user if os.geteuid() == 0 else ()), str(where / program), *arguments],
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            timeout=60,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{program} failed: {(done.stdout or b'').decode()}")


@contextmanager
def running(options: Sequence[str] = QUICK) -> Iterator[Postgres]:
    """Run a cluster in a directory of its own while the block lasts."""
    # Not below pytest's directories: only their owner may enter those.
    memory = Path("/dev/shm")  # noqa: S108 - many databases, many files, none to be kept
    place = memory if options is QUICK and os.access(memory, os.W_OK) else None
    directory = Path(tempfile.mkdtemp(prefix="runwire-postgres-", dir=place))
    directory.chmod(0o755)
    cluster = Postgres(directory, options)
    try:
        cluster.create()
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
