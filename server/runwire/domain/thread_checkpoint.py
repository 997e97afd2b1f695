"""What LangGraph's saver leaves of a thread: checkpoints, the values of channels, pending writes.

What is in them only the saver knows (`runwire/langgraph`); here they are bytes with names. A value
that only grew rests as its new end, with the version that it goes on from.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelBlob:
    """A channel's value at a version; with a ``base_version`` only what came behind that one.

    A part that stands for many has their ``weight``, so that chains of parts stay short; a value
    that rests whole has none.
    """

    channel: str
    version: str
    kind: str
    body: bytes
    base_version: str = ""
    weight: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadCheckpoint:
    """A checkpoint without the values of its channels; ``blobs`` are those that are new with it.

    ``versions`` are of those channels whose values rest in blobs, of this checkpoint or an earlier
    one; there need not be a blob for each. ``run_id`` (whole) is the run that made it, empty if
    none did. ``metadata`` is JSON, to filter by.
    """

    thread_id: str
    checkpoint_ns: str
    checkpoint_id: str
    parent_id: str = ""
    run_id: str = ""
    kind: str = ""
    body: bytes
    metadata: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    blobs: tuple[ChannelBlob, ...] = ()
    created_at: datetime

    @property
    def size_bytes(self) -> int:
        """What is in it, in bytes."""
        return len(self.body) + sum(len(blob.body) for blob in self.blobs)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskWrite:
    """One write of a task: (its place, channel, kind, body)."""

    index: int
    channel: str
    kind: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskWrites:
    """What a task wrote on top of a checkpoint, before the next one."""

    thread_id: str
    checkpoint_ns: str
    checkpoint_id: str
    task_id: str
    task_path: str = ""
    run_id: str = ""
    writes: tuple[TaskWrite, ...] = ()

    @property
    def size_bytes(self) -> int:
        """What is in them, in bytes."""
        return sum(len(write.body) for write in self.writes)


Saved = ThreadCheckpoint | TaskWrites
"""What is recorded of a thread, in the order it came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointRead:
    """A checkpoint as it is read: with the values of all its channels, and the writes on top.

    ``values`` are, by channel, the parts of the value, the oldest first and whole. ``writes`` are
    in the order in which LangGraph applies them: by the tasks' paths, and then by their ids.
    """

    checkpoint: ThreadCheckpoint
    values: Mapping[str, tuple[ChannelBlob, ...]] = field(default_factory=dict)
    writes: tuple[TaskWrites, ...] = ()
