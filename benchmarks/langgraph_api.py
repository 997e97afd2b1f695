"""LangGraph's HTTP API, ours beside `langgraph dev`: the same graph, the same client, one run."""

import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from _figures import machine, middle, number, percentile, write
from _postgres import cluster
from _setting import Options, Running, options_from, serving
from _venvs import GRAPH, driven_by, langgraph_dev, versions

AT_ONCE: Final = (1, 16, 64)
RATE_MARK: Final = 2
LATENCY_MARK: Final = 50
FIRST_EVENT_MARK_MS: Final = 15
_HTTP: Final = re.compile(r"and (http://127\.0\.0\.1:\d+)")


@dataclass
class Side:
    """One of the two servers, and what was seen of it, by how many at once."""

    name: str
    durable: str
    opened: Callable[[], Any]
    rates: dict[int, list[float]] = field(default_factory=dict)
    times: dict[int, list[list[float]]] = field(default_factory=dict)
    first: list[float] = field(default_factory=list)

    def measure(self, seconds: float) -> None:
        """Measure once, in a server that is new."""
        with self.opened() as drive:
            for at_once in AT_ONCE:
                found = drive(at_once, seconds, "wait")
                self.rates.setdefault(at_once, []).append(len(found["ms"]) / found["lasted"])
                self.times.setdefault(at_once, []).append(found["ms"])
            self.first.append(statistics.median(drive(1, seconds, "stream")["ms"]))

    def row(self) -> str:
        """Return the figures as a row."""
        rates = " | ".join(middle(self.rates[at_once]) for at_once in AT_ONCE)
        p50, p99 = self.latency(50), self.latency(99)
        return (
            f"| {self.name} | {self.durable} | {rates} | {middle(p50)} | {middle(p99)} |"
            f" {middle(self.first)} |"
        )

    def latency(self, percent: float) -> list[float]:
        """Return a percentile of the latency of one at once, in each round."""
        return [percentile(taken, percent) for taken in self.times[1]]


@contextmanager
def ours(database: str) -> Iterator[Callable[..., dict[str, Any]]]:
    """Serve the graph with Runwire, on a database of its own."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (directory / "graph.py").write_text(GRAPH)
        config = '{"dependencies": ["."], "graphs": {"three_nodes": "./graph.py:graph"}}'
        (directory / "langgraph.json").write_text(config)
        command = [sys.executable, "-m", "runwire", "serve", "--data-dir", str(directory / "data")]
        command += ["--grpc-address", "127.0.0.1:0", "--http-address", "127.0.0.1:0"]
        if database == "postgres":
            to = ["--database-url", stack.enter_context(cluster())]
            migrating = [sys.executable, "-m", "runwire", "migrate", *to]
            subprocess.run(migrating, check=True, stdout=subprocess.DEVNULL)
            command += to
        running: Running = stack.enter_context(serving(command, directory, cwd=directory))
        address = next(found[1] for line in running.lines if (found := _HTTP.search(line)))
        yield lambda *work: driven_by("langgraph", "_peer_langgraph.py", address, *work)


@contextmanager
def theirs() -> Iterator[Callable[..., dict[str, Any]]]:
    """Serve the graph with an unmodified `langgraph dev`."""
    with langgraph_dev() as address:
        yield lambda *work: driven_by("langgraph", "_peer_langgraph.py", address, *work)


def main(how: Options) -> None:
    """Measure everybody in turns, so that all have the same machine."""
    mine = [
        Side(f"Runwire, {database}", "yes", lambda database=database: ours(database))
        for database in how.databases
    ]
    other = Side("langgraph dev", "no, in memory", theirs)
    sides = [*mine, other]
    for _ in range(how.rounds):
        for side in sides:
            side.measure(how.seconds)
    lines = [
        f"{machine()}. langgraph dev: {versions('langgraph', 'langgraph', 'langgraph-api')}."
        f" Medians [range] of {how.rounds} rounds of {how.seconds:g} s, in turns. A StateGraph of"
        " three nodes, by `POST /runs/wait` with aiohttp; the last column is the time from `POST"
        " /runs/stream` to its first event, one at once.",
        "",
        "| who | durable | runs/s, 1 at once | 16 | 64 | p50 ms, 1 at once | p99 | first event |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        *(side.row() for side in sides),
        "",
        *(_against(side, other) for side in mine),
    ]
    write("LangGraph's HTTP API", lines)


def _against(side: Side, other: Side) -> str:
    rate = statistics.median(side.rates[64]) / statistics.median(other.rates[64])
    latency = statistics.median(other.latency(50)) / statistics.median(side.latency(50))
    return (
        f"{side.name}: {rate:.1f} times its runs/s at 64 (mark {RATE_MARK}), 1/{latency:.0f} of its"
        f" latency at 1 (mark 1/{LATENCY_MARK}), first event after"
        f" {number(statistics.median(side.first))} ms (mark {FIRST_EVENT_MARK_MS})."
    )


if __name__ == "__main__":
    main(options_from(__doc__))
