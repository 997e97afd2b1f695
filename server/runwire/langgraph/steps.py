"""The nodes of the root graph that a run executes, as steps with their spans.

LangGraph names a task by its id; here a step is known by its node and how often the run has come to
it. Steps that another attempt has left unfinished are tried again under the same name.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from runwire.domain.event import StepChanged
from runwire.domain.ports import Clock
from runwire.domain.run import Run, RunStatus
from runwire.domain.step import Step, step_event, step_id_of
from runwire.engine.faults import cut, words
from runwire.spans import Span, Tracer
from runwire.trail import Trail

S = RunStatus

Entered = tuple[StepChanged, Step]
"""A step that has entered a status, and the event of that."""


@dataclass(slots=True)
class _Open:
    step: Step
    span: Span | None


class Steps:
    """Follows the tasks of one execution."""

    def __init__(
        self, run: Run, known: Sequence[Step], now: Clock, tracer: Tracer | None = None
    ) -> None:
        self._run = run
        self._now = now
        self._tracer = tracer
        self._visits: dict[str, int] = {}
        self._superstep = 0
        self.between = False
        """Whether a superstep of this execution is over, and no other has begun."""
        self._open: dict[str, _Open] = {}
        self._left: dict[str, list[Step]] = {}
        for step in sorted(known, key=lambda step: step.visit):
            self._visits[step.node] = max(self._visits.get(step.node, 0), step.visit)
            self._superstep = max(self._superstep, step.superstep)
            if step.status not in (S.SUCCEEDED, S.FAILED):
                self._left.setdefault(step.node, []).append(step)
        if self._left:
            self._superstep -= 1  # it is tried again

    @property
    def open_nodes(self) -> tuple[str, ...]:
        """The nodes that have begun and not ended."""
        return tuple(each.step.node for each in self._open.values())

    def begun(self, task: dict[str, Any]) -> Entered:
        """Note that a task begins."""
        if not self._open:
            self._superstep += 1
        self.between = False
        step = self._step(task["name"])
        span = None if self._tracer is None else self._span(self._tracer, step)
        self._open[task["id"]] = _Open(step, span)
        return _entered(step, step.started_at)

    def ended(self, task: dict[str, Any]) -> Entered | None:
        """Note that a task has a result, an error or a question; None if it did not begin."""
        found = self._open.pop(task["id"], None)
        if found is None:
            return None
        self.between = not self._open
        status, message, failure = S.SUCCEEDED, "", ""
        if task.get("error") is not None:
            status, message, failure = S.FAILED, _words(task["error"]), _kind(task["error"])
        elif task.get("interrupts"):
            status = S.INTERRUPTED
        return self._end(found, status, message=message, failure=failure)

    def cached(self, nodes: Collection[str]) -> Sequence[Entered]:
        """Note that nodes have a result that was there before."""
        found = [task_id for task_id, each in self._open.items() if each.step.node in nodes]
        return [self._end(self._open.pop(task_id), S.SUCCEEDED) for task_id in found[:1]]

    def stopped(self, why: str, *, failed: bool = False) -> Sequence[Entered]:
        """Note that everything still open was stopped; where one ``failed``, the only one did."""
        left = list(self._open.values())
        self._open.clear()
        status = S.FAILED if failed and len(left) == 1 else S.CANCELLED
        return [self._end(each, status, message=why, failure=why) for each in left]

    def waiting(self) -> Sequence[Entered]:
        """Note that everything still open waits for somebody: a subgraph asked to stop there."""
        left = list(self._open.values())
        self._open.clear()
        return [self._end(each, S.INTERRUPTED) for each in left]

    def _step(self, node: str) -> Step:
        now = self._now()
        left = self._left.get(node)
        if left:
            before = left.pop(0)
            return replace(
                before, status=S.RUNNING, attempt=before.attempt + 1, started_at=now, ended_at=None
            )
        visit = self._visits[node] = self._visits.get(node, 0) + 1
        return Step(
            run_id=self._run.run_id,
            step_id=step_id_of(node, visit),
            superstep=self._superstep,
            node=node,
            visit=visit,
            attempt=1,
            status=S.RUNNING,
            started_at=now,
        )

    def _end(
        self, found: _Open, status: RunStatus, *, message: str = "", failure: str = ""
    ) -> Entered:
        now = self._now()
        ended_at = None if status is S.INTERRUPTED else now
        step = replace(found.step, status=status, ended_at=ended_at, message=cut(message))
        if found.span is not None:
            if status is S.INTERRUPTED:
                found.span.note(status=status.value)
            found.span.end(error=failure if status is S.FAILED else "")
        return _entered(step, now)

    def _span(self, tracer: Tracer, step: Step) -> Span:
        run = self._run
        return tracer.step(
            step.node,
            Trail("", run.run_id, run.trace_parent, run.trace_state),
            graph_id=run.graph_id,
            step_id=step.step_id,
            visit=step.visit,
            attempt=step.attempt,
            run_attempt=run.attempt,
        )


def _entered(step: Step, at: datetime) -> Entered:
    detail = step_event(step, at).detail
    assert isinstance(detail, StepChanged)  # noqa: S101 - it is what `step_event` makes
    return detail, step


def _kind(error: Any) -> str:
    return type(error).__name__


def _words(error: Any) -> str:
    return words(error) if isinstance(error, BaseException) else str(error)
