"""Certificates: the server's, and those it asks callers for."""

import grpc
import pytest
import trustme
from grpc import aio
from grpc_health.v1 import health_pb2
from grpc_health.v1.health_pb2_grpc import HealthStub

from runwire.rpc.addresses import Tls
from runwire.rpc.server import RpcServer


@pytest.fixture
def ca():
    return trustme.CA()


@pytest.fixture
def files(tmp_path, ca):
    """Write a server's certificate and key, and the authority's certificate."""
    issued = ca.issue_cert("127.0.0.1")
    names = [tmp_path / name for name in ("server.pem", "server.key", "ca.pem")]
    issued.cert_chain_pems[0].write_to_path(names[0])
    issued.private_key_pem.write_to_path(names[1])
    ca.cert_pem.write_to_path(names[2])
    return names


@pytest.fixture
async def serve(app):
    """Start a server with TLS and return its port."""
    servers = []

    async def start(tls):
        server = RpcServer(**app.edge, tls=tls)
        servers.append(server)
        port = server.add_address("127.0.0.1:0")
        await server.start()
        return port

    yield start
    for server in servers:
        await server.drain(0)


async def healthy(channel):
    async with channel:
        answer = await HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=5)
    return answer.status == health_pb2.HealthCheckResponse.SERVING


async def turned_away(channel):
    with pytest.raises(aio.AioRpcError) as caught:
        await healthy(channel)
    return caught.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_tls_shows_a_certificate(serve, ca, files):
    certificate, key, _ = files
    port = await serve(Tls.read(certificate=certificate, key=key))
    trusting = grpc.ssl_channel_credentials(ca.cert_pem.bytes())
    assert await healthy(aio.secure_channel(f"127.0.0.1:{port}", trusting))
    stranger = grpc.ssl_channel_credentials(trustme.CA().cert_pem.bytes())
    assert await turned_away(aio.secure_channel(f"127.0.0.1:{port}", stranger))
    assert await turned_away(aio.insecure_channel(f"127.0.0.1:{port}"))


async def test_mutual_tls_wants_a_certificate_too(serve, ca, files):
    certificate, key, authority = files
    port = await serve(Tls.read(certificate=certificate, key=key, client_ca=authority))

    def presenting(issuer):
        issued = issuer.issue_cert("caller@example.com")
        return grpc.ssl_channel_credentials(
            ca.cert_pem.bytes(),
            issued.private_key_pem.bytes(),
            issued.cert_chain_pems[0].bytes(),
        )

    address = f"127.0.0.1:{port}"
    assert await healthy(aio.secure_channel(address, presenting(ca)))
    assert await turned_away(aio.secure_channel(address, presenting(trustme.CA())))
    anonymous = grpc.ssl_channel_credentials(ca.cert_pem.bytes())
    assert await turned_away(aio.secure_channel(address, anonymous))


def test_files_of_no_use_are_named(files, tmp_path):
    certificate, key, authority = files
    junk = tmp_path / "junk.pem"
    junk.write_text("junk")
    with pytest.raises(ValueError, match=r"junk\.pem"):
        Tls.read(certificate=junk, key=key)
    with pytest.raises(ValueError, match=r"server\.key"):
        Tls.read(certificate=authority, key=key)
    with pytest.raises(ValueError, match=r"junk\.pem"):
        Tls.read(certificate=certificate, key=key, client_ca=junk)
    with pytest.raises(ValueError, match=r"absent\.pem"):
        Tls.read(certificate=tmp_path / "absent.pem", key=key)
