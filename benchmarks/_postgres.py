"""A PostgreSQL cluster of its own, fsync on, for one measurement."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.postgres import programs, running

OPTIONS: Final = ("-c", "shared_buffers=512MB", "-c", "max_wal_size=4GB")


def postgres_found() -> bool:
    """Return whether a cluster can be made here."""
    return programs() is not None


def postgres_version() -> str:
    """Return the version of the PostgreSQL found."""
    where = programs()
    assert where is not None  # noqa: S101 - whoever asks has found one
    told = subprocess.run([where / "postgres", "--version"], capture_output=True, text=True)
    return told.stdout.split()[2]


@contextmanager
def cluster() -> Iterator[str]:
    """Start a fresh cluster on the loopback while the block lasts; give its database's URL."""
    with running(OPTIONS) as found:
        yield found.url()
