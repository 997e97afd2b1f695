"""Trying to get in, by every RPC there is: generated from the descriptors."""

import logging

import grpc
import pytest
from grpc import StatusCode
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tests.auth.doors import (
    Door,
    call,
    changing,
    path_of,
    rpcs,
)
from tests.auth.ways_in import refused

from runwire.domain.caller import Role
from runwire.rpc.access import ACCESS, access_to, changes
from runwire.v1 import key_service_pb2

METHODS = rpcs()
every_rpc = pytest.mark.parametrize("method", METHODS, ids=lambda each: each.full_name)

ADMINS_ONLY = {
    *("Prune", "ListAuditEntries", "CreateKey", "GetKey", "ListKeys", "RevokeKey"),
    *("CreateNamespace", "ListNamespaces", "UpdateNamespace", "DeleteNamespace"),
    *("CreateWebhook", "UpdateWebhook", "DeleteWebhook", "ReplayDelivery", "Work"),
    *("ReadThread", "UseStore"),
}
OF_WORKERS = {
    "Work",
    "ReadThread",
    "UseStore",
    "UploadArtifact",
    "DownloadArtifact",
    "GetArtifact",
    "GetIdentity",
}


def test_the_table_of_access_has_every_method_and_no_other():
    assert set(ACCESS) == {path_of(method) for method in METHODS}
    assert {path_of(each) for each in METHODS if changing(each)} == {
        path for path in ACCESS if changes(path)
    }


def test_an_unknown_method_is_for_admins_who_are_everywhere():
    access = access_to("/runwire.v1.RunService/Surprise")
    assert access is not None
    assert access.roles == {Role.ADMIN}
    assert access.everywhere
    assert changes("/runwire.v1.RunService/Surprise")


def test_every_service_is_served(door: Door):
    with door.channel() as channel:
        listed = health_pb2_grpc.HealthStub(channel).List(health_pb2.HealthListRequest(), timeout=5)
    served = {name.rpartition(".")[2] for name in listed.statuses}
    assert {each.containing_service.name for each in METHODS} <= served


@every_rpc
def test_nobody_gets_in_without_credentials_that_count(door: Door, method, caplog):
    caplog.set_level(logging.DEBUG)
    revoked = door.key("revoked")
    found = list(refused(door))
    assert len(found) > 60
    with door.channel() as channel:
        for shown in found:
            answer = call(channel, method, shown.headers)
            assert answer.code is StatusCode.UNAUTHENTICATED, (shown, answer)
            assert answer.reason in shown.reason.split("|"), (shown, answer)
            assert not any(
                str(value) in answer.message for _, value in shown.headers if len(str(value)) > 12
            ), answer
    secrets = [each.split("_")[2] for each in (*door.keys.values(), revoked)]
    assert not any(
        secret in record.getMessage() + str(record.__dict__)
        for record in caplog.records
        for secret in secrets
    )


@every_rpc
def test_a_revoked_key_is_told_so_and_does_not_get_in(door: Door, method):
    secret = door.key("to revoke")
    revoke = next(each for each in METHODS if each.name == "RevokeKey")
    if "revoked already" not in door.keys:
        request = revoke_request(secret.split("_")[1])
        admin = ("x-api-key", door.key("root"))
        assert door.call(revoke, ("x-api-key", secret), request=request).code is StatusCode.OK
        # A second time is no error, and an admin may do it, too.
        assert door.call(revoke, admin, request=request).code is StatusCode.OK
        door.keys["revoked already"] = secret
    answer = door.call(method, ("x-api-key", secret))
    assert (answer.code, answer.reason) == (StatusCode.UNAUTHENTICATED, "KEY_REVOKED")


def revoke_request(key_id):
    return key_service_pb2.RevokeKeyRequest(key_id=key_id)


def turned_away(door: Door, method, secret: str):
    answer = door.call(method, ("authorization", f"Bearer {secret}"), seconds=1.0)
    assert answer.code is not StatusCode.UNAUTHENTICATED, answer
    if answer.code is StatusCode.PERMISSION_DENIED:
        assert answer.reason == "ROLE_FORBIDDEN"
    return answer.code is StatusCode.PERMISSION_DENIED


