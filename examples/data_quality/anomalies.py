"""What is wrong with a table, found column by column.

1. An anomaly sums up all cells of a column with the same fault; `count` says how many. An empty
   column counts once.
2. It carries what a rule needs to mend them, so that mending never has to look for faults again.
3. An outlier lies beyond both the far fence (3 times the interquartile range) and a robust z-score
   of 3.5. A skewed column without negative numbers is judged on a logarithmic scale: heavy rain is
   rare, not wrong. Quartiles and medians tell, so clipping outliers does not move the fences.
"""

import math
import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Final

from examples.data_quality.profiles import ColumnProfile, Kind
from examples.data_quality.spelling import spelling_replacements
from examples.data_quality.table import Table
from examples.data_quality.values import date, is_missing, number, tidy

MAX_SAMPLES: Final = 3
MAX_SAMPLE_LENGTH: Final = 60
FENCE_WIDTH: Final = 3.0
ROBUST_Z: Final = 3.5
DEVIATION_TO_SIGMA: Final = 0.6745  # of a normal distribution
MIN_NUMBERS: Final = 12
MAX_LOGARITHM: Final = 200.0
SKEW: Final = 2.0


class AnomalyKind(StrEnum):
    """What can be wrong."""

    EMPTY_COLUMN = "empty column"
    MISSING = "missing value"
    MIXED_TYPE = "mixed type"
    WHITESPACE = "stray whitespace"
    SPELLING = "spelling variant"
    OUTLIER = "outlier"
    DUPLICATE_ROW = "duplicate row"


@dataclass(frozen=True, slots=True, kw_only=True)
class Anomaly:
    """One fault of one column (or of whole rows: then `column` is empty), with a few samples."""

    kind: AnomalyKind
    column: str = ""
    count: int
    samples: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    replacements: Mapping[str, str] = field(default_factory=dict)


def find_anomalies(
    table: Table, profiles: Sequence[ColumnProfile], keep: AbstractSet[str] = frozenset()
) -> list[Anomaly]:
    """Return everything that is wrong; outliers of the columns in `keep` are taken for true."""
    found = [
        anomaly
        for profile in profiles
        for anomaly in column_anomalies(table.columns[profile.name], profile)
        if not (anomaly.kind is AnomalyKind.OUTLIER and anomaly.column in keep)
    ]
    return [*found, *duplicate_rows(table)]


def column_anomalies(cells: Sequence[str], profile: ColumnProfile) -> Iterator[Anomaly]:
    """Yield what is wrong with one column."""
    if profile.kind is Kind.EMPTY:
        if profile.row_count:
            yield Anomaly(kind=AnomalyKind.EMPTY_COLUMN, column=profile.name, count=1)
        return
    if profile.missing:
        yield Anomaly(kind=AnomalyKind.MISSING, column=profile.name, count=profile.missing)
    present = [cell for cell in cells if not is_missing(cell)]
    match profile.kind:
        case Kind.NUMBER:
            yield from _odd(present, profile, [number(cell) is None for cell in present])
            yield from _outliers(present, profile)
        case Kind.DATE:
            fits = [date(cell, profile.date_format) is not None for cell in present]
            yield from _odd(present, profile, [not fit for fit in fits])
        case Kind.CATEGORY:
            yield from _spellings(present, profile)
        case Kind.TEXT:
            yield from _whitespace(present, profile)


def duplicate_rows(table: Table) -> Iterator[Anomaly]:
    """Yield one anomaly if rows repeat an earlier one cell by cell."""
    counts = Counter(table.rows())
    repeated = {row: count - 1 for row, count in counts.items() if count > 1}
    if repeated:
        yield Anomaly(
            kind=AnomalyKind.DUPLICATE_ROW,
            count=sum(repeated.values()),
            samples=_samples([", ".join(row) for row in repeated]),
        )


def to_json(anomalies: Sequence[Anomaly]) -> list[dict[str, Any]]:
    """Return anomalies as plain JSON values."""
    return [asdict(anomaly) for anomaly in anomalies]


def from_json(items: Sequence[Mapping[str, Any]]) -> list[Anomaly]:
    """Return the anomalies that `to_json` made plain."""
    return [
        Anomaly(**{**item, "kind": AnomalyKind(item["kind"]), "samples": tuple(item["samples"])})
        for item in items
    ]


def _odd(present: Sequence[str], profile: ColumnProfile, odd: Sequence[bool]) -> Iterator[Anomaly]:
    cells = [cell for cell, wrong in zip(present, odd, strict=True) if wrong]
    if cells:
        yield Anomaly(
            kind=AnomalyKind.MIXED_TYPE,
            column=profile.name,
            count=len(cells),
            samples=_samples(cells),
        )


def _outliers(present: Sequence[str], profile: ColumnProfile) -> Iterator[Anomaly]:
    numbers = [found for cell in present if (found := number(cell)) is not None]
    low, high = outlier_fences(numbers)
    beyond = [value for value in numbers if not low <= value <= high]
    if beyond:
        yield Anomaly(
            kind=AnomalyKind.OUTLIER,
            column=profile.name,
            count=len(beyond),
            samples=_samples([f"{value:g}" for value in beyond]),
            low=low if math.isfinite(low) else None,
            high=high if math.isfinite(high) else None,
        )


def outlier_fences(numbers: Sequence[float]) -> tuple[float, float]:
    """Return the lowest and the highest plausible number; infinite if nothing can be said."""
    if len(numbers) < MIN_NUMBERS:
        return -math.inf, math.inf
    first, middle, third = statistics.quantiles(numbers, n=4, method="inclusive")
    skewed = min(numbers) >= 0 and third - middle > SKEW * (middle - first)
    if skewed:
        _, high = _fences([math.log1p(value) for value in numbers])
        return 0.0, math.expm1(min(high, MAX_LOGARITHM))
    low, high = _fences(numbers)
    return (max(0.0, low) if min(numbers) >= 0 else low), high


def _fences(numbers: Sequence[float]) -> tuple[float, float]:
    first, middle, third = statistics.quantiles(numbers, n=4, method="inclusive")
    deviation = statistics.median(abs(value - middle) for value in numbers)
    if third == first or not deviation:
        return -math.inf, math.inf  # most values are equal: a spread cannot be told
    reach = ROBUST_Z * deviation / DEVIATION_TO_SIGMA
    spread = FENCE_WIDTH * (third - first)
    return min(first - spread, middle - reach), max(third + spread, middle + reach)


def _spellings(present: Sequence[str], profile: ColumnProfile) -> Iterator[Anomaly]:
    counts = Counter(present)
    replacements = spelling_replacements(counts)
    if replacements:
        yield Anomaly(
            kind=AnomalyKind.SPELLING,
            column=profile.name,
            count=sum(counts[variant] for variant in replacements),
            samples=_samples([f"{old!r} for {new!r}" for old, new in replacements.items()]),
            replacements=replacements,
        )


def _whitespace(present: Sequence[str], profile: ColumnProfile) -> Iterator[Anomaly]:
    stray = [cell for cell in present if cell != tidy(cell)]
    if stray:
        yield Anomaly(
            kind=AnomalyKind.WHITESPACE,
            column=profile.name,
            count=len(stray),
            samples=_samples([repr(cell) for cell in stray]),
        )


def _samples(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(text[:MAX_SAMPLE_LENGTH] for text in texts[:MAX_SAMPLES])
