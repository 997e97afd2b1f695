"""Why a run is where it is, from all that this server knows."""

from collections.abc import Callable, Sequence

from runwire.domain.explaining import Known, explain
from runwire.domain.explanation import Executor, Explanation, Places
from runwire.domain.ports import Clock, RunStore, StateStore
from runwire.domain.run import RunId, RunStatus
from runwire.domain.step import Step


class Explaining:
    """Reads what an explanation is made of."""

    def __init__(
        self,
        *,
        runs: RunStore,
        states: StateStore,
        places: Places,
        workers: Callable[[], Sequence[Executor]],
        now: Clock,
        lease_seconds: float,
        renew_seconds: float,
    ) -> None:
        self._runs = runs
        self._states = states
        self._places = places
        self._workers = workers
        self._now = now
        self._lease_seconds = lease_seconds
        # A worker may miss one renewal: its loop was busy, or the way was.
        self._quiet_seconds = min(2 * renew_seconds + 1, lease_seconds)

    async def explain(self, run_id: RunId) -> Explanation:
        """Return why a run is where it is; raise NotFound."""
        run = await self._runs.get(run_id)
        place = None if run.status.final else await self._places.place(run)
        return explain(
            Known(
                run=run,
                place=place,
                steps=await self._under_way(run_id, run.status),
                workers=self._workers(),
                now=self._now(),
                lease_seconds=self._lease_seconds,
                quiet_seconds=self._quiet_seconds,
            )
        )

    async def _under_way(self, run_id: RunId, status: RunStatus) -> Sequence[Step]:
        if status not in (RunStatus.RUNNING, RunStatus.CANCELLING):
            return ()
        return [step for step in await self._states.under_way(run_id) if step.ended_at is None]
