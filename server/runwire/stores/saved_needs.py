"""What must stay of a thread for some of its checkpoints to be read: pure."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

Place = tuple[str, str]
"""(thread id, checkpoint namespace)."""
Key = tuple[str, str]
"""(channel, version)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A checkpoint's place in the line: what it goes back to, and what it reads.

    ``deltas`` are the channels of which only the writes may rest.
    """

    parent_id: str
    versions: Mapping[str, str]
    deltas: frozenset[str] = frozenset()


def needed_checkpoints(
    lines: Mapping[str, Line], keep: Set[str], resting: Set[Key], used: Set[str]
) -> Set[str]:
    """Return the checkpoints to keep, and those that they go back to for values they lack.

    `resting` are the blobs there are; `used` are the channels that were ever written to.
    """
    also: set[str] = set()
    asked: dict[str, set[str]] = {}  # what was looked for from a checkpoint on
    for checkpoint_id in keep:
        line = lines[checkpoint_id]
        lacking = set((line.deltas & used) - _values(line, resting))
        while line.parent_id in lines:
            before, line = line.parent_id, lines[line.parent_id]
            lacking -= asked.setdefault(before, set())
            if not lacking:
                break
            asked[before] |= lacking
            also.add(before)
            lacking -= _values(line, resting)
    return keep | also


def needed_blobs(lines: Iterable[Line], bases: Mapping[Key, str]) -> Set[Key]:
    """Return the blobs that checkpoints read, with all that they go on from."""
    needed: set[Key] = set()
    for line in lines:
        for channel, version in line.versions.items():
            key = channel, version
            while key in bases and key not in needed:
                needed.add(key)
                key = channel, bases[key]
    return needed


def _values(line: Line, resting: Set[Key]) -> frozenset[str]:
    """Return the channels whose values rest at a checkpoint."""
    return frozenset(name for name, version in line.versions.items() if (name, version) in resting)
