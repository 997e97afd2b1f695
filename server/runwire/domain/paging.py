"""Pages of a list, and the tokens that lead from one to the next."""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from runwire.domain.errors import Invalid, Violation, invalid

DEFAULT_PAGE_SIZE: Final = 50
MAX_PAGE_SIZE: Final = 1000
MAX_NUMBER: Final = 2**60  # in a position: as microseconds still a time, and known to databases

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items; `next_page_token` is empty on the last page."""

    items: Sequence[T]
    next_page_token: str = ""


def page_size_of(asked: int) -> int:
    """Return how many items a page may hold; raise Invalid for a negative size."""
    if asked < 0:
        raise invalid("page_size", "must not be negative")
    return min(asked, MAX_PAGE_SIZE) or DEFAULT_PAGE_SIZE


def token_of(position: Sequence[Any], *, query: Sequence[object]) -> str:
    """Return the token of the page after a position, good only for the same query."""
    text = json.dumps([_fingerprint(query), *position], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def position_of(token: str, *, query: Sequence[object], kinds: Sequence[type]) -> list[Any] | None:
    """Return the position a token holds, None for an empty one; raise Invalid for a foreign one.

    `kinds` are the types of the position's parts: a token is what a caller sends, so it may lie.
    """
    if not token:
        return None
    try:
        found: list[Any] = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        fingerprint, *position = found
    except (ValueError, TypeError, RecursionError):
        raise _foreign("not a page token of this server") from None
    fits = [type(part) for part in position] == list(kinds)
    if fingerprint != _fingerprint(query) or not fits:
        raise _foreign("made for another request: keep all other fields unchanged")
    if any(isinstance(part, int) and abs(part) >= MAX_NUMBER for part in position):
        raise _foreign("not a page token of this server")
    return position


def _fingerprint(query: Sequence[object]) -> str:
    return hashlib.sha256(repr(query).encode()).hexdigest()[:12]


def _foreign(why: str) -> Invalid:
    return Invalid(
        f"page_token: {why}",
        reason="PAGE_TOKEN_INVALID",
        violations=(Violation("page_token", why),),
    )
