"""Callers that create runs, send every creation twice, and watch to the end; and their judge."""

import asyncio
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

from tests.faults.event_logs import judged
from tests.faults.graphs import NODES
from tests.faults.ledger import Fault, read, repeats
from tests.faults.processes import Deployment
from tests.faults.reporting import scaled

from runwire.cli.drill_verdict import Seen, seen
from runwire_client import AsyncClient, RunStatus

HEARTBEAT_SECONDS = 1.0
LONGEST_SECONDS = scaled(180, 600)


@dataclass
class Findings:
    """What is wrong, each as a count; explained `duplicate_effects` and `late_begins` are not."""

    runs: int = 0
    lost_runs: int = 0
    duplicate_runs: int = 0
    wrong_replays: int = 0
    gaps: int = 0
    doubles: int = 0
    reorderings: int = 0
    altered: int = 0
    stale_writes: int = 0
    duplicate_effects: int = 0
    unexplained_effects: int = 0
    effects_after_commit: int = 0
    late_begins: int = 0
    fallen_workers: int = 0

    @property
    def failures(self) -> int:
        return (
            self.lost_runs
            + self.duplicate_runs
            + self.wrong_replays
            + self.gaps
            + self.doubles
            + self.reorderings
            + self.altered
            + self.stale_writes
            + self.unexplained_effects
            + self.effects_after_commit
            + self.fallen_workers
        )


@dataclass
class Load:
    """Callers at work against an address, until told to stop."""

    ledger: Path
    seconds: float = 0.05
    label: str = field(default_factory=lambda: uuid4().hex)
    answered: dict[str, str] = field(default_factory=dict)
    """Request id → run id."""
    watched: dict[str, list[Seen]] = field(default_factory=dict)
    wrong_replays: int = 0
    create_seconds: list[float] = field(default_factory=list)
    event_times: list[float] = field(default_factory=list)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def call(self, client: AsyncClient) -> None:
        """Create, repeat and watch runs until told to stop; the last one is watched to its end."""
        while not self.stopping.is_set():
            request_id = str(uuid4())
            began = time.monotonic()
            run_id = await self._create(client, request_id)
            self.create_seconds.append(time.monotonic() - began)
            self.answered[request_id] = run_id
            self.wrong_replays += await self._create(client, request_id) != run_id
            self.watched[run_id] = await self._watch(client, run_id)

    async def judge(self, deployment: Deployment, *, faults: list[Fault]) -> Findings:
        """Hold what callers were told and saw against what is stored and the ledger."""
        async with deployment.client() as client:
            stored = Counter(
                [
                    run.run_id
                    async for run in client.runs.list(
                        filter=f'labels.load = "{self.label}"', page_size=1000
                    )
                ]
            )
            lost = 0
            for run_id in self.answered.values():
                run = await client.runs.get(run_id)
                done = run.output["done"] if run.status is RunStatus.SUCCEEDED else []
                lost += done != list(NODES)
            logs = await judged(client, self.watched.items())
        effects = repeats(read(self.ledger), faults)
        return Findings(
            runs=len(self.answered),
            lost_runs=lost + len(set(self.answered.values()) - stored.keys()),
            duplicate_runs=len(stored.keys() - set(self.answered.values())),
            wrong_replays=self.wrong_replays,
            **asdict(logs.differences),
            stale_writes=logs.stale_writes,
            duplicate_effects=effects.duplicates,
            unexplained_effects=effects.unexplained,
            effects_after_commit=effects.after_commit,
            late_begins=effects.late_begins,
            fallen_workers=deployment.fallen(),
        )

    def silence(self, fault: Fault) -> float:
        """Return the longest time around a fault in which no watcher saw any event."""
        pairs = pairwise([fault.at, *sorted(self.event_times)])
        return max(
            (
                after - before
                for before, after in pairs
                if before < fault.until and fault.at < after
            ),
            default=0.0,
        )

    async def _create(self, client: AsyncClient, request_id: str) -> str:
        run = await client.runs.create(
            "five",
            {"ledger": str(self.ledger), "seconds": self.seconds},
            labels={"load": self.label},
            request_id=request_id,
        )
        return run.run_id

    async def _watch(self, client: AsyncClient, run_id: str) -> list[Seen]:
        events: list[Seen] = []
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                async for event in client.runs.watch(run_id, heartbeat_seconds=HEARTBEAT_SECONDS):
                    self.event_times.append(time.monotonic())
                    events.append(seen(event.message))
        except TimeoutError:
            run = await client.runs.get(run_id)
            told = f"{len(events)} of its {run.last_sequence} events were watched"
            raise AssertionError(f"{run_id} is {run.status} after {run.attempt}: {told}") from None
        return events
