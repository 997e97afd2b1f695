"""The same work on others, installed beside us: three no-op nodes, from creation to the end."""

import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from _calls import SHAPES, drive_with_grpc
from _figures import machine, middle, number, percentile, write
from _postgres import cluster, postgres_found
from _setting import Options, options_from, server
from _venvs import driven_by, langgraph_dev, versions

AT_ONCE: Final = (1, 16, 64)
MARK: Final = 8
Drive = Callable[[int, float], dict[str, Any]]


@dataclass
class Peer:
    """Somebody who does the work, and what was found: rates and times by how many at once."""

    name: str
    durable: str
    like: str
    """Which of ours is compared with it."""
    opened: Callable[[], Any]
    rates: dict[int, list[float]] = field(default_factory=dict)
    times: dict[int, list[list[float]]] = field(default_factory=dict)

    def measure(self, seconds: float) -> None:
        """Measure once at each concurrency."""
        for at_once in AT_ONCE:
            with self.opened() as drive:
                found = drive(at_once, seconds)
            self.rates.setdefault(at_once, []).append(len(found["ms"]) / found["lasted"])
            self.times.setdefault(at_once, []).append(found["ms"])

    @property
    def best(self) -> float:
        """The median rate where it is highest."""
        return max(statistics.median(rates) for rates in self.rates.values())

    def row(self, ours: "Peer") -> str:
        """Return the figures as a row."""
        rates = " | ".join(middle(self.rates[at_once]) for at_once in AT_ONCE)
        alone = self.times[1]
        p50 = middle([statistics.median(taken) for taken in alone])
        p99 = middle([percentile(taken, 99) for taken in alone])
        share = "is it" if self is ours else f"{number(ours.best / self.best)}"
        return f"| {self.name} | {self.durable} | {rates} | {p50} | {p99} | {share} |"


@contextmanager
def runwire(database: str, how: Options) -> Iterator[Drive]:
    """Ours, through CreateAndWatchRun and the same grpc.aio that our Python client is made of."""
    request = SHAPES["create_and_watch"].request
    with server(database=database, workers=how.workers) as running:

        def drive(at_once: int, seconds: float) -> dict[str, Any]:
            found = drive_with_grpc(
                running.address, "create_and_watch", request, concurrency=at_once, seconds=seconds
            )
            return {"ms": found.milliseconds, "lasted": found.lasted}

        yield drive


@contextmanager
def langgraph() -> Iterator[Drive]:
    """`langgraph dev` by `/runs/wait`."""
    with langgraph_dev() as address:
        yield lambda *work: driven_by("langgraph", "_peer_langgraph.py", address, *work)


@contextmanager
def dbos(database: str) -> Iterator[Drive]:
    """DBOS, its workflow called directly, in one process with its caller."""
    with ExitStack() as stack:
        if database == "sqlite":
            directory = stack.enter_context(tempfile.TemporaryDirectory())
            url = f"sqlite:///{directory}/dbos.sqlite"
        else:
            url = stack.enter_context(cluster())
        yield lambda *work: driven_by("dbos", "_peer_dbos.py", url, *work)


def peers(how: Options) -> Sequence[Peer]:
    """Return everybody, ours first."""
    ours = [
        Peer(f"Runwire, {database}", "yes", "", lambda database=database: runwire(database, how))
        for database in how.databases
    ]
    found = [Peer("langgraph dev, `/runs/wait`", "no, in memory", ours[0].name, langgraph)]
    for database in ("sqlite", "postgres") if postgres_found() else ("sqlite",):
        name = f"Runwire, {database}"
        like = name if any(one.name == name for one in ours) else ours[0].name
        found.append(Peer(f"DBOS, {database}", "yes", like, lambda d=database: dbos(d)))
    return [*ours, *found]


def main(how: Options) -> None:
    """Measure everybody in turns, so that all have the same machine."""
    everybody = peers(how)
    for _ in range(how.rounds):
        for peer in everybody:
            peer.measure(how.seconds)
    named = {peer.name: peer for peer in everybody}
    lines = [
        f"{machine()}. langgraph dev: {versions('langgraph', 'langgraph', 'langgraph-api')}."
        f" DBOS: {versions('dbos', 'dbos', 'psycopg')}. Medians [range] of {how.rounds} rounds of"
        f" {how.seconds:g} s, in turns.",
        "",
        "Ours is called over gRPC (CreateAndWatchRun, read to `ended`), langgraph dev over HTTP;"
        " DBOS runs in its caller's process, without a network, and with SQLite's own settings of"
        f" DBOS. The last column is our best rate over its best; mark: {MARK}.",
        "",
        "| who | durable | runs/s, 1 at once | 16 | 64 | p50 ms, 1 at once | p99 | ratio |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        *(peer.row(named.get(peer.like, peer)) for peer in everybody),
    ]
    write("Peers", lines)


if __name__ == "__main__":
    main(options_from(__doc__))
