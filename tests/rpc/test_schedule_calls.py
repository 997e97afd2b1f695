"""ScheduleService through the client, over both databases."""

import pytest
from google.protobuf import field_mask_pb2

from runwire_client import (
    AlreadyExists,
    AsyncClient,
    CatchUpPolicy,
    Conflict,
    Invalid,
    NotFound,
    OverlapPolicy,
    RunStatus,
    RunTemplate,
)
from runwire_client.errors import Error
from runwire_client.v1 import run_pb2, schedule_pb2, schedule_service_pb2

ONE = RunTemplate("three_nodes", {"n": 1}, labels={"team": "risk"}, priority=3, queue="slow")


def fields_of(error: Error) -> list[str]:
    return [fault.field for fault in error.violations]


async def test_a_schedule_comes_back_as_it_was_made(client: AsyncClient) -> None:
    made = await client.schedules.create(
        "nightly",
        "30 2 * * MON-FRI",
        ONE,
        time_zone="Europe/Berlin",
        overlap=OverlapPolicy.BUFFER_ONE,
        catch_up=CatchUpPolicy.ALL,
        catch_up_seconds=90.5,
    )
    found = await client.schedules.get("nightly")
    assert found == made
    assert (found.cron, found.time_zone) == ("30 2 * * MON-FRI", "Europe/Berlin")
    assert (found.overlap, found.catch_up) == (OverlapPolicy.BUFFER_ONE, CatchUpPolicy.ALL)
    assert (found.catch_up_seconds, found.input, found.labels) == (90.5, {"n": 1}, ONE.labels)
    assert (found.message.spec.priority, found.message.spec.queue) == (3, "slow")
    assert len(found.next_times) == 3
    assert all(at.minute == 30 for at in found.next_times)
    [listed] = [each async for each in client.schedules.list()]
    assert (listed.schedule_id, listed.input, listed.labels) == ("nightly", None, ONE.labels)


async def test_defaults_are_told(client: AsyncClient) -> None:
    made = await client.schedules.create("s", "@daily", RunTemplate("three_nodes", {"n": 1}))
    assert (made.overlap, made.catch_up) == (OverlapPolicy.SKIP, CatchUpPolicy.LATEST)
    assert (made.catch_up_seconds, made.time_zone, made.paused) == (3600.0, "", False)


async def test_what_is_wrong_is_named_from_the_root_of_the_request(client: AsyncClient) -> None:
    with pytest.raises(Invalid) as caught:
        await client.schedules.create(
            "bad id",
            "61 * * * *",
            RunTemplate("", None, queue="no queue"),
            time_zone="Mars/Base",
            catch_up_seconds=32 * 86_400,
        )
    assert fields_of(caught.value) == [
        "schedule.schedule_id", "schedule.cron", "schedule.time_zone", "schedule.spec.graph_id",
        "schedule.spec.queue", "schedule.catch_up_window",
    ]  # fmt: skip


async def test_an_input_is_checked_if_its_graph_is_known(client: AsyncClient) -> None:
    wrong = RunTemplate("three_nodes", {"n": "one"})
    with pytest.raises(Invalid) as caught:
        await client.schedules.create("s", "@daily", wrong)
    assert fields_of(caught.value) == ["schedule.spec.input.n"]
    with pytest.raises(Invalid) as refused:
        await client.runs.create(wrong.graph_id, wrong.input)
    assert fields_of(refused.value) == ["spec.input.n"]
    await client.schedules.create("s", "@daily", RunTemplate("comes_later", {"n": "one"}))
    with pytest.raises(Invalid) as updating:
        await client.schedules.update("s", template=wrong)
    assert fields_of(updating.value) == ["schedule.spec.input.n"]


async def test_what_is_given_is_changed_and_nothing_else(client: AsyncClient) -> None:
    made = await client.schedules.create("s", "@daily", ONE, overlap=OverlapPolicy.ALLOW)
    changed = await client.schedules.update("s", cron="0 12 * * *", etag=made.etag)
    assert (changed.cron, changed.overlap, changed.input) == (
        "0 12 * * *", OverlapPolicy.ALLOW, {"n": 1}
    )  # fmt: skip
    assert changed.etag != made.etag
    assert {at.hour for at in changed.next_times} == {12}
    with pytest.raises(Conflict):
        await client.schedules.update("s", cron="@daily", etag=made.etag)
    zoned = await client.schedules.update("s", time_zone="Asia/Tokyo")
    assert {at.hour for at in zoned.next_times} == {3}
    swapped = await client.schedules.update("s", template=RunTemplate("three_nodes", {"n": 2}))
    assert (swapped.input, swapped.labels) == ({"n": 2}, {})
    with pytest.raises(Invalid, match="update_mask"):
        await client.schedules.update("s")


async def test_pausing_and_going_on_may_be_asked_for_again(client: AsyncClient) -> None:
    await client.schedules.create("s", "@daily", ONE, paused=True, pause_reason="not yet")
    first = await client.schedules.pause("s", "holidays")
    assert await client.schedules.pause("s", "holidays") == first
    assert (first.paused, first.pause_reason, first.next_times) == (True, "holidays", ())
    going = await client.schedules.unpause("s")
    assert (going.paused, going.pause_reason, len(going.next_times)) == (False, "", 3)
    assert await client.schedules.unpause("s") == going


async def test_a_run_on_demand_is_executed(client: AsyncClient) -> None:
    await client.schedules.create("s", "@yearly", RunTemplate("three_nodes", {"n": 1}), paused=True)
    run = await client.schedules.trigger("s")
    assert run.run_id.startswith("s-")
    assert (await client.runs.wait(run.run_id)).status is RunStatus.SUCCEEDED
    [listed] = [each async for each in client.runs.list(filter="labels.runwire.schedule = s")]
    assert listed.run_id == run.run_id
    [recent] = (await client.schedules.get("s")).recent_runs
    assert recent.run_id == run.run_id


async def test_what_is_not_there_is_not_found(client: AsyncClient) -> None:
    schedules = client.schedules
    calls = (schedules.get, schedules.pause, schedules.unpause, schedules.trigger, schedules.delete)
    for call in calls:
        with pytest.raises(NotFound) as caught:
            await call("nobody")
        assert caught.value.reason == "SCHEDULE_NOT_FOUND"
    await schedules.create("s", "@daily", ONE)
    with pytest.raises(AlreadyExists):
        await schedules.create("s", "@daily", ONE)
    await schedules.delete("s")
    assert [each async for each in schedules.list()] == []


async def test_masks_and_numbers_that_mean_nothing_are_refused(client: AsyncClient) -> None:
    schedule = schedule_pb2.Schedule(
        schedule_id="s", cron="@daily", spec=run_pb2.RunSpec(graph_id="g")
    )
    schedule.overlap_policy = 77  # type: ignore[assignment]
    create = schedule_service_pb2.CreateScheduleRequest(schedule=schedule)
    calls, stub = client.schedules._calls, client.schedules._stub
    with pytest.raises(Invalid) as caught:
        await calls.unary(stub.CreateSchedule, create)
    assert fields_of(caught.value) == ["schedule.overlap_policy"]
    mask = field_mask_pb2.FieldMask(paths=["cron", "paused"])
    update = schedule_service_pb2.UpdateScheduleRequest(schedule=schedule, update_mask=mask)
    with pytest.raises(Invalid) as refused:
        await calls.unary(stub.UpdateSchedule, update)
    assert "update_mask.paths[1]" in fields_of(refused.value)
