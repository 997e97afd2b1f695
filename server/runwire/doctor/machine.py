"""This machine: versions, limits, and the disk."""

import os
import resource
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from runwire.config import Settings
from runwire.doctor.finding import Finding, ok, problem, warning
from runwire.stores.urls import is_postgres

NEEDED: Final = ("grpcio", "protobuf", "sqlalchemy", "obstore")
OPTIONAL: Final = ("langgraph", "langgraph-sdk")
OPEN_FILES: Final = 4096
MIB: Final = 1024 * 1024
LITTLE_BYTES: Final = 1024 * MIB
TOO_LITTLE_BYTES: Final = 64 * MIB
REMOTE_FILE_SYSTEMS: Final = frozenset(
    {
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "9p",
        "fuse.sshfs",
        "glusterfs",
        "ceph",
        "lustre",
        "afs",
    }
)


def versions(_: Settings) -> Iterator[Finding]:
    """Tell the versions of what does the work."""
    found = [f"Python {sys.version.split()[0]}"]
    for name in ("runwire", *NEEDED):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            yield problem("versions", f"{name} is not installed", f"pip install {name}")
    for name in OPTIONAL:
        with suppress(PackageNotFoundError):
            found.append(f"{name} {version(name)}")
    yield ok("versions", ", ".join(found))


def open_files(_: Settings) -> Iterator[Finding]:
    """Look whether there may be a connection for each of a few thousand watchers."""
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < OPEN_FILES:
        yield warning(
            "open files",
            f"{soft} may be open at a time: so many connections at most",
            f"ulimit -n {OPEN_FILES}, or LimitNOFILE={OPEN_FILES} in the unit.",
        )
    else:
        yield ok("open files", f"{soft} may be open at a time")


def data_directory(settings: Settings) -> Iterator[Finding]:
    """Look whether it can be written, has room, and is on a disk of this machine."""
    what, place = "data directory", settings.data_dir.absolute()
    existing = next(each for each in (place, *place.parents) if each.exists())
    if not existing.is_dir():
        yield problem(what, f"{existing} is a file", "Choose another data_dir.")
        return
    try:
        with tempfile.TemporaryFile(dir=existing) as probe:
            probe.write(b"x")
    except OSError as error:
        yield problem(
            what,
            f"{existing} cannot be written: {error.strerror}",
            f"chown it to user {os.getuid()}, or choose another data_dir.",
        )
        return
    yield _room(what, existing)
    kind = file_system_of(existing, Path("/proc/mounts"))
    if kind in REMOTE_FILE_SYSTEMS and not is_postgres(settings.database_url):
        yield problem(
            what,
            f"{existing} is on {kind}, where SQLite's locks and log do not hold",
            "Put data_dir on a local disk, or use PostgreSQL.",
        )


def file_system_of(place: Path, mounts: Path) -> str:
    """Return the kind of file system that a place is on; empty if nobody says."""
    try:
        lines = [line.split() for line in mounts.read_text().splitlines()]
    except OSError:
        return ""
    resolved = place.resolve()
    fitting = [
        (len(Path(where).parts), number, kind)
        for number, (_device, where, kind, *_rest) in enumerate(lines)
        if resolved.is_relative_to(where.replace("\\040", " "))
    ]
    return max(fitting, default=(0, 0, ""))[2]


def _room(what: str, place: Path) -> Finding:
    free = shutil.disk_usage(place).free
    told = f"{place}: {free // MIB:,} MiB free"
    remedy = "Make room, or set retention_bytes so that the oldest ended runs go."
    if free < TOO_LITTLE_BYTES:
        return problem(what, told, remedy)
    return warning(what, told, remedy) if free < LITTLE_BYTES else ok(what, told)
