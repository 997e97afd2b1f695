"""What a fault test tells: one line of JSON each, and how much of it is done.

Every fault test has two sizes of the same code: a short one, which every test run takes, and the
long one of ``make drill`` (``RUNWIRE_DRILL=long``). ``tools/drill_table.py`` makes the README's
table from the lines.
"""

import json
import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

T = TypeVar("T")

long: Final = os.environ.get("RUNWIRE_DRILL") == "long"
"""Whether this is the long form."""


def scaled(short: T, at_length: T) -> T:
    """Return the first value in the short form, the second in the long one."""
    return at_length if long else short


def report(test_id: str, **figures: Any) -> None:
    """Print what a test measured (``test_id``: T9, say) as one line of JSON.

    Names of figures end in their unit where they have one (``p99_seconds``). With
    ``RUNWIRE_DRILL_REPORT`` set, the line is appended to that file, too.
    """
    about = {
        "test": test_id,
        "form": "long" if long else "short",
        "python": platform.python_version(),
    }
    line = json.dumps({**about, **figures}, default=str)
    print(line, flush=True)  # noqa: T201 - this is what the drill is for
    path = os.environ.get("RUNWIRE_DRILL_REPORT")
    if path:
        with Path(path).open("a", encoding="utf-8") as lines:
            lines.write(line + "\n")


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that at least this share of the values do not exceed."""
    if not values:
        raise ValueError("no values, so no percentile")
    rank = -(-len(values) * percent // 100)  # rounded up
    return sorted(values)[max(int(rank), 1) - 1]


def within(seconds: float, mark_seconds: float) -> bool:
    """Whether a time keeps to its mark; in the short form, on machines with other work, to 5x."""
    return seconds <= mark_seconds * scaled(5, 1)
