"""What LangGraph's saver leaves of a run's thread, as workers and the server exchange it.

The thread is never said: a worker writes and reads that of its run, and no other.
"""

from collections.abc import Mapping
from typing import Any, Final

from runwire.domain.errors import invalid
from runwire.domain.payload import decode, encode
from runwire.domain.run import RunId
from runwire.domain.thread import ThreadChange, ThreadStatus
from runwire.domain.thread_checkpoint import (
    ChannelBlob,
    CheckpointRead,
    Saved,
    TaskWrite,
    TaskWrites,
    ThreadCheckpoint,
)
from runwire.rpc.convert_times import fill_time, time_from_wire
from runwire.v1 import work_thread_pb2 as wire

OWN: Final = ""
"""The thread of what is recorded: that of the run."""

_STATUS_TO_WIRE: Final[Mapping[ThreadStatus, wire.WorkThreadStatus.ValueType]] = {
    ThreadStatus.IDLE: wire.WORK_THREAD_STATUS_IDLE,
    ThreadStatus.INTERRUPTED: wire.WORK_THREAD_STATUS_INTERRUPTED,
    ThreadStatus.ERROR: wire.WORK_THREAD_STATUS_ERROR,
}
_STATUS_FROM_WIRE: Final = {number: status for status, number in _STATUS_TO_WIRE.items()}


def fill_saved(target: wire.WorkSaved, saved: Saved) -> None:
    """Set what a worker has to record."""
    match saved:
        case ThreadCheckpoint():
            _fill_checkpoint(target.checkpoint, saved)
            for blob in saved.blobs:
                _fill_blob(target.checkpoint.blobs.add(), blob)
        case TaskWrites():
            _fill_writes(target.writes, saved)
            target.writes.on_foreign_checkpoint = bool(saved.run_id)


def saved_from_wire(message: wire.WorkSaved, run_id: RunId) -> Saved:
    """Return what a run's worker has to record; raise Invalid if it cannot be that."""
    match message.WhichOneof("kind"):
        case "checkpoint":
            blobs = tuple(map(_blob_from_wire, message.checkpoint.blobs))
            return _checkpoint_from_wire(message.checkpoint, OWN, run_id, blobs)
        case "writes":
            foreign = message.writes.on_foreign_checkpoint
            return _writes_from_wire(message.writes, OWN, run_id if foreign else "")
        case None:
            raise invalid("records.saved", "is of no kind that this server knows")


def fill_read(target: wire.WorkThreadRead, read: CheckpointRead) -> None:
    """Set a checkpoint as it is read."""
    _fill_checkpoint(target.checkpoint, read.checkpoint)
    target.checkpoint.run_id = read.checkpoint.run_id
    for blobs in read.values.values():
        for blob in blobs:
            _fill_blob(target.parts.add(), blob)
    for writes in read.writes:
        told = target.writes.add()
        _fill_writes(told, writes)
        told.run_id = writes.run_id


def read_from_wire(message: wire.WorkThreadRead, thread_id: str) -> CheckpointRead:
    """Return a checkpoint of a thread as it was read."""
    found = message.checkpoint
    values: dict[str, tuple[ChannelBlob, ...]] = {}
    for blob in map(_blob_from_wire, message.parts):
        values[blob.channel] = (*values.get(blob.channel, ()), blob)
    return CheckpointRead(
        checkpoint=_checkpoint_from_wire(found, thread_id, found.run_id, ()),
        values=values,
        writes=tuple(
            _writes_from_wire(writes, thread_id, writes.run_id) for writes in message.writes
        ),
    )


def fill_change(target: wire.WorkThreadChange, change: ThreadChange) -> None:
    """Set what the end of a run makes of its thread."""
    target.status = _STATUS_TO_WIRE[change.status]
    if change.values is not None:
        target.values = change.values
    if change.interrupts:
        target.interrupts = encode(dict(change.interrupts), name="interrupts")
    if change.error is not None:
        target.error = encode(dict(change.error), name="error")


