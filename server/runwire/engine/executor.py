"""Executes a claimed run to its next stop: end, failure, question.

1. A run goes from superstep to superstep. What one has led to (steps, events, a checkpoint) is one
   commit, on disk before the next begins: so a crash repeats nothing but what was under way.
2. The last commit is left to the worker, which makes it together with the outcome.
3. The executor decides, the worker records: nothing here moves the run.
"""

import asyncio
import random as random_module
from dataclasses import dataclass

from runwire.domain.errors import Conflict, Exhausted, Invalid
from runwire.domain.outcome import Cancelled, Failed, Outcome, Succeeded
from runwire.domain.ports import Artifacts
from runwire.domain.run import RunError
from runwire.domain.work import Claim, Progress
from runwire.engine.definition import CompiledGraph, Random
from runwire.engine.faults import (
    DEADLINE_EXCEEDED,
    FAILED_PRECONDITION,
    RESOURCE_EXHAUSTED,
    LeaseLost,
    cut,
)
from runwire.engine.recorder import Recorder
from runwire.engine.setting import Setting, Sleep
from runwire.engine.step_run import stopped
from runwire.engine.threads import THREADS, Threads
from runwire.engine.walk import Walk
from runwire.spans import Tracer


@dataclass(frozen=True, slots=True)
class Finished:
    """How an attempt ended, and what is to be recorded with that."""

    outcome: Outcome
    progress: Progress


async def execute(
    claim: Claim,
    graph: CompiledGraph,
    recorder: Recorder,
    *,
    artifacts: Artifacts,
    threads: Threads = THREADS,
    sleep: Sleep = asyncio.sleep,
    random: Random = random_module.random,
    tracer: Tracer | None = None,
) -> Finished:
    """Execute a claimed run to its next stop; raise LeaseLost or Paused if it must be let go."""
    setting = Setting(
        run=claim.run,
        graph=graph,
        recorder=recorder,
        artifacts=artifacts,
        threads=threads,
        sleep=sleep,
        random=random,
        tracer=tracer,
    )
    try:
        async with recorder:
            outcome, last = await _in_time(setting, Walk(setting, claim))
    except BaseException as error:  # noqa: BLE001 - raised again, or told by the outcome
        if recorder.broken is None:
            raise inner(error) from None
        outcome, last = refused(recorder.broken), Progress()
    return Finished(outcome, recorder.rest(last))


async def _in_time(setting: Setting, walk: Walk) -> tuple[Outcome, Progress]:
    """Walk until the run's own time is up."""
    run = setting.run
    if run.timeout_seconds is None:
        return await walk.run()
    now = setting.recorder.now()
    spent = (now - (run.started_at or now)).total_seconds()
    limit = asyncio.timeout(run.timeout_seconds - spent)
    try:
        async with limit:
            ended = await walk.run(late=limit.expired)
        # A node may have gone on although it was cancelled, or blocked the loop that cancels.
        late = limit.expired() or asyncio.get_running_loop().time() >= (limit.when() or 0)
        if not (late and isinstance(ended[0], Succeeded)):
            return ended
    except TimeoutError:
        if not limit.expired():
            raise
    error = RunError(
        code=DEADLINE_EXCEEDED,
        reason="RUN_TIMEOUT",
        message=f"the run took longer than {run.timeout_seconds:g} s",
    )
    ends = [stopped(setting, step, error.message) for step in setting.recorder.running]
    return Failed(error), Progress(
        steps=tuple(step for step, _ in ends), events=tuple(event for _, event in ends)
    )


def refused(error: BaseException) -> Outcome:
    """Return what a refused commit means for the attempt, or raise it."""
    if isinstance(error, Exhausted | Invalid):
        return unrecordable(error)
    if not isinstance(error, Conflict):
        raise error
    if error.reason == "RUN_CANCELLING":
        return Cancelled()
    raise LeaseLost(error.message) from error


def unrecordable(error: Exhausted | Invalid) -> Failed:
    """Return what a record means that will never arrive, however often it is sent."""
    large = isinstance(error, Exhausted)
    return Failed(
        RunError(
            code=RESOURCE_EXHAUSTED if large else FAILED_PRECONDITION,
            reason=error.reason,
            message=cut(error.message),
            metadata={**error.metadata, "error": "RecordTooLarge" if large else "RecordRefused"},
        )
    )


def inner(error: BaseException) -> BaseException:
    """Return the first error inside groups of them."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
