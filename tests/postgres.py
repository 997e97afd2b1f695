"""A real PostgreSQL of our own: for tests, fault suites and benchmarks.

`Postgres` is one cluster in a directory, listening on a loopback port. It can be killed and started
again; where it runs as root, the cluster belongs to the user `postgres`, as PostgreSQL insists.
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psycopg

QUICK = ("-c", "fsync=off", "-c", "full_page_writes=off")
"""For tests in which no power is cut."""

ALWAYS = ("-c", "max_connections=200", "-c", "listen_addresses=127.0.0.1")
TEMPLATE = "migrated"


@cache
def programs() -> Path | None:
    """Return the directory with `initdb` and `pg_ctl`; None if there is no PostgreSQL here.

    The machine's own, or else those of the wheel `pgserver`.
    """
    found = shutil.which("pg_ctl")
    if found and (Path(found).resolve().parent / "initdb").exists():
        return Path(found).resolve().parent
    newest = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if newest:
        return newest[-1].parent
    wheel = find_spec("pgserver")
    return Path(wheel.origin).parent / "pginstall" / "bin" if wheel and wheel.origin else None


def _user() -> str | None:
    """Return who runs PostgreSQL, which refuses to be run by root; None for whoever runs this."""
    if os.geteuid():
        return None
    return "postgres" if any(each.pw_name == "postgres" for each in pwd.getpwall()) else "nobody"


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
        user, where = _user(), programs()
        if user is not None:
            os.chown(self.directory, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
            if where is not None and "pgserver" in where.parts:
                # A virtual environment may rest where only root comes.
                site = where.parents[2]
                for part in ("pgserver", "pgserver.libs"):
                    shutil.copytree(site / part, self.directory / "wheel" / part, symlinks=True)
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
        if (self.directory / "wheel").exists():
            where = self.directory / "wheel" / "pgserver" / "pginstall" / "bin"
        user, as_user = _user(), []
        if user is not None:
            # Not subprocess's own `user`, for which it forks: gRPC's threads do not bear that.
            group = str(pwd.getpwnam(user).pw_gid)
            as_user = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups"]
        done = subprocess.run(
            [*as_user, str(where / program), *arguments],
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
