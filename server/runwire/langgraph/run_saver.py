"""The saver of one run: as any, but what a task wrote is taken in the moment it is handed over.

LangGraph hands over a task's writes and says its result in one breath, and waits for neither.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, Final

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
)

from runwire.domain.ports import Clock
from runwire.domain.run import RunId
from runwire.domain.thread_ports import ThreadCheckpoints
from runwire.langgraph.saver import JournalSaver
from runwire.langgraph.telling import Telling

CONTROL: Final = frozenset(("__error__", "__error_source_node__", "__interrupt__", "__resume__"))
"""What a task writes that has not finished; anything else it writes once it has."""


class RunSaver(JournalSaver):
    """Writes through what a run has to tell. Of a ``fresh`` thread nothing rests yet."""

    def __init__(
        self,
        checkpoints: ThreadCheckpoints,
        telling: Telling,
        *,
        now: Clock,
        run_id: RunId,
        fresh: bool,
    ) -> None:
        super().__init__(checkpoints, now=now, sink=telling, run_id=run_id, fresh=fresh)
        self._telling = telling

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Return a checkpoint, or the newest; None if there is none."""
        found = await super().aget_tuple(config)
        if found is not None and not config["configurable"].get("checkpoint_ns"):
            self._telling.done = frozenset(
                task_id
                for task_id, channel, _ in found.pending_writes or ()
                if channel not in CONTROL
            )
        return found

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Write a checkpoint; return the config that names it."""
        try:
            return await super().aput(config, checkpoint, metadata, new_versions)
        except BaseException:
            self._telling.give_up()  # the library raises it at the end
            raise

    def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> Coroutine[Any, Any, None]:
        """Write what a task wrote on top of a checkpoint."""
        if asyncio.get_running_loop() is not self._home:
            return super().aput_writes(config, writes, task_id, task_path)
        try:
            packed = self._pack_writes(config, writes, task_id, task_path)
            there_is_room = self._telling.put((packed,), packed.size_bytes)
        except Exception as error:  # noqa: BLE001 - raised where the library waits for it
            return self._broken(error)
        self._put.fresh, self._put.waits = False, True
        return self._room(there_is=there_is_room)

    async def _room(self, *, there_is: bool) -> None:
        if not there_is:
            await self._telling.room()

    async def _broken(self, error: Exception) -> None:
        self._memory.forget()  # what it holds may not rest
        raise error
