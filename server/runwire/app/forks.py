"""New runs from the checkpoints of others."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from runwire.app.graphs import GraphCatalog
from runwire.app.inputs import Inputs
from runwire.domain.checkpoint import Checkpoint
from runwire.domain.errors import NotAllowed, NotFound, invalid
from runwire.domain.payload import decode, encode
from runwire.domain.ports import Clock, StateStore
from runwire.domain.run import Run, RunId
from runwire.domain.work import Request, Seed


class Forks:
    """Makes the seed of a run that goes on from a checkpoint."""

    def __init__(
        self, *, states: StateStore, graphs: GraphCatalog, inputs: Inputs, now: Clock
    ) -> None:
        self._states = states
        self._graphs = graphs
        self._inputs = inputs
        self._now = now

    async def seed(
        self,
        source: Run,
        *,
        checkpoint_id: str,
        update: bytes | None,
        new_run_id: RunId,
        request_id: str,
        labels: Mapping[str, str],
        named: bool,
    ) -> Seed:
        """Return the new run with its first checkpoint; `named` if the caller chose its id."""
        check_own(
            source,
            "make a run with spec.thread_id and spec.options.checkpoint, of the thread or of a copy"
            " of it (ThreadService.CopyThread)",
        )
        number = checkpoint_number(source, checkpoint_id)
        checkpoint, values = await self._states.checkpoint(source.run_id, number)
        if not checkpoint.next:
            raise NotAllowed(
                f"checkpoint {checkpoint.checkpoint_id} of run {source.run_id} is its end: nothing"
                " follows it; fork from an earlier one",
                reason="CHECKPOINT_IS_FINAL",
                run_id=source.run_id,
                checkpoint_id=checkpoint.checkpoint_id,
            )
        state = dict(values)
        if update is not None:
            state.update(await self._update(source, update))
        said = (source.run_id, number, update, sorted(labels.items()), named and new_run_id)
        body_hash = hashlib.sha256(repr(said).encode()).digest()
        return Seed(
            run=_fork(source, new_run_id, number, labels or source.labels, self._now()),
            named=named,
            request=Request(request_id=request_id, body_hash=body_hash),
            checkpoint=_copy(checkpoint, new_run_id, encode(state, name="update")),
        )

    async def _update(self, source: Run, update: bytes) -> dict[str, Any]:
        changes = decode(update, name="update")
        if not isinstance(changes, dict):
            raise invalid("update", "must be a JSON object of the keys to change")
        definition = await self._graphs.definition(source.graph_id, source.graph_version)
        self._inputs.check_update(source.graph_id, definition, update)
        return changes


def check_own(run: Run, instead: str) -> None:
    """Raise NotAllowed for a run whose checkpoints are its thread's; say what to do `instead`."""
    if run.options is None:
        return
    if not run.thread_id:
        instead = "name a thread for such runs (spec.thread_id) to have them"
    raise NotAllowed(
        f"run {run.run_id} is of a LangGraph graph, whose checkpoints are those of its thread:"
        f" {instead}",
        reason="CHECKPOINTS_IN_THREAD",
        run_id=run.run_id,
        thread_id=run.thread_id,
    )


def checkpoint_number(run: Run, checkpoint_id: str) -> int:
    """Return the number of a run's checkpoint, the newest for an empty id; raise NotFound."""
    if checkpoint_id.isascii() and checkpoint_id.isdigit() and len(checkpoint_id) <= 9:
        return int(checkpoint_id)
    if not checkpoint_id and run.checkpoint is not None:
        return run.checkpoint
    what = f"checkpoint {checkpoint_id}" if checkpoint_id else "checkpoint yet"
    raise NotFound(
        f"run {run.run_id} has no {what}",
        reason="CHECKPOINT_NOT_FOUND",
        run_id=run.run_id,
        checkpoint_id=checkpoint_id,
    )


def _fork(
    source: Run, run_id: RunId, checkpoint: int, labels: Mapping[str, str], now: datetime
) -> Run:
    return Run(
        run_id=run_id,
        graph_id=source.graph_id,
        graph_version=source.graph_version,
        input=source.input,
        thread_id=source.thread_id,
        timeout_seconds=source.timeout_seconds,
        labels=dict(labels),
        priority=source.priority,
        queue=source.queue,
        concurrency_key=source.concurrency_key,
        concurrency_limit=source.concurrency_limit,
        checkpoint=checkpoint,
        forked_from_run_id=source.run_id,
        forked_from_checkpoint=checkpoint,
        created_at=now,
        ready_at=now,
    )


def _copy(checkpoint: Checkpoint, run_id: RunId, body: bytes) -> Checkpoint:
    return Checkpoint(
        run_id=run_id,
        number=checkpoint.number,
        superstep=checkpoint.superstep,
        nodes=checkpoint.nodes,
        next=checkpoint.next,
        visits=checkpoint.visits,
        full=True,
        body=body,
        created_at=checkpoint.created_at,
    )
