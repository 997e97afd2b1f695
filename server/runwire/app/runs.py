"""Create, get, list, cancel, resume, fork and delete runs."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Final

from runwire import spans, trail
from runwire.app.forks import Forks
from runwire.app.graphs import GraphCatalog
from runwire.app.inputs import Inputs
from runwire.app.thread_entries import entering
from runwire.domain import moves
from runwire.domain.errors import Error
from runwire.domain.filter import Filter, Order
from runwire.domain.namespace import DEFAULT_NAMESPACE, whole_id
from runwire.domain.paging import Page, page_size_of
from runwire.domain.payload import Payload, decode
from runwire.domain.ports import Bus, Clock, Journal, RunStore
from runwire.domain.questions import question
from runwire.domain.run import Run, RunId
from runwire.domain.run_options import RunOptions
from runwire.domain.schedule import Firing
from runwire.domain.thread import ThreadEntry
from runwire.domain.work import Created, Request, Seed

MAX_WAIT_SECONDS: Final = 60.0
POLL_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """What a caller asks for; ids of the namespace are whole, that of the graph is not."""

    graph_id: str
    input: Payload = field(default_factory=Payload)
    thread_id: str = ""
    timeout_seconds: float | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    priority: int = 0
    queue: str = ""
    start_delay_seconds: float | None = None
    concurrency_key: str = ""
    concurrency_limit: int = 0
    run_id: str = ""
    request_id: str = ""
    namespace: str = DEFAULT_NAMESPACE
    options: RunOptions | None = None
    """How a LangGraph graph is to be executed; for any other there are none."""
    assistant: str = ""
    """The assistant that says the graph, as callers name it: `RunMaker` looks it up."""
    input_given: bool = True
    """Whether there is an input; a run of a LangGraph graph can go on without."""
    create_thread: bool = True
    keep_thread: bool = False
    """For a run of a LangGraph graph without a thread: whether it gets one, which stays."""
    thread: ThreadEntry | None = None
    """How it comes to its thread; None where the thread is only a name."""
    firing: Firing | None = None
    """The schedule that asks for it, with the turn to record along with it."""


class Runs:
    """Everything a caller can do with runs, but watch them."""

    def __init__(
        self,
        *,
        runs: RunStore,
        journal: Journal,
        bus: Bus,
        graphs: GraphCatalog,
        inputs: Inputs,
        forks: Forks,
        now: Clock,
        new_id: Callable[[], RunId],
        cancel_grace_seconds: float,
    ) -> None:
        self._runs = runs
        self._journal = journal
        self._bus = bus
        self._graphs = graphs
        self._inputs = inputs
        self._forks = forks
        self._now = now
        self._new_id = new_id
        self._cancel_grace_seconds = cancel_grace_seconds

    async def create(self, new: NewRun) -> Created:
        """Queue a run; the answer means that it is on disk.

        Raises NotFound (graph, input artifact), Invalid (input that does not fit the graph's
        schema, a path to each fault), AlreadyExists (run_id taken, request_id used with another
        body).
        """
        request = Request(
            request_id=new.request_id, body_hash=_hash(new) if new.request_id else b""
        )
        try:
            graph_id, version, definition = await self._graphs.resolve(new.graph_id, new.namespace)
            await self._inputs.check(new.graph_id, definition, new.input)
            kind = self._graphs.kind_of(new.graph_id, version)
            new = entering(new, kind, grace_seconds=self._cancel_grace_seconds)
        except Error:
            # What was there when the run was created may be gone; its repetition is answered all
            # the same.
            first = await self._runs.requested(request) if new.request_id else None
            if first is None:
                raise
            return Created(run=first, replayed=True)
        now = self._now()
        run = Run(
            run_id=RunId(new.run_id or whole_id(new.namespace, self._new_id())),
            graph_id=graph_id,
            graph_version=version,
            input=new.input,
            thread_id=new.thread_id,
            timeout_seconds=new.timeout_seconds,
            labels=dict(new.labels),
            priority=new.priority,
            queue=new.queue,
            start_delay_seconds=new.start_delay_seconds,
            concurrency_key=new.concurrency_key,
            concurrency_limit=new.concurrency_limit,
            options=new.options,
            created_at=now,
            ready_at=now,
        )
        seed = Seed(
            run=run, named=bool(new.run_id), request=request, thread=new.thread, firing=new.firing
        )
        return await self._create(seed)

    async def get(self, run_id: RunId) -> Run:
        """Return a run; raise NotFound."""
        return await self._runs.get(run_id)

    async def find(
        self, where: Filter, *, order: Order, page_size: int, page_token: str
    ) -> Page[Run]:
        """Return one page of the runs that match; raise Invalid for a foreign token."""
        return await self._runs.find(
            where, order=order, page_size=page_size_of(page_size), page_token=page_token
        )

    async def cancel(self, run_id: RunId, *, reason: str, etag: str) -> Run:
        """Ask a run to end. CANCELLED at once if no worker holds it, else CANCELLING.

        Raises NotFound, Conflict (etag), NotAllowed (SUCCEEDED or FAILED).
        """
        grace = self._cancel_grace_seconds
        move = moves.cancelled(reason=reason, etag=etag, grace_seconds=grace)
        return await self._journal.record(run_id, move)

    async def resume(self, run_id: RunId, *, interrupt_id: str, answer: bytes, etag: str) -> Run:
        """Answer an interrupt; raise NotFound, NotAllowed, Conflict, Invalid (unfit answer)."""
        run = await self._runs.get(run_id)
        spans.link(run.trace_parent)
        if run.open_interrupts:
            asked = question(run, interrupt_id)
            self._inputs.check_answer(asked, answer)
        move = moves.resumed(interrupt_id=interrupt_id, answer=answer, etag=etag)
        return await self._journal.record(run_id, move)

    async def update_labels(
        self, run_id: RunId, *, labels: Mapping[str, str], mask: Sequence[str], etag: str
    ) -> Run:
        """Change labels by a field mask; raise NotFound, Conflict."""
        return await self._journal.record(
            run_id, moves.labelled(labels=labels, mask=mask, etag=etag)
        )

    async def fork(
        self,
        run_id: RunId,
        *,
        checkpoint_id: str,
        update: bytes | None,
        new_run_id: str,
        request_id: str,
        labels: Mapping[str, str],
    ) -> Created:
        """Queue a new run that goes on from a checkpoint; raise as `create` does."""
        source = await self._runs.get(run_id)
        spans.link(source.trace_parent)
        seed = await self._forks.seed(
            source,
            checkpoint_id=checkpoint_id,
            update=update,
            new_run_id=RunId(new_run_id or whole_id(source.namespace, self._new_id())),
            request_id=request_id,
            labels=labels,
            named=bool(new_run_id),
        )
        return await self._create(seed)

    async def delete(self, run_id: RunId, *, etag: str) -> None:
        """Delete a terminal run and all it owns; raise NotFound, Conflict, NotAllowed."""
        await self._journal.delete(run_id, etag)

    async def wait(self, run_id: RunId, *, timeout_seconds: float) -> Run:
        """Return the run once it is terminal, or as it is when the time is over."""
        until = monotonic() + min(timeout_seconds, MAX_WAIT_SECONDS)
        with self._bus.waiting(run_id) as wake:
            while True:
                run = await self._runs.get(run_id)
                left = until - monotonic()
                if run.status.final or left <= 0:
                    return run
                await wake.wait(min(left, POLL_SECONDS))

    async def _create(self, seed: Seed) -> Created:
        here = trail.current()
        if here.trace_parent:
            run = seed.run.but(trace_parent=here.trace_parent, trace_state=here.trace_state)
            seed = replace(seed, run=run)
        created = await self._journal.create(seed)
        trail.about(created.run.run_id)
        return created


def _hash(new: NewRun) -> bytes:
    """Return a hash of all a creation says; equal JSON counts as equal however it is spelled."""
    given = new.input
    value = repr(decode(given.data)) if not given.artifact_id else ""
    said = (
        new.graph_id, value, given.content_type, given.artifact_id, sorted(given.metadata.items()),
        new.thread_id, new.timeout_seconds, sorted(new.labels.items()), new.priority, new.run_id,
        new.queue, new.start_delay_seconds, new.concurrency_key, new.concurrency_limit,
        b"" if new.options is None else new.options.dump(), new.assistant, new.input_given,
        new.create_thread, new.keep_thread,
    )  # fmt: skip
    return hashlib.sha256(repr(said).encode()).digest()
