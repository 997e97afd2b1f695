"""Watching through the edge."""

import asyncio

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2
from grpc import aio

from runwire.domain.event import OutputChunk
from runwire.domain.outcome import Succeeded
from runwire.domain.payload import Payload
from runwire.rpc import run_requests
from runwire.v1 import run_pb2
from runwire.v1 import run_service_pb2 as wire
from runwire.v1.run_service_pb2_grpc import RunServiceStub


@pytest.fixture
def stub(channel):
    return RunServiceStub(channel)


@pytest.fixture
async def run_id(stub):
    spec = run_pb2.RunSpec(graph_id="echo", labels={"team": "risk"})
    answer = await stub.CreateRun(wire.CreateRunRequest(spec=spec))
    return answer.run.run_id


@pytest.fixture(autouse=True)
def quick_heartbeats(monkeypatch):
    monkeypatch.setattr(run_requests, "MIN_HEARTBEAT_SECONDS", 0.05)


def reason_of(error):
    trailers = dict(error.trailing_metadata())
    status = status_pb2.Status.FromString(trailers["grpc-status-details-bin"])
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    return error.code().name, info.reason, dict(info.metadata)


async def finish(app):
    claim = await app.claimed()
    chunk = OutputChunk(channel="text", payload=Payload(data=b'"tok"'))
    await app.tell(claim, chunk, chunk)
    await app.settle(claim, Succeeded(b'{"n":1}'))


async def rest_of(call):
    messages = []
    while (message := await call.read()) is not aio.EOF:
        messages.append(message)
    return messages


def kinds(messages):
    return [message.WhichOneof("message") for message in messages]


def sequences(messages):
    return [event.sequence for message in messages for event in message.batch.events]


async def test_a_watcher_sees_every_event_live_and_the_end(stub, app, run_id):
    call = stub.WatchRun(wire.WatchRunRequest(run_id=run_id))
    started = await call.read()
    assert started.started.run.run_id == run_id
    assert started.next_sequence == 1
    await finish(app)
    messages = await rest_of(call)
    assert kinds(messages)[-1] == "ended"
    assert sequences(messages) == [1, 2, 3, 4, 5]
    assert messages[-1].ended.run.output.data == b'{"n":1}'
    assert messages[-1].next_sequence == 6


async def test_a_watch_goes_on_where_it_broke_off(stub, app, run_id):
    await finish(app)
    request = wire.WatchRunRequest(
        run_id=run_id, from_sequence=4, payload_format="PAYLOAD_FORMAT_JSON"
    )
    messages = [message async for message in stub.WatchRun(request)]
    assert sequences(messages) == [4, 5]
    (ended,) = [e for m in messages for e in m.batch.events if e.sequence == 5]
    assert ended.status_changed.output.WhichOneof("body") == "json"
    assert messages[-1].ended.run.output.json.struct_value.fields["n"].number_value == 1


async def test_create_and_watch_is_both_in_one(stub, app):
    spec = run_pb2.RunSpec(graph_id="echo")
    call = stub.CreateAndWatchRun(wire.CreateAndWatchRunRequest(spec=spec, run_id="both-1"))
    started = await call.read()
    assert started.started.run.run_id == "both-1"
    await finish(app)
    messages = await rest_of(call)
    assert sequences(messages) == [1, 2, 3, 4, 5]
    assert messages[-1].ended.run.run_id == "both-1"


async def test_silence_is_broken_by_heartbeats(stub, run_id):
    request = wire.WatchRunRequest(run_id=run_id, heartbeat_interval=Duration())
    call = stub.WatchRun(request)
    messages = [await call.read() for _ in range(4)]
    assert kinds(messages) == ["started", "batch", "heartbeat", "heartbeat"]
    assert messages[-1].heartbeat.server_time.seconds > 1_700_000_000
    assert messages[-1].next_sequence == 2
    call.cancel()


