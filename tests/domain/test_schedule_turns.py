"""Which times get a run: overlap and catch-up policies as tables."""

from datetime import UTC, datetime, timedelta
from itertools import chain

import pytest

from runwire.domain.cron_times import parse_times
from runwire.domain.schedule import CatchUp, Overlap, Schedule, ScheduleId, Turn, take_turn

HOUR = datetime(2026, 11, 21, 12, tzinfo=UTC)
EVERY_MINUTE = parse_times("* * * * *", "")


def minute(number: float) -> datetime:
    return HOUR + timedelta(minutes=number)


def a_schedule(**changes: object) -> Schedule:
    values: dict[str, object] = {
        "schedule_id": ScheduleId("s"), "namespace": "default", "cron": "* * * * *", "spec": b"",
        "catch_up_seconds": 3600.0, "created_at": HOUR, "next_at": minute(1),
    }  # fmt: skip
    return Schedule(**{**values, **changes})  # type: ignore[arg-type]


def turn_of(schedule: Schedule, now: datetime) -> Turn:
    assert schedule.next_at is not None
    times = chain((schedule.next_at,), EVERY_MINUTE.all_after(schedule.next_at))
    return take_turn(schedule, times, now)


def taken(schedule: Schedule, now: datetime) -> tuple[list[datetime], Schedule]:
    """Take turns until nothing is due; return the times that got a run."""
    ran = []
    while schedule.next_at is not None and schedule.next_at <= now:
        turn = turn_of(schedule, now)
        assert turn.after != schedule
        schedule = turn.after
        if turn.run_at is not None:
            ran.append(turn.run_at)
    return ran, schedule


@pytest.mark.parametrize(
    ("catch_up", "window", "now", "ran", "skipped"),
    [
        (CatchUp.NONE, 3600, 1.1, [1], 0),
        (CatchUp.NONE, 3600, 1.6, [], 1),  # 36 seconds late: nobody could look
        (CatchUp.NONE, 3600, 5.1, [5], 4),
        (CatchUp.NONE, 3600, 5.9, [], 5),
        (CatchUp.LATEST, 3600, 1.1, [1], 0),
        (CatchUp.LATEST, 3600, 5.9, [5], 4),
        (CatchUp.LATEST, 0, 5.9, [], 5),
        (CatchUp.LATEST, 3600, 5000.9, [5000], 4999),  # more than one turn can decide on
        (CatchUp.ALL, 3600, 5.9, [1, 2, 3, 4, 5], 0),
        (CatchUp.ALL, 150, 5.9, [4, 5], 3),
        (CatchUp.ALL, 60, 1200.5, [1200], 1199),
    ],
)
def test_missed_times_are_caught_up_with_as_the_policy_says(
    catch_up: CatchUp, window: float, now: float, ran: list[int], skipped: int
) -> None:
    schedule = a_schedule(catch_up=catch_up, catch_up_seconds=window, overlap=Overlap.ALLOW)
    times, after = taken(schedule, minute(now))
    assert times == [minute(each) for each in ran]
    assert after.skipped_count == skipped
    assert after.next_at == minute(int(now) + 1)
    assert after.last_at == minute(int(now))


@pytest.mark.parametrize(
    ("overlap", "held", "run_at", "buffered", "skipped"),
    [
        (Overlap.SKIP, None, None, None, 1),
        (Overlap.ALLOW, None, 2, None, 0),
        (Overlap.BUFFER_ONE, None, None, 2, 0),
        (Overlap.BUFFER_ONE, 1, None, 1, 1),
        (Overlap.CANCEL_OTHER, None, None, 2, 0),
        (Overlap.CANCEL_OTHER, 1, None, 2, 1),
    ],
)
def test_a_time_that_comes_during_a_run_goes_by_the_overlap_policy(
    overlap: Overlap, held: int | None, run_at: int | None, buffered: int | None, skipped: int
) -> None:
    held_at = None if held is None else minute(held)
    schedule = a_schedule(overlap=overlap, busy=True, next_at=minute(2), buffered_at=held_at)
    turn = turn_of(schedule, minute(2))
    assert turn.run_at == (None if run_at is None else minute(run_at))
    assert turn.after.buffered_at == (None if buffered is None else minute(buffered))
    assert (turn.after.skipped_count, turn.after.next_at) == (skipped, minute(3))


@pytest.mark.parametrize("overlap", Overlap)
def test_what_has_waited_is_created_once_the_others_have_ended(overlap: Overlap) -> None:
    busy = a_schedule(overlap=overlap, busy=True, next_at=minute(9), buffered_at=minute(2))
    assert turn_of(busy, minute(3)).after == busy
    turn = turn_of(a_schedule(overlap=overlap, next_at=minute(9), buffered_at=minute(2)), minute(3))
    assert (turn.run_at, turn.after.buffered_at, turn.after.next_at) == (minute(2), None, minute(9))


def test_what_has_waited_comes_before_a_new_time_or_gives_way_to_it() -> None:
    waits = a_schedule(overlap=Overlap.BUFFER_ONE, next_at=minute(3), buffered_at=minute(2))
    turn = turn_of(waits, minute(3))
    assert (turn.run_at, turn.after.next_at) == (minute(2), minute(3))
    gives_way = a_schedule(overlap=Overlap.CANCEL_OTHER, next_at=minute(3), buffered_at=minute(2))
    turn = turn_of(gives_way, minute(3))
    assert (turn.run_at, turn.after.buffered_at, turn.after.skipped_count) == (minute(3), None, 1)


def test_a_run_that_could_not_be_created_is_told_of_and_counted() -> None:
    turn = turn_of(a_schedule(), minute(1)).without_run("no graph g")
    assert (turn.run_at, turn.after.error_message) == (None, "no graph g")
    assert (turn.after.skipped_count, turn.after.next_at) == (1, minute(2))
