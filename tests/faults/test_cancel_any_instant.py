"""T11: runs of every kind of node are cancelled at random instants; afterwards nothing counts.

What a node does when it cannot be stopped (a plain function has its thread until it returns) is
counted and reported: such effects come late, but nothing that the node says is recorded.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest
from tests.conftest import ROOT, settings_in
from tests.faults.node_kinds import KINDS
from tests.faults.reporting import percentile, report, scaled

from runwire.server import serve
from runwire_client import AsyncClient, NotAllowed, RunStatus

GRACE_SECONDS = 0.1
NODE_SECONDS = 0.3
SLACK_SECONDS = 0.05
"""By so much the clock of the ledger may be read after what it notes was done."""
STOPPED_WITH_THE_RUN = {"waits", "generates", "starts_a_process"}
"""Kinds whose node has ended before its run has: no effect may come later."""

STAND_STILL = {"blocks_the_loop", "keeps_the_interpreter_busy", "holds_the_interpreter"}
"""Kinds that keep other nodes from running, so that one at a time is cancelled."""


@dataclass
class Seen:
    """What came of the runs of one kind."""

    cancelled: int = 0
    too_late: int = 0
    escalated: int = 0
    late_effects: int = 0
    seconds: list[float] = field(default_factory=list)


@pytest.fixture
async def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[AsyncClient]:
    monkeypatch.chdir(ROOT)
    graphs = {"kinds": "tests/faults/node_kinds.py:graphs"}
    settings = settings_in(tmp_path, graphs=graphs, cancel_grace_seconds=GRACE_SECONDS)
    async with serve(settings) as server, AsyncClient(server.grpc_address) as connected:
        yield connected


async def cancelled_at(client: AsyncClient, kind: str, ledger: Path, seconds: float) -> str:
    """Create a run, cancel it after a while, and wait for its end; return its id."""
    run = await client.runs.create(kind, {"ledger": str(ledger), "seconds": NODE_SECONDS})
    await asyncio.sleep(seconds)
    try:
        await client.runs.cancel(run.run_id)
    except NotAllowed:
        pass  # it has succeeded meanwhile
    await client.runs.wait(run.run_id, timeout_seconds=60)
    return run.run_id


async def examine(
    client: AsyncClient, run_id: str, effects: Sequence[tuple[str, float]], seen: Seen
) -> None:
    """Check a run's events against its effects, and note what is to be reported."""
    events = [event async for event in client.runs.watch(run_id)]
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    statuses = [(e.data["to_status"], e.time) for e in events if e.kind == "status_changed"]
    assert events[-1].kind == "status_changed", "something was recorded behind the end"
    last, ended_at = statuses[-1]
    if last is RunStatus.SUCCEEDED:
        seen.too_late += 1
        return
    assert last is RunStatus.CANCELLED
    seen.cancelled += 1
    asked = [at for status, at in statuses if status is RunStatus.CANCELLING]
    seconds = (ended_at - asked[0]).total_seconds() if asked else 0.0
    seen.seconds.append(seconds)
    seen.escalated += seconds >= GRACE_SECONDS
    end = ended_at.timestamp() + SLACK_SECONDS
    seen.late_effects += sum(at > end for _, at in effects)
    assert not [word for word, at in effects if word == "afterwards" and at > end]


def effects_in(ledger: Path) -> Mapping[str, Sequence[tuple[str, float]]]:
    found = defaultdict(list)
    for line in ledger.read_text().splitlines():
        run_id, word, at = line.split()
        found[run_id].append((word, float(at)))
    return found


@pytest.mark.parametrize("kind", KINDS)
async def test_behind_a_cancellation_nothing_counts(
    client: AsyncClient, kind: str, tmp_path: Path
) -> None:
    chance, seen, ledger = Random(kind), Seen(), tmp_path / "ledger"
    ledger.touch()
    at_once = 1 if kind in STAND_STILL else 8
    turns = asyncio.Semaphore(at_once)

    async def one() -> str:
        async with turns:
            seconds = chance.random() * (NODE_SECONDS + 0.05)
            return await cancelled_at(client, kind, ledger, seconds)

    async with asyncio.TaskGroup() as tasks:
        runs = [tasks.create_task(one()) for _ in range(scaled(12, 200 if at_once > 1 else 60))]
    await asyncio.sleep(2 * NODE_SECONDS)  # whatever still runs shows itself in the ledger
    effects = effects_in(ledger)
    for run in runs:
        await examine(client, run.result(), effects.get(run.result(), ()), seen)
    assert seen.cancelled > 0
    report(
        "T11",
        variant=kind.replace("_", " "),
        failures=0,
        cancelled=seen.cancelled,
        ended_before=seen.too_late,
        p50_seconds=round(percentile(seen.seconds, 50), 4),
        p99_seconds=round(percentile(seen.seconds, 99), 4),
        escalations=seen.escalated,
        late_effects=seen.late_effects,
    )
    if kind in STOPPED_WITH_THE_RUN:
        assert seen.late_effects == 0
