"""LangGraph's checkpoints and writes as they rest, and back.

1. What is short (numbers, words, nothing) rests in the checkpoint itself; other values rest as
   blobs, once for each version of their channel.
2. A channel that has a version and no value is empty: nothing of it rests.
3. Metadata rests as JSON, to filter by; what JSON does not know rests with the checkpoint.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    PendingWrite,
    get_checkpoint_metadata,
)
from langgraph.checkpoint.serde.base import SerializerProtocol

from runwire.domain.thread_checkpoint import (
    ChannelBlob,
    CheckpointRead,
    TaskWrite,
    TaskWrites,
    ThreadCheckpoint,
)
from runwire.langgraph.growth import joined
from runwire.langgraph.memory import Memory, Place

SHORT: Final = 64

_OWN: Final = frozenset(
    ("v", "ts", "id", "channel_values", "channel_versions", "versions_seen", "updated_channels")
)


def place_of(config: RunnableConfig) -> Place:
    """Return the thread and checkpoint namespace that a config names."""
    named = config["configurable"]
    return str(named["thread_id"]), named.get("checkpoint_ns") or ""


def config_of(place: Place, checkpoint_id: str) -> RunnableConfig:
    """Return the config that names a checkpoint."""
    thread_id, checkpoint_ns = place
    named = {
        "thread_id": thread_id,
        "checkpoint_ns": checkpoint_ns,
        "checkpoint_id": checkpoint_id,
    }
    return {"configurable": named}


def pack(
    checkpoint: Checkpoint,
    config: RunnableConfig,
    metadata: CheckpointMetadata,
    new_versions: ChannelVersions,
    *,
    serde: SerializerProtocol,
    memory: Memory,
    run_id: str | None,
    at: datetime,
) -> ThreadCheckpoint:
    """Return a checkpoint as it rests; `run_id` None means the one that its metadata name."""
    place = place_of(config)
    parent = str(config["configurable"].get("checkpoint_id") or "")
    values, versions = checkpoint["channel_values"], checkpoint["channel_versions"]
    short = {name: values[name] for name in versions if name in values and _is_short(values[name])}
    blobs = tuple(
        memory.pack(place, name, str(version), *serde.dumps_typed(values[name]))
        for name, version in new_versions.items()
        if name in values and name not in short
    )
    known = memory.versions_at(place, parent)
    resting = {
        name: str(version)
        for name, version in versions.items()
        if name not in short
        and (name in values or (name not in new_versions and _may_rest(known, name, version)))
    }
    told = cast("Mapping[str, Any]", get_checkpoint_metadata(config, metadata))
    plain, odd = _split(told)
    kind, body = serde.dumps_typed(_trimmed(checkpoint, short, odd))
    memory.note(place, checkpoint["id"], resting)
    return ThreadCheckpoint(
        thread_id=place[0],
        checkpoint_ns=place[1],
        checkpoint_id=checkpoint["id"],
        parent_id=parent,
        run_id=str(told.get("run_id") or "") if run_id is None else run_id,
        kind=kind,
        body=body,
        metadata=plain,
        versions=resting,
        blobs=blobs,
        created_at=at,
    )


def unpack(read: CheckpointRead, serde: SerializerProtocol) -> CheckpointTuple:
    """Return a checkpoint as LangGraph knows it."""
    found = read.checkpoint
    place = found.thread_id, found.checkpoint_ns
    v, ts, versions, seen, updated, short, odd, rest = serde.loads_typed((found.kind, found.body))
    checkpoint = {
        "v": v,
        "ts": ts,
        "id": found.checkpoint_id,
        "channel_values": short | values_of(read, serde),
        "channel_versions": versions,
        "versions_seen": seen,
        "updated_channels": updated,
        **(rest or {}),
    }
    return CheckpointTuple(
        config=config_of(place, found.checkpoint_id),
        checkpoint=cast("Checkpoint", checkpoint),
        metadata=cast("CheckpointMetadata", {**found.metadata, **(odd or {})}),
        parent_config=config_of(place, found.parent_id) if found.parent_id else None,
        pending_writes=writes_of(read, serde),
    )


def values_of(read: CheckpointRead, serde: SerializerProtocol) -> dict[str, Any]:
    """Return the values that rest in blobs."""
    return {name: _value(blobs, serde) for name, blobs in read.values.items()}


def short_of(read: CheckpointRead, serde: SerializerProtocol) -> Mapping[str, Any]:
    """Return the values that rest in the checkpoint itself."""
    found = serde.loads_typed((read.checkpoint.kind, read.checkpoint.body))
    return cast("Mapping[str, Any]", found[5])


def pack_writes(
    config: RunnableConfig,
    writes: Sequence[tuple[str, Any]],
    *,
    task_id: str,
    task_path: str,
    serde: SerializerProtocol,
    memory: Memory,
    run_id: str | None,
) -> TaskWrites:
    """Return what a task wrote as it rests, with its run unless the checkpoint names that."""
    place, checkpoint_id = place_of(config), config["configurable"]["checkpoint_id"]
    packed = []
    for number, (channel, value) in enumerate(writes):
        kind, body = serde.dumps_typed(value)
        index = WRITES_IDX_MAP.get(channel, number)
        packed.append(TaskWrite(index=index, channel=channel, kind=kind, body=body))
    return TaskWrites(
        thread_id=place[0],
        checkpoint_ns=place[1],
        checkpoint_id=checkpoint_id,
        task_id=task_id,
        task_path=task_path,
        run_id="" if memory.is_own(place, checkpoint_id) else run_id or "",
        writes=tuple(packed),
    )


def writes_of(
    read: CheckpointRead, serde: SerializerProtocol, channels: frozenset[str] | None = None
) -> list[PendingWrite]:
    """Return the writes on top of a checkpoint, all or those of some channels."""
    return [
        (task.task_id, write.channel, serde.loads_typed((write.kind, write.body)))
        for task in read.writes
        for write in task.writes
        if channels is None or write.channel in channels
    ]


def _value(blobs: Sequence[ChannelBlob], serde: SerializerProtocol) -> Any:
    return serde.loads_typed(joined(blobs))


def _is_short(value: Any) -> bool:
    kind = type(value)
    if kind is str:
        return len(value) <= SHORT
    return value is None or kind is bool or kind is int or kind is float


def _may_rest(known: Mapping[str, str] | None, channel: str, version: Any) -> bool:
    """Whether a value that was not given may rest from before."""
    return known is None or known.get(channel) == str(version)


def _trimmed(
    checkpoint: Checkpoint, short: Mapping[str, Any], odd: Mapping[str, Any]
) -> Sequence[Any]:
    rest = {name: value for name, value in checkpoint.items() if name not in _OWN and value}
    return [
        checkpoint["v"],
        checkpoint["ts"],
        checkpoint["channel_versions"],
        checkpoint["versions_seen"],
        checkpoint.get("updated_channels"),
        short,
        odd or None,
        rest or None,
    ]


def _split(metadata: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return what JSON can say of metadata, in every database, and the rest."""
    if _is_plain(metadata):
        return metadata, {}
    plain = {name: value for name, value in metadata.items() if _is_plain({name: value})}
    return plain, {name: value for name, value in metadata.items() if name not in plain}


def _is_plain(value: Any) -> bool:
    """Whether a value comes back from JSON as it is, but for tuples."""
    if value is None or isinstance(value, bool | int):
        return True
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, str):
        return "\0" not in value and _is_text(value)
    if isinstance(value, Mapping):
        return all(isinstance(name, str) and _is_plain(name) for name in value) and all(
            map(_is_plain, value.values())
        )
    return isinstance(value, list | tuple) and all(map(_is_plain, value))


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a character
        return False
    return True
