"""T15: a node that takes ten times the lease is executed once, whatever it does to its loop."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest
from tests.conftest import ROOT, settings_in
from tests.faults.node_kinds import KINDS
from tests.faults.reporting import report, scaled

from runwire.server import serve
from runwire_client import AsyncClient, RunStatus

LEASE_SECONDS = 1.0
HEALTHY, UNWELL = (
    "waits",
    ("blocks_the_loop", "keeps_the_interpreter_busy", "holds_the_interpreter"),
)


@pytest.mark.parametrize("kind", [HEALTHY, "on_a_thread", *UNWELL])
async def test_a_node_of_many_leases_is_executed_once(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    leases = scaled(3, 10)
    ledger = tmp_path / "ledger"
    ledger.touch()
    settings = settings_in(
        tmp_path,
        graphs={"kinds": "tests/faults/node_kinds.py:graphs"},
        lease_seconds=LEASE_SECONDS,
        renew_seconds=0.3,
    )
    given = {"ledger": str(ledger), "seconds": leases * LEASE_SECONDS}
    async with serve(settings) as server, AsyncClient(server.grpc_address) as client:
        async with asyncio.timeout(120):
            run = await client.runs.create(kind, given)
            async for _ in client.runs.watch(run.run_id):
                pass
        ended = await client.runs.get(run.run_id)
    assert kind in KINDS
    words = Counter(line.split()[1] for line in ledger.read_text().splitlines())
    report(
        "T15",
        variant=kind.replace("_", " "),
        failures=int(ended.attempt != 1) + words["begin"] - 1,
        leases_long=leases,
        executions=words["begin"],
        attempts=ended.attempt,
    )
    assert ended.status is RunStatus.SUCCEEDED
    assert (words["begin"], words["afterwards"], ended.attempt) == (1, 1, 1)
