"""What a check finds."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from runwire.config import Settings


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what it is, what was found, and how to mend it unless it is well."""

    level: Level
    what: str
    found: str
    remedy: str = ""


Check = Callable[[Settings], Iterable[Finding]]
"""Looks at one part of a set-up; changes nothing. What it raises is a finding, too."""


def ok(what: str, found: str) -> Finding:
    """Return that something is well."""
    return Finding(Level.OK, what, found)


def warning(what: str, found: str, remedy: str) -> Finding:
    """Return what works, and may not for long or not as wished."""
    return Finding(Level.WARNING, what, found, remedy)


def problem(what: str, found: str, remedy: str) -> Finding:
    """Return what keeps a server from starting, or runs from moving."""
    return Finding(Level.PROBLEM, what, found, remedy)
