"""How the updates of one superstep become the next state.

Updates are merged in the order of their steps, whichever ended first, so that the same run leads to
the same state; a key that two steps write needs a reducer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from runwire.domain.checkpoint import Encoded
from runwire.engine.faults import RESOURCE_EXHAUSTED, UNKNOWN, Fault, words
from runwire.engine.state import Key, StateType

MAX_STATE_BYTES: Final = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Written:
    """What one step wrote."""

    node: str
    step_id: str
    writes: Sequence[Encoded]


def merge(
    state: StateType,
    before: Encoded,
    written: Sequence[Written],
    *,
    max_bytes: int = MAX_STATE_BYTES,
) -> dict[str, bytes]:
    """Return the state after a superstep; raise Fault if two steps write one key."""
    after = dict(before)
    writers: dict[str, Written] = {}
    for item in written:
        for write in item.writes:
            for name, data in write.items():
                key = state.key(name)
                if key is None or key.reducer is None:
                    first = writers.setdefault(name, item)
                    if first is not item:
                        raise _clash(name, first, item)
                    after[name] = data
                else:
                    after[name] = _reduced(key, after.get(name), data, node=item.node)
    _check_size(after, max_bytes)
    return after


def _reduced(key: Key, before: bytes | None, data: bytes, *, node: str) -> bytes:
    try:
        return key.reduce(before, data)
    except Exception as error:  # a reducer is code of authors: whatever it raises ends the run
        raise Fault(
            "REDUCER_FAILED",
            f"the reducer of key {key.name!r} failed on an update of {node!r}: {words(error)}",
            code=UNKNOWN,
            node=node,
            key=key.name,
        ) from error


def _clash(key: str, first: Written, second: Written) -> Fault:
    names = [f"{item.node!r} (step {item.step_id})" for item in (first, second)]
    return Fault(
        "INVALID_UPDATE",
        f"nodes {names[0]} and {names[1]} ran in parallel and both wrote key {key!r}:"
        " give it a reducer, such as Annotated[list, operator.add], or let only one write it",
        node=second.node,
        key=key,
    )


def _check_size(values: Encoded, max_bytes: int) -> None:
    size = sum(map(len, values.values()))
    if size > max_bytes:
        largest = max(values, key=lambda name: len(values[name]))
        raise Fault(
            "STATE_TOO_LARGE",
            f"the state would take {size} bytes, the limit is {max_bytes}; the largest key is"
            f" {largest!r}: save what is large as artifacts and keep their ids in the state",
            code=RESOURCE_EXHAUSTED,
            key=largest,
            size_bytes=size,
        )
