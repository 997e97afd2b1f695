"""A PostgreSQL cluster of its own, fsync on, for one measurement."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

SETTINGS: Final = ("-c shared_buffers=512MB", "-c max_connections=200", "-c max_wal_size=4GB")


def postgres_found() -> bool:
    """Return whether a cluster can be made here."""
    return shutil.which("pg_ctl") is not None or bool(_newest())


def postgres_version() -> str:
    """Return the version of the PostgreSQL found."""
    return _told(_program("postgres"), "--version").split()[2]


@contextmanager
def cluster() -> Iterator[str]:
    """Start a fresh cluster on the loopback while the block lasts; give its database's URL."""
    who = _unprivileged()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        if who:
            os.chown(directory, pwd.getpwnam(who["user"]).pw_uid, -1)
        data = f"{directory}/data"
        _told(_program("initdb"), "-D", data, "-U", "bench", "-A", "trust", "--no-sync", **who)
        port = _free_port()
        flags = " ".join((*SETTINGS, f"-p {port}", "-h 127.0.0.1", f"-k {directory}"))
        pg_ctl = _program("pg_ctl")
        log = f"{directory}/log"
        _told(pg_ctl, "start", "-w", "-D", data, "-o", flags, "-l", log, **who)
        try:
            yield f"postgresql://bench@127.0.0.1:{port}/postgres"
        finally:
            _told(pg_ctl, "stop", "-w", "-m", "immediate", "-D", data, **who)


def _told(*command: str, **how: Any) -> str:
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd="/", **how
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}:\n{done.stdout}")
    return done.stdout


def _program(name: str) -> str:
    newest = _newest()
    found = shutil.which(name) or (newest and str(newest / name))
    if not found:
        raise RuntimeError(f"no {name}: install PostgreSQL, or leave it out with --database sqlite")
    return found


def _newest() -> Path | None:
    """Return where Debian keeps its programs, which is not in PATH."""
    places = Path("/usr/lib/postgresql").glob("*/bin")
    return max(places, key=lambda place: int(place.parent.name), default=None)


def _unprivileged() -> dict[str, str]:
    """Return somebody to be: PostgreSQL refuses to run as root."""
    if os.getuid():
        return {}
    known = {entry.pw_name for entry in pwd.getpwall()}
    return {"user": "postgres" if "postgres" in known else "nobody"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
