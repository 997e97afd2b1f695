"""What is told of a server as a whole tells nobody of what others have."""

from typing import Any

import pytest
from grpc import StatusCode
from tests.namespaces.house import Client, House
from tests.rpc.served import FACTS, WORKER

from runwire.v1 import admin_service_pb2 as admin
from runwire.v1 import overview_pb2
from runwire.v1 import run_service_pb2 as runs
from runwire.v1.run_pb2 import RunSpec


async def fill(house: House) -> None:
    """Have acme's run held by the worker `test`, and beta's and another of acme's wait."""
    for caller, run_id, queue in (
        (house.caller("acme"), "held", ""),
        (house.caller("acme"), "secret", "acmes"),
        (house.caller("beta"), "waiting", "betas"),
    ):
        spec = RunSpec(graph_id="echo", queue=queue)
        (await caller("CreateRun", runs.CreateRunRequest(run_id=run_id, spec=spec))).fine()
    assert (await house.app.claimed()).run.run_id == "acme/held"


async def workers(caller: Client, **asked: Any) -> dict[str, Any]:
    found = (await caller("ListWorkers", admin.ListWorkersRequest(**asked))).only
    return {worker.worker_id: worker for worker in found.workers}


async def queues(caller: Client) -> dict[str, Any]:
    found = (await caller("ListQueues", admin.ListQueuesRequest())).only
    return {queue.queue: queue for queue in found.queues}


async def test_workers_are_told_without_the_runs_of_others(house: House) -> None:
    await fill(house)
    mine = await workers(house.caller("acme"))
    assert set(mine) == {"test", WORKER.worker_id}
    held = mine["test"]
    assert [(run.run_id, run.graph_id, run.attempt) for run in held.runs] == [("held", "echo", 1)]
    assert (held.run_count, held.other_run_count) == (1, 0)
    assert held.kind == overview_pb2.WORKER_KIND_UNSPECIFIED
    here = mine[WORKER.worker_id]
    assert (here.address, here.capacity, list(here.queues)) == ("", 0, ["default"])
    assert here.kind == overview_pb2.WORKER_KIND_CONNECTED
    # Its runs wait where nobody here works: it is told of nobody.
    assert await workers(house.caller("beta")) == {}
    scoped = house.caller("acme", graphs=["other"])
    assert await workers(scoped) == {}


async def test_who_is_everywhere_sees_all_workers_and_counts_of_others(house: House) -> None:
    await fill(house)
    found = await workers(house.operator)
    assert set(found) == {"test", WORKER.worker_id}
    assert (found["test"].run_count, found["test"].other_run_count) == (0, 1)
    assert not found["test"].runs
    here = found[WORKER.worker_id]
    assert (here.address, here.capacity) == (WORKER.address, WORKER.capacity)
    assert list(here.queues) == ["default", "quiet"]


async def test_workers_come_in_pages(house: House) -> None:
    await fill(house)
    first = (await house.operator("ListWorkers", admin.ListWorkersRequest(page_size=1))).only
    assert [worker.worker_id for worker in first.workers] == ["here"]
    asked = admin.ListWorkersRequest(page_size=1, page_token=first.next_page_token)
    second = (await house.operator("ListWorkers", asked)).only
    assert [worker.worker_id for worker in second.workers] == ["test"]
    assert not second.next_page_token
    foreign = admin.ListQueuesRequest(page_token=first.next_page_token)
    assert (await house.operator("ListQueues", foreign)).reason == "PAGE_TOKEN_INVALID"
    wrong = await house.operator("ListWorkers", admin.ListWorkersRequest(page_size=-1))
    assert wrong.code is StatusCode.INVALID_ARGUMENT


async def test_queues_are_told_as_far_as_they_hold_runs_of_the_caller(house: House) -> None:
    await fill(house)
    mine = await queues(house.caller("acme"))
    assert {name: (each.ready, each.running) for name, each in mine.items()} == {
        "acmes": (1, 0),
        "default": (0, 1),
    }
    assert [(each.graph_id, each.waiting) for each in mine["acmes"].graphs] == [("echo", 1)]
    assert mine["acmes"].lag.ToTimedelta().total_seconds() > 0
    assert (mine["default"].workers, mine["acmes"].workers) == (1, 0)
    assert set(await queues(house.caller("beta"))) == {"betas", "default"}
    assert set(await queues(house.caller("acme", graphs=["other"]))) == {"default"}
    assert set(await queues(house.operator)) == {"default", "quiet"}


@pytest.mark.parametrize("graphs", [["echo"], ["ec*"], ["other"]])
async def test_counts_are_of_the_namespace_and_the_scope(house: House, graphs: list[str]) -> None:
    await fill(house)
    for caller, seen in (
        (house.caller("acme"), 2),
        (house.caller("acme", graphs=graphs), 0 if graphs == ["other"] else 2),
        (house.caller("beta"), 1),
        (house.operator, 0),
    ):
        found = (await caller("CountRuns", runs.CountRunsRequest())).only
        assert sum(each.runs for each in found.statuses) == seen
        assert sum(each.created for each in found.buckets) == seen
        assert len(found.buckets) == 60
        assert found.bucket_width.seconds == 60


async def test_a_socket_is_told_to_those_who_oversee_the_server(house: House) -> None:
    told = (await house.operator("GetServer", admin.GetServerRequest())).only.server
    assert told.grpc_address == FACTS.grpc_address
    assert told.version == FACTS.version
    assert told.namespaces
    assert told.HasField("langgraph_path")
    for caller in (house.caller("acme"), house.caller("default", graphs=["echo"])):
        told = (await caller("GetServer", admin.GetServerRequest())).only.server
        assert told.grpc_address == ""
        assert told.http_address == FACTS.http_address
