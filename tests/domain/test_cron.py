"""Cron against a clock on the wall: in zones that set it, forward and back, at odd hours too."""

from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.domain.wall_clock import looked_up

from runwire.domain.cron import parse_cron
from runwire.domain.cron_times import Times, next_times, parse_times, parse_zone
from runwire.domain.errors import Invalid

FALLS, SPRINGS = "2026-10-25", "2026-03-29"  # when Berlin sets its clocks


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "zone", "after", "times"),
    [
        ("30 2 * * *", "Europe/Berlin", f"{SPRINGS}T00:00", ["03-29 01:00", "03-30 00:30"]),
        ("15,45 2 * * *", "Europe/Berlin", f"{SPRINGS}T00:00", ["03-29 01:00", "03-30 00:15"]),
        ("0 2,3 * * *", "Europe/Berlin", f"{SPRINGS}T00:00", ["03-29 01:00", "03-30 00:00"]),
        ("30 2 * * *", "Europe/Berlin", f"{FALLS}T00:00", ["10-25 00:30", "10-26 01:30"]),
        ("45 2 * * *", "Europe/Berlin", f"{FALLS}T01:30", ["10-26 01:45", "10-27 01:45"]),
        ("*/30 2 * * *", "Europe/Berlin", f"{SPRINGS}T00:00", ["03-30 00:00", "03-30 00:30"]),
        ("*/30 * * * *", "Europe/Berlin", f"{SPRINGS}T00:10", ["03-29 00:30", "03-29 01:00"]),
        ("30 * * * *", "Europe/Berlin", f"{FALLS}T00:00", ["10-25 00:30", "10-25 01:30"]),
        ("0 0 * * *", "America/Sao_Paulo", "2018-11-03T12:00", ["11-04 03:00", "11-05 02:00"]),
        ("5 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00", ["10-03 15:30", "10-04 15:05"]),
        ("0 12 30 * *", "Pacific/Apia", "2011-12-29T00:00", ["12-30 10:00", "01-29 22:00"]),
        ("0 9 * * MON-FRI", "Asia/Kolkata", "2026-11-20T12:00", ["11-23 03:30", "11-24 03:30"]),
        ("0 0 29 2 *", "", "2026-01-01T00:00", ["02-29 00:00", "02-29 00:00"]),
        ("0 0 13 * FRI", "", "2026-11-10T00:00", ["11-13 00:00", "11-20 00:00"]),
        ("@weekly", "", "2026-11-21T00:00", ["11-22 00:00", "11-29 00:00"]),
        ("0 0 * * 7", "", "2026-11-21T00:00", ["11-22 00:00", "11-29 00:00"]),
    ],
)
def test_a_time_comes_once_whatever_is_done_to_clocks(
    cron: str, zone: str, after: str, times: list[str]
) -> None:
    found = next_times(parse_times(cron, zone), at(after), 2)
    assert [f"{time:%m-%d %H:%M}" for time in found] == times


ZONES = [
    ("Europe/Berlin", "2026-03-28"), ("Europe/Berlin", "2026-10-24"),
    ("America/New_York", "2026-03-07"), ("America/New_York", "2026-10-31"),
    ("America/St_Johns", "2010-03-13"), ("America/St_Johns", "2010-11-06"),
    ("Australia/Lord_Howe", "2026-04-04"), ("Australia/Lord_Howe", "2026-10-03"),
    ("Antarctica/Troll", "2026-03-28"), ("Antarctica/Troll", "2026-10-24"),
    ("America/Santiago", "2026-04-04"), ("America/Santiago", "2026-09-05"),
    ("America/Havana", "2026-03-07"), ("Africa/Casablanca", "2026-02-14"),
    ("Africa/Cairo", "2026-04-23"), ("Africa/Cairo", "2026-10-29"),
    ("Pacific/Apia", "2011-12-29"), ("Asia/Kathmandu", "2026-05-01"), ("UTC", "2026-12-30"),
]  # fmt: skip


