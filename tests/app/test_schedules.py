"""Every time that comes gets one run: in time, late, beside other runs, from several servers."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.app.scheduling import NOON, Clock, Planner, of_times, planner

from runwire.app.runs import NewRun
from runwire.app.schedules import NewSchedule
from runwire.domain.errors import AlreadyExists, Conflict, Invalid, NotFound
from runwire.domain.quotas import Quotas
from runwire.domain.run import RunId, RunStatus
from runwire.domain.schedule import CatchUp, Overlap
from runwire.stores.namespaces import SqlNamespaceStore

HERE = "default"


@pytest.fixture
async def one(tmp_path: Path, database_url: str) -> AsyncIterator[Planner]:
    async with planner(tmp_path, database_url, Clock()) as made:
        yield made


async def test_each_time_gets_one_run_however_often_somebody_looks(one: Planner) -> None:
    await one.made("every")
    await one.made("fives", "*/5")
    for minutes in (0, 0.9, 1, 1.01, 2, 3, 4, 5, 5.2):
        await one.at(minutes)
    assert await one.ids() == [*of_times("every", 1, 2, 3, 4, 5), *of_times("fives", 5)]
    run = await one.runs.get(RunId(of_times("fives", 5)[0]))
    assert run.labels == {
        "runwire.schedule": "fives", "runwire.schedule_time": "2026-11-21T12:05:00Z"
    }  # fmt: skip
    assert (run.graph_id, run.input.data) == ("nightly", b'{"n":1}')
    found = await one.schedules.get(HERE, "every")
    assert [each.run_id for each in found.schedule.recent] == of_times("every", 5, 4, 3, 2, 1)
    assert found.schedule.skipped_count == 0


async def test_a_clock_that_is_set_back_creates_nothing_twice(one: Planner) -> None:
    await one.made("every")
    await one.at(3)
    before = await one.ids()
    await one.at(1)
    await one.schedules.pause(HERE, "every", reason="")
    await one.schedules.unpause(HERE, "every")
    await one.at(3.5)
    assert await one.ids() == before
    await one.at(4)
    assert await one.ids() == sorted([*before, *of_times("every", 4)])


@pytest.mark.parametrize(
    ("catch_up", "minutes", "skipped"),
    [(CatchUp.NONE, [], 5), (CatchUp.LATEST, [5], 4), (CatchUp.ALL, [1, 2, 3, 4, 5], 0)],
)
async def test_after_a_pause_of_all_servers_times_are_caught_up_with(
    tmp_path: Path, database_url: str, catch_up: CatchUp, minutes: list[int], skipped: int
) -> None:
    clock = Clock()
    async with planner(tmp_path, database_url, clock) as first:
        await first.made("every", catch_up=catch_up)
    async with planner(tmp_path, database_url, clock) as second:
        await second.at(5.9)
        assert await second.ids() == of_times("every", *minutes)
        found = await second.schedules.get(HERE, "every")
        assert found.schedule.skipped_count == skipped


async def test_skip_leaves_out_what_comes_during_a_run(one: Planner) -> None:
    await one.made("every", overlap=Overlap.SKIP)
    for minutes in (1, 2, 3):
        await one.at(minutes)
    await one.end(of_times("every", 1)[0])
    await one.at(4)
    assert await one.ids() == of_times("every", 1, 4)
    assert (await one.schedules.get(HERE, "every")).schedule.skipped_count == 2


async def test_one_run_waits_for_the_other_to_end(one: Planner) -> None:
    await one.made("every", overlap=Overlap.BUFFER_ONE)
    for minutes in (1, 2, 3):
        await one.at(minutes)
    assert await one.ids() == of_times("every", 1)
    await one.end(of_times("every", 1)[0])
    await one.at(3.1)
    assert await one.ids() == of_times("every", 1, 2)
    assert (await one.schedules.get(HERE, "every")).schedule.skipped_count == 1


async def test_the_other_is_cancelled_and_the_run_created_then(one: Planner) -> None:
    await one.made("every", overlap=Overlap.CANCEL_OTHER)
    await one.at(1)
    await one.at(2)
    runs = {run.run_id: run for run in await one.all_runs()}
    assert sorted(runs) == of_times("every", 1, 2)
    first = runs[RunId(of_times("every", 1)[0])]
    assert first.status is RunStatus.CANCELLED
    assert first.cancel_reason == "schedule every creates its next run"


async def test_a_run_that_was_deleted_is_in_nobodys_way(one: Planner) -> None:
    await one.made("every", overlap=Overlap.SKIP)
    await one.at(1)
    [run_id] = await one.ids()
    await one.end(run_id)
    await one.runs.delete(RunId(run_id), etag="")
    await one.at(2)
    assert await one.ids() == of_times("every", 2)


async def test_nothing_comes_while_it_is_paused_nor_for_what_passed_then(one: Planner) -> None:
    await one.made("every", catch_up=CatchUp.ALL)
    paused = await one.schedules.pause(HERE, "every", reason="holidays")
    assert (paused.schedule.pause_reason, paused.next_times) == ("holidays", ())
    await one.at(5)
    going = await one.schedules.unpause(HERE, "every")
    assert (going.schedule.paused, going.schedule.pause_reason) == (False, "")
    await one.at(6)
    assert await one.ids() == of_times("every", 6)


async def test_pausing_drops_the_run_that_waits(one: Planner) -> None:
    await one.made("every", overlap=Overlap.BUFFER_ONE)
    await one.at(1)
    await one.at(2)
    paused = await one.schedules.pause(HERE, "every", reason="")
    assert (paused.schedule.buffered_at, paused.schedule.skipped_count) == (None, 1)
    await one.end(of_times("every", 1)[0])
    await one.at(9)
    assert await one.ids() == of_times("every", 1)


async def test_a_run_that_cannot_be_created_is_told_of_and_the_schedule_goes_on(
    one: Planner,
) -> None:
    await one.made("lost", new=NewRun(graph_id="not_yet"))
    await one.made("every")
    await one.at(1)
    lost = (await one.schedules.get(HERE, "lost")).schedule
    assert "no graph not_yet" in lost.error_message
    assert lost.skipped_count == 1
    assert await one.ids() == of_times("every", 1)
    new = NewRun(graph_id="nightly")
    asked = NewSchedule(cron="", new=new, catch_up_seconds=0)
    await one.schedules.update(HERE, "lost", asked, names=["new"], etag=lost.etag)
    await one.at(2)
    found = (await one.schedules.get(HERE, "lost")).schedule
    assert (found.error_message, [run.run_id for run in found.recent]) == ("", of_times("lost", 2))


async def test_a_taken_run_id_is_told_of_and_the_schedule_goes_on(one: Planner) -> None:
    await one.made("every")
    await one.runs.create(NewRun(graph_id="nightly", run_id=of_times("every", 1)[0]))
    await one.at(1)
    found = (await one.schedules.get(HERE, "every")).schedule
    assert "exists" in found.error_message
    await one.at(2)
    assert await one.ids() == of_times("every", 1, 2)


async def test_a_run_on_demand_is_created_paused_or_not_and_counts_as_running(
    one: Planner,
) -> None:
    await one.made("every", overlap=Overlap.SKIP)
    first = await one.schedules.trigger(HERE, "every")
    second = await one.schedules.trigger(HERE, "every")
    assert first.run_id != second.run_id
    assert first.labels["runwire.schedule"] == "every"
    await one.at(1)
    assert len(await one.ids()) == 2
    found = (await one.schedules.get(HERE, "every")).schedule
    assert {each.run_id for each in found.recent} == {first.run_id, second.run_id}
    assert found.skipped_count == 1


async def test_runs_that_have_not_ended_are_known_beyond_the_last_ten(one: Planner) -> None:
    await one.made("every")
    for minutes in range(1, 16):
        await one.at(minutes)
    for run_id in of_times("every", *range(2, 16)):
        await one.end(run_id)
    asked = NewSchedule(cron="", new=NewRun(graph_id=""), overlap=Overlap.SKIP, catch_up_seconds=0)
    await one.schedules.update(HERE, "every", asked, names=["overlap"], etag="")
    await one.at(16)  # the first of all still runs
    assert of_times("every", 16)[0] not in await one.ids()
    found = (await one.schedules.get(HERE, "every")).schedule
    assert [run.run_id for run in found.recent] == of_times("every", *range(15, 5, -1))
    await one.end(of_times("every", 1)[0])
    await one.at(17)
    assert of_times("every", 17)[0] in await one.ids()
    query = text("SELECT COUNT(*) FROM schedule_runs")
    assert await one.database.read(lambda connection: connection.scalar(query)) == 10


async def test_namespaces_do_not_know_each_others_schedules(one: Planner) -> None:
    await SqlNamespaceStore(one.database).add("tenant", "", Quotas())
    await one.made("every")
    new = NewRun(graph_id="nightly", namespace="tenant")
    asked = NewSchedule(cron="@hourly", new=new, catch_up_seconds=60)
    await one.schedules.create("tenant", "every", asked)
    with pytest.raises(AlreadyExists):
        await one.schedules.create("tenant", "every", asked)
    with pytest.raises(NotFound):
        await one.schedules.get("other", "every")
    page = await one.schedules.find("tenant", 0, "")
    assert [each.schedule.cron for each in page.items] == ["@hourly"]
    await one.at(60)
    ids = await one.ids()
    assert f"tenant/{of_times('every', 60)[0]}" in ids


async def test_a_time_gets_one_run_in_a_namespace_with_quotas_too(one: Planner) -> None:
    quotas = Quotas(queued_runs=100)
    await SqlNamespaceStore(one.database).update(HERE, display_name=None, quotas=quotas)
    await one.made("every")
    for minutes in (1, 1.5, 2):
        await one.at(minutes)
    assert await one.ids() == of_times("every", 1, 2)
    found = await one.schedules.get(HERE, "every")
    assert [each.run_id for each in found.schedule.recent] == of_times("every", 2, 1)


async def test_pages_lead_through_all_schedules_of_a_namespace(one: Planner) -> None:
    for name in ("d", "a", "c", "b", "e"):
        await one.made(name)
    found, token = [], ""
    while True:
        page = await one.schedules.find(HERE, 2, token)
        found += [each.schedule.schedule_id for each in page.items]
        token = page.next_page_token
        if not token:
            break
    assert found == ["a", "b", "c", "d", "e"]


async def test_an_old_etag_changes_nothing_and_turns_make_none_old(one: Planner) -> None:
    await one.made("every")
    etag = (await one.schedules.get(HERE, "every")).schedule.etag
    await one.at(1)
    asked = NewSchedule(cron="*/7 * * * *", new=NewRun(graph_id=""), catch_up_seconds=0)
    changed = await one.schedules.update(HERE, "every", asked, names=["cron"], etag=etag)
    assert [f"{at:%H:%M}" for at in changed.next_times] == ["12:07", "12:14", "12:21"]
    with pytest.raises(Conflict):
        await one.schedules.update(HERE, "every", asked, names=["cron"], etag=etag)


async def test_labels_of_ours_are_refused(one: Planner) -> None:
    with pytest.raises(Invalid, match="is set by the server"):
        await one.made("x", new=NewRun(graph_id="nightly", labels={"runwire.schedule": "y"}))


async def test_deleting_leaves_the_runs_and_frees_the_name(one: Planner) -> None:
    await one.made("every")
    await one.at(1)
    await one.schedules.delete(HERE, "every")
    with pytest.raises(NotFound):
        await one.schedules.delete(HERE, "every")
    await one.at(2)
    assert await one.ids() == of_times("every", 1)
    await one.made("every")


async def test_a_few_hundred_schedules_at_the_same_minute_all_get_their_runs(
    one: Planner,
) -> None:
    names = [f"s{number:03}" for number in range(200)]
    async with asyncio.TaskGroup() as tasks:
        for name in names:
            tasks.create_task(one.made(name))
    await one.at(1)
    assert await one.ids() == sorted(run_id for name in names for run_id in of_times(name, 1))


async def test_two_servers_that_look_at_once_create_each_run_once(
    tmp_path: Path, postgres_url: str
) -> None:
    clock = Clock()
    async with (
        planner(tmp_path, postgres_url, clock) as one,
        planner(tmp_path, postgres_url, clock) as two,
    ):
        for number in range(40):
            await one.made(f"s{number:02}", catch_up=CatchUp.ALL)
        for minutes in (1, 2, 5):
            async with asyncio.TaskGroup() as tasks:
                for each in (one, two, one, two):
                    tasks.create_task(each.at(minutes))
        wanted = [run_id for n in range(40) for run_id in of_times(f"s{n:02}", *range(1, 6))]
        assert await one.ids() == sorted(wanted)
        for number in range(40):
            found = (await two.schedules.get(HERE, f"s{number:02}")).schedule
            assert (found.skipped_count, found.error_message) == (0, "")
            assert len(found.recent) == 5


async def test_the_next_look_is_no_later_than_the_next_time(one: Planner) -> None:
    assert await one.rounds.look() == 5.0
    await one.made("hourly", "0", overlap=Overlap.BUFFER_ONE)
    one.clock.set(59.95)
    assert await one.rounds.look() == pytest.approx(3.0)
    await one.at(60)
    await one.at(120)
    assert await one.rounds.look() == 0.5  # until the other has ended


async def test_after_its_end_nothing_comes(one: Planner) -> None:
    await one.made("short", ends_at=NOON + timedelta(minutes=2))
    for minute in range(1, 6):
        await one.at(minute)
    assert len(await one.ids()) == 2
    described = await one.schedules.get(HERE, "short")
    assert (described.schedule.next_at, described.next_times) == (None, ())
    assert described.schedule.skipped_count == 0


async def test_a_later_end_lets_it_go_on(one: Planner) -> None:
    await one.made("short", ends_at=NOON + timedelta(minutes=1))
    await one.at(5)
    known = (await one.schedules.get(HERE, "short")).new
    later = NewSchedule(
        cron="* * * * *",
        new=known,
        catch_up_seconds=0,
        ends_at=NOON + timedelta(minutes=7),
        metadata={"more": 1},
    )
    changed = await one.schedules.update(
        HERE, "short", later, names=["ends_at", "metadata"], etag=""
    )
    assert changed.next_times == tuple(NOON + timedelta(minutes=each) for each in (6, 7))
    assert (changed.schedule.metadata, changed.schedule.cron) == ({"more": 1}, "* * * * *")
    for minute in range(6, 10):
        await one.at(minute)
    assert len(await one.ids()) == 3
