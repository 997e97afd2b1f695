"""Rows from what LangGraph's saver leaves of threads, and back."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from runwire.domain.thread_checkpoint import (
    ChannelBlob,
    Saved,
    TaskWrite,
    TaskWrites,
    ThreadCheckpoint,
)
from runwire.stores.rows import Values
from runwire.stores.statements import Statements
from runwire.stores.writing import Writing

_dumps = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class UnwrittenSaved:
    """What moves have to save of threads and that is not written yet.

    A checkpoint that comes again is put anew. A blob that is there stays, and so does a write, but
    for those of a task that can change: their places are below 0. What another run wrote there is
    kept aside (see `saved_changes`).
    """

    def __init__(self) -> None:
        self._checkpoints: dict[Any, Values] = {}
        self._blobs: dict[Any, Values] = {}
        self._writes: dict[Any, Values] = {}

    def __bool__(self) -> bool:
        return bool(self._checkpoints or self._writes)

    def add(self, saved: Sequence[Saved]) -> None:
        """Note what is to be saved, in order."""
        for one in saved:
            match one:
                case ThreadCheckpoint():
                    self._add_checkpoint(one)
                case TaskWrites():
                    self._add_writes(one)

    def rows(self, write: Statements) -> Iterator[tuple[Writing, Sequence[Values]]]:
        """Give what to write."""
        yield write.put_thread_checkpoints, list(self._checkpoints.values())
        yield write.add_thread_blobs, list(self._blobs.values())
        yield write.add_thread_writes, [row for row in self._writes.values() if row["idx"] >= 0]
        changing = [row for row in self._writes.values() if row["idx"] < 0]
        yield write.threads.keep_writes, changing
        yield write.put_thread_writes, changing

    def _add_checkpoint(self, saved: ThreadCheckpoint) -> None:
        key = saved.thread_id, saved.checkpoint_ns
        self._checkpoints[*key, saved.checkpoint_id] = {
            "thread_id": saved.thread_id,
            "checkpoint_ns": saved.checkpoint_ns,
            "checkpoint_id": saved.checkpoint_id,
            "parent_id": saved.parent_id,
            "run_id": saved.run_id,
            "kind": saved.kind,
            "body": saved.body,
            "metadata": _dumps(dict(saved.metadata)),
            "versions": _dumps(dict(saved.versions)),
            "created_at": saved.created_at,
        }
        for blob in saved.blobs:
            row = {
                "thread_id": saved.thread_id,
                "checkpoint_ns": saved.checkpoint_ns,
                "channel": blob.channel,
                "version": blob.version,
                "base_version": blob.base_version,
                "weight": blob.weight,
                "kind": blob.kind,
                "body": blob.body,
            }
            self._blobs.setdefault((*key, blob.channel, blob.version), row)

    def _add_writes(self, saved: TaskWrites) -> None:
        key = saved.thread_id, saved.checkpoint_ns, saved.checkpoint_id, saved.task_id
        for write in saved.writes:
            row = {
                "thread_id": saved.thread_id,
                "checkpoint_ns": saved.checkpoint_ns,
                "checkpoint_id": saved.checkpoint_id,
                "task_id": saved.task_id,
                "idx": write.index,
                "channel": write.channel,
                "kind": write.kind,
                "body": write.body,
                "task_path": saved.task_path,
                "run_id": saved.run_id,
            }
            if write.index < 0:
                self._writes[*key, write.index] = row
            else:
                self._writes.setdefault((*key, write.index), row)


def checkpoint_from(row: Any) -> ThreadCheckpoint:
    """Return the checkpoint of a row, without blobs."""
    return ThreadCheckpoint(
        thread_id=row.thread_id,
        checkpoint_ns=row.checkpoint_ns,
        checkpoint_id=row.checkpoint_id,
        parent_id=row.parent_id,
        run_id=row.run_id,
        kind=row.kind,
        body=row.body,
        metadata=json.loads(row.metadata),
        versions=versions_from(row.versions),
        created_at=row.created_at,
    )


def versions_from(text: str) -> Mapping[str, str]:
    """Return versions by channel."""
    found: Mapping[str, str] = json.loads(text)
    return found


def blob_from(row: Any) -> ChannelBlob:
    """Return the blob of a row."""
    return ChannelBlob(
        channel=row.channel,
        version=row.version,
        kind=row.kind,
        body=row.body,
        base_version=row.base_version,
        weight=row.weight,
    )


def write_from(row: Any) -> TaskWrite:
    """Return the write of a row."""
    return TaskWrite(index=row.idx, channel=row.channel, kind=row.kind, body=row.body)
