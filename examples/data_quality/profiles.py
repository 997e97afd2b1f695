"""What a table's columns are like: kind, gaps, spread, and how their values are distributed."""

import statistics
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

from examples.data_quality.table import Table
from examples.data_quality.values import (
    date,
    decimals_of,
    is_missing,
    likely_date_format,
    number,
    tidy,
)

KIND_SHARE: Final = 0.9
MAX_CATEGORIES: Final = 50
MAX_CATEGORY_LENGTH: Final = 80
BIN_COUNT: Final = 24
COMMON_COUNT: Final = 8


class Kind(StrEnum):
    """What most values of a column are."""

    NUMBER = "number"
    DATE = "date"
    CATEGORY = "category"
    TEXT = "text"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile:
    """One column; `odd` counts values that do not fit its kind, `bins` are equally wide."""

    name: str
    kind: Kind
    row_count: int
    missing: int
    distinct: int
    odd: int = 0
    low: str = ""
    high: str = ""
    mean: float | None = None
    quartiles: tuple[float, float, float] | None = None
    decimals: int = 0
    date_format: str = ""
    common: tuple[tuple[str, int], ...] = ()
    bins: tuple[int, ...] = ()


def profile_table(table: Table) -> list[ColumnProfile]:
    """Return the profile of every column."""
    return [profile_column(name, cells) for name, cells in table.columns.items()]


def profile_column(name: str, cells: Sequence[str]) -> ColumnProfile:
    """Return the profile of one column."""
    present = [tidy(cell) for cell in cells if not is_missing(cell)]
    kind, date_format = kind_of(present)
    counts = Counter(present)
    facts: dict[str, Any] = {}
    match kind:
        case Kind.NUMBER:
            facts = _number_facts(present)
        case Kind.DATE:
            facts = _date_facts(present, date_format)
        case Kind.CATEGORY | Kind.TEXT:
            facts = {"common": tuple(counts.most_common(COMMON_COUNT))}
        case Kind.EMPTY:
            pass
    return ColumnProfile(
        name=name,
        kind=kind,
        row_count=len(cells),
        missing=len(cells) - len(present),
        distinct=len(counts),
        date_format=date_format,
        **facts,
    )


def kind_of(present: Sequence[str]) -> tuple[Kind, str]:
    """Return the kind of a column's present values, and the date format if they are dates."""
    if not present:
        return Kind.EMPTY, ""
    enough = KIND_SHARE * len(present)
    if sum(number(text) is not None for text in present) >= enough:
        return Kind.NUMBER, ""
    date_format = likely_date_format(present)
    if date_format and sum(date(text, date_format) is not None for text in present) >= enough:
        return Kind.DATE, date_format
    names = {text.casefold() for text in present}
    few = len(names) <= min(MAX_CATEGORIES, max(10, len(present) // 10))
    short = max(map(len, names)) <= MAX_CATEGORY_LENGTH
    return (Kind.CATEGORY if few and short else Kind.TEXT), ""


def to_json(profiles: Sequence[ColumnProfile]) -> list[dict[str, Any]]:
    """Return profiles as plain JSON values."""
    return [asdict(profile) for profile in profiles]


def from_json(items: Sequence[Mapping[str, Any]]) -> list[ColumnProfile]:
    """Return the profiles that `to_json` made plain."""
    return [
        ColumnProfile(
            **{
                **item,
                "kind": Kind(item["kind"]),
                "quartiles": tuple(item["quartiles"]) if item["quartiles"] else None,
                "common": tuple((value, count) for value, count in item["common"]),
                "bins": tuple(item["bins"]),
            }
        )
        for item in items
    ]


def _number_facts(present: Sequence[str]) -> dict[str, Any]:
    plain = [text for text in present if number(text) is not None]
    numbers = sorted(float(text) for text in plain)
    return {
        "odd": len(present) - len(plain),
        "low": min(plain, key=float),
        "high": max(plain, key=float),
        "mean": statistics.fmean(numbers),
        "quartiles": _quartiles(numbers),
        "decimals": min(9, max(map(decimals_of, plain))),
        "bins": _bins(numbers),
    }


def _date_facts(present: Sequence[str], date_format: str) -> dict[str, Any]:
    dates = sorted(found for text in present if (found := date(text, date_format)) is not None)
    return {
        "odd": len(present) - len(dates),
        "low": dates[0].strftime(date_format),
        "high": dates[-1].strftime(date_format),
        "bins": _bins([moment.timestamp() for moment in dates]),
    }


def _quartiles(numbers: Sequence[float]) -> tuple[float, float, float]:
    if len(numbers) == 1:
        return (numbers[0],) * 3
    first, second, third = statistics.quantiles(numbers, n=4, method="inclusive")
    return first, second, third


def _bins(numbers: Sequence[float]) -> tuple[int, ...]:
    low, high = numbers[0], numbers[-1]
    if low == high:
        return (len(numbers),)
    edges = [low + (high - low) * place / BIN_COUNT for place in range(1, BIN_COUNT)]
    counts = Counter(bisect_right(edges, value) for value in numbers)
    return tuple(counts[place] for place in range(BIN_COUNT))
