"""`Range: bytes=…`: which part of some content is wanted."""

import re
from dataclasses import dataclass
from typing import Final

_ONE: Final = re.compile(r"bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*")


@dataclass(frozen=True, slots=True)
class Part:
    """The bytes from `first` to `last`, inclusive; without a `last` all that follow."""

    first: int
    last: int | None = None

    @property
    def length(self) -> int:
        """How many bytes, 0 for all that follow."""
        return 0 if self.last is None else self.last - self.first + 1

    def of(self, size: int) -> str:
        """Return the Content-Range of this part of so many bytes."""
        last = size - 1 if self.last is None else min(self.last, size - 1)
        return f"bytes {self.first}-{last}/{size}"


@dataclass(frozen=True, slots=True)
class Tail:
    """The last so many bytes."""

    length: int

    def part(self, size: int) -> Part:
        """Return which these are of so many bytes."""
        return Part(max(0, size - self.length))


def wanted(header: str) -> Part | Tail | None:
    """Return what a Range header asks for; None for all of it.

    Several ranges, other units and what is malformed are ignored, as HTTP allows.
    """
    found = _ONE.fullmatch(header.strip())
    if found is None or found[0] == "" or not (found[1] or found[2]):
        return None
    if not found[1]:
        return Tail(int(found[2]))
    first = int(found[1])
    last = int(found[2]) if found[2] else None
    return None if last is not None and last < first else Part(first, last)
