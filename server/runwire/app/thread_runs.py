"""Runs of threads: create, list, cancel, delete, in the words of LangGraph's API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runwire.domain.caller import Caller
from runwire.domain.payload import Payload
from runwire.domain.run import OnEnd, Run, RunId, RunStatus
from runwire.domain.run_options import RunOptions
from runwire.domain.thread import ThreadId
from runwire.domain.work import Created


@dataclass(frozen=True, slots=True, kw_only=True)
class NewThreadRun:
    """What a caller wants to run on a thread.

    `assistant` is the id of an assistant, or the name of a graph; ``thread_id`` is whole, and empty
    for a run on a thread of its own, which goes with it unless ``keep_thread``. ``input`` is None
    where nothing was given: the run goes on from the thread's state.
    """

    assistant: str
    thread_id: str = ""
    input: Payload | None = None
    options: RunOptions = field(default_factory=RunOptions)
    create_thread: bool = False
    keep_thread: bool = False
    after_seconds: float | None = None
    run_id: str = ""
    request_id: str = ""
    also: Mapping[str, Any] = field(default_factory=dict)
    """Filters of metadata that the thread must pass (see `ThreadFilter.also`)."""


class ThreadRuns:
    """What callers do with the runs of threads."""

    async def create(self, new: NewThreadRun, caller: Caller) -> Created:
        """Queue a run on its thread, as its multitask strategy says, in one transaction.

        Raises NotFound (thread, assistant, graph, checkpoint), Conflict THREAD_BUSY (reject),
        Invalid, Denied. Options are merged with what the assistant is configured with.
        """
        raise NotImplementedError

    async def create_many(self, new: Sequence[NewThreadRun], caller: Caller) -> Sequence[Created]:
        """Queue several runs; raises as `create` does, before anything is queued where it can."""
        raise NotImplementedError

    async def get(self, thread_id: ThreadId, run_id: RunId) -> Run:
        """Return a run of a thread; raise NotFound, also for one that somebody wants gone."""
        raise NotImplementedError

    async def find(
        self,
        thread_id: ThreadId,
        *,
        statuses: Sequence[RunStatus] = (),
        limit: int = 10,
        offset: int = 0,
    ) -> Sequence[Run]:
        """Return runs of a thread, newest first; raise NotFound."""
        raise NotImplementedError

    async def cancel(
        self, thread_id: ThreadId, run_id: RunId, *, on_end: OnEnd = OnEnd.KEEP, reason: str = ""
    ) -> Run:
        """Ask a run to end, and with ROLL_BACK to be undone; raise NotFound if it has ended."""
        raise NotImplementedError

    async def cancel_many(
        self,
        caller: Caller,
        *,
        thread_id: ThreadId | None = None,
        run_ids: Sequence[RunId] = (),
        statuses: Sequence[RunStatus] = (),
        on_end: OnEnd = OnEnd.KEEP,
    ) -> int:
        """Ask runs to end: those named, or all of the namespace with a status; return how many."""
        raise NotImplementedError

    async def delete(self, thread_id: ThreadId, run_id: RunId) -> None:
        """Delete a run, ending it first if it goes on; raise NotFound."""
        raise NotImplementedError