def change_from_wire(message: wire.WorkThreadChange) -> ThreadChange:
    """Return what the end of a run makes of its thread; raise Invalid if it cannot be that."""
    status = _STATUS_FROM_WIRE.get(message.status)
    if status is None:
        raise invalid("records.thread.status", "must be IDLE, INTERRUPTED or ERROR")
    if message.HasField("values"):
        _object(message.values, name="records.thread.values")
    return ThreadChange(
        status=status,
        values=message.values if message.HasField("values") else None,
        interrupts=_object(message.interrupts or b"{}", name="records.thread.interrupts"),
        error=_object(message.error, name="records.thread.error") if message.error else None,
    )


def _fill_checkpoint(target: wire.WorkThreadCheckpoint, found: ThreadCheckpoint) -> None:
    target.checkpoint_ns = found.checkpoint_ns
    target.checkpoint_id = found.checkpoint_id
    target.parent_id = found.parent_id
    target.kind = found.kind
    target.body = found.body
    target.metadata = encode(dict(found.metadata), name="metadata")
    target.versions.update(found.versions)
    fill_time(target.create_time, found.created_at)


def _checkpoint_from_wire(
    message: wire.WorkThreadCheckpoint,
    thread_id: str,
    run_id: str,
    blobs: tuple[ChannelBlob, ...],
) -> ThreadCheckpoint:
    _check_words(message.checkpoint_ns, message.checkpoint_id, message.parent_id, message.kind)
    _check_words(*message.versions, *message.versions.values())
    if not message.checkpoint_id:
        raise invalid("records.saved.checkpoint.checkpoint_id", "must not be empty")
    return ThreadCheckpoint(
        thread_id=thread_id,
        checkpoint_ns=message.checkpoint_ns,
        checkpoint_id=message.checkpoint_id,
        parent_id=message.parent_id,
        run_id=run_id,
        kind=message.kind,
        body=message.body,
        metadata=_object(message.metadata or b"{}", name="records.saved.checkpoint.metadata"),
        versions=dict(message.versions),
        blobs=blobs,
        created_at=time_from_wire(message.create_time),
    )


def _fill_blob(target: wire.WorkChannelBlob, blob: ChannelBlob) -> None:
    target.channel = blob.channel
    target.version = blob.version
    target.kind = blob.kind
    target.body = blob.body
    target.base_version = blob.base_version
    target.weight = blob.weight


def _blob_from_wire(message: wire.WorkChannelBlob) -> ChannelBlob:
    _check_words(message.channel, message.version, message.kind, message.base_version)
    if not message.version:
        raise invalid("records.saved.checkpoint.blobs.version", "must not be empty")
    return ChannelBlob(
        channel=message.channel,
        version=message.version,
        kind=message.kind,
        body=message.body,
        base_version=message.base_version,
        weight=message.weight,
    )


def _fill_writes(target: wire.WorkTaskWrites, found: TaskWrites) -> None:
    target.checkpoint_ns = found.checkpoint_ns
    target.checkpoint_id = found.checkpoint_id
    target.task_id = found.task_id
    target.task_path = found.task_path
    for write in found.writes:
        target.writes.add(
            index=write.index, channel=write.channel, kind=write.kind, body=write.body
        )


def _writes_from_wire(message: wire.WorkTaskWrites, thread_id: str, run_id: str) -> TaskWrites:
    _check_words(message.checkpoint_ns, message.checkpoint_id, message.task_id, message.task_path)
    _check_words(*(word for write in message.writes for word in (write.channel, write.kind)))
    if not message.checkpoint_id or not message.task_id:
        raise invalid("records.saved.writes", "need a checkpoint_id and a task_id")
    return TaskWrites(
        thread_id=thread_id,
        checkpoint_ns=message.checkpoint_ns,
        checkpoint_id=message.checkpoint_id,
        task_id=message.task_id,
        task_path=message.task_path,
        run_id=run_id,
        writes=tuple(
            TaskWrite(index=write.index, channel=write.channel, kind=write.kind, body=write.body)
            for write in message.writes
        ),
    )


def _object(data: bytes, *, name: str) -> Mapping[str, Any]:
    found = decode(data, name=name)
    if not isinstance(found, dict):
        raise invalid(name, "must be a JSON object")
    return found


def _check_words(*words: str) -> None:
    """Raise Invalid for what PostgreSQL's texts cannot hold."""
    if any("\0" in word for word in words):
        raise invalid("records.saved", "must not hold U+0000 in its words")
