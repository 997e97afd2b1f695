"""The worker protocol, spoken by hand: what docs/worker-protocol.md says is what happens."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc import aio
from tests.conftest import settings_in
from tests.workers.foreign import (
    ForeignWorker,
    checkpoint,
    graph,
    hello,
    log_event,
    step,
    working,
)

from runwire.server import Server, serve
from runwire.v1 import event_pb2, run_pb2, work_pb2
from runwire.v1 import worker_service_pb2 as wire
from runwire.v1.worker_service_pb2_grpc import WorkerServiceStub
from runwire_client import AsyncClient, Invalid, Run, RunStatus

RUNNING = run_pb2.RUN_STATUS_RUNNING
SUCCEEDED = run_pb2.RUN_STATUS_SUCCEEDED


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """A server without graphs and without a worker of its own."""
    settings = settings_in(tmp_path, graphs={}, worker=False, lease_seconds=2, renew_seconds=0.5)
    async with serve(settings) as running:
        yield running


@pytest.fixture
async def client(server: Server) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(server.grpc_address) as connected:
        yield connected


async def created(client: AsyncClient) -> Run:
    return await client.runs.create("foreign", {"n": 1})


async def test_a_run_from_its_claim_to_its_end(server: Server, client: AsyncClient) -> None:
    async with working(server.grpc_address) as worker:
        assert worker.welcome.lease.seconds == 2
        run = await created(client)
        claim = await worker.claim()
        assert (claim.lease.run_id, claim.input, claim.attempt) == (run.run_id, b'{"n":1}', 1)
        first = {"steps": [step(RUNNING)], "checkpoints": [checkpoint(0, b'{"n":1}', "only")]}
        assert await worker.record(claim.lease, 1, **first) == (True, None)
        events = [log_event(run.run_id, "one"), log_event(run.run_id, "two")]
        assert await worker.record(claim.lease, 2, events=events) == (True, None)
        last: dict[str, Any] = {
            "steps": [step(SUCCEEDED, checkpoint=1)],
            "checkpoints": [checkpoint(1, b'{"n":2}')],
            "outcome": work_pb2.WorkOutcome(output=b'{"n":2}'),
        }
        assert await worker.record(claim.lease, 3, **last) == (True, None)
        told = [event async for event in client.runs.watch(run.run_id)]
    assert [event.sequence for event in told] == list(range(1, len(told) + 1))
    assert [e.data["message"] for e in told if e.kind == "log_entry"] == ["one", "two"]
    ended = await client.runs.get(run.run_id)
    assert (ended.status, ended.output) == (RunStatus.SUCCEEDED, {"n": 2})
    assert (await client.runs.state(run.run_id)).values == {"n": 2}


async def test_input_is_checked_by_the_registered_schema(
    server: Server, client: AsyncClient
) -> None:
    async with working(server.grpc_address):
        with pytest.raises(Invalid):
            await client.runs.create("foreign", {"n": "one"})


async def test_a_record_that_is_sent_again_counts_once(server: Server, client: AsyncClient) -> None:
    async with working(server.grpc_address) as worker:
        run = await created(client)
        lease = (await worker.claim()).lease
        for _ in range(3):
            sent = {"events": [log_event(run.run_id, "once")]}
            assert await worker.record(lease, 1, **sent) == (True, None)
        accepted, error = await worker.record(lease, 3, events=[log_event(run.run_id, "late")])
        assert not accepted
        assert error.code == grpc.StatusCode.ABORTED.value[0]
        end = {"outcome": work_pb2.WorkOutcome(output=b"{}")}
        assert await worker.record(lease, 2, **end) == (True, None)
        told = [event async for event in client.runs.watch(run.run_id)]
    assert [e.data["message"] for e in told if e.kind == "log_entry"] == ["once"]


async def test_a_result_in_doubt_is_sent_again_after_a_reconnection(
    server: Server, client: AsyncClient
) -> None:
    async with working(server.grpc_address) as worker:
        run = await created(client)
        lease = (await worker.claim()).lease
        sent = work_pb2.WorkRecord(
            ack=7, lease=lease, number=1, events=[log_event(run.run_id, "once")]
        )
        await worker.send(records=[sent])  # and the stream breaks before it is acknowledged
    async with working(server.grpc_address, hello(held=[lease])) as worker:
        assert [told.standing for told in worker.welcome.held] == [work_pb2.WORK_STANDING_HELD]
        await worker.send(records=[sent])
        await worker.until(lambda: 7 in worker.acks)
        end = {"outcome": work_pb2.WorkOutcome(output=b"{}")}
        assert await worker.record(lease, 2, **end) == (True, None)
    told = [event async for event in client.runs.watch(run.run_id)]
    assert [e.data["message"] for e in told if e.kind == "log_entry"] == ["once"]
    assert (await client.runs.get(run.run_id)).attempt == 1


async def test_a_worker_that_does_not_come_back_loses_its_runs_within_two_seconds(
    server: Server, client: AsyncClient
) -> None:
    async with working(server.grpc_address) as worker:
        await created(client)
        lease = (await worker.claim()).lease
    async with working(server.grpc_address, hello("another")) as other, asyncio.timeout(2):
        again = await other.claim()
        assert (again.lease.run_id, again.attempt) == (lease.run_id, 2)
        assert again.lease.epoch > lease.epoch
    async with working(server.grpc_address, hello(held=[lease])) as worker:
        assert [told.standing for told in worker.welcome.held] == [work_pb2.WORK_STANDING_LOST]


async def test_a_worker_speaks_only_for_what_it_holds(server: Server, client: AsyncClient) -> None:
    async with working(server.grpc_address) as worker:
        run = await created(client)
        lease = (await worker.claim()).lease
        stale = work_pb2.WorkLease(run_id=run.run_id, epoch=lease.epoch - 1)
        end = {"outcome": work_pb2.WorkOutcome(output=b"{}")}
        async with working(server.grpc_address, hello("thief", held=[lease])) as thief:
            assert thief.welcome.held[0].standing == work_pb2.WORK_STANDING_LOST
            for found in (lease, stale):
                accepted, error = await thief.record(found, 1, **end)
                assert not accepted
                assert error.code == grpc.StatusCode.ABORTED.value[0]
            await thief.send(renewals=[lease], beat=1)
            await thief.until(lambda: thief.beat == 1)
            assert thief.verdicts[-1].standing == work_pb2.WORK_STANDING_LOST
        accepted, _ = await worker.record(stale, 1, **end)
        assert not accepted
        assert (await client.runs.get(run.run_id)).status is RunStatus.RUNNING
        assert await worker.record(lease, 1, **end) == (True, None)


async def test_a_cancellation_is_pushed(server: Server, client: AsyncClient) -> None:
    async with working(server.grpc_address) as worker:
        run = await created(client)
        lease = (await worker.claim()).lease
        await client.runs.cancel(run.run_id)
        await worker.until(lambda: worker.verdicts, seconds=1)
        assert worker.verdicts[0].standing == work_pb2.WORK_STANDING_CANCELLING
        accepted, error = await worker.record(lease, 1, events=[log_event(run.run_id, "late")])
        assert not accepted
        assert "cancelled" in error.message
        end = {"outcome": work_pb2.WorkOutcome(cancelled=True)}
        assert await worker.record(lease, 0, **end) == (True, None)
    assert (await client.runs.get(run.run_id)).status is RunStatus.CANCELLED


async def test_leases_are_kept_by_renewing_and_end_without(
    server: Server, client: AsyncClient
) -> None:
    async with working(server.grpc_address) as worker:
        await created(client)
        lease = (await worker.claim()).lease
        async with working(server.grpc_address, hello("another")) as other:
            await other.send(credit=1)
            for beat in range(1, 8):
                await worker.send(renewals=[lease], beat=beat)
                await other.send(beat=beat)
                await worker.until(lambda beat=beat: worker.beat == beat)
                assert worker.verdicts[-1].standing == work_pb2.WORK_STANDING_HELD
                await asyncio.sleep(0.4)
            assert not other.claims
            for beat in range(8, 20):  # connected, but it renews nothing
                await worker.send(beat=beat)
                await other.send(beat=beat)
                await other.until(lambda beat=beat: other.beat == beat or other.claims)
                if other.claims:
                    break
                await asyncio.sleep(0.4)
            assert other.claims[0].lease.run_id == lease.run_id


async def test_a_run_that_is_given_back_burns_no_attempt(
    server: Server, client: AsyncClient
) -> None:
    async with working(server.grpc_address) as worker:
        await created(client)
        lease = (await worker.claim()).lease
        await worker.send(
            leaving=True, releases=[work_pb2.WorkRelease(ack=1, lease=lease, reason="bye")]
        )
        await worker.until(lambda: 1 in worker.acks)
    async with working(server.grpc_address, hello("another")) as other:
        assert (await other.claim()).attempt == 1


async def test_a_question_and_its_answer(server: Server, client: AsyncClient) -> None:
    async with working(server.grpc_address) as worker:
        run = await created(client)
        lease = (await worker.claim()).lease
        asked = work_pb2.WorkInterrupt(
            interrupt_id="q1", node="only", step_id="only:1", value=b'"how much?"'
        )
        questions = work_pb2.WorkQuestions(interrupts=[asked])
        sent: dict[str, Any] = {
            "steps": [step(run_pb2.RUN_STATUS_INTERRUPTED)],
            "checkpoints": [checkpoint(0, b'{"n":1}', "only")],
            "outcome": work_pb2.WorkOutcome(interrupted=questions),
        }
        assert await worker.record(lease, 1, **sent) == (True, None)
        await client.runs.resume(run.run_id, 5)
        again = await worker.claim()
        assert again.state == b'{"n":1}'
        assert [item.answer for item in again.interrupts] == [b"5"]
        assert [item.node for item in again.checkpoint.next] == ["only"]


@pytest.mark.parametrize(
    ("greeting", "named"),
    [
        (hello(protocol_version=0), "protocol_version 1"),
        (hello(""), "hello.worker_id"),
        (hello("embedded/1"), "hello.worker_id"),
        (hello(graphs=[graph("")]), "hello.graphs[0].graph_id"),
        (hello(queues=["q"] * 65), "hello.queues"),
        (hello(held=[work_pb2.WorkLease(run_id="../x")]), "hello.held[0].run_id"),
    ],
)
async def test_a_wrong_hello_is_refused_by_name(
    server: Server, greeting: work_pb2.WorkHello, named: str
) -> None:
    async with aio.insecure_channel(server.grpc_address) as channel:
        stub: Any = WorkerServiceStub(channel)
        call = stub.Work()
        await call.write(wire.WorkRequest(hello=greeting))
        with pytest.raises(aio.AioRpcError) as refused:
            await call.read()
    assert named in (refused.value.details() or "")


def bad_records(run_id: str) -> dict[str, dict[str, Any]]:
    moved = event_pb2.RunEvent(run_id=run_id)
    moved.status_changed.to_status = SUCCEEDED
    numbered = event_pb2.RunEvent(run_id=run_id, sequence=9)
    numbered.log_entry.message = "x"
    return {
        "bytes": {"events": [b"\xff\xff"]},
        "an event that only the server tells": {"events": [moved.SerializeToString()]},
        "an event with a sequence": {"events": [numbered.SerializeToString()]},
        "an event of another run": {"events": [log_event("other", "x")]},
        "a step without status": {"steps": [step(run_pb2.RUN_STATUS_UNSPECIFIED)]},
        "a step that is queued": {"steps": [step(run_pb2.RUN_STATUS_QUEUED)]},
        "a checkpoint below zero": {"checkpoints": [checkpoint(-1, b"{}")]},
        "an outcome of no kind": {"outcome": work_pb2.WorkOutcome()},
        "an output that is no JSON": {"outcome": work_pb2.WorkOutcome(output=b"{")},
        "no questions": {
            "outcome": work_pb2.WorkOutcome(interrupted=work_pb2.WorkQuestions()),
        },
    }


async def test_wrong_records_are_refused_and_the_stream_goes_on(
    server: Server, client: AsyncClient
) -> None:
    async with working(server.grpc_address) as worker:
        run = await created(client)
        lease = (await worker.claim()).lease
        for name, fields in bad_records(run.run_id).items():
            accepted, error = await worker.record(lease, 1, **fields)
            assert not accepted, name
            assert error.code == grpc.StatusCode.INVALID_ARGUMENT.value[0], name
        end = {"outcome": work_pb2.WorkOutcome(output=b"{}")}
        assert await worker.record(lease, 1, **end) == (True, None)


async def test_large_messages_come_in_parts_and_endless_ones_are_refused(
    server: Server, client: AsyncClient
) -> None:
    async with working(server.grpc_address) as worker:
        run = await created(client)
        lease = (await worker.claim()).lease
        body = b'{"n":"' + b"x" * 10_000_000 + b'"}'
        record = work_pb2.WorkRecord(
            ack=1, lease=lease, number=1, checkpoints=[checkpoint(0, body, "only")]
        )
        data = wire.WorkRequest(records=[record]).SerializeToString()
        size = worker.welcome.max_message_bytes - 100
        for start in range(0, len(data), size):
            piece = data[start : start + size]
            await worker.send(part=wire.WorkPart(data=piece, last=start + size >= len(data)))
        await worker.until(lambda: 1 in worker.acks)
        state = await client.runs.state(run.run_id)
        assert len(state.values["n"]) == 10_000_000
        with pytest.raises((aio.AioRpcError, asyncio.InvalidStateError)):
            await flood(worker, size)
        # gRPC tells a caller INTERNAL who was still writing when the answer came.
        ends = (grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.INTERNAL)
        assert await worker.call.code() in ends


async def flood(worker: ForeignWorker, size: int) -> None:
    for _ in range(100):
        await worker.send(part=wire.WorkPart(data=bytes(size)))
    await worker.until(lambda: False)


async def test_a_silent_worker_is_sent_away(server: Server) -> None:
    async with working(server.grpc_address) as worker:
        with pytest.raises(aio.AioRpcError) as sent_away:
            await worker.call.read()
    assert sent_away.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_server_that_stops_says_so(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, graphs={}, worker=False)
    async with asyncio.TaskGroup() as tasks:
        stopped = asyncio.Event()
        started: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        async def run() -> None:
            async with serve(settings) as running:
                started.set_result(running.grpc_address)
                await stopped.wait()

        tasks.create_task(run())
        async with working(await started) as worker:
            stopped.set()
            await worker.until(lambda: worker.draining)
            assert await worker.call.read() is aio.EOF
            assert await worker.call.code() is grpc.StatusCode.OK


async def test_connections_may_be_aged_out(tmp_path: Path) -> None:
    """A second stream of the same worker takes the place of the first, and nothing is lost."""
    settings = settings_in(tmp_path, graphs={}, worker=False)
    async with (
        serve(settings) as running,
        AsyncClient(running.grpc_address) as client,
        working(running.grpc_address) as before,
    ):
        await created(client)
        lease = (await before.claim()).lease
        async with working(running.grpc_address, hello(held=[lease])) as after:
            assert after.welcome.held[0].standing == work_pb2.WORK_STANDING_HELD
            assert await before.call.read() is aio.EOF
            end = {"outcome": work_pb2.WorkOutcome(output=b"{}")}
            assert await after.record(lease, 1, **end) == (True, None)
