"""What a worker's link makes of a stream that is over."""

import socket
from typing import Any

import grpc
import pytest
from grpc import aio

from runwire.bus.memory import MemoryBus
from runwire.domain.errors import Invalid, Unavailable
from runwire.domain.worker import Hello
from runwire.remote.leases import RemoteLeases
from runwire.remote.link import PATH, Link, _send
from runwire.remote.outbox import Outbox


async def gone(_: Any, context: aio.ServicerContext[bytes, bytes]) -> None:
    await context.abort(grpc.StatusCode.UNAVAILABLE, "going")


@pytest.mark.parametrize(("knows_workers", "error"), [(True, Unavailable), (False, Invalid)])
async def test_writing_behind_the_end_of_a_stream_says_what_it_ended_with(
    knows_workers: bool, error: type[Exception]
) -> None:
    server = aio.server()
    if knows_workers:
        _, service, method = PATH.split("/")
        handlers = {method: grpc.stream_stream_rpc_method_handler(gone)}
        server.add_registered_method_handlers(service, handlers)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            call: Any = channel.stream_stream(PATH)()
            assert await call.code() is not grpc.StatusCode.OK  # so it is over
            with pytest.raises(error):
                await _send(call, b"too late")
    finally:
        await server.stop(None)


async def test_a_server_that_is_not_there_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    outbox = Outbox()
    hello = Hello(worker_id="w", graphs=(), tools=(), queues=("default",))
    leases = RemoteLeases(hello, bus=MemoryBus(), outbox=outbox)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
    link = Link([address], listener=leases, outbox=outbox)
    for _ in range(3):
        assert not await link._try(address)
    told = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
    assert len(told) == 1
    assert address in told[0]
