"""What runs of the older protocol recorded, in the words of the event streaming protocol.

Their messages are not translated: how their blocks begin and end is not recorded. The state, which
is, has them whole.
"""

from collections.abc import Mapping
from typing import Any, Final

from runwire.domain.payload import decode, encode
from runwire.http.langgraph.tape_events import CUSTOM, Words, name_in, words_of

INTERRUPT: Final = "__interrupt__"
_SAME: Final = frozenset({"values", "updates", "tasks", CUSTOM})
SIGN: Final = f'"{INTERRUPT}"'.encode()
"""Stands in what asks something, and seldom elsewhere: only that need be read."""


def translated(channel: str, data: bytes, milliseconds: int) -> Words | None:
    """Return what a piece of output is in this protocol; None if it has no place there."""
    method, *namespace = channel.split("|")
    if method == "checkpoints":
        return words_of(method, namespace, milliseconds, _checkpoint(decode(data)))
    if method not in _SAME:
        return None
    if method == "values" and SIGN in data:
        values = decode(data)
        values.pop(INTERRUPT, None)
        return words_of(method, namespace, milliseconds, values)
    head = encode({"namespace": namespace, "timestamp": milliseconds})
    name = name_in(decode(data)) if method == CUSTOM else ""
    return Words(method, namespace, b'%b,"data":%b}' % (head[:-1], data), name)


def _checkpoint(data: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = data.get("metadata") or {}
    found = {
        "id": _id_in(data.get("config")),
        "parent_id": _id_in(data.get("parent_config")),
        "step": metadata.get("step"),
        "source": metadata.get("source"),
    }
    return {name: value for name, value in found.items() if value is not None}


def _id_in(config: Any) -> Any:
    return ((config or {}).get("configurable") or {}).get("checkpoint_id")
