"""Which spellings of a category mean the same: other case, stray whitespace, one slip."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from examples.data_quality.values import tidy

MIN_LENGTH: Final = 4
TIMES_AS_FREQUENT: Final = 10


def spelling_replacements(counts: Mapping[str, int]) -> dict[str, str]:
    """Return variant → usual spelling, given how often each value occurs."""
    groups: dict[str, Counter[str]] = {}
    for value, count in counts.items():
        groups.setdefault(tidy(value).casefold(), Counter())[value] += count
    usual = {key: tidy(group.most_common(1)[0][0]) for key, group in groups.items()}
    totals = {key: group.total() for key, group in groups.items()}
    meant = {key: usual[word] for key in groups if (word := _meant(key, totals))}
    return {
        value: spelling
        for key, group in groups.items()
        for value in group
        if value != (spelling := meant.get(key, usual[key]))
    }


def one_slip_apart(one: str, other: str) -> bool:
    """Whether they differ by one letter too many, too few, wrong or swapped with its neighbour."""
    short, long = sorted((one, other), key=len)
    start = next(
        (n for n, pair in enumerate(zip(short, long, strict=False)) if len({*pair}) > 1), None
    )
    if start is None:
        return len(long) - len(short) == 1
    rest, longer = short[start:], long[start:]
    if len(rest) != len(longer):
        return rest == longer[1:]
    swapped = rest[:2] == longer[1::-1] and rest[2:] == longer[2:]
    return swapped or rest[1:] == longer[1:]


def _meant(key: str, totals: Mapping[str, int]) -> str:
    """Return the frequent word that a rare one is a slip of; empty if there is none."""
    if len(key) < MIN_LENGTH or any(character.isdigit() for character in key):
        return ""
    frequent = (name for name, count in totals.items() if count >= TIMES_AS_FREQUENT * totals[key])
    return next((name for name in frequent if one_slip_apart(key, name)), "")
