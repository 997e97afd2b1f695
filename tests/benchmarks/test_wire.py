"""The load generator of the benchmarks sees what grpc.aio sees."""

import asyncio
import sys
from pathlib import Path

import pytest
from grpc import aio

from runwire.server import Server

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from _calls import CREATE_AND_WATCH, Caller
from _load import driven
from _wire import CREATE, WATCH, Connection, connected, is_ended, messages

from runwire.v1 import run_service_pb2 as wire


@pytest.fixture
async def connection(server: Server):
    opened = await connected(server.grpc_address)
    yield opened
    opened.close()


async def answered(connection: Connection, request: bytes) -> list[bytes]:
    over: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    connection.call(WATCH, request, over.set_result)
    return list(messages(await asyncio.wait_for(over, 30)))


async def test_a_watch_gives_the_same_bytes(server: Server, connection: Connection) -> None:
    async with aio.insecure_channel(server.grpc_address) as channel:
        caller = Caller(channel)
        created, *_ = await caller.create_then_watch()
        run_id = wire.CreateRunResponse.FromString(created).run.run_id
        expected = await caller.watch(run_id)
    request = wire.WatchRunRequest(run_id=run_id).SerializeToString()
    found = await answered(connection, request)
    assert found == expected
    assert is_ended(found[-1])


async def test_parts_are_heard_as_they_come(server: Server, connection: Connection) -> None:
    async with aio.insecure_channel(server.grpc_address) as channel:
        created, *expected = await Caller(channel).create_then_watch()
    run_id = wire.CreateRunResponse.FromString(created).run.run_id
    over: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    parts: list[bytes] = []
    request = wire.WatchRunRequest(run_id=run_id).SerializeToString()
    connection.call(WATCH, request, over.set_result, parts.append)
    assert await asyncio.wait_for(over, 30) == b""
    assert list(messages(b"".join(parts)))[-1] == expected[-1]


@pytest.mark.parametrize("shape", ["create", "create_then_watch", "create_and_watch"])
async def test_every_run_is_read_to_its_end(server: Server, shape: str) -> None:
    found = await driven(
        server.grpc_address, shape, CREATE_AND_WATCH, concurrency=4, seconds=0, count=20
    )
    assert len(found.milliseconds) == 20
    # Created, started, at least one batch, ended.
    least = {"create": 1, "create_then_watch": 4, "create_and_watch": 3}[shape]
    assert found.messages >= 20 * least


async def test_a_refused_call_fails(server: Server, connection: Connection) -> None:
    connection.call(CREATE, b"", lambda _: None)
    with pytest.raises(RuntimeError, match="grpc-status"):
        await asyncio.wait_for(asyncio.shield(connection.lost), 30)
    connection.lost.exception()
