"""ListRuns over a million stored runs: how long a page takes, and which plan the database makes."""

import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import _seed
import uvloop
from _figures import machine, number, percentile, write
from _setting import OPTIONS, Options, Running, options_from, server
from grpc import aio
from sqlalchemy import create_engine

from runwire.domain.paging import token_of
from runwire.domain.parse import parse_filter, parse_order
from runwire.domain.reach import HOME
from runwire.stores.runs import page_statement
from runwire.stores.times import micros_of
from runwire.v1 import run_service_pb2 as wire
from runwire.v1.run_service_pb2_grpc import RunServiceStub

RUNS: Final = 1_000_000
MARK_MS: Final = 20
PAGE_SIZE: Final = 50
PAGES: Final = 70
"""Read one after another from each place where reading begins."""
MAX_SECONDS: Final = 3.0
"""From one place: what is slow need not be slow so often."""


def queries(now: datetime) -> Sequence[tuple[str, str]]:
    """Return filters, each with an order."""

    def ago(seconds: int) -> str:
        return (now - timedelta(seconds=seconds)).isoformat()

    span = f'create_time > "{ago(RUNS * 6 // 10)}" AND create_time < "{ago(RUNS // 2)}"'
    newest_first = (
        "",
        "status = SUCCEEDED",
        "status = FAILED",
        "status = QUEUED",
        "status = QUEUED OR status = RUNNING",
        "status != SUCCEEDED",
        "NOT (status = SUCCEEDED OR status = FAILED)",
        'graph_id = "graph-07"',
        'graph_id = "rare"',
        'graph_id = "rare" AND status = INTERRUPTED',
        'graph_id = "graph-07" AND status = FAILED',
        'graph_id = "graph-07" OR graph_id = "rare"',
        'thread_id = "thread-1234"',
        "priority >= 8",
        span,
        f"{span} AND status = FAILED",
        f'{span} AND graph_id = "graph-07" AND status = FAILED',
        'labels.team = "team-3"',
        'labels.customer = "customer-123"',
        'labels.customer = "nobody"',
        'labels.team = "team-3" AND status = FAILED',
        'labels.team = "team-3" AND labels.env = "env-1"',
        'labels.customer = "customer-123" AND labels.env = "env-1"',
        'labels.customer = "customer-123" AND status = FAILED',
        "labels.team:*",
        "labels.nothing:*",
        'labels.team != "team-3"',
        f'labels.team = "team-3" AND {span}',
    )
    others = (("", "create_time"), ("", "priority desc"), ("status = FAILED", "priority desc"))
    return (*((where, "") for where in newest_first), *others)


def plan(database: Path, where: str, order: str, after: list[Any] | None) -> str:
    """Return how the database finds a page, in its own words."""
    engine = create_engine(f"sqlite:///{database}")
    meant = HOME.within(parse_filter(where))
    statement = page_statement(meant, parse_order(order), after).limit(PAGE_SIZE + 1)
    sql = statement.compile(engine, compile_kwargs={"literal_binds": True})
    with engine.connect() as connection:
        steps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}").all()
    engine.dispose()
    return "; ".join(step[3] for step in steps)


def places(order: str, now: datetime) -> Sequence[list[Any] | None]:
    """Return where to begin: at the top, in the middle and near the end."""
    if order.startswith("priority"):
        return None, [5, ""], [1, ""]
    depths = (RUNS // 2, RUNS // 100) if order else (RUNS // 2, RUNS - RUNS // 100)
    return None, *([micros_of(now - timedelta(seconds=depth)), ""] for depth in depths)


async def measure(running: Running, where: str, order: str, now: datetime) -> list[float]:
    """Return the milliseconds that pages took, from several places on."""
    taken: list[float] = []
    query = (HOME.within(parse_filter(where)), parse_order(order))
    async with aio.insecure_channel(running.address, options=OPTIONS) as channel:
        stub: Any = RunServiceStub(channel)
        for place in places(order, now):
            token = token_of(place, query=query) if place else ""
            until = time.perf_counter() + MAX_SECONDS
            for _ in range(PAGES):
                request = wire.ListRunsRequest(
                    filter=where, order_by=order, page_size=PAGE_SIZE, page_token=token
                )
                began = time.perf_counter()
                token = (await stub.ListRuns(request)).next_page_token
                taken.append((time.perf_counter() - began) * 1000)
                if time.perf_counter() > until:
                    break
    return taken


def main(how: Options) -> None:
    """Measure every filter on the same database."""
    total = RUNS // 100 if how.quick else RUNS
    with tempfile.TemporaryDirectory() as directory:
        data_dir = Path(directory)
        _seed.begin(data_dir)
        seconds = _seed.grow(data_dir, total, full=False)
        now = datetime.now(UTC)
        lines = [
            f"{machine()}. {total:,} runs, seeded in {seconds:.0f} s (`_seed.py`). Pages of"
            f" {PAGE_SIZE}, {PAGES} one after another from the top, from the middle and from near"
            f" the end; a page that goes back to the top counts like any other. Mark: p99 of"
            f" {MARK_MS} ms.",
            "",
            "| filter | order | p50 ms | p99 ms | plan |",
            "| --- | --- | --- | --- | --- |",
        ]
        for where, order in queries(now):
            with server(data_dir=data_dir) as running:
                taken = uvloop.run(measure(running, where, order, now))
            p99 = percentile(taken, 99)
            lines.append(
                f"| {f'`{where}`' if where else 'none'} | {order or 'create_time desc'} |"
                f" {number(statistics.median(taken))} |"
                f" {number(p99)}{'' if p99 <= MARK_MS else ' (!)'} |"
                f" {plan(data_dir / 'runwire.db', where, order, places(order, now)[1])} |"
            )
            print(lines[-1], flush=True)
    write("Lists", lines)


if __name__ == "__main__":
    main(options_from(__doc__))
