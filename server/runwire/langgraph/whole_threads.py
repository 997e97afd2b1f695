"""Threads of one namespace by the ids that its own code knows, over those the server uses."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from runwire.domain.namespace import DEFAULT_NAMESPACE, local_id, whole_id
from runwire.domain.run import RunId
from runwire.domain.thread_checkpoint import CheckpointRead, Saved
from runwire.domain.thread_ports import ThreadCheckpoints


def threads_of(checkpoints: ThreadCheckpoints, namespace: str) -> ThreadCheckpoints:
    """Return checkpoints by local ids of threads."""
    if namespace == DEFAULT_NAMESPACE:
        return checkpoints  # there, the two are the same
    return WholeThreads(checkpoints, namespace)


def made_whole(saved: Sequence[Saved], namespace: str) -> Sequence[Saved]:
    """Return what a saver wrote with the whole ids of its threads."""
    if namespace == DEFAULT_NAMESPACE:
        return saved
    return [_whole(each, namespace) for each in saved]


class WholeThreads:
    """Implements the port."""

    def __init__(self, checkpoints: ThreadCheckpoints, namespace: str) -> None:
        self._checkpoints = checkpoints
        self._namespace = namespace

    async def read(
        self, thread_id: str, checkpoint_ns: str, checkpoint_id: str = ""
    ) -> CheckpointRead | None:
        found = await self._checkpoints.read(self._whole(thread_id), checkpoint_ns, checkpoint_id)
        return None if found is None else _local(found)

    async def newest_of_run(self, thread_id: str, run_id: RunId) -> str:
        return await self._checkpoints.newest_of_run(self._whole(thread_id), run_id)

    async def list(
        self,
        thread_id: str | None,
        *,
        checkpoint_ns: str | None = None,
        checkpoint_id: str = "",
        before: str = "",
        metadata: Mapping[str, Any] | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointRead]:
        if thread_id is None:
            raise ValueError("name a thread: checkpoints are listed thread by thread")
        found = self._checkpoints.list(
            self._whole(thread_id),
            checkpoint_ns=checkpoint_ns,
            checkpoint_id=checkpoint_id,
            before=before,
            metadata=metadata,
            limit=limit,
        )
        async for each in found:
            yield _local(each)

    async def ancestors(
        self,
        thread_id: str,
        checkpoint_ns: str,
        checkpoint_id: str,
        *,
        channels: Sequence[str],
        limit: int,
    ) -> Sequence[CheckpointRead]:
        whole = self._whole(thread_id)
        found = await self._checkpoints.ancestors(
            whole, checkpoint_ns, checkpoint_id, channels=channels, limit=limit
        )
        return [_local(each) for each in found]

    async def write(self, saved: Sequence[Saved]) -> None:
        await self._checkpoints.write(made_whole(saved, self._namespace))

    async def delete_thread(self, thread_id: str) -> None:
        await self._checkpoints.delete_thread(self._whole(thread_id))

    async def delete_runs(self, run_ids: Sequence[str]) -> None:
        await self._checkpoints.delete_runs([whole_id(self._namespace, each) for each in run_ids])

    async def copy_thread(self, thread_id: str, new_id: str) -> None:
        await self._checkpoints.copy_thread(self._whole(thread_id), self._whole(new_id))

    async def prune(self, thread_ids: Sequence[str], *, keep_latest: bool) -> None:
        whole = [self._whole(each) for each in thread_ids]
        await self._checkpoints.prune(whole, keep_latest=keep_latest)

    def _whole(self, thread_id: str) -> str:
        return whole_id(self._namespace, thread_id)


def _whole(saved: Saved, namespace: str) -> Saved:
    return replace(saved, thread_id=whole_id(namespace, saved.thread_id))


def _local(read: CheckpointRead) -> CheckpointRead:
    local = replace(read.checkpoint, thread_id=local_id(read.checkpoint.thread_id))
    return replace(read, checkpoint=local)
