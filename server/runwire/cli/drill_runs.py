"""A drill's runs: created with a mark, watched with dropped streams, judged, and removed."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from grpc import aio

from runwire.cli.drill_faults import Fault, strike_all
from runwire.cli.drill_verdict import Differences, Effects, Seen, seen, stale_writes, standstills
from runwire.cli.drill_watch import OPTIONS, Record, Watcher
from runwire.drill import GRAPH_ID
from runwire_client import AsyncClient, NotFound, Run, RunStatus, Tls

LABEL = "runwire.drill"
AT_ONCE = 16
CONNECTIONS = 4
REMOVAL_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How large a drill is, and what is done during it."""

    drill_id: str
    runs: int
    steps: int
    step_seconds: float
    watchers: int
    faults: Sequence[Fault]
    every_seconds: float
    timeout_seconds: float


@dataclass
class Result:
    """What a drill found; all counts but `duplicate_effects` should be 0.

    `standstill_seconds` are the times from a run's last event to the next attempt at it.
    """

    lost: list[str] = field(default_factory=list)
    attempts: int = 0
    events: int = 0
    differences: Differences = field(default_factory=Differences)
    effects: Effects = field(default_factory=Effects)
    stale: int = 0
    standstill_seconds: list[float] = field(default_factory=list)
    record: Record = field(default_factory=Record)

    @property
    def violations(self) -> int:
        """How often a promise was broken."""
        return len(self.lost) + self.differences.total + self.effects.unexplained + self.stale


class Drill:
    """One drill."""

    def __init__(
        self,
        plan: Plan,
        client: AsyncClient,
        server: str,
        tls: Tls | None,
        api_key: str | None = None,
    ) -> None:
        self._plan = plan
        self._client = client
        self._server = server
        self._tls = tls
        self._api_key = api_key
        self._dice = random.Random(plan.drill_id)  # noqa: S311 - chance, not secrets

    async def run(self) -> Result:
        """Create, watch, interfere and judge. Raises NotFound if the graph is not hosted."""
        await self._look()
        result = Result()
        created = await self._create()
        watchers = [
            Watcher(run_id, result.record, random.Random(self._dice.random()))  # noqa: S311
            for run_id in created
            for _ in range(self._plan.watchers)
        ]
        try:
            async with asyncio.timeout(self._plan.timeout_seconds):
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._watch(watchers))
                    tasks.create_task(
                        strike_all(self._plan.faults, every_seconds=self._plan.every_seconds)
                    )
        except TimeoutError:
            pass  # what has not ended by now counts as lost
        watched: dict[str, list[list[Seen]]] = {}
        for watcher in watchers:
            watched.setdefault(watcher.run_id, []).append(watcher.events)
        for run_id in created:
            await self._judge(run_id, watched[run_id], result)
        return result

    async def remove(self) -> int:
        """Cancel what is still open, and delete every run of this drill; return how many it was."""
        found = [run async for run in self._client.runs.list(filter=self._filter, page_size=1000)]
        left = asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as tasks:
            for run in found:
                tasks.create_task(self._remove(run, left))
        return len(found)

    @property
    def _filter(self) -> str:
        return f'labels.{LABEL} = "{self._plan.drill_id}"'

    async def _look(self) -> None:
        try:
            await self._client.graphs.get(GRAPH_ID)
        except NotFound as error:
            raise NotFound(
                f"{error.message}: serve runwire.drill:graph there, beside your own graphs",
                reason=error.reason,
            ) from None

    async def _create(self) -> list[str]:
        plan = self._plan
        left = iter(range(plan.runs))
        created: list[str] = []

        async def create() -> None:
            for _ in left:
                run = await self._client.runs.create(
                    GRAPH_ID,
                    {"steps": plan.steps, "seconds": plan.step_seconds},
                    labels={LABEL: plan.drill_id},
                )
                created.append(run.run_id)

        async with asyncio.TaskGroup() as tasks:
            for _ in range(min(AT_ONCE, plan.runs)):
                tasks.create_task(create())
        return created

    async def _watch(self, watchers: Sequence[Watcher]) -> None:
        channels = [self._channel() for _ in range(CONNECTIONS)]
        try:
            async with asyncio.TaskGroup() as tasks:
                for number, watcher in enumerate(watchers):
                    channel = channels[number % CONNECTIONS]
                    tasks.create_task(watcher.run(channel, api_key=self._api_key))
        finally:
            for channel in channels:
                await channel.close()

    def _channel(self) -> aio.Channel:
        if self._tls is None:
            return aio.insecure_channel(self._server, options=OPTIONS)
        return aio.secure_channel(self._server, self._tls.credentials(), options=OPTIONS)

    async def _judge(self, run_id: str, watched: Sequence[Sequence[Seen]], result: Result) -> None:
        try:
            run = await self._client.runs.get(run_id)
        except NotFound:
            result.lost.append(run_id)
            return
        result.attempts += run.attempt
        if run.status is not RunStatus.SUCCEEDED or run.output.get("done") != self._steps:
            result.lost.append(run_id)
        if not run.status.final:
            return
        log = [event.message async for event in self._client.runs.watch(run_id, 1)]
        stored = [seen(event) for event in log]
        for events in watched:
            result.differences.compare(events, stored)
        result.events += sum(map(len, watched))
        result.effects.count(log)
        result.stale += stale_writes(log)
        result.standstill_seconds += standstills(log)

    @property
    def _steps(self) -> list[int]:
        return list(range(1, self._plan.steps + 1))

    async def _remove(self, run: Run, left: asyncio.Semaphore) -> None:
        runs = self._client.runs
        async with left:
            try:
                if not run.status.final:
                    await runs.cancel(run.run_id, "the drill is over")
                    await runs.wait(run.run_id, timeout_seconds=REMOVAL_SECONDS)
                await runs.delete(run.run_id)
            except NotFound:
                pass  # an earlier try of this call did it
