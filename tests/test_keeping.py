"""Retention as callers see it: over the wire, on every database, while the server works."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ROOT, settings_in
from tests.rpc.served import assembled

from runwire.app.runs import NewRun
from runwire.app.watch import Started
from runwire.domain import errors
from runwire.domain.outcome import Succeeded
from runwire.server import serve
from runwire_client import AsyncClient, Compacted, Invalid, NotFound, Run, RunStatus

Serving = Callable[..., AbstractAsyncContextManager[AsyncClient]]


@pytest.fixture
def serving(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Serving:
    """Serve with settings, and give a client."""
    monkeypatch.chdir(ROOT)

    @asynccontextmanager
    async def served(**settings: Any) -> AsyncIterator[AsyncClient]:
        settings = {"database_url": database_url, **settings}
        async with (
            serve(settings_in(tmp_path, **settings)) as running,
            AsyncClient(running.grpc_address) as client,
        ):
            yield client

    return served


async def done(client: AsyncClient, graph_id: str = "echo", **given: Any) -> Run:
    run = await client.runs.create(graph_id, given or {"value": 1})
    return await client.runs.wait(run.run_id)


async def until_gone(client: AsyncClient, run: Run) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                await client.runs.get(run.run_id)
            except NotFound:
                return
            await asyncio.sleep(0.05)


async def test_a_run_expires_and_everything_of_it_with_it(serving: Serving) -> None:
    async with serving(retention_seconds=1.5, retention={"approval": {"seconds": 0}}) as client:
        waits = await client.runs.create("approval", {"amount": 1.0})
        assert waits.expires_at is None
        run = await done(client)
        assert run.ended_at
        assert run.expires_at
        assert (run.expires_at - run.ended_at).total_seconds() == 1.5
        artifact = await client.artifacts.upload(b"abc", filename="a", run_id=run.run_id)
        await until_gone(client, run)
        with pytest.raises(NotFound):
            await client.artifacts.get(artifact.artifact_id)
        with pytest.raises(NotFound):
            async for _ in client.runs.watch(run.run_id):
                pass
        assert (await client.runs.get(waits.run_id)).run_id == waits.run_id
        answered = await client.runs.resume(waits.run_id, {"approved": True})
        kept = await client.runs.wait(answered.run_id)
        assert kept.status is RunStatus.SUCCEEDED
        assert kept.expires_at is None


async def test_a_budget_keeps_the_newest(serving: Serving) -> None:
    async with serving(retention={"echo": {"bytes": "12KiB"}}) as client:
        runs = [await done(client, text="x" * 500) for _ in range(9)]
        told = await client.admin.prune(validate_only=True)
        gone = await client.admin.prune()
        assert [(each.graph_id, each.runs) for each in gone] == [("echo", told[0].runs)]
        left = [run.run_id async for run in client.runs.list(order_by="create_time")]
        assert left == [run.run_id for run in runs[gone[0].runs :]]
        assert left
        storage = await client.admin.storage()
        assert sum(graph.run_bytes for graph in storage.graphs) <= 12 * 1024
        assert await client.admin.prune() == ()


async def test_a_dry_run_tells_what_would_go_and_deletes_nothing(serving: Serving) -> None:
    async with serving() as client:
        runs = [await done(client) for _ in range(3)]
        await done(client, "three_nodes", n=1)
        assert await client.admin.prune(validate_only=True) == ()  # there is no policy
        told = await client.admin.prune(older_than_seconds=0, validate_only=True)
        assert [(each.graph_id, each.runs) for each in told] == [("echo", 3), ("three_nodes", 1)]
        assert told[0].oldest_ended_at == runs[0].ended_at
        assert told[0].newest_ended_at == runs[2].ended_at
        assert await client.admin.prune(older_than_seconds=3600) == ()
        gone = await client.admin.prune(older_than_seconds=0, graph_id="echo")
        assert gone == told[:1]
        assert [run.graph_id async for run in client.runs.list()] == ["three_nodes"]


async def test_storage_adds_up(serving: Serving) -> None:
    async with serving(retention_seconds=3600) as client:
        run = await done(client)
        waits = await client.runs.create("approval", {"amount": 1.0})
        async with asyncio.timeout(10):
            while (await client.runs.get(waits.run_id)).status is not RunStatus.INTERRUPTED:
                await asyncio.sleep(0.02)
        await client.artifacts.upload(b"x" * 5000, filename="a", run_id=run.run_id)
        storage = await client.admin.storage()
        by_graph = {graph.graph_id: graph for graph in storage.graphs}
        echo = by_graph["echo"]
        assert echo.run_bytes == run.message.storage_bytes
        assert (echo.artifacts, echo.artifact_bytes, echo.retention_seconds) == (1, 5000, 3600)
        [open_one] = by_graph["approval"].statuses
        assert (open_one.status, open_one.runs) == (RunStatus.INTERRUPTED, 1)
        assert open_one.checkpoint_bytes > 0
        assert storage.database_bytes > 100_000


async def test_a_fork_outlives_what_it_was_forked_from(serving: Serving) -> None:
    async with serving() as client:
        run = await done(client, "three_nodes", n=1)
        [first, *_] = [each async for each in client.runs.checkpoints(run.run_id)][::-1]
        fork = await client.runs.fork(run.run_id, first.checkpoint_id, update={"n": 5})
        ended = await client.runs.wait(fork.run_id)
        await client.runs.delete(run.run_id)
        again = await client.runs.get(fork.run_id)
        assert again.output == ended.output == {"n": 15}
        assert again.forked_from_run_id == run.run_id
        assert (await client.runs.state(fork.run_id)).values == {"n": 15}


async def test_a_watch_under_way_ends_as_not_found_when_its_run_goes(tmp_path: Path) -> None:
    async with assembled(tmp_path) as app:
        made = await app.runs.create(NewRun(graph_id="echo"))
        claim = await app.claimed()
        await app.settle(claim, Succeeded(b"{}"))
        async with asyncio.timeout(10):
            messages = app.watch.watch(made.run.run_id)
            assert isinstance(await anext(messages), Started)
            pruning = await app.archive.prune(older_than_seconds=0, validate_only=False)
            assert [each.runs for each in pruning.graphs] == [1]
            with pytest.raises(errors.NotFound) as caught:
                await anext(messages)
        assert caught.value.reason == "RUN_NOT_FOUND"


async def test_discarded_deltas_are_announced(serving: Serving) -> None:
    async with serving(delta_retention_seconds=0) as client:
        run = await done(client, "talker", count=20)
        size = run.message.storage_bytes
        async with asyncio.timeout(20):
            while (await client.runs.get(run.run_id)).message.storage_bytes >= size:
                await asyncio.sleep(0.05)
        gaps: list[Compacted] = []
        events = [each async for each in client.runs.watch(run.run_id, on_compacted=gaps.append)]
        missing = sum(gap.to_sequence - gap.from_sequence + 1 for gap in gaps)
        assert missing + len(events) == run.last_sequence
        assert gaps


async def test_what_cannot_be_pruned_is_said(serving: Serving) -> None:
    async with serving() as client:
        with pytest.raises(NotFound, match="no graph nobody") as caught:
            await client.admin.prune(graph_id="nobody", validate_only=True)
        assert caught.value.reason == "GRAPH_NOT_FOUND"
        with pytest.raises(Invalid) as refused:
            await client.admin.prune(older_than_seconds=-5)
        assert [each.field for each in refused.value.violations] == ["older_than"]


async def test_a_policy_for_a_graph_nobody_knows_is_noticed(
    serving: Serving, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(retention={"ecko": {"seconds": 5}, "echo": {"seconds": 60}}):
        pass
    assert [each.message for each in caplog.records if "retention." in each.message] == [
        "retention.ecko: no such graph, and no runs of it: misspelled?"
    ]