@every_rpc
def test_readers_change_nothing(door: Door, method):
    expected = changing(method) or method.name in ADMINS_ONLY
    assert turned_away(door, method, door.role_key("reader")) == expected


@every_rpc
def test_runners_administer_nothing(door: Door, method):
    assert turned_away(door, method, door.role_key("runner")) == (method.name in ADMINS_ONLY)


@every_rpc
def test_workers_only_work(door: Door, method):
    assert turned_away(door, method, door.role_key("worker")) == (method.name not in OF_WORKERS)


@every_rpc
def test_an_admin_of_everywhere_may_do_everything(door: Door, method):
    assert not turned_away(door, method, door.key("root"))


@every_rpc
def test_a_token_gets_in_as_a_key_does(door: Door, method):
    expected = changing(method) or method.name in ADMINS_ONLY
    assert turned_away(door, method, door.token(runwire_role="reader")) == expected


@every_rpc
def test_nobody_names_another_namespace_than_their_own(door: Door, method):
    reader = ("x-api-key", door.key("of acme", role="admin", namespace="acme"))
    answer = door.call(method, reader, ("x-runwire-namespace", "default"))
    assert (answer.code, answer.reason) == (StatusCode.PERMISSION_DENIED, "NAMESPACE_FORBIDDEN")
    twice = (("x-runwire-namespace", "acme"),) * 2
    answer = door.call(method, reader, *twice)
    assert answer.code is StatusCode.INVALID_ARGUMENT
    own = door.call(method, reader, ("x-runwire-namespace", "acme"), seconds=1.0)
    assert own.reason != "NAMESPACE_FORBIDDEN"


def test_an_admin_of_a_namespace_is_no_worker(door: Door):
    """Workers get the runs of every namespace."""
    work = next(each for each in METHODS if each.name == "Work")
    assert turned_away(door, work, door.key("of acme", role="admin", namespace="acme"))
    assert turned_away(door, work, door.token(runwire_role="worker"))


def test_huge_headers_end_the_call_and_nothing_else(door: Door):
    get = next(each for each in METHODS if each.name == "GetIdentity")
    for size in (9_000, 100_000, 1_000_000):
        answer = door.call(get, ("authorization", "Bearer " + "a" * size))
        assert answer.code in (StatusCode.UNAUTHENTICATED, StatusCode.RESOURCE_EXHAUSTED)
    many = [(f"x-{number}", "a" * 100) for number in range(1000)]
    answer = door.call(get, *many)
    assert answer.code in (StatusCode.UNAUTHENTICATED, StatusCode.RESOURCE_EXHAUSTED)
    assert door.call(get, ("x-api-key", door.key("root"))).code is StatusCode.OK


def test_health_and_reflection_ask_nobody(door: Door):
    with door.channel() as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        assert stub.Check(health_pb2.HealthCheckRequest(), timeout=5).status == 1
        reflect = channel.stream_stream(
            "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
            request_serializer=lambda data: data,
            response_deserializer=lambda data: data,
        )
        assert next(reflect(iter([b"\x3a\x01*"]), timeout=5))


def test_a_role_is_looked_at_before_what_exists(door: Door):
    get = next(each for each in METHODS if each.name == "GetKey")
    reader = ("x-api-key", door.role_key("reader"))
    known = revoke_request(door.role_key("admin").split("_")[1])
    answers = [door.call(get, reader, request=request) for request in (known, None)]
    assert answers[0].message == answers[1].message
    assert answers[0].code is StatusCode.PERMISSION_DENIED


def test_what_cannot_be_decoded_is_for_those_who_may_come_in(door: Door):
    with door.channel() as channel:
        ask = channel.unary_unary("/runwire.v1.RunService/CreateRun")
        with pytest.raises(grpc.RpcError) as caught:
            ask(b"\xff\xff\xff", timeout=5)
    assert caught.value.code() is StatusCode.UNAUTHENTICATED
