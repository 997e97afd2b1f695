"""Brings what an attempt has to say to disk, in order, in as few commits as may be.

1. `put` takes something that need not wait; it is recorded ``FLUSH_SECONDS`` later at the latest.
2. `commit` returns when everything put so far is on disk; those that wait together share a commit.
3. What waits is bounded: whoever put too much waits in `room` until it is written.
4. A refused commit breaks the recorder: the attempt is over; `rest` still holds what was refused.
5. A commit whose caller is cancelled is in doubt, and counts as made: it is either on disk with all
   that came before it, or void with the lease.
"""

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import replace
from types import TracebackType
from typing import Final

from runwire.domain.checkpoint import Checkpoint
from runwire.domain.event import EncodedEvent, NewEvent
from runwire.domain.ports import Clock, Leases
from runwire.domain.run import RunStatus
from runwire.domain.step import Step
from runwire.domain.thread_checkpoint import Saved
from runwire.domain.work import Lease, Progress

FLUSH_SECONDS: Final = 0.010
MAX_EVENTS: Final = 1000
MAX_BYTES: Final = 1024 * 1024
MAX_IGNORED: Final = 10
"""So many times the bound are kept of a node that does not wait; then it is refused."""


class Recorder:
    """Holds what one attempt has to record; as a context manager it also flushes by itself."""

    def __init__(self, lease: Lease, leases: Leases, now: Clock) -> None:
        self.now: Clock = now
        self.broken: BaseException | None = None
        self.paused = False
        """Set by the worker: stop after the superstep that is under way."""
        self._lease = lease
        self._leases = leases
        self._guard = threading.Lock()
        self._events: list[NewEvent | EncodedEvent] = []
        self._behind: list[NewEvent] = []
        self._steps: dict[str, Step] = {}
        self._checkpoints: list[Checkpoint] = []
        self._saved: list[Saved] = []
        self._open: dict[str, Step] = {}
        self._bytes = 0
        self._added = self._sent = self._recorded = 0
        self._writing = asyncio.Lock()
        self._group = asyncio.TaskGroup()
        self._flushing: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = 0
        self._timed = False

    async def __aenter__(self) -> "Recorder":
        await self._group.__aenter__()
        self._loop, self._thread = asyncio.get_running_loop(), threading.get_ident()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._loop = None
        await self._group.__aexit__(kind, error, traceback)

    def put(
        self,
        *events: NewEvent,
        behind: Sequence[NewEvent] = (),
        steps: Sequence[Step] = (),
        saved: Sequence[Saved] = (),
        size_bytes: int = 0,
        max_bytes: int = MAX_IGNORED * MAX_BYTES,
    ) -> bool:
        """Take something to record soon, from any thread; return whether there is room for more.

        Events ``behind`` come after all others of the same record, so that those which rest for
        long do not alternate with deltas, which rest apart from them. ``max_bytes`` is for whoever
        waits in `room`, and has much to say at once.
        """
        with self._guard:
            if len(self._events) > MAX_IGNORED * MAX_EVENTS or self._bytes > max_bytes:
                raise BufferError("too much waits to be recorded: await what the context returns")
            self._events += events
            self._behind += behind
            self._add_steps(steps)
            self._saved += saved
            self._bytes += size_bytes
        self._start_timer()
        return not self._full

    def hold(self, checkpoint: Checkpoint) -> None:
        """Take a checkpoint to record with whatever comes next."""
        self._checkpoints.append(checkpoint)

    async def commit(self, progress: Progress) -> None:
        """Record progress behind everything put so far; return when it is on disk."""
        with self._guard:
            self._add(progress)
            self._added += 1
            mark = self._added
        async with self._writing:
            if self._sent < mark:
                await self._send()

    async def room(self) -> None:
        """Wait until there is room for more."""
        while self._full and self._loop is not None:
            if self.broken is not None:
                raise self.broken
            await asyncio.wait([self._flush_soon()])

    def rest(self, last: Progress | None = None) -> Progress:
        """Return what was not recorded, and behind it what comes last."""
        with self._guard:
            if last is None:
                return self._take()
            self._events += self._behind
            self._behind = []
            self._add(last)
            return replace(self._take(), thread=last.thread)

    @property
    def running(self) -> Sequence[Step]:
        """The steps that have begun and not ended."""
        return tuple(self._open.values())

    @property
    def held_bytes(self) -> int:
        """How much waits to be recorded."""
        return self._bytes

    @property
    def _full(self) -> bool:
        return len(self._events) > MAX_EVENTS or self._bytes > MAX_BYTES

    def _add(self, progress: Progress) -> None:
        self._events += progress.events
        self._add_steps(progress.steps)
        self._checkpoints += progress.checkpoints
        self._saved += progress.saved

    def _add_steps(self, steps: Sequence[Step]) -> None:
        for step in steps:
            self._steps[step.step_id] = step
            if step.status is RunStatus.RUNNING:
                self._open[step.step_id] = step
            else:
                self._open.pop(step.step_id, None)

    def _take(self) -> Progress:
        taken = Progress(
            number=self._recorded + 1,
            events=(*self._events, *self._behind),
            steps=tuple(self._steps.values()),
            checkpoints=tuple(self._checkpoints),
            saved=tuple(self._saved),
        )
        self._events, self._steps, self._checkpoints, self._saved = [], {}, [], []
        self._behind = []
        self._bytes = 0
        return taken

    def _start_timer(self) -> None:
        loop = self._loop
        if self._timed or loop is None:
            return
        self._timed = True
        if threading.get_ident() == self._thread:
            loop.call_later(FLUSH_SECONDS, self._tick)
        else:
            loop.call_soon_threadsafe(loop.call_later, FLUSH_SECONDS, self._tick)

    def _tick(self) -> None:
        self._timed = False
        if (
            self._loop is None
            or self.broken is not None
            or not (self._events or self._behind or self._steps or self._saved)
        ):
            return
        if self._writing.locked():
            self._start_timer()
        else:
            self._flush_soon()

    def _flush_soon(self) -> "asyncio.Task[None]":
        if self._flushing is None or self._flushing.done():
            self._flushing = self._group.create_task(self._flush())
        return self._flushing

    async def _flush(self) -> None:
        async with self._writing:
            await self._send()

    async def _send(self) -> None:
        if self.broken is not None:
            raise self.broken
        with self._guard:
            batch, mark = self._take(), self._added
        if not (batch.events or batch.steps or batch.checkpoints or batch.saved):
            return
        try:
            await self._leases.record(self._lease, batch)
        except Exception as error:
            self.broken = error
            self._put_back(batch)
            raise
        except asyncio.CancelledError:
            self._sent, self._recorded = mark, self._recorded + 1  # rule 5
            raise
        self._sent = mark
        self._recorded += 1

    def _put_back(self, batch: Progress) -> None:
        with self._guard:
            later = self._take()
            self._add(batch)
            self._add(later)
