"""Small plots as inline SVG, drawn from profiles; they need no library and no script."""

from collections.abc import Sequence
from typing import Final

from examples.data_quality.markup import Child, Markup, element
from examples.data_quality.profiles import ColumnProfile, Kind

WIDTH: Final = 320
HEIGHT: Final = 110
AXIS: Final = 16
ROW: Final = 18
LABEL: Final = 120
MAX_LABEL_LENGTH: Final = 18


def plot(profile: ColumnProfile, *, label: str) -> Markup:
    """Return the plot that suits a column: a histogram, or bars of its most frequent values."""
    title = f"{profile.name}, {label}"
    if profile.kind in (Kind.NUMBER, Kind.DATE):
        return histogram(profile.bins, low=profile.low, high=profile.high, title=title)
    return bars(profile.common, title=title)


def histogram(bins: Sequence[int], *, low: str, high: str, title: str) -> Markup:
    """Return bars side by side over an axis from low to high."""
    tallest = max(bins, default=0) or 1
    step = WIDTH / max(1, len(bins))
    columns = [
        element(
            "rect",
            element("title", str(count)),
            x=round(place * step + 0.5, 1),
            y=round(HEIGHT - count / tallest * HEIGHT, 1),
            width=round(step - 1, 1),
            height=round(count / tallest * HEIGHT, 1),
        )
        for place, count in enumerate(bins)
    ]
    axis = (
        element("line", x1=0, y1=HEIGHT, x2=WIDTH, y2=HEIGHT),
        element("text", _short(low), x=0, y=HEIGHT + AXIS - 3),
        element("text", _short(high), x=WIDTH, y=HEIGHT + AXIS - 3, text_anchor="end"),
    )
    return _picture(columns, axis, height=HEIGHT + AXIS, title=title)


def bars(counted: Sequence[tuple[str, int]], *, title: str) -> Markup:
    """Return one bar per value, the name before it and the count behind it."""
    longest = max((count for _, count in counted), default=0) or 1
    room = WIDTH - LABEL - 50
    rows = [
        (
            element("text", _short(value), x=0, y=place * ROW + 13),
            element(
                "rect",
                element("title", value),
                x=LABEL,
                y=place * ROW + 3,
                width=round(count / longest * room, 1),
                height=ROW - 5,
            ),
            element(
                "text", count, x=round(LABEL + count / longest * room + 5, 1), y=place * ROW + 13
            ),
        )
        for place, (value, count) in enumerate(counted)
    ]
    return _picture(rows, height=max(1, len(counted)) * ROW, title=title)


def descent(totals: Sequence[int], *, title: str) -> Markup:
    """Return the number of anomalies from round to round, as bars."""
    return bars([(f"round {place}", total) for place, total in enumerate(totals)], title=title)


def _picture(*children: Child, height: int, title: str) -> Markup:
    return element(
        "svg",
        element("title", title),
        *children,
        role="img",
        viewBox=f"0 0 {WIDTH} {height}",
        width=WIDTH,
        height=height,
    )


def _short(value: str) -> str:
    return value if len(value) <= MAX_LABEL_LENGTH else value[: MAX_LABEL_LENGTH - 1] + "…"
