"""A server of its own for each benchmark, and what the figures are written with."""

import os
import platform
import re
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import grpc

ROOT = Path(__file__).parents[1]
FIGURES = Path(__file__).with_name("README.md")
OPTIONS = [
    ("grpc.http2.bdp_probe", 0),
    ("grpc.http2.lookahead_bytes", 262144),
    ("grpc.max_receive_message_length", 16 * 1024 * 1024),
]


@dataclass
class Running:
    """A server process."""

    address: str
    process: "subprocess.Popen[str]"

    def cpu_seconds(self) -> float:
        """Return the CPU time the process has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def server(*arguments: str) -> Iterator[Running]:
    """Run a server on a fresh SQLite database (synchronous=FULL) while the block lasts."""
    with tempfile.TemporaryDirectory() as directory:
        command = [sys.executable, "-m", "runwire", "serve", "benchmarks/_graphs.py:graphs"]
        command += ["--grpc-address", "127.0.0.1:0", "--data-dir", directory]
        command += ["--log-level", "warning", *arguments]
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        try:
            assert process.stdout is not None  # noqa: S101 - we asked for a pipe
            address = next(found[1] for line in process.stdout if (found := _ADDRESS.search(line)))
            yield Running(address, process)
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate()


_ADDRESS = re.compile(r"serves gRPC at (127\.0\.0\.1:\d+)")


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value below which so many percent lie."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * percent / 100))]


def middle(values: Sequence[float]) -> str:
    """Return a median with its range."""
    return f"{statistics.median(values):,.4g} [{min(values):,.4g}..{max(values):,.4g}]"


def machine() -> str:
    """Return what the figures were measured on."""
    return (
        f"{os.cpu_count()} cores shared with the load generator, {platform.system()}"
        f" {platform.machine()}, Python {platform.python_version()}, grpcio {grpc.__version__},"
        f" SQLAlchemy {version('sqlalchemy')}, SQLite {sqlite3.sqlite_version} (WAL,"
        " synchronous=FULL)"
    )


def write(title: str, lines: Sequence[str]) -> None:
    """Print a section, and put it in the place of the one with the same title in the figures."""
    section = f"## {title}\n\n" + "\n".join(lines) + "\n"
    print(section)
    text = FIGURES.read_text() if FIGURES.exists() else "# Benchmarks\n"
    pattern = re.compile(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", re.DOTALL | re.MULTILINE)
    if pattern.search(text):
        text = pattern.sub(lambda _: section + "\n", text)
    else:
        text = text.rstrip() + "\n\n" + section
    FIGURES.write_text(text.rstrip() + "\n")
