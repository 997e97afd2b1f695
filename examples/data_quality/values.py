"""What one cell of a table says: a number, a date, a word, or nothing.

1. A cell is text until a column as a whole says otherwise.
2. A number with a needless leading zero is a code (a postcode, for example), not a number.
"""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

MISSING_WORDS: Final = frozenset({"", "-", "?", "n/a", "na", "nan", "null", "none", "missing"})

DATE_FORMATS: Final = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%d.%m.%Y",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%b %d %Y",
)

MAX_MAGNITUDE: Final = 1e100  # what is larger is no measurement

_NUMBER: Final = re.compile(r"[+-]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_GROUPED: Final = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])")
_ORNAMENTS: Final = str.maketrans("", "", "$€£% \u00a0")
_SAMPLED_DATES: Final = 200


def is_missing(text: str) -> bool:
    """Whether a cell holds nothing, or a word that stands for nothing."""
    return text.strip().lower() in MISSING_WORDS


def number(text: str) -> float | None:
    """Return the number that a cell spells plainly, or None."""
    plain = text.strip()
    if not _NUMBER.fullmatch(plain):
        return None
    value = float(plain)
    return value if abs(value) <= MAX_MAGNITUDE else None


def loose_number(text: str) -> float | None:
    """Return the number in a cell that also holds a currency, a percent sign or grouped digits."""
    plain = text.translate(_ORNAMENTS)
    return number(_GROUPED.sub(lambda match: match[0].replace(",", ""), plain))


def decimals_of(text: str) -> int:
    """Return how many digits a plain number has behind its point."""
    mantissa = text.strip().lower().partition("e")[0]
    return len(mantissa.partition(".")[2])


def spell(value: float, decimals: int) -> str:
    """Return a number as a cell of a column with so many decimals."""
    return f"{value:.{decimals}f}" if decimals else str(round(value))


def date(text: str, date_format: str) -> datetime | None:
    """Return the date that a cell spells in a format, or None."""
    try:
        return datetime.strptime(text.strip(), date_format).replace(tzinfo=UTC)
    except ValueError:
        return None


def loose_date(text: str, date_format: str) -> str | None:
    """Return a date of any known format as the wanted format spells it, or None."""
    for known in (date_format, *DATE_FORMATS):
        found = date(text, known)
        if found is not None:
            return found.strftime(date_format)
    return None


def likely_date_format(texts: Iterable[str]) -> str:
    """Return the format that most of the first cells are spelled in; empty if there is none."""
    votes: Counter[str] = Counter()
    for _, text in zip(range(_SAMPLED_DATES), texts, strict=False):
        votes.update(known for known in DATE_FORMATS if date(text, known) is not None)
    return max(DATE_FORMATS, key=lambda known: votes[known]) if votes else ""


def tidy(text: str) -> str:
    """Return a cell without spaces around it and without doubled spaces within."""
    return " ".join(text.split())
