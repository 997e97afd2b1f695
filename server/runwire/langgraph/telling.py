"""What one execution has to say, on its way to the recorder: events, steps, and the saver's writes.

1. The writes of a task and the events of its result go to the recorder in one piece, so that after
   a crash a task is either told and done, or neither: LangGraph says the result in the same breath
   in which it hands the writes to the saver, and here the writes wait for it.
2. Writes of which nothing is told (hidden tasks) wait for the next checkpoint of their graph.
3. Everything else goes on as it comes, in order.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from runwire.domain.event import Detail, NewEvent, OutputChunk
from runwire.domain.run_options import Durability
from runwire.domain.step import Step
from runwire.domain.thread_checkpoint import Saved, TaskWrites, ThreadCheckpoint
from runwire.domain.work import Progress
from runwire.engine.faults import RESOURCE_EXHAUSTED, Fault
from runwire.engine.recorder import Recorder
from runwire.langgraph.whole_threads import Whole, made_whole

MAX_HELD_BYTES: Final = 60 * 1024 * 1024
"""With the output, and the same as the thread's values, it is a record that any worker can send."""
NOBODY: Final = "00000000-0000-0000-0000-000000000000"
"""The task that LangGraph ascribes to itself: nothing is told of it."""


class Telling:
    """Brings it all to the recorder; for the saver it is a `Sink`."""

    def __init__(
        self, recorder: Recorder, durability: Durability, *, whole: Whole | None, nested: bool
    ) -> None:
        self.durability: Durability = durability
        self.checkpoints: list[ThreadCheckpoint] = []
        """Of the root graph, since somebody last took them."""
        self.bounded = True
        """Whether what is too large is refused; not where a failure is told."""
        self.done: frozenset[str] = frozenset()
        """The root's tasks that were finished before, by another run or another attempt."""
        self._recorder = recorder
        self._whole = whole
        self._nested = nested
        self._waiting: dict[str, TaskWrites] = {}
        self._parent = ""
        self._given_up = False
        self._put_one = asyncio.Event()

    def put(self, saved: Sequence[Saved], size_bytes: int) -> bool:  # noqa: ARG002 - the port's
        """Take what the saver has to write."""
        going: list[Saved] = []
        for item in made_whole(saved, self._whole):
            if isinstance(item, TaskWrites) and self._is_told(item):
                before = self._waiting.pop(item.task_id, None)
                going += () if before is None else (before,)
                self._waiting[item.task_id] = item
                continue
            if isinstance(item, ThreadCheckpoint):
                going += self._taken(item.checkpoint_ns)
                if not item.checkpoint_ns:
                    self.checkpoints.append(item)
                    self._parent = item.parent_id
                    self._put_one.set()
            going.append(item)
        return self._put(saved=going)

    async def commit(self) -> None:
        """Return when all that was put so far is on disk."""
        self.release()
        await self._recorder.commit(Progress())

    async def saved(self, parent_id: str) -> None:
        """Wait for the checkpoint behind another one; return when it is on disk."""
        while parent_id not in (self._parent, ""):
            self._put_one.clear()
            await self._put_one.wait()
            if self._given_up:
                return
        await self.commit()

    def give_up(self) -> None:
        """Note that a checkpoint could not be made: nobody shall wait for one."""
        self._given_up = True
        self._put_one.set()

    async def room(self) -> None:
        """Wait until there is room for more."""
        await self._recorder.room()

    def tell(
        self,
        details: Sequence[OutputChunk],
        *,
        behind: Sequence[tuple[Detail, str]] = (),
        steps: Sequence[Step] = (),
        task_id: str = "",
        size_bytes: int = 0,
    ) -> bool:
        """Record chunks, events (with their steps' ids) and what a task wrote.

        Return whether there is room for more.
        """
        now = self._recorder.now()
        chunks = [NewEvent(at=now, detail=detail) for detail in details]
        events = [NewEvent(at=now, detail=detail, step_id=step_id) for detail, step_id in behind]
        wrote = self._waiting.pop(task_id, None)
        saved = () if wrote is None else (wrote,)
        return self._put(*chunks, behind=events, steps=steps, saved=saved, size_bytes=size_bytes)

    def parent_of(self, task_id: str) -> str:
        """Return the checkpoint on which a task has run whose writes wait; "" if none do."""
        wrote = self._waiting.get(task_id)
        return "" if wrote is None else wrote.checkpoint_id

    def release(self) -> None:
        """Let go on what waits for a result that was not told."""
        left = list(self._waiting.values())
        self._waiting.clear()
        if left:
            self._put(saved=left)

    def _put(
        self,
        *events: NewEvent,
        behind: Sequence[NewEvent] = (),
        steps: Sequence[Step] = (),
        saved: Sequence[Saved] = (),
        size_bytes: int = 0,
    ) -> bool:
        size_bytes += sum(each.size_bytes for each in saved)
        if self.bounded and self._recorder.held_bytes + size_bytes > MAX_HELD_BYTES:
            raise Fault(
                "STATE_TOO_LARGE",
                f"a superstep has more than {MAX_HELD_BYTES} bytes to record at once:"
                " keep large things in artifacts, and their ids in the state",
                code=RESOURCE_EXHAUSTED,
                error="StateTooLarge",
            )
        return self._recorder.put(
            *events,
            behind=behind,
            steps=steps,
            saved=saved,
            size_bytes=size_bytes,
            max_bytes=2 * MAX_HELD_BYTES,
        )

    def _is_told(self, writes: TaskWrites) -> bool:
        if writes.task_id == NOBODY or self.durability is Durability.EXIT:
            return False
        return self._nested or not writes.checkpoint_ns

    def _taken(self, checkpoint_ns: str) -> list[TaskWrites]:
        """Return what waits of a graph, which waits no longer."""
        left = [each for each in self._waiting.values() if each.checkpoint_ns == checkpoint_ns]
        for each in left:
            del self._waiting[each.task_id]
        return left
