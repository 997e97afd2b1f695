"""What a watcher is promised: every event once, in order, whatever happens to it or beside it."""

import asyncio
import json
import random
import time
from pathlib import Path
from typing import Any

import pytest
from grpc import aio
from tests.conftest import ROOT, ServerProcess, settings_in

from runwire.server import serve
from runwire.v1 import payload_pb2, run_pb2
from runwire.v1 import run_service_pb2 as wire
from runwire.v1.run_service_pb2_grpc import RunServiceStub
from runwire_client import AsyncClient

EVENTS = 5_000


def new_run(graph_id: str, given: object) -> wire.CreateRunRequest:
    payload = payload_pb2.Payload(data=json.dumps(given).encode())
    return wire.CreateRunRequest(spec=run_pb2.RunSpec(graph_id=graph_id, input=payload))


def resident_mib(process_id: int) -> float:
    fields = Path(f"/proc/{process_id}/statm").read_text().split()
    return int(fields[1]) * 4096 / 2**20


@pytest.fixture
async def channel(any_server_process: ServerProcess):
    options = [("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 262144)]
    async with aio.insecure_channel(any_server_process.grpc_address, options=options) as opened:
        yield opened


async def test_200_reconnects_at_random_points_see_5000_events_once_and_in_order(channel) -> None:
    stub: Any = RunServiceStub(channel)
    run = (await stub.CreateRun(new_run("emitter", {"count": EVENTS}))).run
    chance = random.Random(11)
    seen: list[int] = []
    following, breaks, ended = 0, 0, False
    while not ended:
        patience = chance.randint(0, 4) if breaks < 200 else 10**9
        call = stub.WatchRun(wire.WatchRunRequest(run_id=run.run_id, from_sequence=following))
        async for message in call:
            cut = chance.randint(0, 40) if breaks < 200 else 10**9
            batch = message.batch.events
            if len(batch) > cut:
                # As if the connection broke in the middle of a batch.
                seen += [event.sequence for event in batch[:cut]]
                following = batch[cut].sequence
                break
            seen += [event.sequence for event in batch]
            following = message.next_sequence
            ended = message.HasField("ended")
            patience -= 1
            if patience < 0 or ended:
                break
        call.cancel()
        breaks += 1
    assert breaks >= 200
    assert seen == list(range(1, len(seen) + 1))
    assert len(seen) >= EVENTS


async def test_watching_from_each_of_many_sequences_gives_the_rest(channel) -> None:
    stub: Any = RunServiceStub(channel)
    run = (await stub.CreateRun(new_run("emitter", {"count": 300}))).run
    last = (await stub.WaitRun(wire.WaitRunRequest(run_id=run.run_id))).run.last_sequence
    for start in (0, 1, 2, 7, 100, 255, last - 1, last, last + 1):
        request = wire.WatchRunRequest(run_id=run.run_id, from_sequence=start)
        messages = [message async for message in stub.WatchRun(request)]
        sequences = [event.sequence for message in messages for event in message.batch.events]
        assert sequences == list(range(max(start, 1), last + 1))


async def test_a_watcher_that_never_reads_costs_bounded_memory_and_delays_nobody(
    channel, any_server_process: ServerProcess
) -> None:
    stub: Any = RunServiceStub(channel)
    assert any_server_process.process is not None
    run = (await stub.CreateRun(new_run("emitter", {"count": 20_000}))).run
    idle = []
    async with aio.insecure_channel(any_server_process.grpc_address) as other:
        lazy: Any = RunServiceStub(other)
        before = resident_mib(any_server_process.process.pid)
        for _ in range(50):
            call = lazy.WatchRun(wire.WatchRunRequest(run_id=run.run_id))
            await call.read()  # it has begun, and is never read again
            idle.append(call)
        began = time.perf_counter()
        count = 0
        async for message in stub.WatchRun(wire.WatchRunRequest(run_id=run.run_id)):
            count += len(message.batch.events)
        assert count >= 20_000
        assert time.perf_counter() - began < 30
        assert resident_mib(any_server_process.process.pid) - before < 100
        for call in idle:
            call.cancel()


async def test_a_quiet_watch_has_heartbeats(channel) -> None:
    stub: Any = RunServiceStub(channel)
    run = (await stub.CreateRun(new_run("sleepy", {"seconds": 60}))).run
    request = wire.WatchRunRequest(run_id=run.run_id)
    request.heartbeat_interval.seconds = 1
    call = stub.WatchRun(request)
    async with asyncio.timeout(10):
        async for message in call:
            if message.HasField("heartbeat"):
                assert message.next_sequence > 1
                break
    call.cancel()
    await stub.CancelRun(wire.CancelRunRequest(run_id=run.run_id))


async def test_create_and_watch_begins_with_the_run_and_ends_with_it(channel) -> None:
    stub: Any = RunServiceStub(channel)
    spec = new_run("three_nodes", {"n": 1}).spec
    messages = [m async for m in stub.CreateAndWatchRun(wire.CreateAndWatchRunRequest(spec=spec))]
    kinds = [message.WhichOneof("message") for message in messages]
    assert kinds[0] == "started"
    assert kinds[-1] == "ended"
    assert set(kinds[1:-1]) == {"batch"}
    assert messages[-1].ended.run.output.data == b'{"n":7}'
    events = [event for message in messages for event in message.batch.events]
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert messages[-1].next_sequence == len(events) + 1


async def some_of_the_feed(stub: Any, where: str, token: str) -> tuple[str, list[Any]]:
    """Read until there are events, then leave."""
    call = stub.WatchRuns(wire.WatchRunsRequest(filter=where, resume_token=token))
    message = await call.read()
    while not message.events:
        message = await call.read()
    call.cancel()
    return message.resume_token, list(message.events)


async def test_a_watch_of_all_runs_goes_on_from_its_token(
    any_server_process: ServerProcess,
) -> None:
    async with aio.insecure_channel(any_server_process.grpc_address) as channel:
        stub: Any = RunServiceStub(channel)
        label = f"feed-{time.time_ns()}"
        where = f'labels.feed = "{label}"'
        call = stub.WatchRuns(wire.WatchRunsRequest(filter=where))
        token = (await call.read()).resume_token
        call.cancel()
        request = new_run("three_nodes", {"n": 1})
        request.spec.labels["feed"] = label
        ids = [(await stub.CreateRun(request)).run.run_id for _ in range(5)]
        seen: dict[str, list[int]] = {run_id: [] for run_id in ids}
        ended: set[str] = set()
        async with asyncio.timeout(20):
            while len(ended) < 5:
                token, events = await some_of_the_feed(stub, where, token)
                for event in events:
                    seen[event.run_id].append(event.sequence)
                    if event.status_changed.to_status == run_pb2.RUN_STATUS_SUCCEEDED:
                        ended.add(event.run_id)
        for sequences in seen.values():
            assert sequences == list(range(1, len(sequences) + 1))


async def test_discarded_deltas_are_announced(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(ROOT)
    async with (
        serve(settings_in(tmp_path, delta_retention_seconds=0.1)) as server,
        aio.insecure_channel(server.grpc_address) as channel,
        asyncio.timeout(20),
    ):
        stub: Any = RunServiceStub(channel)
        run = (await stub.CreateRun(new_run("talker", {"count": 50}))).run
        await stub.WaitRun(wire.WaitRunRequest(run_id=run.run_id))
        request = wire.WatchRunRequest(run_id=run.run_id)
        gaps = []
        while not gaps:
            await asyncio.sleep(0.1)
            messages = [m async for m in stub.WatchRun(request)]
            gaps = [m.compacted for m in messages if m.HasField("compacted")]
    told = {n for gap in gaps for n in range(gap.from_sequence, gap.to_sequence + 1)}
    sent = {event.sequence for m in messages for event in m.batch.events}
    assert not told & sent
    assert told | sent == set(range(1, messages[-1].ended.run.last_sequence + 1))


async def test_the_client_follows_a_run_by_itself(any_server_process: ServerProcess) -> None:
    async with AsyncClient(any_server_process.grpc_address) as client:
        run = await client.runs.create("emitter", {"count": 100})
        events = [event async for event in client.runs.watch(run.run_id)]
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert [e.data["payload"]["number"] for e in events if e.kind == "custom"] == list(range(100))
