"""A server of its own for each benchmark, and what a benchmark may be told."""

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from _postgres import cluster, postgres_found

from runwire.spelling import DATABASES

ROOT: Final = Path(__file__).parents[1]
OPTIONS: Final = [
    ("grpc.http2.bdp_probe", 0),
    ("grpc.http2.lookahead_bytes", 262144),
    ("grpc.max_receive_message_length", 16 * 1024 * 1024),
]
STOP_SECONDS: Final = 60
_ADDRESS: Final = re.compile(r"serves gRPC at (127\.0\.0\.1:\d+)")
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Options:
    """What a benchmark may be told."""

    rounds: int = 5
    seconds: float = 4.0
    quick: bool = False
    database: str = "sqlite"
    workers: int | None = None

    @property
    def databases(self) -> list[str]:
        """The databases to measure on."""
        return ["sqlite", "postgres"] if self.database == "all" else [self.database]


@dataclass
class Running:
    """A server process."""

    address: str
    process: "subprocess.Popen[str]"
    data_dir: Path
    start_seconds: float
    lines: deque[str] = field(default_factory=deque)

    def cpu_seconds(self) -> float:
        """Return the CPU time the process and its workers have used."""
        used = 0
        for pid in self._family():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            used += int(fields[11]) + int(fields[12])
        return used / _TICKS

    def rss_bytes(self) -> int:
        """Return the memory that the process holds, without its workers."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024

    def _family(self) -> Iterator[int]:
        members = [self.process.pid]
        for pid in members:
            yield pid
            for task in Path(f"/proc/{pid}/task").iterdir():
                members += map(int, (task / "children").read_text().split())


def options_from(doc: str | None, *, rounds: int = 5, seconds: float = 4.0) -> Options:
    """Read the command line of a benchmark."""
    able = postgres_found() and any(name.startswith("postgres") for name in DATABASES)
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--rounds", type=int, help=f"{rounds} if left out")
    parser.add_argument("--seconds", type=float, help=f"of one measurement; {seconds:g}")
    parser.add_argument("--quick", action="store_true", help="one short round: does it work?")
    parser.add_argument(
        "--database",
        default="all" if able else "sqlite",
        help="sqlite, postgres (a cluster of its own), all, or the URL of an empty database",
    )
    parser.add_argument("--workers", type=int, help="worker processes of the server")
    given = parser.parse_args()
    return Options(
        rounds=given.rounds or (1 if given.quick else rounds),
        seconds=given.seconds or (1.0 if given.quick else seconds),
        quick=given.quick,
        database=given.database,
        workers=given.workers,
    )


@contextmanager
def server(
    *arguments: str,
    database: str = "sqlite",
    workers: int | None = None,
    data_dir: Path | None = None,
) -> Iterator[Running]:
    """Run a server while the block lasts, on a database of its own unless a `data_dir` is given."""
    with ExitStack() as stack:
        directory = data_dir or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        command = [sys.executable, "-m", "runwire", "serve", "benchmarks/_graphs.py:graphs"]
        command += ["--grpc-address", "127.0.0.1:0", "--data-dir", str(directory)]
        command += ["--http-address", "off"]
        command += ["--log-level", "warning", *arguments]
        if workers is not None:
            command += ["--workers", str(workers)]
        if database != "sqlite":
            url = stack.enter_context(cluster()) if database == "postgres" else database
            to = ["--database-url", url]
            migrating = [sys.executable, "-m", "runwire", "migrate", *to]
            subprocess.run(migrating, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
            command += to
        yield stack.enter_context(serving(command, directory))


@contextmanager
def bare_server(answers: Sequence[bytes]) -> Iterator[Running]:
    """Run a server that only sends these answers (see `_bare.py`) while the block lasts."""
    command = [sys.executable, "benchmarks/_bare.py"]
    line = " ".join(answer.hex() for answer in answers) + "\n"
    with serving(command, ROOT, line) as running:
        yield running


@contextmanager
def serving(
    command: list[str], data_dir: Path, given: str = "", cwd: Path = ROOT
) -> Iterator[Running]:
    """Run a server by its command while the block lasts."""
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=cwd,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines: deque[str] = deque(maxlen=50)
    try:
        assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - pipes
        process.stdin.write(given)
        process.stdin.flush()
        for line in process.stdout:
            lines.append(line)
            if found := _ADDRESS.search(line):
                break
        else:
            raise RuntimeError("the server did not start:\n" + "".join(lines))
        seconds = time.perf_counter() - began
        # A pipe that nobody reads would stop the server.
        threading.Thread(target=lines.extend, args=(process.stdout,), daemon=True).start()
        yield Running(found[1], process, data_dir, seconds, lines)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=STOP_SECONDS)
