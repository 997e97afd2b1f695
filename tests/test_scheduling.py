"""Queues, delays and limits from end to end: what callers ask for is what happens."""

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import accumulate
from pathlib import Path

import pytest
from tests.conftest import ROOT, settings_in

from runwire.server import serve
from runwire_client import AsyncClient, Invalid, Run, RunStatus


@pytest.fixture
async def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[AsyncClient]:
    """A client of a server that serves two queues and limits a graph."""
    monkeypatch.chdir(ROOT)
    settings = settings_in(
        tmp_path, queues=["default", "gpu"], graph_limits={"sleepy": 2}, max_runs=16
    )
    async with serve(settings) as server, AsyncClient(server.grpc_address) as connected:
        yield connected


async def ended(client: AsyncClient, *runs: Run) -> list[Run]:
    return [await client.runs.wait(run.run_id, timeout_seconds=20) for run in runs]


async def test_runs_of_served_queues_are_executed_and_of_others_wait(client: AsyncClient) -> None:
    given = {"n": 1}
    plain = await client.runs.create("three_nodes", given, queue="default")
    gpu = await client.runs.create("three_nodes", given, queue="gpu")
    other = await client.runs.create("three_nodes", given, queue="other")
    assert [run.status for run in await ended(client, plain, gpu)] == [RunStatus.SUCCEEDED] * 2
    assert (plain.queue, gpu.queue) == ("", "gpu")
    assert (await client.runs.get(other.run_id)).status is RunStatus.QUEUED
    for text, expected in (
        ('queue = "gpu"', [gpu]),
        ("queue = other", [other]),
        ("queue = default", [plain]),
        ("queue != default", [other, gpu]),
    ):
        found = [run.run_id async for run in client.runs.list(filter=text)]
        assert found == [run.run_id for run in expected], text


async def test_a_delayed_run_starts_when_its_time_comes(client: AsyncClient) -> None:
    run = await client.runs.create("three_nodes", {"n": 1}, start_delay_seconds=0.5)
    assert run.start_delay_seconds == 0.5
    assert run.created_at is not None
    assert run.ready_at == run.created_at + timedelta(seconds=0.5)
    [done] = await ended(client, run)
    assert done.started_at is not None
    late = done.started_at - run.ready_at
    assert timedelta(0) <= late <= timedelta(seconds=0.25)


@pytest.mark.parametrize("by", ["key", "graph"])
async def test_no_more_are_executed_at_once_than_the_limit(client: AsyncClient, by: str) -> None:
    key = {"concurrency_key": "tenant", "concurrency_limit": 2}
    graph_id, limited = ("thread_sleepy", key) if by == "key" else ("sleepy", {})
    runs = [await client.runs.create(graph_id, {"seconds": 0.1}, **limited) for _ in range(7)]
    done = await ended(client, *runs)
    assert {run.status for run in done} == {RunStatus.SUCCEEDED}
    changes = [(run.started_at, 1) for run in done] + [(run.ended_at, -1) for run in done]
    held = list(accumulate(change for _, change in sorted(changes)))  # who leaves comes first
    assert max(held) == 2


async def test_wrong_scheduling_is_named_all_at_once(client: AsyncClient) -> None:
    with pytest.raises(Invalid) as caught:
        await client.runs.create(
            "three_nodes",
            {"n": 1},
            queue="a/b",
            start_delay_seconds=400 * 86_400,
            concurrency_limit=10_001,
        )
    assert {fault.field for fault in caught.value.violations} == {
        "spec.queue",
        "spec.start_delay",
        "spec.concurrency.key",
        "spec.concurrency.limit",
    }