@pytest.mark.parametrize(
    ("request_", "code", "reason"),
    [
        (wire.WatchRunRequest(), "INVALID_ARGUMENT", "INVALID_FIELD"),
        (wire.WatchRunRequest(run_id="nobody"), "NOT_FOUND", "RUN_NOT_FOUND"),
        (wire.WatchRunRequest(run_id="a", from_sequence=-1), "INVALID_ARGUMENT", "INVALID_FIELD"),
        (
            wire.WatchRunRequest(run_id="a", heartbeat_interval=Duration(seconds=-1)),
            *("INVALID_ARGUMENT", "INVALID_FIELD"),
        ),
    ],
)
async def test_a_refused_watch_sends_nothing_but_its_status(stub, request_, code, reason):
    call = stub.WatchRun(request_)
    with pytest.raises(aio.AioRpcError) as caught:
        await call.read()
    assert reason_of(caught.value)[:2] == (code, reason)
    assert not await call.initial_metadata()


async def test_a_sequence_in_the_future_is_out_of_range(stub, run_id):
    with pytest.raises(aio.AioRpcError) as caught:
        await stub.WatchRun(wire.WatchRunRequest(run_id=run_id, from_sequence=9)).read()
    assert reason_of(caught.value)[:2] == ("OUT_OF_RANGE", "SEQUENCE_IN_FUTURE")


async def test_a_malformed_creation_is_refused_before_it_is_watched(stub):
    with pytest.raises(aio.AioRpcError) as caught:
        await stub.CreateAndWatchRun(wire.CreateAndWatchRunRequest()).read()
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_the_events_of_all_matching_runs_are_fed_and_fed_again(stub, app, run_id):
    request = wire.WatchRunsRequest(filter="labels.team = risk")
    call = stub.WatchRuns(request)
    first = await call.read()
    assert first.resume_token
    assert not first.events
    await finish(app)
    seen = []
    async with asyncio.timeout(5):
        while len(seen) < 2 or not seen[-1].status_changed.output.data:
            seen.extend((await call.read()).events)
    call.cancel()
    # Deltas are left out.
    assert [event.WhichOneof("detail") for event in seen] == ["status_changed"] * 2
    assert {event.run_id for event in seen} == {run_id}

    request.resume_token = first.resume_token
    request.payload_format = "PAYLOAD_FORMAT_JSON"
    again = stub.WatchRuns(request)
    await again.read()
    events = list((await again.read()).events)
    assert [event.sequence for event in events] == [event.sequence for event in seen]
    assert events[-1].status_changed.output.HasField("json")
    again.cancel()


async def test_a_malformed_feed_is_refused(stub):
    with pytest.raises(aio.AioRpcError) as caught:
        await stub.WatchRuns(wire.WatchRunsRequest(filter="team = risk")).read()
    assert reason_of(caught.value)[:2] == ("INVALID_ARGUMENT", "INVALID_FIELD")


async def test_a_drained_server_sends_watchers_elsewhere_and_forgets_nobody(
    stub, app, rpc_server, run_id
):
    call = stub.WatchRun(wire.WatchRunRequest(run_id=run_id))
    await call.read()
    await call.read()
    waiting = stub.WaitRun(wire.WaitRunRequest(run_id=run_id, timeout=Duration(seconds=20)))
    await stub.GetRun(wire.GetRunRequest(run_id=run_id))  # so that the wait has arrived, too
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(rpc_server.drain(10))
        with pytest.raises(aio.AioRpcError) as caught:
            await call.read()
        code, reason, facts = reason_of(caught.value)
        assert (code, reason, facts) == ("UNAVAILABLE", "SERVER_DRAINING", {"next_sequence": "2"})
        with pytest.raises(aio.AioRpcError) as caught:
            await waiting
        assert reason_of(caught.value)[:2] == ("UNAVAILABLE", "SERVER_DRAINING")
    with pytest.raises(aio.AioRpcError) as caught:
        await stub.GetRun(wire.GetRunRequest(run_id=run_id))
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
