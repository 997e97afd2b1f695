"""Cron: what the five fields say, checked, with a remedy for whatever they cannot say.

The fields are those of Vixie cron: minute, hour, day of month, month, day of week; each a list of
numbers, ranges and steps (``*/5``, ``9-17/2``), months and days of the week by name as well. If
both days are restricted, either will do. When times come, by a clock on a wall: `cron_times.py`.
"""

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from runwire.domain.errors import Invalid, invalid

MAX_CHARACTERS: Final = 256

SHORTHANDS: Final[Mapping[str, str]] = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_FORM: Final = (
    "must be five fields, minute hour day-of-month month day-of-week, such as '30 2 * * *'"
)
_PART: Final = re.compile(r"(\*|(\w+)(?:-(\w+))?)(?:/(\d{1,4}))?")


@dataclass(frozen=True, slots=True)
class _Field:
    """What one of the fields may hold."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()


_FIELDS: Final = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of month", 1, 31),
    _Field("month", 1, 12, tuple(name.lower() for name in calendar.month_abbr[1:])),
    _Field("day of week", 0, 7, ("sun", "mon", "tue", "wed", "thu", "fri", "sat")),
)


@dataclass(frozen=True, slots=True)
class Cron:
    """What five fields say. Days of the week count from Sunday, 0."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool
    """Whether a day of month or a day of week will do, instead of both."""
    steady: bool
    """Whether minute or hour begins with ``*``: then it goes by real time, not by the wall."""

    def on(self, month: int, day: int, weekday: int) -> bool:
        """Whether a day is meant."""
        if month not in self.months:
            return False
        found = day in self.days, weekday in self.weekdays
        return any(found) if self.either_day else all(found)


def parse_cron(text: str, *, name: str = "cron") -> Cron:
    """Return what an expression says; raise Invalid, naming it, with what to write instead."""
    if len(text) > MAX_CHARACTERS:
        raise unfit(name, f"is longer than {MAX_CHARACTERS} characters")
    words = _words(text.strip(), name)
    sets = [_values(field, word, name) for field, word in zip(_FIELDS, words, strict=True)]
    minute, hour, day, _, weekday = words
    return Cron(
        minutes=tuple(sorted(sets[0])),
        hours=tuple(sorted(sets[1])),
        days=frozenset(sets[2]),
        months=frozenset(sets[3]),
        weekdays=frozenset(value % 7 for value in sets[4]),
        either_day=not (day.startswith("*") or weekday.startswith("*")),
        steady=minute.startswith("*") or hour.startswith("*"),
    )


def unfit(name: str, description: str) -> Invalid:
    """Return the refusal of an expression."""
    return invalid(name, description, reason="CRON_INVALID")


def _words(text: str, name: str) -> list[str]:
    if text.startswith("@"):
        if text.lower() not in SHORTHANDS:
            known = ", ".join(SHORTHANDS)
            raise unfit(name, f"no {text[:32]}: one of {known}")
        text = SHORTHANDS[text.lower()]
    words = text.split()
    if len(words) in (6, 7):
        raise unfit(
            name, f"has {len(words)} fields; there are no seconds and no years, so it {_FORM}"
        )
    if len(words) != len(_FIELDS):
        told = f"has {len(words)} fields" if words else "is required"
        raise unfit(name, f"{told}; it {_FORM}")
    return words


def _values(field: _Field, word: str, name: str) -> set[int]:
    found: set[int] = set()
    for part in word.split(","):
        found.update(_range(field, part, name))
    return found


def _range(field: _Field, part: str, name: str) -> range:
    match = _PART.fullmatch(part)
    if match is None:
        raise _fault(
            field, part, "write numbers, ranges and steps, such as 1,5 or 1-9 or */2", name
        )
    whole, first, last, step = match.groups()
    if step is not None and last is None and whole != "*":
        remedy = f"a step needs a range: write {first}-{_top(field)}/{step}"
        raise _fault(field, part, remedy, name)
    if step is not None and int(step) == 0:
        raise _fault(field, part, "a step must be at least 1", name)
    low = field.low if whole == "*" else _number(field, first, part, name)
    high = _top(field) if whole == "*" else low
    if last is not None:
        high = _number(field, last, part, name)
    if high < low:
        remedy = f"a range goes up: write {first}-{_top(field)},{field.low}-{last}"
        raise _fault(field, part, remedy, name)
    return range(low, high + 1, int(step or 1))


def _number(field: _Field, word: str, part: str, name: str) -> int:
    if word.lower() in field.names:
        return field.names.index(word.lower()) + field.low
    if not (word.isascii() and word.isdigit()):
        known = f", or one of {', '.join(field.names)}" if field.names else ""
        raise _fault(field, part, f"{word[:32]!r} is no number{known}", name)
    if len(word) > 4 or not field.low <= int(word) <= field.high:
        raise _fault(field, part, f"must be from {field.low} to {field.high}", name)
    return int(word)


def _top(field: _Field) -> int:
    return 6 if field.high == 7 else field.high  # 7 is another name of Sunday


def _fault(field: _Field, part: str, remedy: str, name: str) -> Invalid:
    return unfit(name, f"{field.name} {part[:32]!r}: {remedy}")
