"""What one run does wrong is its own matter."""

import asyncio

import pytest

from runwire_client import AsyncClient, NotFound, RunStatus


@pytest.mark.parametrize("graph_id", ["panicking", "thread_panicking"])
async def test_a_node_that_raises_what_nobody_catches_fails_alone(
    client: AsyncClient, graph_id: str
) -> None:
    beside = await client.runs.create("sleepy", {"seconds": 0.5})
    run = await client.runs.create(graph_id, {"seconds": 0})
    ended = await client.runs.wait(run.run_id, timeout_seconds=20)
    assert ended.status is RunStatus.FAILED
    assert ended.error is not None
    assert ended.error.reason == "NODE_FAILED"
    assert (await client.runs.wait(beside.run_id, timeout_seconds=20)).status is RunStatus.SUCCEEDED
    after = await client.runs.create("three_nodes", {"n": 1})
    assert (await client.runs.wait(after.run_id, timeout_seconds=20)).output == {"n": 7}


@pytest.mark.parametrize("graph_id", ["stubborn", "blocking"])
async def test_a_run_that_overstays_its_time_has_failed(client: AsyncClient, graph_id: str) -> None:
    run = await client.runs.create(graph_id, {"seconds": 1.5}, run_timeout_seconds=0.5)
    ended = await client.runs.wait(run.run_id, timeout_seconds=20)
    assert ended.status is RunStatus.FAILED
    assert ended.error is not None
    assert ended.error.reason == "RUN_TIMEOUT"


async def test_of_several_deletions_at_once_one_succeeds(client: AsyncClient) -> None:
    for _ in range(10):
        run = await client.runs.create("three_nodes", {"n": 1})
        await client.runs.wait(run.run_id, timeout_seconds=20)
        found = await asyncio.gather(
            *(client.runs.delete(run.run_id, etag="") for _ in range(4)), return_exceptions=True
        )
        assert sum(item is None for item in found) == 1
        assert sum(isinstance(item, NotFound) for item in found) == 3
