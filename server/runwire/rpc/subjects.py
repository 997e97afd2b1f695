"""What a message names: ids, as the audit log keeps them; never payloads or secrets."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

MAX_DEPTH: Final = 3
MAX_NAMES: Final = 16
MAX_CHARACTERS: Final = 128
_ALSO: Final = frozenset({"namespace", "display_name", "flow"})
_JOINED: Final[Mapping[str, str]] = {"thread_ids": ",", "run_ids": ",", "path": "."}
"""Lists of names, and what stands between them."""


def subject_of(request: Message | None, response: Message | None = None) -> Mapping[str, str]:
    """Return what a request names, and ids that the answer adds, such as that of a new run."""
    found: dict[str, str] = {}
    for message in (request, response):
        if message is None:
            continue
        for name, value in _named(message, 0):
            if len(found) < MAX_NAMES:
                found.setdefault(name, value[:MAX_CHARACTERS])
    return found


def _named(message: Message, depth: int) -> Iterator[tuple[str, str]]:
    fields: Any = message.ListFields()
    for field, value in fields:
        if field.is_repeated:
            if field.name in _JOINED and field.type == FieldDescriptor.TYPE_STRING:
                yield field.name, _JOINED[field.name].join(value)
            continue
        if field.type == FieldDescriptor.TYPE_STRING:
            if field.name.endswith("_id") or field.name in _ALSO:
                yield field.name, value
        elif field.type == FieldDescriptor.TYPE_MESSAGE and depth + 1 < MAX_DEPTH:
            yield from _named(value, depth + 1)
