"""State saved after a step, as a full copy or as the difference to the checkpoint before.

1. A checkpoint's state is the newest full body at or before it, with the differences behind it.
2. A difference holds the keys that changed; a list that only grew, only its new end: so what a run
   stores grows with what it produces, not with its square.
3. Every ``FULL_EVERY`` checkpoints, or when differences outweigh the state, a full copy is written.

Bodies are JSON: a full one is the state, a difference is ``{"set": {…}, "append": {…}}``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from runwire.domain.payload import decode, encode
from runwire.domain.run import RunId

FULL_EVERY: Final = 25

Encoded = Mapping[str, bytes]
"""State key → its value as JSON bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextNode:
    """A node that runs next; `argument` (JSON bytes), if it was sent one, replaces the state."""

    node: str
    argument: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """State saved after a step; `visits` counts how often each node was come to."""

    run_id: RunId
    number: int
    superstep: int
    nodes: tuple[str, ...]
    next: tuple[NextNode, ...]
    visits: Mapping[str, int] = field(default_factory=dict)
    full: bool
    body: bytes
    created_at: datetime
    size_bytes: int = field(default=0, compare=False)
    """What the body takes in the database; known of checkpoints that were read from it."""

    @property
    def checkpoint_id(self) -> str:
        """The number as a word that sorts by age."""
        return checkpoint_id_of(self.number)

    @property
    def next_nodes(self) -> tuple[str, ...]:
        """Names of the nodes that run next."""
        return tuple(item.node for item in self.next)


def checkpoint_id_of(number: int) -> str:
    """Return the id of a checkpoint."""
    return f"{number:08d}"


def join(values: Encoded) -> bytes:
    """Return the JSON object of encoded values."""
    return b"{" + b",".join(encode(key) + b":" + data for key, data in values.items()) + b"}"


def difference(before: Encoded, after: Encoded) -> bytes:
    """Return the body that leads from one state to the next."""
    sets: dict[str, bytes] = {}
    appends: dict[str, bytes] = {}
    for key, new in after.items():
        old = before.get(key)
        if old == new:
            continue
        if old is not None and _grew(old, new):
            appends[key] = b"[" + new[len(old) :]
        else:
            sets[key] = new
    return b'{"set":' + join(sets) + b',"append":' + join(appends) + b"}"


def state_at(bodies: Sequence[tuple[bool, bytes]]) -> dict[str, Any]:
    """Return the state from (full, body) pairs, oldest first, the first of them full."""
    state: dict[str, Any] = {}
    for full, body in bodies:
        value = decode(body, name="checkpoint")
        if full:
            state = value
            continue
        state.update(value["set"])
        for key, items in value["append"].items():
            state[key] = [*state[key], *items]
    return state


def _grew(old: bytes, new: bytes) -> bool:
    """Whether an encoded list is an older one with items behind it."""
    return (
        len(old) > 2  # "[]" has no end to append to
        and len(new) > len(old)
        and old[:1] == b"["
        and new.startswith(old[:-1])
        and new[len(old) - 1 : len(old)] == b","
    )
