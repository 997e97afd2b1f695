"""Runs of threads: create, list, cancel, delete, in the words of LangGraph's API."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final
from uuid import UUID, uuid5

from runwire.app.assistants import Assistants
from runwire.app.configured import configured
from runwire.app.runs import NewRun, Runs
from runwire.app.threads import Threads
from runwire.domain.caller import Caller
from runwire.domain.errors import NotFound, invalid
from runwire.domain.filter import And, Comparison, Filter, Or, Order
from runwire.domain.missing import no_checkpoint, no_run, no_thread
from runwire.domain.namespace import local_id
from runwire.domain.payload import Payload
from runwire.domain.ports import Journal
from runwire.domain.reach import out_of_scope
from runwire.domain.run import OnEnd, Run, RunId, RunStatus
from runwire.domain.run_options import RunOptions
from runwire.domain.thread import ThreadEntry, ThreadId, Ttl
from runwire.domain.thread_moves import unwanted
from runwire.domain.thread_ports import ThreadStore
from runwire.domain.work import Created

MAX_LIMIT: Final = 1000
PAGE: Final = 1000
AT_ONCE: Final = 64
_OWN: Final = UUID("b0c5a4b4-52f7-4f0a-9d2b-6f0c1a7de5b1")
NOTHING_GIVEN: Final = Payload(b"null")


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
    apart: bool = False
    """Whether a run that names no thread has none at all, and stays when it has ended."""
    like: NewRun | None = None
    """What else the run shall be: its labels, its queue, the schedule that asks for it."""


class ThreadRuns:
    """What callers do with the runs of threads."""

    def __init__(
        self,
        *,
        runs: Runs,
        journal: Journal,
        store: ThreadStore,
        threads: Threads,
        assistants: Assistants,
        new_id: Callable[[], str],
        cancel_grace_seconds: float,
        default_ttl: Ttl | None = None,
    ) -> None:
        self._runs = runs
        self._journal = journal
        self._store = store
        self._threads = threads
        self._assistants = assistants
        self._new_id = new_id
        self._cancel_grace_seconds = cancel_grace_seconds
        self._default_ttl = default_ttl

    async def create(self, new: NewThreadRun, caller: Caller) -> Created:
        """Queue a run on its thread, as its multitask strategy says, in one transaction.

        Raises NotFound (thread, assistant, graph, checkpoint), Conflict THREAD_BUSY (reject),
        Invalid, Denied. Options are merged with what the assistant is configured with.
        """
        return await self._runs.create(await self._meant(new, caller))

    async def create_many(self, new: Sequence[NewThreadRun], caller: Caller) -> Sequence[Created]:
        """Queue several runs; raises as `create` does, before anything is queued where it can."""
        meant = [await self._meant(each, caller) for each in new]
        places: dict[str, list[int]] = defaultdict(list)
        for index, each in enumerate(meant):
            places[each.thread_id].append(index)
        made: dict[int, Created] = {}

        async def in_turn(indexes: Sequence[int]) -> None:
            for index in indexes:
                made[index] = await self._runs.create(meant[index])

        await _all([partial(in_turn, of) for of in places.values()])
        return [made[index] for index in range(len(meant))]

    async def get(self, thread_id: ThreadId, run_id: RunId) -> Run:
        """Return a run of a thread; raise NotFound, also for one that somebody wants gone."""
        run = await self._runs.get(run_id)
        if (run.thread_id or run.run_id) != thread_id or run.on_end is not OnEnd.KEEP:
            raise no_run(local_id(run_id))
        return run

    async def find(
        self,
        thread_id: ThreadId,
        *,
        statuses: Sequence[RunStatus] = (),
        limit: int = 10,
        offset: int = 0,
    ) -> Sequence[Run]:
        """Return runs of a thread, newest first; raise NotFound."""
        if not 1 <= limit <= MAX_LIMIT:
            raise invalid("limit", f"must be from 1 to {MAX_LIMIT}")
        if offset < 0:
            raise invalid("offset", "must not be negative")
        await self._threads.get(thread_id)
        words = [status.value for status in statuses]
        return await self._store.runs(thread_id, statuses=words, limit=limit, offset=offset)

    async def cancel(
        self, thread_id: ThreadId, run_id: RunId, *, on_end: OnEnd = OnEnd.KEEP, reason: str = ""
    ) -> Run:
        """Ask a run to end, and with ROLL_BACK to be undone; raise NotFound if it has ended."""
        await self.get(thread_id, run_id)
        return await self._unwant(run_id, on_end, reason)

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
        meant = list(run_ids) or await self._with_status(caller, thread_id, statuses)
        count = 0

        async def one(run_id: RunId) -> None:
            nonlocal count
            try:
                if thread_id is not None:
                    run = await self.get(thread_id, run_id)
                    if not caller.reach.sees(run.graph_id):
                        return
                await self._unwant(run_id, on_end, "")
            except NotFound:
                return  # it has ended meanwhile, or is of another thread
            count += 1

        await _all([partial(one, run_id) for run_id in dict.fromkeys(meant)])
        return count

    async def delete(self, thread_id: ThreadId, run_id: RunId) -> None:
        """Delete a run, ending it first if it goes on; raise NotFound."""
        run = await self.get(thread_id, run_id)
        if not run.status.final:
            try:
                await self._unwant(run_id, OnEnd.DELETE, "it was deleted")
            except NotFound:  # it has ended meanwhile
                run = await self.get(thread_id, run_id)
        if run.status.final:
            await self._journal.delete(run_id, "")

    async def _unwant(self, run_id: RunId, on_end: OnEnd, reason: str) -> Run:
        grace = self._cancel_grace_seconds
        move = unwanted(on_end=on_end, reason=reason, grace_seconds=grace)
        return await self._journal.record(run_id, move)

    async def _with_status(
        self, caller: Caller, thread_id: ThreadId | None, statuses: Sequence[RunStatus]
    ) -> Sequence[RunId]:
        """Return the runs of threads that have one of some statuses."""
        if not statuses:
            return ()
        parts: list[Filter] = [
            Or(tuple(Comparison("status", "=", status.value) for status in statuses))
        ]
        if thread_id is not None:
            parts.append(Comparison("thread_id", "=", local_id(thread_id)))
        where = caller.reach.within(And(tuple(parts)))
        found: list[RunId] = []
        token = ""
        while True:
            page = await self._runs.find(where, order=Order(), page_size=PAGE, page_token=token)
            ours = (run for run in page.items if run.options and (run.thread_id or run.sheds))
            found += [run.run_id for run in ours if run.on_end is OnEnd.KEEP]
            token = page.next_page_token
            if not token:
                return found

    async def _meant(self, new: NewThreadRun, caller: Caller) -> NewRun:
        assistant = await self._assistants.resolve(caller, new.assistant)
        if not caller.sees(assistant.graph_id):
            raise out_of_scope(assistant.graph_id)
        # One that no other run shares needs no row, and nobody waits for it: it is the run's own.
        apart = not (new.thread_id or new.keep_thread)
        thread_id = ThreadId(new.thread_id or caller.whole(self._own_thread(new)))
        if new.thread_id:
            await self._check_thread(new, thread_id, caller)
        known = {
            "graph_id": assistant.graph_id,
            "assistant_id": local_id(assistant.assistant_id),
        }
        temporary = apart and not new.apart
        options = replace(
            configured(new.options, assistant),
            metadata={**(assistant.metadata if apart else {}), **new.options.metadata, **known},
            temporary=temporary,
        )
        entry = ThreadEntry(
            thread_id=thread_id,
            multitask=options.multitask,
            create=new.create_thread or not new.thread_id,
            metadata=known,
            run_metadata=assistant.metadata,
            ttl=self._default_ttl,
        )
        return replace(
            new.like or NewRun(graph_id=""),
            graph_id=assistant.graph_id,
            input=new.input or NOTHING_GIVEN,
            start_delay_seconds=new.after_seconds,
            run_id=new.run_id,
            request_id=new.request_id,
            namespace=caller.namespace,
            options=options,
            thread_id="" if apart else thread_id,
            thread=None if apart else entry,
        )

    def _own_thread(self, new: NewThreadRun) -> str:
        """Return a new thread's id; the same again for a creation that is sent again."""
        return str(uuid5(_OWN, new.request_id)) if new.request_id else self._new_id()

    async def _check_thread(self, new: NewThreadRun, thread_id: ThreadId, caller: Caller) -> None:
        """Raise NotFound for a thread that is not the caller's, or lacks the checkpoint."""
        if caller.reach.limited:
            await self._check_scope(thread_id, caller)
        if new.also:
            try:
                await self._threads.get(thread_id, also=new.also)
            except NotFound:
                if not new.create_thread or await self._there(thread_id):
                    raise
        place = new.options.checkpoint or {}
        checkpoint_id = place.get("checkpoint_id")
        if checkpoint_id:
            space = place.get("checkpoint_ns") or ""
            if not await self._store.has_checkpoint(thread_id, space, checkpoint_id):
                if not await self._there(thread_id):
                    raise no_thread(local_id(thread_id))
                raise no_checkpoint(checkpoint_id)

    async def _check_scope(self, thread_id: ThreadId, caller: Caller) -> None:
        """Raise NotFound for a thread of a graph out of scope; one to be made is of none yet."""
        try:
            thread = await self._threads.get(thread_id)
        except NotFound:
            return
        if thread.graph_id and not caller.sees(thread.graph_id):
            raise no_thread(local_id(thread_id))

    async def _there(self, thread_id: ThreadId) -> bool:
        try:
            await self._threads.get(thread_id)
        except NotFound:
            return False
        return True


async def _all(works: Sequence[Callable[[], Any]]) -> None:
    """Do works, some at the same time; raise what the first that fails has raised."""
    left = iter(works)

    async def some() -> None:
        for work in left:
            await work()

    try:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(min(AT_ONCE, len(works))):
                tasks.create_task(some())
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
