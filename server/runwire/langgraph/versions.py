"""Versions of channels: short words of which a later one is always the greater.

A version is unique in its thread, so that forks never mean two values by one version: behind its
number stands a random end. The number is led by its length as a letter, which sorts as numbers do,
and behind all versions that other savers make (those begin with a digit).
"""

import random
import re
import secrets
from typing import Any, Final

RANDOM_BYTES: Final = 5
DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"

_RANDOM: Final = random.Random(secrets.token_bytes(32))  # noqa: S311 - to differ, not to be secret
"""Asking the system each time would take as long as all the rest of a version."""
_OURS: Final = re.compile(r"[a-z]([0-9a-z]+)\..+")


def next_version(current: Any) -> str:
    """Return a version after another of any saver; None stands for the one before the first."""
    digits = _digits(_number(current) + 1)
    end = _digits(_RANDOM.getrandbits(8 * RANDOM_BYTES))
    return f"{chr(ord('a') + len(digits) - 1)}{digits}.{end or '0'}"


def is_unique(version: Any) -> bool:
    """Whether a version was made here, so that no other value can have it."""
    return isinstance(version, str) and _OURS.fullmatch(version) is not None


def _number(version: Any) -> int:
    if version is None:
        return 0
    if not isinstance(version, str):
        return int(version)
    ours = _OURS.fullmatch(version)
    return int(ours[1], len(DIGITS)) if ours else int(version.partition(".")[0])


def _digits(number: int) -> str:
    found = ""
    while number:
        number, digit = divmod(number, len(DIGITS))
        found = DIGITS[digit] + found
    return found
