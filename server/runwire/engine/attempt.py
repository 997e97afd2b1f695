"""One try of a run: executes the claim on the loop of nodes and records how it ended."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from runwire.domain.assistant_ports import ItemStore
from runwire.domain.errors import Conflict, Error, Exhausted, Invalid, NotFound
from runwire.domain.outcome import Cancelled, Failed, Outcome
from runwire.domain.ports import Artifacts, Clock, Leases
from runwire.domain.run import RunError
from runwire.domain.thread import ThreadChange, ThreadStatus
from runwire.domain.thread_ports import ThreadCheckpoints
from runwire.domain.work import Claim, Progress
from runwire.engine.executor import Finished, execute, unrecordable
from runwire.engine.faults import LeaseLost, Paused
from runwire.engine.hosted import HostedGraph
from runwire.engine.recorder import Recorder
from runwire.engine.registry import Registry
from runwire.spans import Tracer
from runwire.trail import Trail, follow

logger = logging.getLogger("runwire.worker")

INTERNAL = 13
LEAVING_SECONDS = 5.0
"""So long a graph may take to say what a cancelled run leaves of its thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """What every attempt needs."""

    registry: Registry
    leases: Leases
    artifacts: Artifacts
    now: Clock
    tracer: Tracer | None = None
    checkpoints: ThreadCheckpoints | None = None
    """Those of threads, for graphs of LangGraph; to be used on the loop of nodes."""
    items: ItemStore | None = None
    """The store's items, for nodes of such graphs; to be used on the loop of nodes."""


class Attempt:
    """One try of a run. But for making it, everything happens on the loop of nodes."""

    def __init__(
        self, claim: Claim, execution: Execution, *, over: Callable[["Attempt"], object]
    ) -> None:
        self.lease = claim.lease
        self._claim = claim
        self._execution = execution
        self._over = over
        self._task: asyncio.Task[None] | None = None
        self._cancelling = False
        self._recorder: Recorder | None = None

    def begin(self, task: asyncio.Task[None]) -> None:
        """Note the task that runs this."""
        self._task = task

    def pause(self) -> None:
        """Stop at the next superstep, all before it being on disk; the run goes back."""
        if self._recorder is not None:
            self._recorder.paused = True

    def cancel(self) -> None:
        """Stop because the run is being cancelled; the node's cleaning up is waited for."""
        if not self._cancelling and self._task is not None:
            self._cancelling = True
            self._task.cancel()

    def lose(self) -> None:
        """Stop because the lease is lost or given back; nothing is recorded any more."""
        if self._task is not None:
            self._task.cancel()

    async def run(self) -> None:
        """Execute the claim to its next stop, and record that."""
        run = self._claim.run
        follow(Trail("", run.run_id, run.trace_parent, run.trace_state))
        try:
            await self._run()
        except asyncio.CancelledError:
            raise
        except BaseException:
            logger.exception("run %s is let go; its lease will end", self.lease.run_id)
        finally:
            self._over(self)

    async def _run(self) -> None:
        try:
            finished = await self._finish()
            if isinstance(finished.outcome, Cancelled):
                finished = Finished(Cancelled(), await self._left())
            await self._settle(finished.outcome, finished.progress)
        except asyncio.CancelledError:
            if self._cancelling:
                await self._settle(Cancelled(), await self._left())
            raise
        except LeaseLost as error:
            logger.info("an attempt ends: %s", error)
        except Paused:
            await self._execution.leases.release([self.lease], "the worker is stopping")

    async def _finish(self) -> Finished:
        """Execute the claim; an error of the engine itself becomes the run's."""
        try:
            return await self._execute()
        except (asyncio.CancelledError, LeaseLost, Paused):
            raise
        except BaseException as error:
            if self._recorder is not None and error is self._recorder.broken:
                raise  # The store failed, not the run: another attempt goes on from what is there.
            logger.exception("run %s could not be executed", self.lease.run_id)
            message = "the server failed while it executed the run; its log says how"
            failed = RunError(code=INTERNAL, reason="INTERNAL", message=message)
            return Finished(Failed(failed), Progress())

    async def _execute(self) -> Finished:
        run = self._claim.run
        self._recorder = Recorder(self.lease, self._execution.leases, self._execution.now)
        hosted = self._hosted
        if hosted is not None:
            return await hosted.execute(self._claim, self._recorder, self._execution)
        try:
            graph = self._execution.registry.compiled(run.graph_id, self._claim.definition)
        except Error as error:
            failed = RunError(code=9, reason=error.reason, message=error.message)
            return Finished(Failed(failed), Progress())
        return await execute(
            self._claim,
            graph,
            self._recorder,
            artifacts=self._execution.artifacts,
            tracer=self._execution.tracer,
        )

    @property
    def _hosted(self) -> HostedGraph | None:
        run = self._claim.run
        return None if run.graph_version else self._execution.registry.hosted(run.graph_id)

    async def _left(self) -> Progress:
        """Return what the run leaves of its thread now that it is cancelled."""
        if self._hosted is None:
            return Progress()
        run = self._claim.run
        try:
            async with asyncio.timeout(LEAVING_SECONDS):
                return Progress(thread=await self._hosted.left(run, self._execution))
        except Exception:  # an author's code; the run ends all the same
            logger.warning("run %s leaves its thread's values be", run.run_id, exc_info=True)
            return Progress()

    async def _settle(self, outcome: Outcome, progress: Progress) -> None:
        try:
            try:
                await self._execution.leases.settle(self.lease, progress, outcome)
            except (Exhausted, Invalid) as error:
                await self._execution.leases.settle(self.lease, *_instead(progress, error))
        except (Conflict, NotFound) as error:
            logger.info("what run %s came to no longer counts: %s", self.lease.run_id, error)


def _instead(progress: Progress, error: Exhausted | Invalid) -> tuple[Progress, Outcome]:
    """Return what is recorded in place of what cannot be: the failure, and nothing else."""
    failed = unrecordable(error)
    thread = None
    if progress.thread is not None:
        told = {"error": failed.error.metadata["error"], "message": failed.error.message}
        thread = ThreadChange(status=ThreadStatus.ERROR, error=told)
    return Progress(number=progress.number, thread=thread), failed
