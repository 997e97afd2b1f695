"""`/metrics` of a real server, and the page that lists what is there."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any

import httpx
import pytest
from grpc import aio
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_open
from prometheus_client.parser import text_string_to_metric_families as read_text
from starlette.applications import Starlette
from tests.conftest import ROOT, eventually, now, settings_in

from runwire.app.figures import Build, Figures
from runwire.app.watch import Watch
from runwire.bus.memory import MemoryBus
from runwire.domain import moves
from runwire.domain.backlog import Backlog
from runwire.domain.errors import Unavailable
from runwire.domain.run import Run, RunId
from runwire.domain.tallies import ArtifactTally, Histogram
from runwire.domain.work import Seed
from runwire.http.metrics import metrics_routes
from runwire.server import Server, serve
from runwire.stores.database import Database
from runwire.stores.events import SqlEventStore
from runwire.stores.journal import SqlJournal
from runwire.stores.runs import SqlRunStore
from runwire.v1 import run_service_pb2 as wire
from runwire.v1.run_service_pb2_grpc import RunServiceStub
from runwire_client import AsyncClient, NotFound, RunStatus

PAGE = ROOT / "docs/metrics.md"
SERVICE = "runwire.v1.RunService"

Families = Mapping[str, Metric]


async def answer_of(figures: Figures, accept: str = "") -> httpx.Response:
    app = Starlette(routes=metrics_routes(figures))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as caller:
        return await caller.get("/metrics", headers={"accept": accept})


async def scraped(server: Server) -> Families:
    assert server.figures is not None
    server.figures.fresh_seconds = 0
    answer = await answer_of(server.figures)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {family.name: family for family in read_text(answer.text)}


def value(families: Families, name: str, **labels: str) -> float:
    """Return the sum of the samples of that name with these labels."""
    found = (
        families.get(name.removesuffix("_count").removesuffix("_sum"))
        or families[name.removesuffix("_total")]
    )
    return sum(
        sample.value
        for sample in found.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


@pytest.fixture
async def stub(server: Server) -> AsyncIterator[Any]:
    async with aio.insecure_channel(server.grpc_address) as channel:
        yield RunServiceStub(channel)


async def test_calls_are_counted_and_timed_by_method_and_code(
    server: Server, client: AsyncClient
) -> None:
    for _ in range(3):
        await client.runs.create("three_nodes", {"n": 1})
    with pytest.raises(NotFound):
        await client.runs.get("nobody")
    found = await scraped(server)
    created = {"service": SERVICE, "method": "CreateRun", "transport": "grpc"}
    assert value(found, "runwire_rpc_calls_total", **created, code="OK") == 3
    assert value(found, "runwire_rpc_calls_total", **created) == 3
    missed = value(found, "runwire_rpc_calls_total", method="GetRun", code="NOT_FOUND")
    assert missed == 1
    assert value(found, "runwire_rpc_call_seconds_count", **created, code="OK") == 3
    assert 0 < value(found, "runwire_rpc_call_seconds_sum", **created) < 60
    assert value(found, "runwire_rpc_open_calls") == 0


async def test_what_runs_come_to_is_counted_where_it_is_committed(
    server: Server, client: AsyncClient
) -> None:
    run = await client.runs.create("three_nodes", {"n": 1})
    await client.runs.wait(run.run_id)
    found = await scraped(server)
    assert value(found, "runwire_run_moves_total", status="queued") == 1
    assert value(found, "runwire_run_moves_total", status="succeeded") == 1
    assert value(found, "runwire_claims_total") == 1
    assert value(found, "runwire_lease_expiries_total") == 0
    assert value(found, "runwire_runs", status="succeeded") == 1
    assert value(found, "runwire_runs", status="running") == 0
    ended = await client.runs.get(run.run_id)
    assert value(found, "runwire_events_total") == ended.last_sequence
    commits = value(found, "runwire_commit_seconds_count")
    assert commits >= 2
    assert value(found, "runwire_commit_changes_count") == commits
    assert value(found, "runwire_commit_changes_sum") >= commits


async def test_what_waits_is_told_by_queue_and_by_what_holds_it_back(
    server: Server, client: AsyncClient
) -> None:
    for _ in range(2):
        await client.runs.create("three_nodes", {"n": 1}, queue="nobodys")
    await client.runs.create("three_nodes", {"n": 1}, start_delay_seconds=3600)
    held = await client.runs.create("sleepy", {"seconds": 60}, concurrency_key="one")
    await client.runs.create("sleepy", {"seconds": 60}, concurrency_key="one")
    async with asyncio.timeout(10):
        while (await client.runs.get(held.run_id)).status is not RunStatus.RUNNING:
            await asyncio.sleep(0.01)
    found = await scraped(server)
    assert value(found, "runwire_queue_depth", queue="nobodys") == 2
    assert value(found, "runwire_queue_depth", queue="default") == 0
    assert value(found, "runwire_queue_age_seconds", queue="nobodys") > 0
    assert value(found, "runwire_queue_age_seconds", queue="default") == 0
    assert value(found, "runwire_queue_held_back", why="time") == 1
    assert value(found, "runwire_queue_held_back", why="limit") == 1
    assert value(found, "runwire_runs", status="queued") == 4
    assert value(found, "runwire_runs", status="running") == 1


async def test_what_waits_is_counted_once_in_a_while_however_often_it_is_asked_for(
    server: Server, client: AsyncClient
) -> None:
    assert server.figures is not None
    first = await server.figures.backlog()
    await client.runs.create("three_nodes", {"n": 1}, queue="nobodys")
    assert await server.figures.backlog() is first
    server.figures.fresh_seconds = 0
    again = await server.figures.backlog()
    assert again is not None
    assert {found.queue: found.ready for found in again.queues} == {"default": 0, "nobodys": 1}


async def test_streams_and_watchers_are_counted_while_they_are_open(
    server: Server, client: AsyncClient, stub: Any
) -> None:
    run = await client.runs.create("sleepy", {"seconds": 60})
    watch = stub.WatchRun(wire.WatchRunRequest(run_id=run.run_id))
    feed = stub.WatchRuns(wire.WatchRunsRequest())
    await watch.read()
    await feed.read()
    found = await scraped(server)
    assert value(found, "runwire_watchers", kind="run") == 1
    assert value(found, "runwire_watchers", kind="feed") == 1
    assert value(found, "runwire_rpc_open_streams", method="WatchRun") == 1
    assert value(found, "runwire_rpc_open_streams", service=SERVICE) == 2
    watch.cancel()
    feed.cancel()
    assert server.figures is not None
    watches = server.figures.watches
    await eventually(lambda: not watches.watchers and not watches.feeds)
    methods = server.figures.calls.methods
    await eventually(lambda: not any(method.open for method in methods.values()))
    found = await scraped(server)
    assert value(found, "runwire_rpc_calls_total", method="WatchRun", code="CANCELLED") == 1


async def test_a_watcher_that_does_not_read_falls_behind(database: Database) -> None:
    bus = MemoryBus()
    journal, runs = SqlJournal(database.writer), SqlRunStore(database)
    watch = Watch(runs=runs, events=SqlEventStore(database), bus=bus, now=now)
    figures = figures_of(database, watch)
    at = now()
    run = Run(run_id=RunId("r"), graph_id="g", created_at=at, ready_at=at)
    await journal.create(Seed(run=run))
    async with aclosing(watch.watch(run.run_id)) as messages:  # type: ignore[type-var]
        await anext(messages)
        batch = await anext(messages)
        assert figures.lag().max_events == batch.next_sequence - 1  # not taken yet
        assert figures.lag().max_seconds > 0
        await journal.record(run.run_id, moves.cancelled(reason="", etag="", grace_seconds=1))
        behind = figures.lag()
        assert behind.events == behind.max_events == (await runs.get(run.run_id)).last_sequence
        await anext(messages)
        assert figures.lag().max_events < behind.max_events
    assert figures.lag() == type(behind)()


class Broken:
    """A database that cannot be read."""

    async def backlog(self) -> Backlog:
        raise Unavailable("the database cannot be read now: try again later")


def figures_of(database: Database, watch: Watch, backlog: Any = None) -> Figures:
    return Figures(
        build=Build(version="1", python="3", database="sqlite"),
        store=database.tally,
        watches=watch.tally,
        artifacts=ArtifactTally(),
        newest=database.tail,
        backlog=backlog,
        workers=lambda: {"embedded": 0, "connected": 0},
    )


async def test_prometheus_and_callers_over_http_are_served_at_one_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    parent = f"00-{trace_id}-b7ad6b7169203331-01"
    async with (
        serve(settings_in(tmp_path, http_address="127.0.0.1:0")) as server,
        httpx.AsyncClient(base_url=f"http://{server.http_address}") as caller,
    ):
        body = {"spec": {"graphId": "three_nodes", "input": {"json": {"n": 1}}}}
        made = await caller.post("/v1/runs", json=body, headers={"traceparent": parent})
        assert made.json()["run"]["traceParent"] == parent
        answer = await caller.get("/metrics")
    found = {family.name: family for family in read_text(answer.text)}
    calls = {"service": SERVICE, "method": "CreateRun", "code": "OK"}
    assert value(found, "runwire_rpc_calls_total", **calls, transport="http") == 1
    assert value(found, "runwire_rpc_calls_total", **calls, transport="grpc") == 0


async def test_without_the_database_all_else_is_told(database: Database) -> None:
    runs, events = SqlRunStore(database), SqlEventStore(database)
    watch = Watch(runs=runs, events=events, bus=MemoryBus(), now=now)
    answer = await answer_of(figures_of(database, watch, Broken()))
    found = {family.name: family for family in read_text(answer.text)}
    assert value(found, "runwire_database_up") == 0
    assert found["runwire_queue_depth"].samples == []
    assert value(found, "runwire_commit_seconds_count") == 0


async def test_bytes_of_artifacts_are_counted(server: Server, client: AsyncClient) -> None:
    kept = await client.artifacts.upload(b"x" * 300_000, filename="x.bin")
    await client.artifacts.download_bytes(kept.artifact_id, offset=100_000)
    found = await scraped(server)
    assert value(found, "runwire_artifact_bytes_total", direction="in") == 300_000
    assert value(found, "runwire_artifact_bytes_total", direction="out") == 200_000


async def test_scrapers_that_speak_openmetrics_get_it(server: Server) -> None:
    assert server.figures is not None
    answer = await answer_of(server.figures, "application/openmetrics-text; version=1.0.0")
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert "runwire_build" in {family.name for family in read_open(answer.text)} | {
        family.name.removesuffix("_info") for family in read_open(answer.text)
    }


def test_a_histogram_counts_a_value_at_its_bound_below_it() -> None:
    seen = Histogram((1.0, 2.0))
    for number in (0.5, 1.0, 1.5, 2.0, 3.0):
        seen.add(number)
    assert seen.counts == [2, 2, 1]
    assert (seen.count, seen.total) == (5, 8.0)


def table_of(families: Families) -> str:
    lines = ["| metric | kind | labels | what it is |", "|---|---|---|---|"]
    for family in families.values():
        if not family.name.startswith("runwire_"):
            continue
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels = sorted({label for sample in family.samples for label in sample.labels} - {"le"})
        words = ", ".join(f"`{label}`" for label in labels)
        lines.append(f"| `{name}` | {family.type} | {words} | {family.documentation} |")
    return "\n".join(lines)


async def test_the_page_lists_what_a_scrape_has(
    server: Server, client: AsyncClient, stub: Any
) -> None:
    run = await client.runs.create("three_nodes", {"n": 1})
    await client.runs.wait(run.run_id)
    watch = stub.WatchRun(wire.WatchRunRequest(run_id=run.run_id))
    await watch.read()
    found, page = await scraped(server), PAGE.read_text(encoding="utf-8")
    table = table_of(found)
    assert table in page, f"docs/metrics.md should have\n{table}"
    assert [name for name in found if name.removesuffix("_total") not in page] == []


def test_names_follow_the_practice_of_prometheus() -> None:
    rows = re.findall(
        r"^\| `(runwire_\w+)` \| (\w+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert rows
    assert [name for name, kind in rows if name.endswith("_total") != (kind == "counter")] == []
    wrong = [name for name, _ in rows if re.search(r"_(ms|milliseconds|mib|kb|minutes)\b", name)]
    assert wrong == []
