"""What docs/worker-protocol.md says of threads is what happens."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc import aio
from tests.conftest import settings_in
from tests.workers.foreign import ForeignWorker, hello, working

from runwire.server import Server, serve
from runwire.v1 import work_pb2, work_thread_pb2
from runwire.v1 import worker_service_pb2 as wire
from runwire.v1.worker_service_pb2_grpc import WorkerServiceStub
from runwire_client import AsyncClient, RunStatus


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """A server without graphs and without a worker of its own."""
    async with serve(settings_in(tmp_path, graphs={}, worker=False)) as running:
        yield running


def saved(number: int) -> list[dict[str, Any]]:
    blob = {"channel": "c", "version": f"v{number}", "kind": "k", "body": b"part"}
    base = {"base_version": f"v{number - 1}", "weight": 1} if number else {}
    checkpoint = {
        "checkpoint_id": f"c{number}",
        "parent_id": f"c{number - 1}" if number else "",
        "kind": "k",
        "body": b"body",
        "metadata": b'{"step":%d}' % number,
        "versions": {"c": f"v{number}"},
        "blobs": [{**blob, **base}],
    }
    write = {"index": 0, "channel": "c", "kind": "k", "body": b"write"}
    on_top = {"checkpoint_id": f"c{number}", "task_id": "task", "writes": [write]}
    return [{"checkpoint": checkpoint}, {"writes": on_top}]


async def read(
    server: Server, lease: work_pb2.WorkLease, worker_id: str = "elsewhere", **ask: Any
) -> list[work_thread_pb2.WorkThreadRead]:
    async with aio.insecure_channel(server.grpc_address) as channel:
        request = wire.ReadThreadRequest(worker_id=worker_id, lease=lease, **ask)
        call = WorkerServiceStub(channel).ReadThread(request, timeout=10)  # type: ignore[no-untyped-call]
        return [response.read async for response in call]


async def refusal(*given: Any, **ask: Any) -> grpc.StatusCode:
    with pytest.raises(aio.AioRpcError) as raised:
        await read(*given, **ask)
    return raised.value.code()


async def claimed(worker: ForeignWorker, client: AsyncClient, thread_id: str) -> Any:
    await client.runs.create("foreign", {"n": 1}, thread_id=thread_id)
    return await worker.claim()


async def test_what_a_record_saves_is_read_by_its_run(server: Server) -> None:
    async with AsyncClient(server.grpc_address) as client, working(server.grpc_address) as worker:
        first = await claimed(worker, client, "thread")
        assert first.last_sequence == 2
        assert await read(server, first.lease, point={}) == []
        for number in range(3):
            done = await worker.record(first.lease, number + 1, saved=saved(number))
            assert done == (True, None)
        [newest] = await read(server, first.lease, point={})
        assert newest.checkpoint.checkpoint_id == "c2"
        assert newest.checkpoint.run_id == first.lease.run_id
        assert [part.version for part in newest.parts] == ["v0", "v1", "v2"]
        assert [write.body for task in newest.writes for write in task.writes] == [b"write"]


async def test_the_next_run_of_a_thread_reads_what_the_last_one_left(server: Server) -> None:
    async with AsyncClient(server.grpc_address) as client, working(server.grpc_address) as worker:
        first = await claimed(worker, client, "thread")
        everything = [one for number in range(3) for one in saved(number)]
        last = {"output": b"{}"}
        change = {"status": work_thread_pb2.WORK_THREAD_STATUS_IDLE, "values": b'{"a":1}'}
        told = {"saved": everything, "outcome": last, "thread": change}
        assert await worker.record(first.lease, 1, **told) == (True, None)
        assert await refusal(server, first.lease, point={}) is grpc.StatusCode.ABORTED
        other = await claimed(worker, client, "other")
        assert await read(server, other.lease, list={}) == []
        second = await claimed(worker, client, "thread")
        listed = await read(server, second.lease, list={"metadata": b'{"step":1}'})
        assert [one.checkpoint.checkpoint_id for one in listed] == ["c1"]
        line = {"checkpoint_id": "c2", "channels": ["c"], "limit": 100}
        found = await read(server, second.lease, line=line)
        assert [one.checkpoint.checkpoint_id for one in found] == ["c1", "c0"]
        [own] = await read(server, second.lease, newest_of_run=True)
        assert own.checkpoint.checkpoint_id == ""
        ended = await client.runs.get(first.lease.run_id)
        assert ended.status is RunStatus.SUCCEEDED


async def test_nobody_reads_but_who_holds_the_run(server: Server) -> None:
    async with AsyncClient(server.grpc_address) as client, working(server.grpc_address) as worker:
        claim = await claimed(worker, client, "thread")
        await worker.record(claim.lease, 1, saved=saved(0))
        later = work_pb2.WorkLease(run_id=claim.lease.run_id, epoch=claim.lease.epoch + 1)
        unknown = work_pb2.WorkLease(run_id="nobody", epoch=1)
        aborted = grpc.StatusCode.ABORTED
        assert await refusal(server, later, point={}) is aborted
        assert await refusal(server, unknown, point={}) is aborted
        assert await refusal(server, claim.lease, "somebody", point={}) is aborted
        async with working(server.grpc_address, hello("second")):
            assert await refusal(server, claim.lease, "second", point={}) is aborted


async def test_what_makes_no_sense_is_refused(server: Server) -> None:
    async with AsyncClient(server.grpc_address) as client, working(server.grpc_address) as worker:
        claim = await claimed(worker, client, "thread")
        for ask in (
            {},
            {"line": {"limit": 101}},
            {"line": {}},
            {"list": {"metadata": b"[]"}},
            {"list": {"limit": -1}},
        ):
            code = await refusal(server, claim.lease, **ask)
            assert code is grpc.StatusCode.INVALID_ARGUMENT, ask
        taken, error = await worker.record(claim.lease, 1, saved=[{}])
        assert not taken
        assert error is not None
