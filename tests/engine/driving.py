"""Runs a graph the way a worker does, over a port that keeps what is recorded or refuses it."""

import asyncio
import hashlib
import itertools
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from runwire.domain.artifact import Artifact, ArtifactId, ArtifactStatus
from runwire.domain.checkpoint import Checkpoint, state_at
from runwire.domain.errors import Conflict
from runwire.domain.event import InterruptRaised, LogEntry, NewEvent, StepChanged
from runwire.domain.outcome import Failed, Outcome, Succeeded
from runwire.domain.payload import decode, encode
from runwire.domain.run import Interrupt, Run, RunError, RunId, RunStatus
from runwire.domain.step import Step
from runwire.domain.work import Claim, Lease, Progress, Verdict
from runwire.engine.authoring import Graph
from runwire.engine.definition import CompiledGraph
from runwire.engine.executor import Finished, execute
from runwire.engine.recorder import Recorder
from runwire.engine.threads import Threads

STARTED = datetime(2026, 1, 1, tzinfo=UTC)
LEASE = Lease(run_id=RunId("run-1"), epoch=1, worker_id="worker-1")


def now() -> datetime:
    return datetime.now(UTC)


class Crash(Exception):
    """The process died right after a commit."""


class RecordingLeases:
    """The port `Leases`, keeping everything in lists; crashes or refuses when told to."""

    def __init__(
        self,
        *,
        crash_after: int | None = None,
        refuse: str = "",
        refuse_after: int = 0,
        wait_seconds: float = 0,
    ) -> None:
        self.batches: list[Progress] = []
        self._crash_after = crash_after
        self._refuse = refuse
        self._refuse_after = refuse_after
        self._wait_seconds = wait_seconds

    async def record(self, lease: Lease, progress: Progress) -> None:
        if self._wait_seconds:
            await asyncio.sleep(self._wait_seconds)
        if self._refuse and len(self.batches) >= self._refuse_after:
            raise Conflict("refused", reason=self._refuse)
        self.keep(progress)
        if self._crash_after is not None and len(self.batches) >= self._crash_after:
            raise Crash

    def keep(self, progress: Progress) -> None:
        self.batches.append(progress)

    async def claim(self, worker_id: str, limit: int) -> Sequence[Claim]:
        raise NotImplementedError

    async def renew(self, leases: Sequence[Lease]) -> Mapping[RunId, Verdict]:
        raise NotImplementedError

    async def settle(self, lease: Lease, progress: Progress, outcome: Outcome) -> None:
        raise NotImplementedError

    async def release(self, leases: Sequence[Lease], reason: str) -> None:
        raise NotImplementedError

    @property
    def events(self) -> list[NewEvent]:
        return [event for batch in self.batches for event in batch.events]

    @property
    def steps(self) -> dict[str, Step]:
        return {step.step_id: step for batch in self.batches for step in batch.steps}

    @property
    def checkpoints(self) -> list[Checkpoint]:
        return [item for batch in self.batches for item in batch.checkpoints]

    def state(self) -> dict[str, Any]:
        """Return the newest state, from bodies."""
        bodies = [(item.full, item.body) for item in self.checkpoints]
        start = max(index for index, (full, _) in enumerate(bodies) if full)
        return state_at(bodies[start:])

    def told(self, step_id: str) -> list[str]:
        """Return the statuses that a step was told to enter."""
        return [
            event.detail.to_status.value
            for event in self.events
            if isinstance(event.detail, StepChanged) and event.step_id == step_id
        ]


