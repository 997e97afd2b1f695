"""Durable three-node runs: from CreateRun until a watcher of its own has seen `ended`."""

import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from _calls import SHAPES, answers, drive_with_grpc
from _figures import machine, middle, percentile, ratio, write
from _load import Driven, Generators
from _setting import Options, Running, bare_server, options_from, server

HEAD: Final = [
    "| work | client | at once | runs/s | p50 ms | p99 ms | server CPU µs a run "
    "| client CPU µs a run | share of the limit |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
]
NOTE: Final = (
    "The clients are grpc.aio on uvloop and `_wire.py`, which sends prepared HTTP/2 frames and"
    " reads no more than it must. The limit is the same calls on a grpc.aio server that answers"
    " with prepared bytes of the same sizes and does nothing else (`_bare.py`), driven by"
    " `_wire.py` on the same machine in the same rounds."
)
"""How the table is to be read."""


class Row:
    """The figures of one kind of work, round by round."""

    def __init__(self) -> None:
        self.found: list[tuple[Driven, float]] = []

    def measure(self, running: Running, drive: Callable[..., Driven], *work: Any) -> None:
        """Measure once."""
        shape, at_once, seconds = work
        before = running.cpu_seconds()
        driven = drive(
            running.address, shape, SHAPES[shape].request, concurrency=at_once, seconds=seconds
        )
        self.found.append((driven, running.cpu_seconds() - before))

    @property
    def rates(self) -> list[float]:
        """Runs a second."""
        return [len(driven.milliseconds) / driven.lasted for driven, _ in self.found]

    def columns(self) -> str:
        """Return the figures as columns."""
        counts = [len(driven.milliseconds) for driven, _ in self.found]
        return " | ".join(
            middle(values)
            for values in (
                self.rates,
                [statistics.median(driven.milliseconds) for driven, _ in self.found],
                [percentile(driven.milliseconds, 99) for driven, _ in self.found],
                [cpu / n * 1e6 for (_, cpu), n in zip(self.found, counts, strict=True)],
                [d.cpu_seconds / n * 1e6 for (d, _), n in zip(self.found, counts, strict=True)],
            )
        )


def measure(how: Options, database: str, thin: Generators) -> list[str]:
    """Measure every shape at every concurrency, each round on a database of its own."""
    works = [(shape, at_once) for shape in SHAPES for at_once in (1, 64)]
    rows = {(*work, client): Row() for work in works for client in ("grpc.aio", "_wire", "limit")}
    for _ in range(how.rounds):
        for (shape, at_once, client), row in rows.items():
            drive = drive_with_grpc if client == "grpc.aio" else thin.drive
            with _server(how, database, client) as running:
                row.measure(running, drive, shape, at_once, how.seconds)
    return [
        f"| {SHAPES[shape].title} | {client} | {at_once} | {row.columns()} | "
        + _share(row, rows[shape, at_once, "limit"])
        + " |"
        for (shape, at_once, client), row in rows.items()
    ]


def _share(row: Row, limit: Row) -> str:
    if row is limit:
        return "is it"
    return ratio(statistics.median(row.rates), statistics.median(limit.rates))


@contextmanager
def _server(how: Options, database: str, client: str) -> Iterator[Running]:
    if client == "limit":
        with bare_server(answers()) as running:
            yield running
    else:
        with server(database=database, workers=how.workers) as running:
            yield running


def main(how: Options) -> None:
    """Measure on every database asked for."""
    with Generators() as thin:
        for database in how.databases:
            among = f", {how.workers} worker processes" if how.workers is not None else ""
            name = {"sqlite": "SQLite", "postgres": "PostgreSQL"}.get(database, "a database")
            head = (
                f"{machine(database)}. Medians [range] of {how.rounds} rounds of"
                f" {how.seconds:g} s, each on an empty database."
            )
            lines = [head, "", NOTE, "", *HEAD, *measure(how, database, thin)]
            write(f"Three-node runs on {name}{among}", lines)


if __name__ == "__main__":
    main(options_from(__doc__))
