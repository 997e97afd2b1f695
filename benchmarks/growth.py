"""What runs cost as they are stored: speed, memory, bytes on disk; and a start from nothing."""

import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import _seed
import uvloop
from _calls import SHAPES
from _figures import machine, middle, number, write
from _load import Generators, driven
from _setting import ROOT, Options, options_from, server

from runwire.v1 import payload_pb2, run_pb2
from runwire.v1 import run_service_pb2 as wire

STORED: Final = (1_000, 10_000, 100_000, 1_000_000)
RUNS: Final = 5_000
FIVE_NODES: Final = wire.CreateAndWatchRunRequest(
    spec=run_pb2.RunSpec(graph_id="five_nodes", input=payload_pb2.Payload(data=b'{"n":1}'))
).SerializeToString()
MIB: Final = 1024 * 1024
IDLE_SECONDS: Final = 2.0


def growth(how: Options) -> list[str]:
    """Measure throughput and memory over more and more stored runs, in turns."""
    sizes = STORED[:2] if how.quick else STORED
    rates: dict[int, list[float]] = {size: [] for size in sizes}
    memory: dict[int, list[float]] = {size: [] for size in sizes}
    request = SHAPES["create_and_watch"].request
    with tempfile.TemporaryDirectory() as directory, Generators() as thin:
        places = _seeded(Path(directory), sizes)
        for _ in range(how.rounds):
            for size, place in places.items():
                with server(data_dir=place) as running:
                    found = thin.drive(
                        running.address,
                        "create_and_watch",
                        request,
                        concurrency=64,
                        seconds=how.seconds,
                    )
                    rates[size].append(len(found.milliseconds) / found.lasted)
                    memory[size].append(running.rss_bytes() / MIB)
    least = statistics.median(rates[sizes[0]])
    return [
        "| stored runs | runs/s through CreateAndWatchRun, 64 at once | of the first | RSS MiB |",
        "| --- | --- | --- | --- |",
        *(
            f"| {size:,} | {middle(rates[size])} |"
            f" {number(statistics.median(rates[size]) / least * 100)} % | {middle(memory[size])} |"
            for size in sizes
        ),
    ]


def _seeded(directory: Path, sizes: Sequence[int]) -> dict[int, Path]:
    """Return a directory for each number of stored runs."""
    growing = directory / "growing"
    growing.mkdir()
    _seed.begin(growing)
    places = {}
    for size in sizes:
        _seed.grow(growing, size, full=True)
        places[size] = shutil.copytree(growing, directory / str(size))
    shutil.rmtree(growing)
    return places


def start(how: Options) -> list[str]:
    """Measure how soon a server serves, and the memory it has when nobody calls."""
    first, again, idle = [], [], []
    for _ in range(how.rounds):
        with tempfile.TemporaryDirectory() as directory:
            with server(data_dir=Path(directory)) as running:
                first.append(running.start_seconds)
            with server(data_dir=Path(directory)) as running:
                again.append(running.start_seconds)
                time.sleep(IDLE_SECONDS)
                idle.append(running.rss_bytes() / MIB)
    return [
        f"| from the start of Python to serving, database new, s | {middle(first)} |",
        f"| the same, database from before, s | {middle(again)} |",
        f"| RSS of an idle server, MiB | {middle(idle)} |",
        f"| RSS of a Python that has only grpc.aio and protobuf, MiB | {number(_floor())} |",
    ]


def _floor() -> float:
    code = (
        "import uvloop, grpc.aio, runwire_client.v1.run_service_pb2;"
        "print(open('/proc/self/status').read().partition('VmRSS:')[2].split()[0])"
    )
    told = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    return int(told.stdout) / 1024


def disk(how: Options) -> list[str]:
    """Measure what a run of five steps leaves on disk, table by table."""
    count = RUNS // 10 if how.quick else RUNS
    with tempfile.TemporaryDirectory() as directory:
        data_dir = Path(directory)
        with server(data_dir=data_dir) as running:
            before = _pages(data_dir)
            uvloop.run(
                driven(
                    running.address,
                    "create_and_watch",
                    FIVE_NODES,
                    concurrency=64,
                    seconds=0,
                    count=count,
                )
            )
        after = _pages(data_dir)
    each = {name: (size - before.get(name, 0)) / count for name, size in after.items()}
    largest = sorted(each, key=lambda name: -each[name])
    rows = [f"| {name} | {number(each[name])} |" for name in largest if each[name] >= 1]
    return [
        f"Bytes on disk of a five-step run, after {count:,} of them and a checkpoint:"
        f" {number(sum(each.values()))}, in tables and indexes:",
        "",
        "| what | bytes a run |",
        "| --- | --- |",
        *rows,
    ]


def _pages(data_dir: Path) -> dict[str, int]:
    """Return the bytes of each table and index in the file."""
    with sqlite3.connect(data_dir / "runwire.db") as database:
        database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        found = database.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name")
        return {str(name): int(size) for name, size in found}


def main(how: Options) -> None:
    """Measure all of it."""
    lines = [f"{machine()}. Medians [range] of {how.rounds} rounds of {how.seconds:g} s.", ""]
    lines += [*growth(how), "", "| what | figure |", "| --- | --- |", *start(how), "", *disk(how)]
    write("Growth", lines)


if __name__ == "__main__":
    main(options_from(__doc__))
