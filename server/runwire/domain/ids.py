"""Ids that callers may choose, checked before anything is looked up or made.

An id is one path segment of a URL as it stands, sorts the same everywhere and is safe as the name
of a file.
"""

import re
from collections.abc import Iterable
from typing import Final

from runwire.domain.errors import invalid

DEFAULT_QUEUE: Final = "default"
"""What people call the queue of runs that name none; inside, its name is empty."""

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,127}")
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def check_id(text: str, *, name: str) -> str:
    """Return the id of a run or an artifact; raise Invalid, naming it, if it is malformed."""
    if _ID.fullmatch(text) is None:
        raise invalid(
            name,
            "must be 1 to 128 letters, digits, '.', '_', '~' or '-', the first a letter or digit"
            if text
            else "is required",
        )
    return text


def check_queue(text: str, *, name: str) -> str:
    """Return a queue's name, empty for the default one; raise Invalid if it is malformed."""
    return "" if text in ("", DEFAULT_QUEUE) else check_id(text, name=name)


def queue_names(words: Iterable[str]) -> tuple[str, ...]:
    """Return the queues that people name, the default one being empty; none means that one."""
    return tuple(dict.fromkeys(check_queue(word, name="queues") for word in words)) or ("",)


def check_request_id(text: str, *, name: str = "request_id") -> str:
    """Return a request id in lower case, empty if none was sent; raise Invalid if it is no UUID."""
    if text and _UUID.fullmatch(text) is None:
        raise invalid(name, "must be a UUID, such as 3f2b8c1e-9d47-4a6b-8f10-2c5e7d9a0b31")
    return text.lower()
