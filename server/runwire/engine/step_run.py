"""Runs one step: attempts at its node until there is a result, a question, or no hope."""

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any

from runwire import trail
from runwire.domain.checkpoint import Encoded, NextNode
from runwire.domain.event import InterruptRaised, NewEvent
from runwire.domain.run import Interrupt, RunError, RunStatus
from runwire.domain.step import Step, step_event
from runwire.engine.definition import Node
from runwire.engine.faults import DEADLINE_EXCEEDED, UNKNOWN, Fault, GraphError, cut, words
from runwire.engine.results import Result, result_of
from runwire.engine.scope import CURRENT, Scope
from runwire.engine.setting import Setting, argument_for, called, state_for
from runwire.spans import Tracer
from runwire.trail import Trail

logger = logging.getLogger("runwire.engine")

S = RunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The step has a result."""

    step: Step
    result: Result
    events: tuple[NewEvent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The step waits for an answer."""

    step: Step
    interrupt: Interrupt
    events: tuple[NewEvent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """The step failed for good."""

    step: Step
    error: RunError
    events: tuple[NewEvent, ...] = ()


StepEnd = Done | Asked | Broken


class _Failure(Exception):
    """An attempt failed; `again` says whether another may help."""

    def __init__(self, error: RunError, *, again: bool) -> None:
        super().__init__(error.message)
        self.error = error
        self.again = again


_End = Done | Asked | _Failure


async def run_step(setting: Setting, step: Step, *, item: NextNode, values: Encoded) -> StepEnd:
    """Run a step to its end; `values` are the state it sees."""
    node, tracer = setting.graph.nodes[step.node], setting.tracer
    failures = 0
    while True:
        step = _begun(setting, step)
        attempt = _once(setting, node, step, item=item, values=values)
        end = await (attempt if tracer is None else _traced(tracer, setting, step, attempt))
        if not isinstance(end, _Failure):
            return end
        failures += 1
        if not end.again or failures > node.retries:
            return _broken(setting, step, end.error)
        step = await _again(setting, step, node=node, failures=failures, error=end.error)


async def _traced(
    tracer: Tracer, setting: Setting, step: Step, attempt: Coroutine[Any, Any, _End]
) -> _End:
    """Make one attempt, as a span under the run's own."""
    run, before = setting.run, trail.current()
    span = tracer.step(
        step.node,
        Trail("", run.run_id, run.trace_parent, run.trace_state),
        graph_id=run.graph_id,
        step_id=step.step_id,
        visit=step.visit,
        attempt=step.attempt,
        run_attempt=run.attempt,
    )
    trail.follow(Trail("", run.run_id, span.trace_parent, span.trace_state))
    entered, error = span.enter(), ""
    try:
        end = await attempt
    except BaseException as raised:
        error = type(raised).__name__
        raise
    else:
        if isinstance(end, _Failure):
            error = end.error.metadata.get("exception", end.error.reason)
        elif isinstance(end, Asked):
            span.note(status=end.step.status.value)
        return end
    finally:
        span.leave(entered)
        trail.follow(before)
        span.end(error=error)


async def _once(
    setting: Setting, node: Node, step: Step, *, item: NextNode, values: Encoded
) -> _End:
    """Make one attempt."""
    scope = Scope(setting.run, step, recorder=setting.recorder, artifacts=setting.artifacts)
    end: Done | _Failure
    try:
        returned = await _attempt(setting, node, scope, item=item, values=values)
        if scope.raised is not None:  # the node swallowed the signal
            return _asked(setting, step, scope.raised)
        result = result_of(returned, graph=setting.graph, node=node.name, before=values)
        end = _done(setting, step, result)
    except Fault as fault:
        end = _Failure(fault.error, again=False)
    except _Failure as failure:
        end = failure
    return end if scope.raised is None else _asked(setting, step, scope.raised)


async def _attempt(
    setting: Setting, node: Node, scope: Scope, *, item: NextNode, values: Encoded
) -> Sequence[Any]:
    """Call the node; raise _Failure or Fault."""
    token = CURRENT.set(scope)
    limit = asyncio.timeout(node.timeout_seconds)
    try:
        given = _given(setting, node, item, values)
        if node.timeout_seconds is None:
            return await called(setting, node.callee, given, scope)
        async with limit:
            returned = await called(setting, node.callee, given, scope)
        if limit.expired():  # the node went on although it was cancelled
            raise TimeoutError
    except BaseException as error:  # noqa: BLE001 - an author's code may raise anything
        scope.cancelled = limit.expired() or isinstance(error, asyncio.CancelledError)
        raise _judged(setting, node, scope, error, late=limit.expired()) from None
    else:
        return returned
    finally:
        scope.over = True
        CURRENT.reset(token)


def _given(setting: Setting, node: Node, item: NextNode, values: Encoded) -> Any:
    if item.argument is None:
        return state_for(setting, values)
    return argument_for(node, item.argument)


def _judged(
    setting: Setting, node: Node, scope: Scope, error: BaseException, *, late: bool
) -> BaseException:
    """Return what an exception of an attempt means: a failure, or something to pass on."""
    if isinstance(error, asyncio.CancelledError):
        current = asyncio.current_task()
        if current is not None and current.cancelling():
            return error
        return _failure(node, scope, error, again=False)  # the node cancelled itself
    if isinstance(error, Fault) or setting.recorder.broken is not None:
        return error
    if late and isinstance(error, TimeoutError):
        return _late(node, scope.step)
    wanted = isinstance(error, Exception) and isinstance(error, node.retry_on)
    again = wanted and not isinstance(error, GraphError)
    return _failure(node, scope, error, again=again)


def _failure(node: Node, scope: Scope, error: BaseException, *, again: bool) -> _Failure:
    step = scope.step
    if scope.raised is None:
        logger.warning(
            "node %r of run %s failed (step %s, attempt %d)",
            node.name, step.run_id, step.step_id, step.attempt, exc_info=error,
        )  # fmt: skip
    return _Failure(
        RunError(
            code=UNKNOWN,
            reason="NODE_FAILED",
            message=cut(f"node {node.name!r} failed: {words(error)}"),
            metadata={
                "node": node.name,
                "attempt": str(step.attempt),
                "exception": type(error).__qualname__,
            },
        ),
        again=again,
    )


def _late(node: Node, step: Step) -> _Failure:
    return _Failure(
        RunError(
            code=DEADLINE_EXCEEDED,
            reason="NODE_TIMEOUT",
            message=f"node {node.name!r} took longer than {node.timeout_seconds:g} s",
            metadata={"node": node.name, "attempt": str(step.attempt)},
        ),
        again=any(issubclass(TimeoutError, kind) for kind in node.retry_on),
    )


def _begun(setting: Setting, step: Step) -> Step:
    now = setting.recorder.now()
    step = replace(step, status=S.RUNNING, started_at=now)
    setting.recorder.put(step_event(step, now), steps=(step,))
    return step


async def _again(
    setting: Setting, step: Step, *, node: Node, failures: int, error: RunError
) -> Step:
    """Tell that an attempt failed, wait, and return the step of the next one."""
    seconds = node.backoff.seconds(failures, setting.random)
    total = step.attempt + node.retries - failures + 1
    message = f"attempt {step.attempt} of {total} failed: {error.message}; next in {seconds:.1f} s"
    now = setting.recorder.now()
    step = replace(step, status=S.FAILED, message=cut(message))
    setting.recorder.put(step_event(step, now), steps=(step,))
    await setting.sleep(seconds)
    return replace(step, attempt=step.attempt + 1)


def _done(setting: Setting, step: Step, result: Result) -> Done:
    now = setting.recorder.now()
    step = replace(step, status=S.SUCCEEDED, ended_at=now, message="")
    return Done(step=step, result=result, events=(step_event(step, now),))


def _asked(setting: Setting, step: Step, interrupt: Interrupt) -> Asked:
    now = setting.recorder.now()
    step = replace(step, status=S.INTERRUPTED, message="")
    raised = NewEvent(at=now, detail=InterruptRaised(interrupt=interrupt), step_id=step.step_id)
    return Asked(step=step, interrupt=interrupt, events=(step_event(step, now), raised))


def _broken(setting: Setting, step: Step, error: RunError) -> Broken:
    now = setting.recorder.now()
    step = replace(step, status=S.FAILED, ended_at=now, message=error.message)
    return Broken(step=step, error=error, events=(step_event(step, now),))


def stopped(setting: Setting, step: Step, why: str) -> tuple[Step, NewEvent]:
    """Return a step that was cancelled, and the event of it."""
    now = setting.recorder.now()
    step = replace(step, status=S.CANCELLED, ended_at=now, message=why)
    return step, step_event(step, now)
