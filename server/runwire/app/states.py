"""What a run did and what its nodes read and write: state, steps, checkpoints."""

from dataclasses import dataclass

from runwire.app.forks import check_own, checkpoint_number
from runwire.domain.checkpoint import Checkpoint
from runwire.domain.paging import Page, page_size_of
from runwire.domain.payload import encode
from runwire.domain.ports import RunStore, StateStore
from runwire.domain.run import Interrupt, Run, RunId, RunStatus
from runwire.domain.step import Step
from runwire.domain.thread_ports import GraphStates, ThreadCheckpoints


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A run's values (JSON bytes) at a checkpoint; without any its output, or its input."""

    run: Run
    checkpoint: Checkpoint | None
    values: bytes
    next_nodes: tuple[str, ...]
    interrupts: tuple[Interrupt, ...]


class States:
    """Reads what runs have left behind."""

    def __init__(
        self,
        *,
        runs: RunStore,
        states: StateStore,
        saved: ThreadCheckpoints,
        graph_states: GraphStates,
    ) -> None:
        self._runs = runs
        self._states = states
        self._saved = saved
        self._graph_states = graph_states

    async def state(self, run_id: RunId, checkpoint_id: str) -> State:
        """Return the state at a checkpoint, the newest for an empty id; raise NotFound.

        Raises NotAllowed GRAPH_CODE_ELSEWHERE where only code could tell that is not here.
        """
        run = await self._runs.get(run_id)
        if run.options is not None and (checkpoint_id or run.output is None):
            last = await self._saved.newest_of_run(run.own_thread, run_id)
            if checkpoint_id or last:
                return await self._in_thread(run, checkpoint_id or last, last)
        if not checkpoint_id and run.checkpoint is None:
            values_of = run.input if run.output is None else run.output
            return State(
                run=run,
                checkpoint=None,
                values=values_of.data,
                next_nodes=(),
                interrupts=run.open_interrupts,
            )
        number = checkpoint_number(run, checkpoint_id)
        checkpoint, values = await self._states.checkpoint(run_id, number)
        newest, waiting = number == run.checkpoint, run.status is RunStatus.INTERRUPTED
        return State(
            run=run,
            checkpoint=checkpoint,
            values=encode(values),
            next_nodes=checkpoint.next_nodes,
            interrupts=run.open_interrupts if newest and waiting else (),
        )

    async def steps(self, run_id: RunId, *, page_size: int, page_token: str) -> Page[Step]:
        """Return one page of the execution log, oldest first; raise NotFound."""
        await self._runs.get(run_id)
        return await self._states.steps(run_id, page_size_of(page_size), page_token)

    async def checkpoints(
        self, run_id: RunId, *, page_size: int, page_token: str
    ) -> Page[Checkpoint]:
        """Return one page of checkpoints, newest first; raise NotFound.

        Raises NotAllowed CHECKPOINTS_IN_THREAD for a run of a LangGraph graph.
        """
        check_own(await self._runs.get(run_id), "ThreadService.ListThreadStates lists them")
        return await self._states.checkpoints(run_id, page_size_of(page_size), page_token)

    async def _in_thread(self, run: Run, checkpoint_id: str, newest: str) -> State:
        """Return the state of a run of a LangGraph graph, as the graph reads it."""
        place = {"thread_id": run.own_thread, "checkpoint_id": checkpoint_id}
        found = await self._graph_states.state(run.graph_id, place, subgraphs=False)
        return State(
            run=run,
            checkpoint=None,
            values=encode(found["values"]),
            next_nodes=tuple(found["next"]),
            interrupts=run.open_interrupts if checkpoint_id == newest else (),
        )
