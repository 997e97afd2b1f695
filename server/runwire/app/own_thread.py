"""The thread of a run that a worker elsewhere executes: what the worker may read."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from runwire.domain.run import Run
from runwire.domain.thread_checkpoint import CheckpointRead
from runwire.domain.thread_ports import ThreadCheckpoints


class OwnThread:
    """Reads checkpoints of one thread for one run."""

    def __init__(self, run: Run, checkpoints: ThreadCheckpoints) -> None:
        self._run_id = run.run_id
        self._thread_id = run.own_thread
        self._checkpoints = checkpoints

    async def read(self, checkpoint_ns: str, checkpoint_id: str) -> CheckpointRead | None:
        """Return a checkpoint, the newest for an empty id; None if there is none."""
        return await self._checkpoints.read(self._thread_id, checkpoint_ns, checkpoint_id)

    async def newest_of_run(self) -> str:
        """Return the id of the newest checkpoint that the run made at the root, or ""."""
        return await self._checkpoints.newest_of_run(self._thread_id, self._run_id)

    def list(
        self,
        *,
        checkpoint_ns: str | None,
        checkpoint_id: str,
        before: str,
        metadata: Mapping[str, Any] | None,
        limit: int | None,
    ) -> AsyncIterator[CheckpointRead]:
        """Yield checkpoints that match, newest first."""
        return self._checkpoints.list(
            self._thread_id,
            checkpoint_ns=checkpoint_ns,
            checkpoint_id=checkpoint_id,
            before=before,
            metadata=metadata,
            limit=limit,
        )

    async def ancestors(
        self, checkpoint_ns: str, checkpoint_id: str, *, channels: Sequence[str], limit: int
    ) -> Sequence[CheckpointRead]:
        """Return the checkpoints that one goes back to, the nearest first, itself left out."""
        return await self._checkpoints.ancestors(
            self._thread_id, checkpoint_ns, checkpoint_id, channels=channels, limit=limit
        )
