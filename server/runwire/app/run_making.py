"""Makes runs of every kind of graph: those of LangGraph come to threads, all others do not.

Callers say what they want in one way (`NewRun`). Which kind of graph it is, is known here.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from runwire.app.assistants import Assistants
from runwire.app.graphs import GraphCatalog
from runwire.app.runs import NewRun, Runs
from runwire.app.thread_runs import NewThreadRun, ThreadRuns
from runwire.app.threads import Threads
from runwire.domain.assistant import Assistant
from runwire.domain.caller import Caller, Role
from runwire.domain.errors import Invalid, invalid
from runwire.domain.ids import check_id
from runwire.domain.missing import no_run
from runwire.domain.namespace import local_id
from runwire.domain.payload import check_size
from runwire.domain.reach import out_of_scope
from runwire.domain.run import OnEnd, Run, RunId, RunStatus
from runwire.domain.run_options import RunOptions
from runwire.domain.thread import ThreadId
from runwire.domain.work import Created

SCHEDULER: Final = "schedule"
UNFINISHED: Final = (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.INTERRUPTED)


class RunMaker:
    """Queues runs, and ends those of threads."""

    def __init__(
        self,
        *,
        runs: Runs,
        thread_runs: ThreadRuns,
        threads: Threads,
        assistants: Assistants,
        graphs: GraphCatalog,
        check_webhook: Callable[[str], None],
    ) -> None:
        self._check_webhook = check_webhook
        self._runs = runs
        self._thread_runs = thread_runs
        self._threads = threads
        self._assistants = assistants
        self._graphs = graphs

    async def create(self, new: NewRun, caller: Caller) -> Created:
        """Queue a run; raise as `Runs.create` or `ThreadRuns.create` does."""
        if not await self._of_langgraph(new):
            return await self._runs.create(new)
        if new.assistant and new.graph_id:
            await self._assistant(new, caller)
        return await self._thread_runs.create(self._thread_run(new), caller)

    async def fire(self, new: NewRun) -> Created:
        """Queue a run that nobody asks for but a schedule of its namespace."""
        caller = Caller(name=SCHEDULER, namespace=new.namespace, role=Role.RUNNER, everywhere=False)
        return await self.create(new, caller)

    async def settled(self, new: NewRun, caller: Caller) -> tuple[NewRun, str]:
        """Return what runs shall be that are made later, with their graph, and whose they are.

        That is the whole id of the assistant; empty for graphs that are none of LangGraph's. Raises
        NotFound (assistant, thread), Denied, Invalid.
        """
        if not await self._of_langgraph(new):
            return new, ""
        self._thread_run(new)
        found = await self._assistant(new, caller)
        if new.thread_id and not new.create_thread:
            await self._threads.get(ThreadId(new.thread_id))
        assistant = new.assistant or found.graph_id
        return replace(new, graph_id=found.graph_id, assistant=assistant), found.assistant_id

    async def roll_back(self, run_id: RunId, *, reason: str) -> Run:
        """Ask a run of a thread to end and be undone; raise NotFound, Invalid for any other."""
        run = await self._runs.get(run_id)
        if run.options is None:
            raise invalid("action", "only runs of LangGraph graphs can be rolled back")
        return await self._thread_runs.cancel(
            ThreadId(run.thread_id), run_id, on_end=OnEnd.ROLL_BACK, reason=reason
        )

    async def cancel_many(
        self,
        caller: Caller,
        *,
        thread_id: ThreadId | None,
        run_ids: Sequence[RunId],
        statuses: Sequence[RunStatus],
        on_end: OnEnd,
    ) -> int:
        """Ask runs of a thread, or of all threads with a status, to end; return how many.

        Raises NotFound for a thread, or a run of it, that is not there.
        """
        if thread_id is not None:
            await self._threads.get(thread_id)
        for run_id in run_ids:
            run = await self._runs.get(run_id)
            if run.thread_id != thread_id:
                raise no_run(run_id)
        if thread_id is not None:
            statuses = UNFINISHED
        return await self._thread_runs.cancel_many(
            caller, thread_id=thread_id, run_ids=run_ids, statuses=statuses, on_end=on_end
        )

    async def _of_langgraph(self, new: NewRun) -> bool:
        """Whether a LangGraph graph is meant; raise Invalid for options that need one."""
        if new.assistant:
            return True
        if await self._graphs.is_langgraph(new.graph_id, new.namespace):
            return True
        if new.options is not None:
            # An unknown graph is told of first.
            await self._graphs.resolve(new.graph_id, new.namespace)
            raise invalid(
                "spec.options", f"graph {new.graph_id} is none of LangGraph's: leave them out"
            )
        return False

    async def _assistant(self, new: NewRun, caller: Caller) -> Assistant:
        found = await self._assistants.resolve(caller, new.assistant or new.graph_id)
        if new.graph_id and new.graph_id != found.graph_id:
            raise invalid(
                "spec.graph_id",
                f"assistant {local_id(found.assistant_id)} is of graph {found.graph_id}: name that"
                " one, or none",
            )
        if not caller.sees(found.graph_id):
            raise out_of_scope(found.graph_id)
        return found

    def _thread_run(self, new: NewRun) -> NewThreadRun:
        """Return a run of a thread; raise Invalid for what such a run cannot have."""
        if new.thread_id:
            check_id(local_id(new.thread_id), name="spec.thread_id")
        if new.concurrency_key:
            raise invalid(
                "spec.concurrency", "runs of LangGraph graphs wait for others of their thread only"
            )
        options = new.options or RunOptions()
        check_size(options.dump(), name="spec.options")
        if options.webhook:
            try:
                self._check_webhook(options.webhook)
            except Invalid as error:
                [fault] = error.violations
                raise invalid("spec.options.webhook", fault.description) from None
        return NewThreadRun(
            assistant=new.assistant or new.graph_id,
            thread_id=new.thread_id,
            input=new.input if new.input_given else None,
            options=options,
            create_thread=new.create_thread,
            keep_thread=new.keep_thread,
            after_seconds=new.start_delay_seconds,
            run_id=new.run_id,
            request_id=new.request_id,
            apart=not (new.keep_thread or options.temporary),
            like=new,
        )
