"""ExplainRun, for each thing a run can wait for: made to wait for it for real."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.conftest import ROOT, settings_in

from runwire.domain.explaining import Known, explain
from runwire.domain.explanation import Place
from runwire.domain.explanation import WaitReason as Inner
from runwire.domain.run import Crash, Interrupt, RunId, RunStatus
from runwire.domain.run import Run as DomainRun
from runwire.server import serve
from runwire_client import AsyncClient, Explanation, NotFound, Quotas, Run, WaitReason

LONG = {"seconds": 60.0}


@pytest.fixture
async def server_address(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[str]:
    monkeypatch.chdir(ROOT)
    settings = settings_in(
        tmp_path,
        database_url=database_url,
        max_runs=2,
        graph_limits={"ticker": 1},
        queues=["default"],
    )
    async with serve(settings) as server:
        yield server.grpc_address


@pytest.fixture
async def client(server_address: str) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(server_address) as connected:
        yield connected


async def until(
    client: AsyncClient, run: Run, wanted: Callable[[Explanation], bool]
) -> Explanation:
    """Explain after each event of the run until it is as wanted; that is now, or at an event."""
    async with asyncio.timeout(20):
        while True:
            found = await client.runs.explain(run.run_id)
            if wanted(found):
                return found
            await asyncio.sleep(0.02)  # what changes here makes no event: a lease, a place


def reason(word: WaitReason) -> Callable[[Explanation], bool]:
    return lambda found: found.reason is word


async def test_a_run_that_waits_for_its_time(client: AsyncClient) -> None:
    run = await client.runs.create("sleepy", LONG, start_delay_seconds=600)
    found = await client.runs.explain(run.run_id)
    assert found.reason is WaitReason.START_TIME
    assert found.until == run.ready_at
    assert found.remedies


async def test_runs_that_wait_under_limits(client: AsyncClient) -> None:
    holder = await client.runs.create("sleepy", LONG, concurrency_key="k", concurrency_limit=1)
    await until(client, holder, reason(WaitReason.EXECUTING))
    second = await client.runs.create("sleepy", LONG, concurrency_key="k", concurrency_limit=1)
    found = await client.runs.explain(second.run_id)
    assert found.reason is WaitReason.CONCURRENCY_KEY
    assert found.facts["holders"] == holder.run_id
    assert (found.facts["limit"], found.facts["name"]) == ("1", "k")
    ticking = await client.runs.create("ticker", LONG)
    await until(client, ticking, reason(WaitReason.EXECUTING))
    other = await client.runs.create("ticker", LONG)
    found = await client.runs.explain(other.run_id)
    assert found.reason is WaitReason.GRAPH_LIMIT
    assert (found.facts["holders"], found.facts["limit"]) == (ticking.run_id, "1")


async def test_a_run_that_waits_for_its_namespace(client: AsyncClient, server_address: str) -> None:
    await client.namespaces.create("acme", quotas=Quotas(running_runs=1))
    async with AsyncClient(server_address, namespace="acme") as tenant:
        holder = await tenant.runs.create("sleepy", LONG)
        await until(tenant, holder, reason(WaitReason.EXECUTING))
        second = await tenant.runs.create("sleepy", LONG)
        found = await tenant.runs.explain(second.run_id)
        assert found.reason is WaitReason.NAMESPACE_QUOTA
        assert (found.facts["limit"], found.facts["name"]) == ("1", "acme")
        assert found.facts["holders"] == holder.run_id
        with pytest.raises(NotFound):
            await client.runs.explain(second.run_id)


async def test_a_run_that_waits_for_a_free_place_and_who_is_before_it(client: AsyncClient) -> None:
    for _ in range(2):
        busy = await client.runs.create("sleepy", LONG)
        await until(client, busy, reason(WaitReason.EXECUTING))
    first = await client.runs.create("sleepy", LONG)
    second = await client.runs.create("sleepy", LONG)
    urgent = await client.runs.create("sleepy", LONG, priority=5)
    explained = [await client.runs.explain(run.run_id) for run in (urgent, first, second)]
    assert [each.reason for each in explained] == [WaitReason.CAPACITY] * 3
    assert [each.facts["ahead"] for each in explained] == ["0", "1", "2"]
    assert explained[0].facts["free_places"] == "0"


async def test_a_run_that_no_worker_serves(client: AsyncClient) -> None:
    run = await client.runs.create("sleepy", LONG, queue="gpu")
    found = await client.runs.explain(run.run_id)
    assert found.reason is WaitReason.NO_WORKER
    assert found.facts["queue"] == "gpu"
    assert "--queue gpu" in found.remedies[0]


async def test_a_run_that_is_executed_asks_or_has_ended(client: AsyncClient) -> None:
    busy = await client.runs.create("sleepy", LONG)
    found = await until(client, busy, lambda each: each.facts.get("nodes") == "sleep")
    assert found.reason is WaitReason.EXECUTING
    assert found.facts["worker_id"]
    asking = await client.runs.create("approval", {"amount": 5000})
    found = await until(client, asking, reason(WaitReason.ANSWER))
    assert found.facts["interrupts"]
    assert asking.run_id in found.remedies[0]
    await client.runs.cancel(busy.run_id)
    found = await until(client, busy, reason(WaitReason.ENDED))
    assert "CANCELLED" in found.summary
    with pytest.raises(NotFound):
        await client.runs.explain("nobody")


async def test_a_run_that_is_being_cancelled_and_one_that_tries_again(client: AsyncClient) -> None:
    stubborn = await client.runs.create("stubborn", {"seconds": 5.0})
    await until(client, stubborn, lambda each: bool(each.facts.get("nodes")))
    await client.runs.cancel(stubborn.run_id, "enough")
    found = await client.runs.explain(stubborn.run_id)
    assert found.reason is WaitReason.CANCELLATION
    assert found.until is not None
    assert found.facts["why"] == "enough"
    # How long it waits is up to chance; one that has waited a moment only is not seen waiting.
    for _ in range(20):
        failing = await client.runs.create("failing", {"n": 1})
        found = await until(
            client, failing, lambda each: each.reason in (WaitReason.RETRY, WaitReason.ENDED)
        )
        if found.reason is WaitReason.RETRY:
            break
    assert "of 3 failed" in found.summary


def test_a_run_that_was_parked_says_so_and_not_that_it_asks() -> None:
    now = datetime.now(UTC)
    asked = Interrupt(
        interrupt_id="crashed:4", node="n", step_id="", index=0, value=b"{}", created_at=now
    )
    run = DomainRun(
        run_id=RunId("r"), graph_id="g", status=RunStatus.INTERRUPTED, created_at=now,
        ready_at=now, interrupts=(asked,),
        crashes=tuple(Crash(worker_id=f"w{n}", at=now, nodes=("n",)) for n in range(3)),
    )  # fmt: skip
    known = Known(
        run=run, place=None, steps=(), workers=(), now=now, lease_seconds=10, quiet_seconds=7
    )
    found = explain(known)
    assert found.reason is Inner.PARKED
    assert found.facts == {"workers": "w0, w1, w2", "nodes": "n"}


@pytest.mark.parametrize("status", list(RunStatus))
@pytest.mark.parametrize("placed", [False, True])
def test_every_status_has_an_explanation(status: RunStatus, placed: bool) -> None:
    now = datetime.now(UTC)
    run = DomainRun(run_id=RunId("r"), graph_id="g", status=status, created_at=now, ready_at=now)
    place = Place(gate=None, worker_id="w", lease_until=now + timedelta(seconds=9))
    known = Known(
        run=run, place=place if placed else None, steps=(), workers=(), now=now,
        lease_seconds=10, quiet_seconds=7,
    )  # fmt: skip
    assert explain(known).summary.endswith(".")
