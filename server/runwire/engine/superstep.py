"""Runs the nodes of one superstep, in parallel if there are several, all on the same state.

A parallel step that is done is recorded with its update at once, so that a crash does not run it
again; only the last one waits for the merge, which follows immediately.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from runwire.domain.checkpoint import Encoded, NextNode
from runwire.domain.step import Step
from runwire.domain.work import Progress
from runwire.engine.results import dump_writes
from runwire.engine.routes import dump_route
from runwire.engine.setting import Setting
from runwire.engine.step_run import Broken, Done, StepEnd, run_step


@dataclass(frozen=True, slots=True)
class Planned:
    """A step to run, and what for; or the result it already has."""

    step: Step
    item: NextNode
    done: Done | None = None


async def run_superstep(
    setting: Setting, planned: Sequence[Planned], values: Encoded
) -> list[StepEnd | None]:
    """Return how the steps ended, in order; None for those stopped because another failed.

    Events of ends that were recorded already are gone from them.
    """
    if len(planned) == 1 and planned[0].done is None:
        only = planned[0]
        return [await run_step(setting, only.step, item=only.item, values=values)]
    return await _Parallel(setting, planned, values).run()


class _Parallel:
    """Steps that run at the same time."""

    def __init__(self, setting: Setting, planned: Sequence[Planned], values: Encoded) -> None:
        self._setting = setting
        self._planned = planned
        self._values = values
        self._ends: list[StepEnd | None] = [item.done for item in planned]
        self._running: dict[int, asyncio.Task[None]] = {}
        self._stopping = False

    async def run(self) -> list[StepEnd | None]:
        """Run all steps without a result; return how all of them ended."""
        async with asyncio.TaskGroup() as group:
            for index, item in enumerate(self._planned):
                if item.done is None:
                    self._running[index] = group.create_task(self._step(index, item))
        return self._ends

    async def _step(self, index: int, item: Planned) -> None:
        try:
            end = await run_step(self._setting, item.step, item=item.item, values=self._values)
        except asyncio.CancelledError:
            if self._stopping:
                return
            raise
        finally:
            del self._running[index]  # from here on it is not to be stopped
        self._ends[index] = end
        if isinstance(end, Broken):
            self._stopping = True
            for other in self._running.values():
                other.cancel()
        elif isinstance(end, Done):
            await self._keep(index, end)

    async def _keep(self, index: int, end: Done) -> None:
        """Record a result that must wait for others to be merged."""
        goto = None if end.result.goto is None else dump_route(end.result.goto)
        pending = replace(end.step, update=dump_writes(end.result.writes), goto=goto)
        last = not self._running
        self._ends[index] = replace(end, step=pending, events=end.events if last else ())
        if not last:
            progress = Progress(events=end.events, steps=(pending,))
            await self._setting.recorder.commit(progress)
