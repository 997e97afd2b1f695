"""Executes a claimed run of a LangGraph graph to its next stop: end, failure, question.

1. What it says and what its saver writes goes through one recorder, in order; so nothing is shown
   before it is on disk, and a crash repeats nothing but the nodes that were under way.
2. Once the worker stops, the graph ends at its next superstep, all before that being on disk.
"""

import asyncio
import copy
import logging
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from langgraph.errors import GraphDrained
from langgraph.pregel import Pregel
from langgraph.runtime import RunControl
from langgraph.store.base import BaseStore

from runwire.domain.outcome import Failed, Succeeded
from runwire.domain.run import RunError
from runwire.domain.run_options import Durability, RunOptions
from runwire.domain.thread_ports import ThreadCheckpoints
from runwire.domain.work import Claim, Progress
from runwire.engine.attempt import Execution
from runwire.engine.executor import Finished, inner, refused
from runwire.engine.faults import Paused
from runwire.engine.recorder import Recorder
from runwire.langgraph.configuring import config_of
from runwire.langgraph.ending import Stop, ended, error_of, failed, is_cancelled, late
from runwire.langgraph.following import Following
from runwire.langgraph.parts import Play, Streamer
from runwire.langgraph.recovery import beginning, is_first
from runwire.langgraph.run_saver import RunSaver
from runwire.langgraph.source import Access, Source, Use
from runwire.langgraph.steps import Steps
from runwire.langgraph.telling import Telling
from runwire.langgraph.whole_threads import names_of, threads_of

logger = logging.getLogger("runwire.engine")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What the parts of one attempt share."""

    claim: Claim
    options: RunOptions
    source: Source
    streamer: Streamer
    recorder: Recorder
    checkpoints: ThreadCheckpoints
    store: BaseStore | None
    telling: Telling
    following: Following


class Pausing(RunControl):
    """Asks the graph to end between two supersteps once the worker wants it to."""

    __slots__ = ("_recorder",)

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self._recorder = recorder

    @property
    def drain_requested(self) -> bool:
        """Whether the worker is stopping."""
        return self._recorder.paused


def setting_of(
    claim: Claim,
    recorder: Recorder,
    execution: Execution,
    *,
    source: Source,
    streamer: Streamer,
    store: BaseStore | None,
) -> Setting:
    """Return what an attempt needs."""
    if execution.checkpoints is None:
        raise RuntimeError("graphs of LangGraph need a place for their checkpoints")
    options = claim.run.options or RunOptions()
    telling = Telling(
        recorder,
        options.durability,
        whole=names_of(claim.run.namespace, claim.run),
        nested=options.stream_subgraphs,
    )
    steps = Steps(claim.run, claim.steps, recorder.now, execution.tracer)
    return Setting(
        claim=claim,
        options=options,
        source=source,
        streamer=streamer,
        recorder=recorder,
        checkpoints=execution.checkpoints,
        store=store,
        telling=telling,
        following=Following(telling, steps),
    )


async def execute(setting: Setting) -> Finished:
    """Execute a claimed run to its next stop; raise LeaseLost or Paused if it must be let go."""
    recorder = setting.recorder
    try:
        async with recorder:
            outcome, last = await _in_time(setting)
    except BaseException as error:  # noqa: BLE001 - raised again, or told by the outcome
        if recorder.broken is None:
            raise inner(error) from None
        outcome, last = refused(recorder.broken), Progress()
    rest = replace(recorder.rest(last), thread=last.thread)
    if setting.options.temporary and isinstance(outcome, Succeeded | Failed):
        rest = replace(rest, saved=())  # they would go with the run's end at once
    return Finished(outcome, rest)


async def _in_time(setting: Setting) -> Stop:
    """Execute until the run's own time is up."""
    run = setting.claim.run
    if run.timeout_seconds is None:
        return await _stop(setting)
    now = setting.recorder.now()
    spent = (now - (run.started_at or now)).total_seconds()
    limit = asyncio.timeout(run.timeout_seconds - spent)
    try:
        async with limit:
            stop = await _stop(setting)
        over = limit.expired() or asyncio.get_running_loop().time() >= (limit.when() or 0)
        if not (over and isinstance(stop[0], Succeeded)):
            return stop
    except TimeoutError:
        if not limit.expired():
            raise
    return _fail(setting, late(run), failed_node=False)


async def _stop(setting: Setting) -> Stop:
    """Execute to the end; what the graph raises becomes the run's failure."""
    try:
        await _play(setting)
    except GraphDrained:
        await setting.telling.commit()
        raise Paused(f"run {setting.claim.run.run_id} stopped between two supersteps") from None
    except BaseException as error:  # an author's code may raise anything
        if is_cancelled() or setting.recorder.broken is not None:
            raise
        logger.warning("run %s failed", setting.claim.run.run_id, exc_info=error)
        return _fail(setting, error_of(error, setting.following.failing_node))
    setting.following.finish()
    now = setting.recorder.now()
    return ended(setting.claim.run, setting.options, setting.following, now)


async def _play(setting: Setting) -> None:
    options, run = setting.options, setting.claim.run
    config = config_of(run, options)
    use = Use(
        access=Access.RUN,
        config=config,
        store=setting.store,
        user=options.user,
        context=options.context,
    )
    async with setting.source.open(use) as graph:
        await _follow(setting, graph, use)


async def _follow(setting: Setting, graph: Pregel[Any, Any, Any, Any], use: Use) -> None:
    """Execute the graph, and tell what it says."""
    attached = _attached(setting, graph)
    begin = await beginning(
        setting.claim,
        attached,
        use.config,
        options=setting.options,
        checkpoints=setting.checkpoints,
    )
    play = Play(
        graph=attached,
        given=begin.given,
        config=begin.config,
        options=setting.options,
        durability="exit" if setting.options.durability is Durability.EXIT else "async",
        control=Pausing(setting.recorder),
        again=begin.again,
    )
    following = setting.following
    following.again = begin.again
    async with aclosing(setting.streamer(play)) as parts:
        async for part in parts:
            if not following.take(part):
                await setting.recorder.room()
            if following.between and setting.options.durability is Durability.SYNC:
                # No node of this superstep has begun: the graph waits for whoever listens.
                await setting.telling.saved(following.parent_id)


def _attached(setting: Setting, graph: Pregel[Any, Any, Any, Any]) -> Pregel[Any, Any, Any, Any]:
    """Return a graph with the checkpointer and the store of this run in place of its own."""
    run, options = setting.claim.run, setting.options
    attached = copy.copy(graph)
    attached.checkpointer = RunSaver(
        threads_of(setting.checkpoints, run.namespace, run),
        setting.telling,
        now=setting.recorder.now,
        run_id=run.run_id,
        fresh=is_first(run) and (options.temporary or not run.thread_id),
    )
    if setting.store is not None:
        attached.store = setting.store
    return attached


def _fail(setting: Setting, error: RunError, *, failed_node: bool = True) -> Stop:
    """Return a failure, after telling what was still under way."""
    setting.following.fail(error.message, failed_node=failed_node)
    return failed(setting.claim.run, setting.following, error)
