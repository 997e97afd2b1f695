"""A saver for changes that are recorded in one piece, later: what is put can be read at once."""

from collections.abc import Sequence
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    get_checkpoint_id,
    get_checkpoint_metadata,
)

from runwire.domain.ports import Clock
from runwire.domain.run_options import Durability
from runwire.domain.thread_checkpoint import Saved
from runwire.domain.thread_ports import ThreadCheckpoints
from runwire.langgraph import codec
from runwire.langgraph.saver import JournalSaver


class Collected:
    """Keeps what a saver writes; implements `Sink`."""

    durability = Durability.ASYNC

    def __init__(self) -> None:
        self.saved: list[Saved] = []

    def put(self, saved: Sequence[Saved], size_bytes: int) -> bool:  # noqa: ARG002 - the port's
        """Keep it."""
        self.saved += saved
        return True

    async def commit(self) -> None:
        """Do nothing: it is recorded by whoever takes it."""

    async def room(self) -> None:
        """Do nothing: an update is small."""


class CollectingSaver(JournalSaver):
    """Reads what rests, and before that what was put here."""

    def __init__(self, checkpoints: ThreadCheckpoints, collected: Collected, *, now: Clock) -> None:
        super().__init__(checkpoints, now=now, sink=collected, run_id="")
        self._newest: dict[tuple[str, str], str] = {}
        self._tuples: dict[tuple[str, str, str], CheckpointTuple] = {}

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Return a checkpoint, or the newest; None if there is none."""
        place = codec.place_of(config)
        wanted = get_checkpoint_id(config) or self._newest.get(place, "")
        here = self._tuples.get((*place, wanted))
        return here if here is not None else await super().aget_tuple(config)

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Write a checkpoint; return the config that names it."""
        named = await super().aput(config, checkpoint, metadata, new_versions)
        place, before = codec.place_of(config), get_checkpoint_id(config)
        self._newest[place] = checkpoint["id"]
        self._tuples[(*place, checkpoint["id"])] = CheckpointTuple(
            config=named,
            checkpoint=checkpoint,
            metadata=get_checkpoint_metadata(config, metadata),
            parent_config=codec.config_of(place, before) if before else None,
            pending_writes=[],
        )
        return named

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Write what a task wrote on top of a checkpoint."""
        await super().aput_writes(config, writes, task_id, task_path)
        here = self._tuples.get((*codec.place_of(config), get_checkpoint_id(config) or ""))
        if here is not None and here.pending_writes is not None:
            here.pending_writes.extend((task_id, channel, value) for channel, value in writes)
