"""Threads by the ids that graphs' code knows, over those the server uses.

Code knows of no namespaces, and a run that names no thread by its own id.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from runwire.domain.namespace import DEFAULT_NAMESPACE, local_id, whole_id
from runwire.domain.run import Run, RunId
from runwire.domain.thread_checkpoint import CheckpointRead, Saved
from runwire.domain.thread_ports import ThreadCheckpoints

Whole = Callable[[str], str]
"""From the id of a thread that code knows to the one the server uses."""


def names_of(namespace: str, run: Run | None = None) -> Whole | None:
    """Return how the ids that code of a namespace, or of a run, knows become whole; None: as is."""
    if run is None or run.thread_id:
        if namespace == DEFAULT_NAMESPACE:
            return None
        return lambda thread_id: whole_id(namespace, thread_id)
    known, own = local_id(run.run_id), run.own_thread
    return lambda thread_id: own if thread_id == known else whole_id(namespace, thread_id)


def threads_of(
    checkpoints: ThreadCheckpoints, namespace: str, run: Run | None = None
) -> ThreadCheckpoints:
    """Return checkpoints by the ids of threads that code knows."""
    whole = names_of(namespace, run)
    return checkpoints if whole is None else WholeThreads(checkpoints, namespace, whole)


def made_whole(saved: Sequence[Saved], whole: Whole | None) -> Sequence[Saved]:
    """Return what a saver wrote with the whole ids of its threads."""
    if whole is None:
        return saved
    return [replace(each, thread_id=whole(each.thread_id)) for each in saved]


class WholeThreads:
    """Implements the port."""

    def __init__(self, checkpoints: ThreadCheckpoints, namespace: str, whole: Whole) -> None:
        self._checkpoints = checkpoints
        self._namespace = namespace
        self._whole = whole

    async def read(
        self, thread_id: str, checkpoint_ns: str, checkpoint_id: str = ""
    ) -> CheckpointRead | None:
        found = await self._checkpoints.read(self._whole(thread_id), checkpoint_ns, checkpoint_id)
        return None if found is None else _named(found, thread_id)

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
            yield _named(each, thread_id)

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
        return [_named(each, thread_id) for each in found]

    async def write(self, saved: Sequence[Saved]) -> None:
        await self._checkpoints.write(made_whole(saved, self._whole))

    async def delete_thread(self, thread_id: str) -> None:
        await self._checkpoints.delete_thread(self._whole(thread_id))

    async def delete_runs(self, run_ids: Sequence[str]) -> None:
        await self._checkpoints.delete_runs([whole_id(self._namespace, each) for each in run_ids])

    async def copy_thread(self, thread_id: str, new_id: str) -> None:
        await self._checkpoints.copy_thread(self._whole(thread_id), self._whole(new_id))

    async def prune(self, thread_ids: Sequence[str], *, keep_latest: bool) -> None:
        whole = [self._whole(each) for each in thread_ids]
        await self._checkpoints.prune(whole, keep_latest=keep_latest)


def _named(read: CheckpointRead, thread_id: str) -> CheckpointRead:
    """Return a checkpoint by the name under which somebody has asked for it."""
    return replace(read, checkpoint=replace(read.checkpoint, thread_id=thread_id))
