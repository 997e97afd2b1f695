"""Ports and files a server listens on."""

import socket

import pytest
from grpc import aio
from grpc_health.v1 import health_pb2
from grpc_health.v1.health_pb2_grpc import HealthStub

from runwire.rpc.addresses import AddressInUse
from runwire.rpc.server import RpcServer


async def healthy(channel):
    async with channel:
        answer = await HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=5)
    return answer.status == health_pb2.HealthCheckResponse.SERVING


async def test_a_port_in_use_stops_the_start(rpc_server):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(AddressInUse, match=address):
            rpc_server.add_address(address)


async def test_two_servers_do_not_share_a_port(app, rpc_server):
    port = rpc_server.add_address("127.0.0.1:0")
    await rpc_server.start()
    other = RpcServer(**app.edge)
    with pytest.raises(AddressInUse):
        other.add_address(f"127.0.0.1:{port}")
    await other.drain(0)


async def test_an_address_of_another_machine_is_refused(rpc_server):
    with pytest.raises(AddressInUse, match=r"192\.0\.2\.1"):
        rpc_server.add_address("192.0.2.1:0")


async def test_a_file_serves_as_address_once(app, rpc_server, tmp_path):
    address = f"unix:{tmp_path}/rpc.sock"
    rpc_server.add_address(address)
    await rpc_server.start()
    assert await healthy(aio.insecure_channel(address))
    other = RpcServer(**app.edge)
    with pytest.raises(AddressInUse, match=r"rpc\.sock"):
        other.add_address(address)
    await other.drain(0)
    assert await healthy(aio.insecure_channel(address))


async def test_a_file_left_by_a_dead_server_is_replaced(rpc_server, tmp_path):
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(f"{tmp_path}/rpc.sock")
    address = f"unix:{tmp_path}/rpc.sock"
    rpc_server.add_address(address)
    await rpc_server.start()
    assert await healthy(aio.insecure_channel(address))
