"""Values as they are typed: JSON or @file, KEY=VALUE, times and sizes."""

import json
import re
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import typer

UNITS: Final[Mapping[str, int]] = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def json_value(text: str, option: str) -> Any:
    """Return the value of JSON text; `@path` reads a file, `@-` standard input."""
    if text == "@-":
        text = sys.stdin.read()
    elif text.startswith("@"):
        text = Path(text[1:]).read_text(encoding="utf-8")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise typer.BadParameter(
            f"{shortened(text, 60)!r} is not JSON: {error}. "
            """Give JSON such as '{"n": 1}' or '"yes"', or @path.""",
            param_hint=option,
        ) from None


def json_object(text: str, option: str) -> dict[str, Any]:
    """Return the object of JSON text."""
    value = json_value(text, option)
    if not isinstance(value, dict):
        raise typer.BadParameter("should be a JSON object: {…}", param_hint=option)
    return value


def pairs(words: Iterable[str] | None, option: str) -> Mapping[str, str]:
    """Return KEY=VALUE words as a mapping."""
    found = {}
    for word in words or ():
        key, mark, value = word.partition("=")
        if not (key and mark):
            raise typer.BadParameter(f"{word!r} should be KEY=VALUE", param_hint=option)
        found[key] = value
    return found


def shortened(text: str, max_length: int) -> str:
    """Return a text on one line, cut where it is too long."""
    line = " ".join(text.split())
    return line if len(line) <= max_length else f"{line[: max_length - 1]}…"


def clock(time: datetime | None) -> str:
    """Return a time as it is here; nothing if there is none."""
    return time.astimezone().strftime("%Y-%m-%d %H:%M:%S") if time else ""


def lasted(start: datetime | None, end: datetime | None) -> str:
    """Return how long something took; nothing while it has not ended."""
    return spell_seconds((end - start).total_seconds()) if start and end else ""


def spell_seconds(seconds: float) -> str:
    """Return a duration for people."""
    if seconds < 60:
        return f"{max(seconds, 0):.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24} d {hours % 24} h" if hours % 24 else f"{hours // 24} d"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def spell_bytes(count: int) -> str:
    """Return a size for people."""
    size = float(count)
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"


def seconds_in(text: str, option: str) -> float:
    """Return the seconds that a duration such as 90s, 30m, 12h, 7d or 2w has."""
    number, unit = text[:-1], text[-1:]
    if unit not in UNITS or not re.fullmatch(r"[0-9]+(\.[0-9]+)?", number):
        raise typer.BadParameter(
            f"{text!r} is no duration: give 90s, 30m, 12h, 7d or 2w", param_hint=option
        )
    return float(number) * UNITS[unit]


def bytes_in(text: str, option: str) -> int:
    """Return the bytes that a size such as 4096, 500KiB, 20MiB or 2GiB has."""
    found = re.fullmatch(r"([0-9]+)\s*(B|KiB|MiB|GiB|TiB)?", text)
    if found is None:
        raise typer.BadParameter(
            f"{text!r} is no size: give 4096, 500KiB, 20MiB or 2GiB", param_hint=option
        )
    thousands = ("B", "KiB", "MiB", "GiB", "TiB").index(found[2] or "B")
    return int(found[1]) << (10 * thousands)
