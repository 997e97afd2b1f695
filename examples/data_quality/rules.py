"""Rules that mend a table: each is a value, derived from an anomaly; `mending.py` applies them.

1. A rule that turns cells into gaps is fine: the next round finds the gaps and fills them.
2. Outliers come last, in a round of their own: other faults move the bounds they are judged by.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Final

from examples.data_quality.anomalies import Anomaly, AnomalyKind
from examples.data_quality.profiles import ColumnProfile, Kind
from examples.data_quality.values import spell

DOMINANT_SHARE: Final = 0.5
UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """Put a value into the gaps of a column."""

    kind: ClassVar[str] = "fill"
    column: str
    value: str

    def describe(self) -> str:
        """Return what the rule does, in words."""
        return f"fill gaps with {self.value!r}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FillForward:
    """Repeat the value above a gap (or the first one below it, at the top)."""

    kind: ClassVar[str] = "fill forward"
    column: str

    def describe(self) -> str:
        """Return what the rule does, in words."""
        return "fill gaps with the value above"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """Move numbers beyond a bound to it."""

    kind: ClassVar[str] = "clip"
    column: str
    low: float | None
    high: float | None
    decimals: int

    def describe(self) -> str:
        """Return what the rule does, in words."""
        low, high = ("any" if bound is None else f"{bound:g}" for bound in (self.low, self.high))
        return f"clip to {low} … {high}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Spell cells as the numbers or dates they mean; empty those that mean none."""

    kind: ClassVar[str] = "cast"
    column: str
    decimals: int = 0
    date_format: str = ""

    def describe(self) -> str:
        """Return what the rule does, in words."""
        return f"cast to dates like {self.date_format}" if self.date_format else "cast to numbers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Normalise:
    """Replace spelling variants by the usual spelling; tidy whitespace if none are named."""

    kind: ClassVar[str] = "normalise"
    column: str
    replacements: Mapping[str, str] = field(default_factory=dict)

    def describe(self) -> str:
        """Return what the rule does, in words."""
        count = len(self.replacements)
        return f"use the usual spelling for {count} variants" if count else "tidy whitespace"


@dataclass(frozen=True, slots=True, kw_only=True)
class DropColumn:
    """Leave out a column without any value."""

    kind: ClassVar[str] = "drop column"
    column: str

    def describe(self) -> str:
        """Return what the rule does, in words."""
        return "drop the empty column"


@dataclass(frozen=True, slots=True, kw_only=True)
class DropDuplicates:
    """Keep the first of equal rows."""

    kind: ClassVar[str] = "drop duplicates"
    column: str = ""

    def describe(self) -> str:
        """Return what the rule does, in words."""
        return "drop duplicate rows"


Rule = Fill | FillForward | Clip | Cast | Normalise | DropColumn | DropDuplicates
RULES: Final[Mapping[str, Callable[..., Rule]]] = {
    rule.kind: rule
    for rule in (Fill, FillForward, Clip, Cast, Normalise, DropColumn, DropDuplicates)
}


def derive_rules(anomalies: Sequence[Anomaly], profiles: Sequence[ColumnProfile]) -> list[Rule]:
    """Return a rule per anomaly that can be mended now."""
    by_name = {profile.name: profile for profile in profiles}
    first = [anomaly for anomaly in anomalies if anomaly.kind is not AnomalyKind.OUTLIER]
    return [
        derive_rule(anomaly, by_name[anomaly.column]) if anomaly.column else DropDuplicates()
        for anomaly in first or anomalies
    ]


def derive_rule(anomaly: Anomaly, profile: ColumnProfile) -> Rule:
    """Return the rule that mends an anomaly of a column."""
    column, decimals = profile.name, profile.decimals
    match anomaly.kind:
        case AnomalyKind.EMPTY_COLUMN:
            return DropColumn(column=column)
        case AnomalyKind.MISSING:
            return _filling(profile)
        case AnomalyKind.MIXED_TYPE:
            return Cast(column=column, decimals=decimals, date_format=profile.date_format)
        case AnomalyKind.OUTLIER:
            low, high = _inward(anomaly.low, anomaly.high, decimals)
            return Clip(column=column, low=low, high=high, decimals=decimals)
        case AnomalyKind.WHITESPACE | AnomalyKind.SPELLING | AnomalyKind.DUPLICATE_ROW:
            return Normalise(column=column, replacements=anomaly.replacements)


def to_json(rules: Sequence[Rule]) -> list[dict[str, Any]]:
    """Return rules as plain JSON values."""
    return [{"kind": rule.kind, **asdict(rule)} for rule in rules]


def from_json(items: Sequence[Mapping[str, Any]]) -> list[Rule]:
    """Return the rules that `to_json` made plain."""
    return [
        RULES[item["kind"]](**{key: value for key, value in item.items() if key != "kind"})
        for item in items
    ]


def _filling(profile: ColumnProfile) -> Rule:
    if profile.kind is Kind.DATE:
        return FillForward(column=profile.name)
    value = UNKNOWN
    if profile.quartiles:
        value = spell(profile.quartiles[1], profile.decimals)
    elif profile.kind is Kind.CATEGORY:
        frequent, count = profile.common[0]
        dominant = count >= DOMINANT_SHARE * (profile.row_count - profile.missing)
        value = frequent if dominant else UNKNOWN
    return Fill(column=profile.name, value=value)


def _inward(
    low: float | None, high: float | None, decimals: int
) -> tuple[float | None, float | None]:
    # Rounded towards the plausible side: a clipped number must not be an outlier again.
    unit = 10.0**decimals
    return (
        None if low is None else math.ceil(low * unit) / unit,
        None if high is None else math.floor(high * unit) / unit,
    )
