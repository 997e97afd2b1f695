"""The port through which a worker in this process reaches runs."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from runwire.domain import moves
from runwire.domain.artifact import ArtifactId
from runwire.domain.errors import Conflict, Error, NotFound, Unavailable
from runwire.domain.outcome import Failed, Outcome
from runwire.domain.ports import Artifacts, Journal, StateStore
from runwire.domain.run import Run, RunError, RunId
from runwire.domain.step import Step
from runwire.domain.work import Claim, Lease, Progress, Verdict

CLAIM_SECONDS: Final = 1.0
"""How long a claim waits: leases that have ended are found by the next one."""
PATIENCE_SECONDS: Final = 1.0
"""How long nothing is claimed after nothing that was claimed could be read."""
MAX_STEPS: Final = 10_000
"""So many steps at most are known again of a run that makes no checkpoints of its own."""

logger = logging.getLogger("runwire.worker")


class Definitions(Protocol):
    """Where the definition is that a run was created with."""

    async def definition(self, graph_id: str, version: int) -> bytes | None:
        """Return the JSON definition; None for graphs in Python."""


class LocalLeases:
    """Claims, renews, records and settles, straight through the journal."""

    def __init__(
        self,
        *,
        journal: Journal,
        states: StateStore,
        artifacts: Artifacts,
        definitions: Definitions,
        graphs: Sequence[str],
        queues: Sequence[str],
        lease_seconds: float,
    ) -> None:
        self._journal = journal
        self._states = states
        self._artifacts = artifacts
        self._definitions = definitions
        self._graphs = tuple(graphs)
        self._queues = tuple(queues)
        self._lease_seconds = lease_seconds

    async def claim(self, worker_id: str, limit: int) -> Sequence[Claim]:
        runs = await self._journal.claim(
            worker_id,
            limit,
            graphs=self._graphs,
            queues=self._queues,
            lease_seconds=self._lease_seconds,
            wait_seconds=CLAIM_SECONDS,
        )
        claims: list[Claim] = []
        passed_over: list[Lease] = []
        for run in runs:
            lease = Lease(run_id=run.run_id, epoch=run.epoch, worker_id=worker_id)
            try:
                claims.append(await self._claim(run, lease))
            except Unavailable as error:
                # The run is not to blame, and may be taken again; but not again and again at once.
                logger.warning("run %s cannot be taken now: %s", run.run_id, error)
                passed_over.append(lease)
            except Error as error:
                await self._refuse(lease, error)
        await self._give_back(passed_over)
        if passed_over and not claims:
            await asyncio.sleep(PATIENCE_SECONDS)
        return claims

    async def renew(self, leases: Sequence[Lease]) -> Mapping[RunId, Verdict]:
        return await self._journal.renew(leases, self._lease_seconds)

    async def record(self, lease: Lease, progress: Progress) -> None:
        move = moves.progressed(lease, progress)
        await self._journal.record(lease.run_id, move, in_hand=True)

    async def settle(self, lease: Lease, progress: Progress, outcome: Outcome) -> None:
        move = moves.settled(lease, progress, outcome)
        await self._journal.record(lease.run_id, move, in_hand=True)

    async def release(self, leases: Sequence[Lease], reason: str) -> None:
        for lease in leases:
            try:
                move = moves.released(lease, reason)
                await self._journal.record(lease.run_id, move, in_hand=True)
            except (Conflict, NotFound):
                continue  # It was cancelled, taken over or deleted: nothing is left to give back.

    async def _claim(self, run: Run, lease: Lease) -> Claim:
        definition = await self._definitions.definition(run.graph_id, run.graph_version)
        given = run.input.data
        if run.input.artifact_id:
            given = await self._artifacts.read(ArtifactId(run.input.artifact_id))
        if run.checkpoint is None and run.attempt == 1:
            return Claim(run=run, lease=lease, input=given, definition=definition)
        steps: Sequence[Step]
        if run.checkpoint is None:
            # Of a graph of this engine, those of its first superstep; of LangGraph's, all.
            steps = (await self._states.steps(run.run_id, MAX_STEPS, "")).items
            return Claim(
                run=run, lease=lease, input=given, definition=definition, steps=tuple(steps)
            )
        checkpoint, state = await self._states.checkpoint(run.run_id, run.checkpoint)
        steps = await self._states.superstep(run.run_id, checkpoint.superstep + 1)
        return Claim(
            run=run,
            lease=lease,
            input=given,
            checkpoint=checkpoint,
            state=state,
            steps=tuple(steps),
            definition=definition,
        )

    async def _give_back(self, leases: Sequence[Lease]) -> None:
        try:
            await self.release(leases, "what its next attempt needs could not be read")
        except Unavailable as error:
            logger.warning("%d runs wait for their leases to end: %s", len(leases), error)

    async def _refuse(self, lease: Lease, error: Error) -> None:
        """Fail a run that cannot be executed, such as one whose input was deleted meanwhile."""
        failed = Failed(RunError(code=9, reason=error.reason, message=error.message))
        try:
            await self.settle(lease, Progress(), failed)
        except (Conflict, NotFound):
            return  # Somebody else has ended or deleted it.
