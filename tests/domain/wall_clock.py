"""What a person would do who sees a clock on a wall, once a minute: the slow truth about cron."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from runwire.domain.cron import Cron

MINUTE = timedelta(minutes=1)


def looked_up(cron: Cron, zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[datetime]:
    """Yield every time after one, until another, looking at each minute there is."""
    at = after.replace(second=0, microsecond=0)
    wall = before = _wall(at, zone)
    while at < until:
        at += MINUTE
        before, wall = wall, _wall(at, zone)
        if cron.steady:
            meant = _shows(cron, wall)
        else:
            again = at.astimezone(zone).fold == 1
            left_out = list(_between(before, wall))
            meant = (_shows(cron, wall) and not again) or any(_shows(cron, w) for w in left_out)
        if meant and at > after:
            yield at


def _wall(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)


def _between(before: datetime, wall: datetime) -> Iterator[datetime]:
    """Yield what the clock would have shown between two minutes, had it not been set forward."""
    before += MINUTE
    while before < wall:
        yield before
        before += MINUTE


def _shows(cron: Cron, wall: datetime) -> bool:
    weekday = wall.isoweekday() % 7
    day = (
        wall.day in cron.days or weekday in cron.weekdays
        if cron.either_day
        else wall.day in cron.days and weekday in cron.weekdays
    )
    return (
        day
        and wall.month in cron.months
        and wall.hour in cron.hours
        and wall.minute in cron.minutes
    )
