"""What an item of the store may be, and be asked for with."""

from collections.abc import Sequence
from typing import Final

from runwire.domain.assistant_ports import ItemQuery
from runwire.domain.errors import Exhausted, invalid
from runwire.domain.item import ItemChange, Path
from runwire.domain.payload import MAX_INLINE_BYTES, encode

MAX_PARTS: Final = 32
MAX_PART: Final = 256
MAX_KEY: Final = 1024
MAX_FIELDS: Final = 64
MAX_FILTER_BYTES: Final = 64 * 1024
MAX_QUERY: Final = 32 * 1024
MAX_FOUND: Final = 10_000
MAX_OFFSET: Final = 2**31
MAX_CHANGES: Final = 1000
MAX_CHANGED_BYTES: Final = 32 * 1024 * 1024
MAX_TTL_MINUTES: Final = 100 * 365 * 24 * 60

_RESERVED: Final = "langgraph"


def check_path(path: Path, *, name: str) -> None:
    """Raise Invalid for what no path can be, or begin or end with."""
    if len(path) > MAX_PARTS:
        raise invalid(name, f"has {len(path)} parts, more than {MAX_PARTS}")
    for part in path:
        if not 1 <= len(part) <= MAX_PART or min(part) < " ":
            raise invalid(
                name, f"each part must be 1 to {MAX_PART} characters, none of them a control one"
            )


def check_place(path: Path, key: str) -> None:
    """Raise Invalid for where no item can be."""
    check_path(path, name="namespace")
    if len(key) > MAX_KEY or "\0" in key:
        raise invalid("key", f"must be at most {MAX_KEY} characters, none of them U+0000")


def check_change(change: ItemChange) -> str | None:
    """Return the JSON text of an item that may be stored; raise Invalid or Exhausted."""
    check_place(change.path, change.key)
    if not change.path:
        raise invalid("namespace", "must have at least one part")
    if change.path[0] == _RESERVED:
        raise invalid("namespace", f"must not begin with {_RESERVED!r}, which is LangGraph's own")
    ttl = change.ttl_minutes
    if ttl is not None and not 0 < ttl <= MAX_TTL_MINUTES:
        raise invalid("ttl", f"must be more than 0 and at most {MAX_TTL_MINUTES} minutes")
    if isinstance(change.index, Sequence) and len(change.index) > MAX_FIELDS:
        raise invalid("index", f"names {len(change.index)} paths, more than {MAX_FIELDS}")
    if change.value is None:
        return None
    data = encode(dict(change.value), name="value")
    if len(data) > MAX_INLINE_BYTES:
        raise Exhausted(
            f"value is {len(data)} bytes, an item has at most {MAX_INLINE_BYTES}: split it, or keep"
            " it as an artifact and its id here",
            reason="PAYLOAD_TOO_LARGE",
            field="value",
            size_bytes=len(data),
            max_bytes=MAX_INLINE_BYTES,
        )
    return data.decode()


def check_together(texts: Sequence[str | None]) -> None:
    """Raise Exhausted for more than one transaction can take."""
    size = sum(len(text) for text in texts if text is not None)
    if len(texts) > MAX_CHANGES or size > MAX_CHANGED_BYTES:
        raise Exhausted(
            f"{len(texts)} changes of {size} characters at once, more than {MAX_CHANGES} or"
            f" {MAX_CHANGED_BYTES}: make fewer at a time",
            reason="TOO_MUCH_AT_ONCE",
        )


def check_query(query: ItemQuery) -> None:
    """Raise Invalid for what nobody can be asked."""
    check_path(query.prefix, name="namespace_prefix")
    check_slice(query.limit, query.offset)
    if len(encode(query.filter, name="filter")) > MAX_FILTER_BYTES:
        raise invalid("filter", f"is larger than {MAX_FILTER_BYTES} bytes")
    if len(query.query) > MAX_QUERY:
        raise invalid("query", f"is longer than {MAX_QUERY} characters")


def check_slice(limit: int, offset: int) -> None:
    """Raise Invalid if no page can begin or end there."""
    if not 0 <= limit <= MAX_FOUND:
        raise invalid("limit", f"must be 0 to {MAX_FOUND}")
    if not 0 <= offset <= MAX_OFFSET:
        raise invalid("offset", f"must be 0 to {MAX_OFFSET}")
