"""The side of the saver that nodes use from threads, without `await`.

Everything happens on the saver's home loop (that of nodes), which must not be made to wait for
itself: whoever asks there without `await` is refused.
"""

import asyncio
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    BaseCheckpointSaver,
    CheckpointTuple,
    DeltaChannelHistory,
)
from langgraph.checkpoint.serde.base import SerializerProtocol

WAIT_SECONDS: Final = 60.0

T = TypeVar("T")


class ThreadedSaver(BaseCheckpointSaver[str]):
    """A saver whose blocking methods are its asynchronous ones, done at home."""

    def __init__(self, serde: SerializerProtocol | None) -> None:
        super().__init__(serde=serde)
        self._home = asyncio.get_running_loop()

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Return a checkpoint, or the newest; None if there is none."""
        return self._wait(self.aget_tuple(config), "aget_tuple")

    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,  # noqa: A002 - the library's word
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        """Yield checkpoints, the newest first."""
        found = self.alist(config, filter=filter, before=before, limit=limit)

        async def following() -> CheckpointTuple | None:
            return await anext(found, None)

        while (one := self._wait(following(), "alist")) is not None:
            yield one

    def delete_thread(self, thread_id: str) -> None:
        """Delete all there is of a thread."""
        self._wait(self.adelete_thread(thread_id), "adelete_thread")

    def delete_for_runs(self, run_ids: Sequence[str]) -> None:
        """Delete what runs have left in any thread."""
        self._wait(self.adelete_for_runs(run_ids), "adelete_for_runs")

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Copy all there is of a thread."""
        self._wait(self.acopy_thread(source_thread_id, target_thread_id), "acopy_thread")

    def prune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """Delete all but the newest checkpoints of threads, or everything (``delete``)."""
        self._wait(self.aprune(thread_ids, strategy=strategy), "aprune")

    def get_delta_channel_history(
        self, *, config: RunnableConfig, channels: Sequence[str]
    ) -> Mapping[str, DeltaChannelHistory]:
        """Return what was written to channels since their value last rested."""
        found = self.aget_delta_channel_history(config=config, channels=channels)
        return self._wait(found, "aget_delta_channel_history")

    def _wait(self, work: Coroutine[Any, Any, T], instead: str) -> T:
        """Do work at home and wait for it, on a thread that is not at home."""
        try:
            here = asyncio.get_running_loop()
        except RuntimeError:
            here = None
        if here is self._home:
            work.close()
            raise RuntimeError(
                f"this would block the loop that runs all nodes: await {instead}, or in a node"
                " `await graph.ainvoke(…)` (or astream) in place of `graph.invoke(…)`, or make the"
                " node a plain `def`, which runs on a thread"
            )
        waiting = asyncio.run_coroutine_threadsafe(work, self._home)
        try:
            return waiting.result(WAIT_SECONDS)
        except TimeoutError:
            waiting.cancel()
            raise

    async def _at_home(self, work: Coroutine[Any, Any, T]) -> T:
        """Do work on the home loop, from any loop."""
        if asyncio.get_running_loop() is self._home:
            return await work
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._home))
