"""LangGraph's saver over our journal.

1. In a run, what it writes goes the run's way (its `Sink`); else it is written at once.
2. What was put is there for whoever reads behind it: reading waits until it is on disk.
3. Values are packed where they are put, so that a loop is not kept by what a thread has to say.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    DeltaChannelHistory,
    get_checkpoint_id,
)
from langgraph.checkpoint.serde.base import SerializerProtocol

from runwire.domain.ports import Clock
from runwire.domain.run_options import Durability
from runwire.domain.thread_checkpoint import Saved, ThreadCheckpoint
from runwire.domain.thread_ports import ThreadCheckpoints
from runwire.langgraph import codec, versions
from runwire.langgraph.delta_history import delta_history
from runwire.langgraph.memory import Memory
from runwire.langgraph.saver_threads import ThreadedSaver
from runwire.langgraph.serde import serializer
from runwire.langgraph.sink import Sink


@dataclass(slots=True)
class _Put:
    """What clones of a saver share."""

    fresh: bool  # whether nothing rests yet
    waits: bool = False  # whether something was put that may not be on disk


class JournalSaver(ThreadedSaver):
    """Implements LangGraph's saver, whole, for one run or for whoever reads a thread's state.

    Made on the loop it is at home on. ``run_id`` (whole) goes with what it writes; None takes the
    one in the metadata of each checkpoint. Of a thread that is ``fresh`` nothing rests yet.
    """

    def __init__(
        self,
        checkpoints: ThreadCheckpoints,
        *,
        now: Clock,
        sink: Sink | None = None,
        run_id: str | None = None,
        serde: SerializerProtocol | None = None,
        fresh: bool = False,
    ) -> None:
        super().__init__(serde or serializer())
        self._checkpoints = checkpoints
        self._now = now
        self._sink = sink
        self._run_id = run_id
        self._memory = Memory()
        self._put = _Put(fresh=fresh)

    def get_next_version(self, current: str | None, channel: None) -> str:  # noqa: ARG002
        """Return a version after another."""
        return versions.next_version(current)

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Return a checkpoint, or the newest; None if there is none."""
        return await self._at_home(self._get(config))

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,  # noqa: A002 - the library's word
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """Yield checkpoints, the newest first."""
        if config is None and self._sink is not None:
            raise ValueError("name a thread: a run does not see those of others")
        named = config["configurable"] if config else {}
        await self._at_home(self._settle())
        found = self._checkpoints.list(
            str(named["thread_id"]) if config else None,
            checkpoint_ns=named.get("checkpoint_ns"),
            checkpoint_id=named.get("checkpoint_id") or "",
            before=(get_checkpoint_id(before) or "") if before else "",
            metadata=filter,
            limit=limit,
        )

        async def following() -> CheckpointTuple | None:
            read = await anext(found, None)
            return codec.unpack(read, self.serde) if read else None

        while (one := await self._at_home(following())) is not None:
            yield one

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Write a checkpoint; return the config that names it."""
        await self._at_home(self._save(self._pack(config, checkpoint, metadata, new_versions)))
        return codec.config_of(codec.place_of(config), checkpoint["id"])

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Write a checkpoint, on a thread; return the config that names it."""
        packed = self._pack(config, checkpoint, metadata, new_versions)
        self._wait(self._save(packed), "aput")
        return codec.config_of(codec.place_of(config), checkpoint["id"])

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Write what a task wrote on top of a checkpoint."""
        await self._at_home(self._save(self._pack_writes(config, writes, task_id, task_path)))

    def put_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Write what a task wrote on top of a checkpoint, on a thread."""
        packed = self._pack_writes(config, writes, task_id, task_path)
        self._wait(self._save(packed), "aput_writes")

    async def adelete_thread(self, thread_id: str) -> None:
        """Delete all there is of a thread."""
        await self._settle_and_forget()
        await self._at_home(self._checkpoints.delete_thread(thread_id))

    async def adelete_for_runs(self, run_ids: Sequence[str]) -> None:
        """Delete what runs have left in any thread."""
        await self._settle_and_forget()
        await self._at_home(self._checkpoints.delete_runs(run_ids))

    async def acopy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Copy all there is of a thread."""
        await self._settle_and_forget()
        copying = self._checkpoints.copy_thread(source_thread_id, target_thread_id)
        await self._at_home(copying)

    async def aprune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """Delete all but the newest checkpoints of threads, or everything (``delete``)."""
        if strategy not in ("keep_latest", "delete"):
            raise ValueError(f"strategy {strategy!r}: give 'keep_latest' or 'delete'")
        await self._settle_and_forget()
        keep = strategy == "keep_latest"
        await self._at_home(self._checkpoints.prune(thread_ids, keep_latest=keep))

    async def aget_delta_channel_history(
        self, *, config: RunnableConfig, channels: Sequence[str]
    ) -> Mapping[str, DeltaChannelHistory]:
        """Return what was written to channels since their value last rested."""
        return await self._at_home(self._walk(config, channels))

    async def _get(self, config: RunnableConfig) -> CheckpointTuple | None:
        place, checkpoint_id = codec.place_of(config), get_checkpoint_id(config) or ""
        await self._settle()
        if self._put.fresh:
            return None
        read = await self._checkpoints.read(*place, checkpoint_id)
        if read is None:
            return None
        self._memory.learn(place, read, newest=not checkpoint_id)
        return codec.unpack(read, self.serde)

    async def _walk(
        self, config: RunnableConfig, channels: Sequence[str]
    ) -> Mapping[str, DeltaChannelHistory]:
        place, checkpoint_id = codec.place_of(config), get_checkpoint_id(config) or ""
        await self._settle()
        if not checkpoint_id and channels:
            newest = await self._checkpoints.read(*place)
            checkpoint_id = newest.checkpoint.checkpoint_id if newest else ""
        return await delta_history(
            self._checkpoints, place, checkpoint_id, channels=channels, serde=self.serde
        )

    def _pack(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> ThreadCheckpoint:
        return codec.pack(
            checkpoint,
            config,
            metadata,
            new_versions,
            serde=self.serde,
            memory=self._memory,
            run_id=self._run_id,
            at=self._now(),
        )

    def _pack_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, path: str
    ) -> Saved:
        return codec.pack_writes(
            config,
            writes,
            task_id=task_id,
            task_path=path,
            serde=self.serde,
            memory=self._memory,
            run_id=self._run_id,
        )

    async def _save(self, packed: Saved) -> None:
        sink = self._sink
        self._put.fresh = False
        try:
            if sink is None:
                await self._checkpoints.write((packed,))
                return
            there_is_room = sink.put((packed,), packed.size_bytes)
        except BaseException:
            self._memory.forget()  # what it holds may not rest
            raise
        self._put.waits = True
        if isinstance(packed, ThreadCheckpoint) and sink.durability is Durability.SYNC:
            await self._settle()
        elif not there_is_room:
            await sink.room()

    async def _settle(self) -> None:
        """Wait until everything that was put is on disk."""
        if self._put.waits and self._sink is not None:
            self._put.waits = False
            await self._sink.commit()

    async def _settle_and_forget(self) -> None:
        await self._at_home(self._settle())
        self._memory.forget()
