"""NamespaceService: who keeps namespaces, who may look, and what is refused."""

from typing import Any

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from grpc import StatusCode
from tests.namespaces.house import House

from runwire.v1 import artifact_service_pb2 as artifacts
from runwire.v1 import namespace_pb2
from runwire.v1 import namespace_service_pb2 as wire
from runwire.v1 import run_service_pb2 as runs
from runwire.v1.run_pb2 import RunSpec


async def test_default_is_always_there_and_stays(house: House) -> None:
    found = (await house.operator("ListNamespaces", wire.ListNamespacesRequest())).only.namespaces
    assert [each.namespace for each in found] == ["acme", "beta", "default"]
    gone = await house.operator("DeleteNamespace", wire.DeleteNamespaceRequest(namespace="default"))
    assert gone.reason == "NAMESPACE_IS_DEFAULT"
    assert found[2].create_time.seconds > 1_700_000_000


async def test_pages_of_namespaces(house: House) -> None:
    names, token = [], ""
    while not names or token:
        ask = wire.ListNamespacesRequest(page_size=2, page_token=token)
        page = (await house.operator("ListNamespaces", ask)).only
        names.append([each.namespace for each in page.namespaces])
        token = page.next_page_token
    assert names == [["acme", "beta"], ["default"]]


async def test_quotas_and_usage_are_told(house: House) -> None:
    acme = house.caller("acme")
    (await acme("CreateRun", runs.CreateRunRequest(spec=RunSpec(graph_id="echo")))).fine()
    (await acme("CreateRun", runs.CreateRunRequest(spec=RunSpec(graph_id="echo")))).fine()
    await house.app.claimed()
    first = artifacts.UploadArtifactRequest(filename="a")
    first.content.data = b"x" * 1000
    (await acme("UploadArtifact", first)).fine()
    change = wire.UpdateNamespaceRequest(
        namespace=namespace_pb2.Namespace(
            namespace="acme",
            display_name="Acme",
            quotas=namespace_pb2.Quotas(stored_bytes=10**6, running_runs=7, queued_runs=9),
        ),
        update_mask=FieldMask(paths=["quotas.queued_runs", "display_name"]),
    )
    changed = (await house.operator("UpdateNamespace", change)).only.namespace
    assert changed.display_name == "Acme"
    assert changed.quotas == namespace_pb2.Quotas(queued_runs=9)
    mine = (await acme("GetNamespace", wire.GetNamespaceRequest(namespace="acme"))).only.namespace
    assert mine == changed
    assert (mine.usage.running_runs, mine.usage.queued_runs) == (1, 1)
    assert 1000 < mine.usage.stored_bytes < 3000


async def test_only_admins_of_everything_keep_namespaces(house: House) -> None:
    requests: dict[str, Any] = {
        "CreateNamespace": wire.CreateNamespaceRequest(namespace="mine"),
        "ListNamespaces": wire.ListNamespacesRequest(),
        "UpdateNamespace": wire.UpdateNamespaceRequest(
            namespace=namespace_pb2.Namespace(namespace="acme"),
            update_mask=FieldMask(paths=["quotas"]),
        ),
        "DeleteNamespace": wire.DeleteNamespaceRequest(namespace="acme"),
    }
    callers = (
        house.caller("acme"),
        house.caller("acme", role="runner"),
        house.caller("default", everywhere=True, role="runner"),
    )
    for rpc, request in requests.items():
        for caller in callers:
            answer = await caller(rpc, request)
            assert (answer.code, answer.reason) == (
                StatusCode.PERMISSION_DENIED,
                "ACCESS_DENIED",
            )


async def test_another_namespace_is_as_one_that_never_was(house: House) -> None:
    acme = house.caller("acme")
    there = await acme("GetNamespace", wire.GetNamespaceRequest(namespace="beta"))
    never = await acme("GetNamespace", wire.GetNamespaceRequest(namespace="zeta"))
    assert there.said(instead={"beta": "zeta"}) == never.said(instead={})
    assert there.reason == "NAMESPACE_NOT_FOUND"


@pytest.mark.parametrize("name", ["", "A", "a/b", "-a", "a-", "a" * 64, "a.b", "ä", "a_b"])
async def test_names_are_checked(house: House, name: str) -> None:
    answer = await house.operator("CreateNamespace", wire.CreateNamespaceRequest(namespace=name))
    assert (answer.code, answer.reason) == (StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")


async def test_wrong_requests_name_their_field(house: House) -> None:
    negative = wire.CreateNamespaceRequest(namespace="x", quotas={"queued_runs": -1})
    assert "quotas.queued_runs" in str(await house.operator("CreateNamespace", negative))
    for paths in ([], ["name"], ["quotas.all"]):
        change = wire.UpdateNamespaceRequest(
            namespace=namespace_pb2.Namespace(namespace="acme"), update_mask=FieldMask(paths=paths)
        )
        answer = await house.operator("UpdateNamespace", change)
        assert answer.code is StatusCode.INVALID_ARGUMENT
        assert "update_mask" in str(answer)
    again = await house.operator("CreateNamespace", wire.CreateNamespaceRequest(namespace="acme"))
    assert again.reason == "NAMESPACE_ALREADY_EXISTS"
    unknown = wire.UpdateNamespaceRequest(
        namespace=namespace_pb2.Namespace(namespace="zeta"),
        update_mask=FieldMask(paths=["quotas"]),
    )
    assert (await house.operator("UpdateNamespace", unknown)).reason == "NAMESPACE_NOT_FOUND"


async def test_only_an_empty_namespace_is_deleted(house: House) -> None:
    acme = house.caller("acme")
    spec = RunSpec(graph_id="echo")
    (await acme("CreateRun", runs.CreateRunRequest(run_id="a", spec=spec))).fine()
    gone = wire.DeleteNamespaceRequest(namespace="acme")
    assert (await house.operator("DeleteNamespace", gone)).reason == "NAMESPACE_NOT_EMPTY"
    (await acme("CancelRun", runs.CancelRunRequest(run_id="a"))).fine()
    (await acme("DeleteRun", runs.DeleteRunRequest(run_id="a"))).fine()
    (await house.operator("DeleteNamespace", gone)).fine()
    answer = await acme("CreateRun", runs.CreateRunRequest(run_id="a", spec=spec))
    assert answer.reason == "NAMESPACE_NOT_FOUND"
