"""What a server as a whole is told to be is what was recorded, whatever was deleted since."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from tests.conftest import Reopen, now
from tests.stores.queueing import a_run, claim, create, lease_of, limited, settle

from runwire.domain import moves
from runwire.domain.outcome import Failed
from runwire.domain.overview import (
    COARSE,
    FINE,
    MAX_BUCKETS,
    MAX_WINDOW_SECONDS,
    MIN_WINDOW_SECONDS,
    TIERS,
    RunCounts,
    window_of,
)
from runwire.domain.quotas import Quotas
from runwire.domain.reach import HOME, Reach
from runwire.domain.run import Run, RunError, RunId, RunStatus
from runwire.domain.work import Progress
from runwire.stores import overview, queue_states
from runwire.stores.database import Database
from runwire.stores.journal import SqlJournal
from runwire.stores.namespaces import SqlNamespaceStore
from runwire.stores.overview import SqlOverview
from runwire.stores.retention import SqlRetention
from runwire.stores.throughput import throughput

S = RunStatus
TENANT = Reach(namespace="tenant")


@pytest.fixture
def journal(database: Database) -> SqlJournal:
    return SqlJournal(database.writer)


@pytest.fixture
def look(database: Database) -> SqlOverview:
    return SqlOverview(database)


async def fail(journal: SqlJournal, run: Run) -> None:
    error = RunError(code=2, reason="X", message="no")
    move = moves.settled(lease_of(run), Progress(), Failed(error))
    await journal.record(run.run_id, move)


async def live(journal: SqlJournal, prefix: str = "", graph_id: str = "g") -> None:
    """Make seven runs: two succeed, one fails, one is cancelled, one is held, two wait."""
    names = [f"{prefix}{graph_id}-{number}" for number in range(7)]
    await create(journal, *(a_run(name, graph_id=graph_id) for name in names))
    taken = await claim(journal, 4, graphs=(graph_id,))
    await settle(journal, taken[0])
    await settle(journal, taken[1])
    await fail(journal, taken[2])
    left = [name for name in names if name not in {run.run_id for run in taken}]
    await journal.record(RunId(left[0]), moves.cancelled(reason="enough", etag="", grace_seconds=0))


def numbers(counts: RunCounts) -> dict[RunStatus, int]:
    return {each.status: each.runs for each in counts.statuses if each.runs}


def flow(counts: RunCounts) -> tuple[int, ...]:
    rows = [(each.created, each.succeeded, each.failed, each.cancelled) for each in counts.buckets]
    return tuple(map(sum, zip(*rows, strict=True)))


LIVED = {S.QUEUED: 2, S.RUNNING: 1, S.SUCCEEDED: 2, S.FAILED: 1, S.CANCELLED: 1}


@pytest.mark.parametrize("window", [600, 3600, 86_400])
async def test_runs_are_counted_by_status_and_by_what_happened(
    look: SqlOverview, journal: SqlJournal, window: float
) -> None:
    await live(journal)
    await live(journal, graph_id="h")
    counts = await look.counts(HOME, "h", window, 10)
    assert numbers(counts) == LIVED
    assert [each.status for each in counts.statuses] == list(S)
    assert flow(counts) == (7, 2, 1, 1)
    counts = await look.counts(HOME, "", window, 10)
    assert numbers(counts) == {status: 2 * count for status, count in LIVED.items()}
    assert flow(counts) == (14, 4, 2, 2)
    assert flow(await look.counts(HOME, "other", window, 10)) == (0, 0, 0, 0)


async def test_what_happened_outlives_the_runs(
    database: Database, look: SqlOverview, journal: SqlJournal
) -> None:
    await live(journal)
    await SqlRetention(database).delete([RunId(f"g-{number}") for number in range(7)])
    counts = await look.counts(HOME, "", 3600, 60)
    assert numbers(counts) == {S.QUEUED: 2, S.RUNNING: 1}
    assert flow(counts) == (7, 2, 1, 1)


async def test_each_namespace_and_scope_sees_its_own(
    database: Database, look: SqlOverview, journal: SqlJournal
) -> None:
    await SqlNamespaceStore(database).add("tenant", "", Quotas())
    await live(journal)
    await live(journal, prefix="tenant/", graph_id="h")
    assert numbers(await look.counts(TENANT, "", 3600, 60)) == LIVED
    assert flow(await look.counts(TENANT, "g", 3600, 60)) == (0, 0, 0, 0)
    for scope, seen in ((("h*",), 7), (("h",), 7), (("g",), 0)):
        counts = await look.counts(Reach(namespace="tenant", graphs=scope), "", 3600, 60)
        assert sum(numbers(counts).values()) == seen
        assert flow(counts)[0] == seen
    [mine] = await look.queues(HOME)
    assert (mine.ready, mine.running) == (2, 1)
    assert [graph.graph_id for graph in mine.graphs] == ["g"]
    [holder] = await look.holders(TENANT)
    assert (holder.runs, holder.others) == (1, 1)
    held = await look.held(TENANT, ["w"])
    assert [run.graph_id for run in held["w"]] == ["h"]


async def test_what_happened_lies_in_the_bucket_of_its_time(
    database: Database, look: SqlOverview, journal: SqlJournal
) -> None:
    """Slots of an hour ago and of yesterday are written as the journal writes them."""
    await live(journal)
    hour, day = timedelta(hours=1), timedelta(days=1)
    move = "UPDATE throughput SET starts_at = starts_at - {} WHERE width_seconds = {}"
    for back, tier in ((hour, FINE), (day, COARSE)):
        statement = text(move.format(back // timedelta(microseconds=1), tier.seconds))
        await database.write(lambda c, statement=statement: c.execute(statement))
    for back, window in ((hour, 7200), (day, 2 * 86_400)):
        counts = await look.counts(HOME, "", window, 24)
        [filled] = [each for each in counts.buckets if each.created]
        assert (filled.created, filled.succeeded) == (7, 2)
        assert filled.starts_at <= now() - back
        assert now() - back < filled.starts_at + timedelta(seconds=counts.width_seconds + 20)
        starts = [each.starts_at for each in counts.buckets]
        assert {b - a for a, b in pairwise(starts)} == {timedelta(seconds=counts.width_seconds)}
        shorter = await look.counts(HOME, "", back.total_seconds() / 2, 24)
        assert flow(shorter) == (0, 0, 0, 0)


async def test_slots_go_when_their_time_is_over(
    database: Database, look: SqlOverview, journal: SqlJournal
) -> None:
    await live(journal)
    retention, later = SqlRetention(database), now() + timedelta(seconds=1)

    async def left() -> set[int]:
        query = select(throughput.c.width_seconds).distinct()
        return set(await database.read(lambda c: c.execute(query).scalars().all()))

    assert await left() == {tier.seconds for tier in TIERS}
    assert await retention.discard_throughput(FINE.seconds, now() - timedelta(days=1), 10) == 0
    while await retention.discard_throughput(FINE.seconds, later, 1):
        pass
    assert await left() == {COARSE.seconds}
    assert flow(await look.counts(HOME, "", 3600, 60)) == (0, 0, 0, 0)
    assert flow(await look.counts(HOME, "", 86_400, 60)) == (7, 2, 1, 1)


async def test_what_is_open_is_counted_so_far(
    look: SqlOverview, journal: SqlJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    await create(journal, *(a_run(f"r-{number}") for number in range(5)))
    monkeypatch.setattr(overview, "MAX_OPEN", 3)
    monkeypatch.setattr(queue_states, "MAX_IN_QUEUE", 3)
    found = await look.counts(HOME, "", 3600, 60)
    [queued] = [each for each in found.statuses if each.status is S.QUEUED]
    assert (queued.runs, queued.more) == (3, True)
    assert not any(each.more for each in found.statuses if each.status is not S.QUEUED)
    [state] = await look.queues(HOME)
    assert state.more


async def test_queues_tell_what_waits_and_for_how_long(
    look: SqlOverview, journal: SqlJournal
) -> None:
    await create(
        journal,
        a_run("a"),
        a_run("b", graph_id="h"),
        a_run("late", queue="slow", start_delay_seconds=60.0),
        a_run("gpu", queue="gpu", graph_id="h"),
        limited("first", queue="gpu", priority=9),
        limited("second", queue="gpu"),
    )
    assert [run.run_id for run in await claim(journal, 1, queues=("gpu",))] == ["first"]
    default, gpu, slow = await look.queues(HOME)
    assert [state.queue for state in (default, gpu, slow)] == ["default", "gpu", "slow"]
    assert (default.ready, default.running, default.limited, default.delayed) == (2, 0, 0, 0)
    assert (gpu.ready, gpu.running, gpu.limited, gpu.delayed) == (1, 1, 1, 0)
    assert (slow.ready, slow.running, slow.limited, slow.delayed) == (0, 0, 0, 1)
    assert 0 < gpu.lag_seconds < 60
    assert slow.lag_seconds == 0
    assert {(each.graph_id, each.waiting, each.running) for each in gpu.graphs} == {
        ("g", 1, 1),
        ("h", 1, 0),
    }
    assert not any(state.more for state in (default, gpu, slow))


async def test_leases_tell_who_holds_what_first_what_ends_first(
    look: SqlOverview, journal: SqlJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    await create(journal, *(a_run(f"r-{number}") for number in range(6)))
    late = await claim(journal, 2, worker="one", lease_seconds=60)
    soon = await claim(journal, 2, worker="one", lease_seconds=20)
    [other] = await claim(journal, 1, worker="two")
    holders = {each.worker_id: each for each in await look.holders(HOME)}
    assert {name: each.runs for name, each in holders.items()} == {"one": 4, "two": 1}
    monkeypatch.setattr(overview, "MAX_HELD", 3)
    held = await look.held(HOME, ["one", "two", "three"])
    assert {run.run_id for run in held["one"][:2]} == {run.run_id for run in soon}
    assert held["one"][2].run_id in {run.run_id for run in late}
    assert len(held["one"]) == 3
    assert [(run.run_id, run.attempt) for run in held["two"]] == [(other.run_id, 1)]
    assert "three" not in held


@pytest.mark.parametrize("window", [3600, 86_400])
async def test_several_writers_add_up(
    database: Database, reopen: Reopen, look: SqlOverview, journal: SqlJournal, window: float
) -> None:
    if database.alone:
        pytest.skip("a file has one server")
    await live(journal)
    async with reopen() as second:
        await live(SqlJournal(second.writer), graph_id="h")
        for each in (look, SqlOverview(second)):
            counts = await each.counts(HOME, "", window, 60)
            assert flow(counts) == (14, 4, 2, 2)
            assert numbers(counts)[S.SUCCEEDED] == 4


async def test_counting_reads_the_slots_by_their_key(database: Database) -> None:
    if not database.alone:
        pytest.skip("PostgreSQL reads small tables as a whole")
    query = (
        "EXPLAIN QUERY PLAN SELECT starts_at, SUM(created) FROM throughput WHERE"
        " namespace = 'default' AND width_seconds = 10 AND starts_at >= 5 GROUP BY starts_at"
    )
    rows = await database.read(lambda c: c.execute(text(query)).all())
    assert any("SEARCH throughput USING PRIMARY KEY" in row[-1] for row in rows), rows
    assert not any("TEMP B-TREE" in row[-1] for row in rows), rows


seconds = st.floats(MIN_WINDOW_SECONDS, MAX_WINDOW_SECONDS)
times = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(times, seconds, st.integers(1, MAX_BUCKETS))
def test_a_window_ends_with_now_and_reaches_back_far_enough(
    at: datetime, seconds: float, buckets: int
) -> None:
    window = window_of(at, seconds, buckets)
    width = timedelta(seconds=window.width_seconds)
    assert 1 <= window.buckets <= buckets
    assert window.width_seconds % window.tier.seconds == 0
    assert window.bucket_of(at) == window.buckets - 1
    assert window.start_of(window.buckets - 1) <= at < window.start_of(window.buckets)
    assert at - window.starts_at >= timedelta(seconds=seconds) - width
    assert at - window.starts_at < timedelta(seconds=window.tier.kept_seconds)
    assert window.starts_at.timestamp() % window.width_seconds == 0
