"""One walk through a graph: from where a claim stands, superstep by superstep, to the next stop."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from runwire.domain.checkpoint import Encoded, NextNode, join
from runwire.domain.event import NewEvent, StateUpdated
from runwire.domain.graph import START
from runwire.domain.outcome import Failed, Interrupted, Outcome, Succeeded
from runwire.domain.payload import MAX_INLINE_BYTES
from runwire.domain.run import RunStatus
from runwire.domain.step import Step, step_id_of
from runwire.domain.work import Claim, Progress
from runwire.engine.definition import Branch
from runwire.engine.faults import UNKNOWN, Fault, Paused, words
from runwire.engine.merge import MAX_STATE_BYTES, Written, merge
from runwire.engine.plan import Ended, Route, asked, following, numbered, route_of_answer
from runwire.engine.results import Result, load_writes
from runwire.engine.routes import load_route
from runwire.engine.saving import Position, beginning, moved, position_of
from runwire.engine.setting import Setting, called, state_for
from runwire.engine.shapes import unpack
from runwire.engine.step_run import Asked, Broken, Done, StepEnd, stopped
from runwire.engine.superstep import Planned, run_superstep

Stop = tuple[Outcome, Progress]

logger = logging.getLogger("runwire.engine")


class Walk:
    """A run on its way through its graph."""

    def __init__(self, setting: Setting, claim: Claim) -> None:
        self._setting = setting
        self._graph = setting.graph
        self._recorder = setting.recorder
        self._claim = claim
        self._known = {step.step_id: step for step in claim.steps}

    async def run(self, *, late: Callable[[], bool] = bool) -> Stop:
        """Go on until the run stops; return how, and what is to be recorded with that.

        Raises TimeoutError when it is ``late``, even if a node ignored that it was cancelled.
        """
        ends: list[StepEnd | None] = []
        last = Progress()
        try:
            position = position_of(self._claim) or await self._begin()
            while position.next:
                self._check_limit(position)
                ends = await run_superstep(self._setting, self._planned(position), position.values)
                stop = self._stop(ends)
                if stop is not None:
                    return stop
                position, last = await self._join(position, ends)
                if position.next:
                    await self._recorder.commit(last)
                    self._check_going_on(late)
        except Fault as fault:
            return Failed(fault.error), _told(ends)
        return Succeeded(self._output(position.values)), last

    async def _begin(self) -> Position:
        given = unpack(self._claim.input)
        try:
            if not isinstance(given, dict):
                raise ValueError("it must be a JSON object")
            values = self._graph.state.start(given)
        except ValueError as error:
            raise Fault("INVALID_INPUT", f"the input does not fit: {error}") from None
        route = await self._route([Ended(START)], values)
        position, checkpoint = beginning(
            self._setting.run.run_id, route=route, values=values, now=self._recorder.now()
        )
        self._recorder.hold(checkpoint)
        return position

    def _check_going_on(self, late: Callable[[], bool]) -> None:
        if late():
            raise TimeoutError
        if self._recorder.paused:
            raise Paused(f"run {self._setting.run.run_id} stopped between two supersteps")

    def _check_limit(self, position: Position) -> None:
        if position.superstep >= self._graph.max_steps:
            names = ", ".join(item.node for item in position.next)
            raise Fault(
                "MAX_STEPS_EXCEEDED",
                f"the run has taken {position.superstep} steps and would go on with {names}:"
                " mend the loop, or raise max_steps of the graph",
                max_steps=self._graph.max_steps,
            )

    def _planned(self, position: Position) -> list[Planned]:
        return [
            self._plan(item, visit, position)
            for item, visit in numbered(position.next, position.visits)
        ]

    def _plan(self, item: NextNode, visit: int, position: Position) -> Planned:
        node = self._graph.nodes.get(item.node)
        if node is None:
            raise Fault(
                "GRAPH_CHANGED",
                f"checkpoint {position.number} goes on with node {item.node!r}, which graph"
                f" {self._graph.graph_id!r} has no more: bring the node back, or fork the run"
                " from an earlier checkpoint",
                node=item.node,
            )
        step_id = step_id_of(item.node, visit)
        known = self._known.get(step_id)
        if known is not None and known.status is RunStatus.SUCCEEDED and known.update is not None:
            goto = None if known.goto is None else load_route(known.goto)
            result = Result(load_writes(known.update), goto)
            return Planned(known, item, Done(step=known, result=result))
        now = self._recorder.now()
        step = Step(
            run_id=self._setting.run.run_id,
            step_id=step_id,
            superstep=position.superstep + 1,
            node=item.node,
            visit=visit,
            attempt=1 if known is None else known.attempt + 1,
            status=RunStatus.RUNNING,
            started_at=now,
            tool=node.tool,
        )
        return Planned(step, item)

    def _stop(self, ends: Sequence[StepEnd | None]) -> Stop | None:
        """Return how the run stops with these ends, or None if it goes on."""
        broken = next((end for end in ends if isinstance(end, Broken)), None)
        if broken is not None:
            why = f"stopped because {broken.step.node!r} failed"
            ended = {end.step.step_id for end in ends if end is not None}
            open_ = [step for step in self._recorder.running if step.step_id not in ended]
            left = [stopped(self._setting, step, why) for step in open_]
            told = _told(ends)
            return Failed(broken.error), replace(
                told,
                events=(*told.events, *(event for _, event in left)),
                steps=(*told.steps, *(step for step, _ in left)),
            )
        questions = tuple(end.interrupt for end in ends if isinstance(end, Asked))
        if not questions:
            return None
        return Interrupted(questions), Progress(
            events=tuple(event for end in ends if end for event in end.events),
            steps=tuple(end.step for end in ends if end),
        )

    async def _join(
        self, before: Position, ends: Sequence[StepEnd | None]
    ) -> tuple[Position, Progress]:
        """Merge what the steps of a superstep wrote; return where the run stands then."""
        done = [end for end in ends if isinstance(end, Done)]
        written = [Written(end.step.node, end.step.step_id, end.result.writes) for end in done]
        # An input may be an artifact, so larger than what a run is allowed to gather.
        most = MAX_STATE_BYTES + len(self._claim.input)
        values = merge(self._graph.state, before.values, written, max_bytes=most)
        route = await self._route([Ended(end.step.node, end.result.goto) for end in done], values)
        now, nodes = self._recorder.now(), tuple(end.step.node for end in done)
        after, checkpoint = moved(
            self._setting.run.run_id, before, nodes=nodes, route=route, values=values, now=now
        )
        updated = StateUpdated(
            checkpoint_id=checkpoint.checkpoint_id,
            nodes=nodes,
            update=join(_changes(before.values, values)),
            next_nodes=checkpoint.next_nodes,
        )
        return after, Progress(
            events=(
                *(event for end in done for event in end.events),
                NewEvent(at=now, detail=updated),
            ),
            steps=tuple(
                replace(end.step, checkpoint=after.number, update=None, goto=None) for end in done
            ),
            checkpoints=(checkpoint,),
        )

    async def _route(self, ended: Sequence[Ended], values: Encoded) -> Route:
        chosen: dict[str, list[Route]] = {}
        for branch in asked(self._graph, ended):
            answer = await self._answer(branch, values)
            route = route_of_answer(self._graph, branch, answer)
            chosen.setdefault(branch.source, []).append(route)
        return following(self._graph, ended, chosen)

    async def _answer(self, branch: Branch, values: Encoded) -> Any:
        given = state_for(self._setting, values)
        try:
            return (await called(self._setting, branch.choose, given))[0]
        except (Fault, asyncio.CancelledError):
            raise
        except BaseException as error:
            logger.warning("a branch of run %s failed", self._setting.run.run_id, exc_info=error)
            raise Fault(
                "BRANCH_FAILED",
                f"the branch after {branch.source!r} failed: {words(error)}",
                code=UNKNOWN,
                node=branch.source,
            ) from None

    def _output(self, values: Encoded) -> bytes:
        wanted = self._graph.output
        if wanted is None:
            return join(values)
        return join({key: data for key, data in values.items() if key in wanted})


def _told(ends: Sequence[StepEnd | None]) -> Progress:
    """Return what is to be told of steps whose results are not used."""
    found = [end for end in ends if end is not None]
    return Progress(
        events=tuple(event for end in found for event in end.events),
        steps=tuple(replace(end.step, update=None, goto=None) for end in found),
    )


def _changes(before: Encoded, after: Encoded) -> Encoded:
    """Return the keys that changed; the largest are left out of an event that would be too large.

    Whoever needs those reads the checkpoint.
    """
    changed = {key: data for key, data in after.items() if before.get(key) != data}
    while sum(map(len, changed.values())) > MAX_INLINE_BYTES:
        del changed[max(changed, key=lambda key: len(changed[key]))]
    return changed