def fields(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    pairs = st.tuples(number, number).map(sorted)
    return st.one_of(
        st.just("*"),
        st.integers(1, high).map(lambda step: f"*/{step}"),
        st.lists(number, min_size=1, max_size=3).map(lambda some: ",".join(map(str, some))),
        st.tuples(pairs, st.integers(1, 5)).map(lambda p: f"{p[0][0]}-{p[0][1]}/{p[1]}"),
    )


CRONS = st.tuples(
    fields(0, 59), fields(0, 4) | fields(0, 23), st.just("*") | fields(1, 31), st.just("*"),
    st.just("*") | fields(0, 7),
).map(" ".join)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(cron=CRONS, zone=st.sampled_from(ZONES), minutes=st.integers(0, 2000))
def test_times_are_those_that_somebody_sees_who_looks_every_minute(
    cron: str, zone: tuple[str, str], minutes: int
) -> None:
    name, day = zone
    start = at(f"{day}T00:00")
    after, until = start + timedelta(minutes=minutes), start + timedelta(hours=60)
    times = Times(parse_cron(cron), ZoneInfo(name))
    found = list(takewhile(lambda time: time <= until, times.all_after(after)))
    assert found == list(looked_up(times.cron, times.zone, after, until))


@settings(max_examples=100, deadline=None)
@given(cron=CRONS, zone=st.sampled_from(ZONES), seconds=st.integers(0, 200_000))
def test_the_next_time_is_later_and_asking_from_anywhere_before_it_finds_it(
    cron: str, zone: tuple[str, str], seconds: int
) -> None:
    times = Times(parse_cron(cron), ZoneInfo(zone[0]))
    after = at(f"{zone[1]}T00:00") + timedelta(seconds=seconds)
    found = list(islice(times.all_after(after), 4))
    assert found == sorted(set(found))
    for before, time in zip([after, *found], found, strict=False):
        assert time > before
        assert times.after(before) == time
        assert times.after(time - timedelta(microseconds=1)) == time


@pytest.mark.parametrize(
    ("cron", "told"),
    [
        ("", "is required"),
        ("* * * *", "has 4 fields; it must be five fields"),
        ("0 * * * * *", "has 6 fields; there are no seconds"),
        ("@reboot", "no @reboot: one of @hourly"),
        ("60 * * * *", "minute '60': must be from 0 to 59"),
        ("* * 0 * *", "day of month '0': must be from 1 to 31"),
        ("5/15 * * * *", "a step needs a range: write 5-59/15"),
        ("*/0 * * * *", "a step must be at least 1"),
        ("0 0 * * FRI-MON", "a range goes up: write FRI-6,0-MON"),
        ("0 0 * FOO *", "'FOO' is no number, or one of jan, feb"),
        ("0 0 L * *", "day of month 'L': 'L' is no number"),
        ("0 0 * * 1#2", "write numbers, ranges and steps"),
        ("0 0 30 2 *", "would never come: no month of it has such a day"),
        ("0 0 31 4,6,9,11 */2", "would never come"),
        ("٣ * * * *", "is no number"),
        ("*" * 300, "is longer than 256 characters"),
    ],
)
def test_what_cron_cannot_say_is_refused_with_a_remedy(cron: str, told: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_times(cron, "")
    assert told in caught.value.message
    assert [fault.field for fault in caught.value.violations] == ["cron"]


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        ("Europe/Belrin", "is Europe/Berlin meant?"),
        ("Europe", "no time zone 'Europe'"),
        ("../../etc/passwd", "no time zone"),
        ("/etc/localtime", "no time zone"),
        ("x" * 500, "write an IANA name"),
    ],
)
def test_a_zone_that_there_is_not_is_refused_with_what_may_be_meant(zone: str, told: str) -> None:
    with pytest.raises(Invalid, match="time_zone") as caught:
        parse_zone(zone)
    assert told in caught.value.message


def test_a_day_that_comes_seldom_comes() -> None:
    [time] = next_times(parse_times("0 0 29 2 */7", ""), at("2026-01-01T00:00"), 1)
    assert time == at("2032-02-29T00:00")  # a Sunday
