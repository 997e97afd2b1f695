"""The standard services."""

import asyncio

import grpc
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from grpc import aio
from grpc_health.v1 import health_pb2
from grpc_health.v1.health_pb2_grpc import HealthStub
from grpc_reflection.v1alpha import reflection_pb2

V1 = "grpc.reflection.v1.ServerReflection"
V1ALPHA = "grpc.reflection.v1alpha.ServerReflection"
SERVICES = {
    *("runwire.v1.RunService", "runwire.v1.ArtifactService", "runwire.v1.GraphService"),
    "runwire.v1.AdminService",
    "runwire.v1.KeyService",
    "runwire.v1.WebhookService",
    "runwire.v1.NamespaceService",
    *("runwire.v1.ThreadService", "runwire.v1.AssistantService", "runwire.v1.StoreService"),
    *("grpc.health.v1.Health", V1, V1ALPHA),
}
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
UNKNOWN = health_pb2.HealthCheckResponse.SERVICE_UNKNOWN


@pytest.fixture
def health(channel):
    return HealthStub(channel)


def about(service=""):
    return health_pb2.HealthCheckRequest(service=service)


@pytest.mark.parametrize("service", ["", *sorted(SERVICES)[3:]])
async def test_every_service_of_ours_is_healthy(health, service):
    assert (await health.Check(about(service))).status == SERVING


async def test_an_unknown_service_is_not_found_and_watched_as_unknown(health):
    with pytest.raises(aio.AioRpcError) as caught:
        await health.Check(about("nobody"))
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND
    assert (await health.Watch(about("nobody")).read()).status == UNKNOWN


async def test_all_statuses_are_listed(health):
    if not hasattr(health, "List"):
        pytest.skip("this grpcio-health-checking has no List")
    answer = await health.List(health_pb2.HealthListRequest())
    assert {found.status for found in answer.statuses.values()} == {SERVING}
    assert "runwire.v1.RunService" in answer.statuses


async def test_a_draining_server_says_so_before_it_goes(health, rpc_server):
    watch = health.Watch(about("runwire.v1.RunService"))
    assert (await watch.read()).status == SERVING
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(rpc_server.drain(1, announce_seconds=0.3))
        assert (await watch.read()).status == NOT_SERVING
        assert (await health.Check(about())).status == NOT_SERVING
        assert (await health.Watch(about()).read()).status == NOT_SERVING
        with pytest.raises(aio.AioRpcError) as caught:
            await watch.read()
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


@pytest.fixture(params=[V1, V1ALPHA])
def reflect(request, channel):
    """Ask one of the two reflection services, and read the answer."""
    method = channel.stream_stream(
        f"/{request.param}/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )

    async def ask(**asked):
        call = method()
        await call.write(reflection_pb2.ServerReflectionRequest(**asked))
        await call.done_writing()
        return await call.read()

    return ask


async def test_reflection_lists_every_service(reflect):
    answer = await reflect(list_services="")
    assert {service.name for service in answer.list_services_response.service} == SERVICES


@pytest.mark.parametrize("symbol", sorted(SERVICES))
async def test_reflection_has_the_file_of_every_service_it_lists(reflect, symbol):
    answer = await reflect(file_containing_symbol=symbol)
    files = [
        FileDescriptorProto.FromString(data)
        for data in answer.file_descriptor_response.file_descriptor_proto
    ]
    services = {f"{file.package}.{service.name}" for file in files for service in file.service}
    assert symbol in services
    imported = {name for file in files for name in file.dependency}
    assert imported <= {file.name for file in files}


async def test_reflection_tells_what_it_does_not_know(reflect):
    answer = await reflect(file_containing_symbol="no.such.Service")
    assert answer.error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0]
