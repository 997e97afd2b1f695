"""The paths of the store's items as texts that sort as their parts do, and which of them match."""

from collections.abc import Callable, Sequence
from typing import Final

from runwire.domain.item import Path

SEPARATOR: Final = "\x01"
"""Stands behind each part; no part holds it, or anything that would sort before it."""
BEYOND: Final = "\x02"
ANY: Final = "*"
AT_ONCE: Final = 500

Following = Callable[[str, str, int], Sequence[str]]
"""Returns so many paths from one on, and before another if that is not empty, sorted."""


def joined(path: Path) -> str:
    """Return a path as it rests."""
    return "".join(f"{part}{SEPARATOR}" for part in path)


def parts_of(text: str) -> Path:
    """Return the path that rests as a text."""
    return tuple(text.split(SEPARATOR)[:-1])


def bounds(prefix: Path) -> tuple[str, str]:
    """Return between what all that begins with a path lies; there is no end for an empty one."""
    if not prefix:
        return "", ""
    text = joined(prefix)
    return text, f"{text[:-1]}{BEYOND}"


def matching_paths(
    following: Following,
    *,
    prefix: Path,
    suffix: Path,
    max_depth: int | None,
    limit: int,
    offset: int,
) -> Sequence[Path]:
    """Return paths that match, sorted, cut to a depth; what is cut to the same counts once."""
    known = prefix[: prefix.index(ANY)] if ANY in prefix else prefix
    after, before = bounds(known)
    found: list[Path] = []
    while len(found) < offset + limit and (page := following(after, before, AT_ONCE)):
        for text in page:
            path = parts_of(text)
            if _begins(path, prefix) and _begins(path[::-1], suffix[::-1]):
                cut = path[:max_depth]
                if not found or found[-1] != cut:
                    found.append(cut)
        after = _next(parts_of(page[-1]), found, max_depth)
    return found[offset : offset + limit]


def _next(last: Path, found: Sequence[Path], max_depth: int | None) -> str:
    """Return where to go on: past all that would be cut to what has been found already."""
    if max_depth and found and found[-1] == last[:max_depth]:
        return bounds(found[-1])[1]
    return f"{joined(last)}{SEPARATOR}"


def _begins(path: Path, wanted: Path) -> bool:
    return len(path) >= len(wanted) and all(
        want in (part, ANY) for part, want in zip(path, wanted, strict=False)
    )