class MemoryArtifacts:
    """The port `Artifacts`, in a dict."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self.found: dict[str, tuple[Artifact, bytes]] = {}

    async def save(
        self, run_id: RunId | None, filename: str, content_type: str, chunks: AsyncIterator[bytes]
    ) -> Artifact:
        content = b"".join([chunk async for chunk in chunks])
        artifact = Artifact(
            artifact_id=ArtifactId(f"artifact-{next(self._ids)}"),
            run_id=run_id,
            filename=filename,
            content_type=content_type,
            size_bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            status=ArtifactStatus.ACTIVE,
            created_at=now(),
        )
        self.found[artifact.artifact_id] = artifact, content
        return artifact

    async def describe(self, artifact_id: ArtifactId) -> Artifact:
        return self.found[artifact_id][0]

    async def load(self, artifact_id: ArtifactId) -> AsyncIterator[bytes]:
        content = self.found[artifact_id][1]
        for start in range(0, len(content), 4):
            yield content[start : start + 4]

    async def read(self, artifact_id: ArtifactId) -> bytes:
        return self.found[artifact_id][1]


@dataclass
class Driven:
    """A run as tests drive it: claim, execute, record, again."""

    graph: CompiledGraph
    run: Run
    input: bytes
    leases: RecordingLeases = field(default_factory=RecordingLeases)
    artifacts: MemoryArtifacts = field(default_factory=MemoryArtifacts)
    slept: list[float] = field(default_factory=list)
    random: float = 1.0
    last: Finished | None = None
    recorder: Recorder | None = None

    def claim(self) -> Claim:
        """Return what a worker would be given, from what is recorded."""
        found = self.leases.checkpoints
        checkpoint = found[-1] if found else None
        following = checkpoint.superstep + 1 if checkpoint else 1
        return Claim(
            run=self.run,
            lease=LEASE,
            input=self.input,
            checkpoint=checkpoint,
            state=self.leases.state() if found else None,
            steps=tuple(s for s in self.leases.steps.values() if s.superstep == following),
        )

    async def execute(self) -> Outcome:
        """Execute to the next stop, and record that as the worker does."""
        self.recorder = Recorder(LEASE, self.leases, now)
        finished = await execute(
            self.claim(),
            self.graph,
            self.recorder,
            artifacts=self.artifacts,
            threads=Threads(8),
            sleep=self._sleep,
            random=lambda: self.random,
        )
        self.last = finished
        self.leases.keep(finished.progress)
        return finished.outcome

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def answer(self, *answers: Any) -> None:
        """Answer the open questions, in order."""
        asked = self.questions
        given = iter(answers)
        kept = [i for i in self.run.interrupts if i.answer is not None]
        new = [replace(item, answer=encode(next(given))) for item in asked]
        self.run = replace(self.run, interrupts=(*kept, *new))

    @property
    def questions(self) -> list[Interrupt]:
        """The questions the run was last parked with."""
        assert self.last is not None
        return [
            event.detail.interrupt
            for event in self.last.progress.events
            if isinstance(event.detail, InterruptRaised)
        ]

    @property
    def logged(self) -> list[str]:
        return [e.detail.message for e in self.leases.events if isinstance(e.detail, LogEntry)]


def drive(graph: Graph | CompiledGraph, given: Any = None, **options: Any) -> Driven:
    """Return a run of a graph, ready to be executed."""
    leases = options.pop("leases", None) or RecordingLeases()
    options.setdefault("started_at", now())
    run = Run(
        run_id=LEASE.run_id,
        graph_id=graph.graph_id,
        status=RunStatus.RUNNING,
        created_at=STARTED,
        ready_at=STARTED,
        **options,
    )
    compiled = graph.compile() if isinstance(graph, Graph) else graph
    return Driven(graph=compiled, run=run, input=encode(given or {}), leases=leases)


async def output(graph: Graph | CompiledGraph, given: Any = None, **options: Any) -> Any:
    """Return what a run of a graph comes to."""
    outcome = await drive(graph, given, **options).execute()
    assert isinstance(outcome, Succeeded), outcome
    return decode(outcome.output)


async def failure(graph: Graph | CompiledGraph, given: Any = None, **options: Any) -> RunError:
    """Return why a run of a graph failed."""
    outcome = await drive(graph, given, **options).execute()
    assert isinstance(outcome, Failed), outcome
    return outcome.error
