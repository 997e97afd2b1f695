"""When a cron's times come, in a time zone whose clocks are set forward and back.

1. Times of the wall (``30 2 * * *``): one that does not exist, because clocks are set forward over
   it, comes once at the end of the gap; one that occurs twice comes the first time only.
2. Steady ones, whose minute or hour begins with ``*`` (``*/15 * * * *``), go by real time: what a
   gap leaves out does not come, and an hour that occurs twice has its times twice.
3. All are aware and in UTC, each later than the one before.
"""

import difflib
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from runwire.domain.cron import Cron, parse_cron, unfit
from runwire.domain.errors import invalid

MAX_YEARS: Final = 40
"""What does not come in so long never comes: a 29th of February on a Sunday takes 28 years."""

_ZONE: Final = re.compile(r"[A-Za-z0-9_+/-]{1,64}")
_ANY_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)
_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Times:
    """The times of a cron in a zone."""

    cron: Cron
    zone: ZoneInfo

    def after(self, at: datetime) -> datetime | None:
        """Return the first time after one, None if none comes in years."""
        return next(self.all_after(at), None)

    def all_after(self, at: datetime) -> Iterator[datetime]:
        """Yield the times after one; they end some years later."""
        return self._steady(at) if self.cron.steady else self._of_wall(at)

    def _of_wall(self, after: datetime) -> Iterator[datetime]:
        """Go from one reading of the wall's clock to the next, and ask when it shows that."""
        wall = after.astimezone(self.zone).replace(tzinfo=None)
        for day in _days(wall.date()):
            if not self._on(day):
                continue
            for hour in self.cron.hours:
                for minute in self.cron.minutes:
                    shown = datetime(day.year, day.month, day.day, hour, minute)  # noqa: DTZ001
                    if shown < wall:
                        continue
                    at = self._instant(shown)
                    if at > after:
                        yield at
                        after = at  # what a gap holds comes at its end, once

    def _steady(self, after: datetime) -> Iterator[datetime]:
        """Go through real time, over what is not meant in leaps."""
        at = after.replace(second=0, microsecond=0) + _MINUTE
        local = at.astimezone(self.zone)
        at -= timedelta(seconds=local.second)  # zones were not always whole minutes apart
        until = after + timedelta(days=366 * MAX_YEARS)
        while at <= until:
            local = at.astimezone(self.zone)
            at, meant = self._leap(at, local)
            if meant and at > after:
                yield at
            at += _MINUTE if meant else timedelta(0)

    def _leap(self, at: datetime, local: datetime) -> tuple[datetime, bool]:
        """Return the time itself, if it is meant; else the next that may be."""
        if not self._on(local.date()):
            left = 24 * 60 - local.hour * 60 - local.minute
        elif local.hour not in self.cron.hours:
            left = 60 - local.minute
        elif local.minute not in self.cron.minutes:
            index = bisect_left(self.cron.minutes, local.minute)
            left = (*self.cron.minutes, 60)[index] - local.minute
        else:
            return at, True
        landing = at + left * _MINUTE
        if landing.astimezone(self.zone).utcoffset() != local.utcoffset():
            landing = at + _MINUTE  # clocks are set on the way: step by step
        return landing, False

    def _on(self, day: date) -> bool:
        return self.cron.on(day.month, day.day, day.isoweekday() % 7)

    def _instant(self, shown: datetime) -> datetime:
        """Return when the wall's clock first shows something, or would have if it was not set."""
        at = shown.replace(tzinfo=self.zone).astimezone(UTC)
        if at.astimezone(self.zone).replace(tzinfo=None) == shown:
            return at
        early = shown.replace(tzinfo=self.zone, fold=1).astimezone(UTC)
        return self._set_at(early, at)

    def _set_at(self, before: datetime, after: datetime) -> datetime:
        """Return when between two times clocks were set, to the second."""
        new = after.astimezone(self.zone).utcoffset()
        low, high = 0, int((after - before).total_seconds())
        while high - low > 1:
            middle = (low + high) // 2
            at = before + timedelta(seconds=middle)
            low, high = (
                (low, middle) if at.astimezone(self.zone).utcoffset() == new else (middle, high)
            )
        return before + timedelta(seconds=high)


def parse_times(cron: str, time_zone: str, *, prefix: str = "") -> Times:
    """Return the times of an expression in a zone, UTC if it is empty.

    Raises Invalid naming `cron` or `time_zone` behind the prefix, also if no time ever comes.
    """
    parsed = parse_cron(cron, name=f"{prefix}cron")
    times = Times(parsed, parse_zone(time_zone, name=f"{prefix}time_zone"))
    if times.after(_ANY_TIME) is None:
        raise unfit(f"{prefix}cron", "would never come: no month of it has such a day")
    return times


def parse_zone(text: str, *, name: str = "time_zone") -> ZoneInfo:
    """Return the zone of an IANA name, UTC if it is empty; raise Invalid with what may be meant."""
    if not text:
        return ZoneInfo("UTC")
    if _ZONE.fullmatch(text):
        try:
            return ZoneInfo(text)
        except (KeyError, ValueError, OSError):  # of which a name of a directory has the last
            pass
    near = difflib.get_close_matches(text[:64], available_timezones(), n=1)
    remedy = f"is {near[0]} meant?" if near else "write an IANA name, such as Europe/Berlin"
    raise invalid(name, f"no time zone {text[:64]!r}: {remedy}", reason="TIME_ZONE_UNKNOWN")


def next_times(times: Times, after: datetime, count: int) -> list[datetime]:
    """Return the first so many times after one."""
    return list(islice(times.all_after(after), count))


def _days(first: date) -> Iterator[date]:
    for _ in range(366 * MAX_YEARS):
        yield first
        first += _DAY
