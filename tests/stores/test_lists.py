"""Every way to a list's runs finds the same ones, in order, whatever the size of its pages."""

from collections.abc import Callable

import pytest
from tests.stores.test_journal import a_run

from runwire.domain.parse import parse_filter, parse_order
from runwire.domain.run import Run
from runwire.domain.work import Request, Seed
from runwire.stores.database import Database
from runwire.stores.journal import SqlJournal
from runwire.stores.runs import SqlRunStore

RUNS = 40


@pytest.fixture
async def stored(database: Database) -> list[Run]:
    """Runs of four graphs, threads and teams; the oldest few RUNNING."""
    journal, store = SqlJournal(database.writer), SqlRunStore(database)
    ids = [f"run-{number * 7 % RUNS:02}" for number in range(RUNS)]
    for number, run_id in enumerate(ids):
        labels = {"team": f"t{number % 4}"} | ({"odd": "yes"} if number % 2 else {})
        run = a_run(
            run_id,
            graph_id=f"g{number // 4 % 4}",
            thread_id=f"h{number // 2 % 4}",
            priority=number % 3,
            labels=labels,
        )
        await journal.create(Seed(run=run, request=Request(request_id="", body_hash=b"")))
    await journal.claim("w", 5, graphs=["g0", "g1", "g2", "g3"], lease_seconds=60)
    return [await store.get(a_run(run_id).run_id) for run_id in ids]


async def listed(database: Database, where: str, order: str, page_size: int) -> list[str]:
    store, token, found = SqlRunStore(database), "", []
    while True:
        page = await store.find(
            parse_filter(where), order=parse_order(order), page_size=page_size, page_token=token
        )
        found += [run.run_id for run in page.items]
        token = page.next_page_token
        if not token:
            return found


MEANT: dict[str, Callable[[Run], bool]] = {
    "": lambda run: True,
    "graph_id = g1 OR graph_id = g3": lambda run: run.graph_id in ("g1", "g3"),
    "graph_id = g1 OR graph_id = g1": lambda run: run.graph_id == "g1",
    "graph_id = g1 OR thread_id = h1": lambda run: run.graph_id == "g1" or run.thread_id == "h1",
    "(thread_id = h0 OR thread_id = h1) AND graph_id = g0": lambda run: (
        run.thread_id in ("h0", "h1") and run.graph_id == "g0"
    ),
    "status = RUNNING OR status = QUEUED OR status = FAILED": lambda run: True,
    "(status = RUNNING OR status = FAILED) AND (graph_id = g0 OR graph_id = g1)": lambda run: (
        run.status == "running" and run.graph_id in ("g0", "g1")
    ),
    "labels.team = t1": lambda run: run.labels["team"] == "t1",
    "labels.team = t1 AND labels.odd = yes": lambda run: run.labels["team"] == "t1",
    "labels.team = t0 AND labels.odd = yes": lambda run: False,
    "labels.team = t1 AND status = RUNNING": lambda run: (
        run.labels["team"] == "t1" and run.status == "running"
    ),
    "labels.team = t1 AND (graph_id = g1 OR graph_id = g2)": lambda run: (
        run.labels["team"] == "t1" and run.graph_id in ("g1", "g2")
    ),
    "labels.team = t1 OR labels.team = t2": lambda run: run.labels["team"] in ("t1", "t2"),
    "NOT labels.team = t1": lambda run: run.labels["team"] != "t1",
    "labels.nobody = x": lambda run: False,
}
ORDERS: dict[str, Callable[[Run], object]] = {
    "": lambda run: (run.created_at, run.run_id),
    "create_time": lambda run: (run.created_at, run.run_id),
    "priority desc": lambda run: (run.priority, run.run_id),
    "priority": lambda run: (run.priority, run.run_id),
}


async def test_pages_hold_what_is_meant_in_order(database: Database, stored: list[Run]) -> None:
    for where, meant in MEANT.items():
        for order, rank in ORDERS.items():
            backwards = order in ("", "priority desc")
            expected = sorted(filter(meant, stored), key=rank, reverse=backwards)  # type: ignore[arg-type]
            for page_size in (1, 7, 1000):
                found = await listed(database, where, order, page_size)
                assert found == [run.run_id for run in expected], (where, order, page_size)


async def test_a_time_and_a_label_together(database: Database, stored: list[Run]) -> None:
    since = stored[20].created_at
    where = f'labels.team = t1 AND create_time > "{since.isoformat()}"'
    expected = [r.run_id for r in stored if r.labels["team"] == "t1" and r.created_at > since]
    assert await listed(database, where, "create_time", 2) == expected
