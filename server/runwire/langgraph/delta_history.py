"""What was written to channels of which only the writes rest, since their value last rested."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from langgraph.checkpoint.base import DeltaChannelHistory, PendingWrite
from langgraph.checkpoint.serde.base import SerializerProtocol

from runwire.domain.thread_checkpoint import CheckpointRead
from runwire.domain.thread_ports import ThreadCheckpoints
from runwire.langgraph import codec
from runwire.langgraph.memory import Place

PAGE: Final = 100


async def delta_history(
    checkpoints: ThreadCheckpoints,
    place: Place,
    checkpoint_id: str,
    *,
    channels: Sequence[str],
    serde: SerializerProtocol,
) -> Mapping[str, DeltaChannelHistory]:
    """Go back from a checkpoint, itself left out, until each channel has a value that rests."""
    writes: dict[str, list[PendingWrite]] = {name: [] for name in channels}
    seeds: dict[str, Any] = {}
    open_: set[str] = set(channels)
    cursor = checkpoint_id
    while open_ and cursor:
        page = await checkpoints.ancestors(*place, cursor, channels=sorted(open_), limit=PAGE)
        for read in page:
            for write in reversed(codec.writes_of(read, serde, frozenset(open_))):
                writes[write[1]].append(write)
            found = _values(read, open_, serde)
            seeds |= found
            open_ -= found.keys()
        cursor = page[-1].checkpoint.checkpoint_id if len(page) == PAGE else ""
    return {name: _entry(name, writes[name], seeds) for name in channels}


def _values(read: CheckpointRead, channels: set[str], serde: SerializerProtocol) -> dict[str, Any]:
    found = {**codec.short_of(read, serde), **codec.values_of(read, serde)}
    return {name: value for name, value in found.items() if name in channels}


def _entry(
    name: str, newest_first: Sequence[PendingWrite], seeds: Mapping[str, Any]
) -> DeltaChannelHistory:
    entry: DeltaChannelHistory = {"writes": list(reversed(newest_first))}
    if name in seeds:
        entry["seed"] = seeds[name]
    return entry
