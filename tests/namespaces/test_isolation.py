"""What one namespace has, others have never heard of: through every RPC there is."""

from typing import Any

import pytest
from google.rpc import error_details_pb2
from grpc import StatusCode
from tests.namespaces.house import Client, House
from tests.namespaces.requests import (
    KNOWN,
    UNKNOWN,
    a_mere_name,
    a_request,
    inline,
    json_payload,
    name_of,
    naming,
)
from tests.rpc.served import ELSEWHERE

from runwire.domain.outcome import Succeeded
from runwire.rpc.methods import Method
from runwire.rpc.scopes import Place
from runwire.v1 import admin_service_pb2 as admin
from runwire.v1 import artifact_service_pb2 as artifacts
from runwire.v1 import assistant_service_pb2 as assistants
from runwire.v1 import graph_service_pb2 as graphs
from runwire.v1 import run_service_pb2 as runs
from runwire.v1 import thread_service_pb2 as threads
from runwire.v1.payload_pb2 import Payload
from runwire.v1.run_pb2 import RunSpec

REQUEST_ID = "3f2b8c1e-9d47-4a6b-8f10-2c5e7d9a0b31"
DEFINITION = (
    '{"graph_id": "flow-1", "nodes": {"a": {"tool": "rpc_add", "arguments": {"amount": %d}}}}'
)
FOUND = {
    ("ListArtifacts", "run_id"),
    ("ListRuns", "thread_id"),
    ("ListThreads", "thread_id"),
    ("ListThreads", "graph_id"),
}
"""Where what is unknown is no error: there is nothing of it."""


async def fill(house: House, caller: Client, amount: int = 1) -> None:
    """Make a graph, an artifact and a finished run under the ids that all namespaces use."""
    definition = json_payload(DEFINITION % amount)
    (await caller("CreateGraph", graphs.CreateGraphRequest(definition=definition))).fine()
    first = artifacts.UploadArtifactRequest(artifact_id=KNOWN["artifact_id"], filename="in.json")
    first.content.data = b'{"n": %d}' % amount
    (await caller("UploadArtifact", first)).fine()
    thread = threads.CreateThreadRequest(thread_id=KNOWN["thread_id"], graph_id=ELSEWHERE)
    (await caller("CreateThread", thread)).fine()
    assistant = assistants.CreateAssistantRequest(
        assistant_id=KNOWN["assistant_id"], graph_id=ELSEWHERE
    )
    (await caller("CreateAssistant", assistant)).fine()
    (await caller("CreateRun", a_run())).fine()
    claim = await house.app.claimed()
    assert claim.input == b'{"n": %d}' % amount
    await house.app.step(claim, 0, b'{"n": %d}' % amount, "a")
    await house.app.settle(claim, Succeeded(b'{"n": %d}' % amount))


def a_run(run_id: str = KNOWN["run_id"], graph_id: str = KNOWN["graph_id"]) -> Any:
    spec = RunSpec(
        graph_id=graph_id,
        thread_id="t",
        input=Payload(artifact_id=KNOWN["artifact_id"]),
        labels={"team": "x"},
    )
    spec.concurrency.key = "k"
    return runs.CreateRunRequest(run_id=run_id, request_id=REQUEST_ID, spec=spec)


def test_every_noun_is_named_somewhere(house: House) -> None:
    found = {(name_of(method), place.kind) for method, place in naming(house.server.methods)}
    assert {("GetRun", "run_id"), ("GetArtifact", "artifact_id"), ("GetGraph", "graph_id")} < found
    assert len(found) > 15


async def test_ids_of_another_namespace_are_as_ids_that_never_were(house: House) -> None:
    await fill(house, house.caller("acme"))
    beta = house.caller("beta")
    for method, place in naming(house.server.methods):
        await assert_unknown(beta, method, place)


async def test_ids_of_a_namespace_are_unknown_in_the_default_one(house: House) -> None:
    await fill(house, house.caller("acme"))
    for caller in (house.operator, house.caller("default")):
        for method, place in naming(house.server.methods):
            await assert_unknown(caller, method, place)


async def test_a_whole_id_names_nothing(house: House) -> None:
    """Nobody can spell what is another's."""
    await fill(house, house.caller("acme"))
    beta, home = house.caller("beta"), house.caller("default")
    for caller in (beta, home, house.caller("acme")):
        for method, place in naming(house.server.methods):
            request = a_request(method, place, f"acme/{KNOWN[place.kind]}")
            if a_mere_name(place):
                continue
            answer = await caller(name_of(method), request, first=1)
            if (name_of(method), place.kind) in FOUND and answer.code is StatusCode.OK:
                assert KNOWN[place.kind] not in repr(answer)
            else:
                assert answer.code in (StatusCode.INVALID_ARGUMENT, StatusCode.NOT_FOUND), answer


async def assert_unknown(caller: Client, method: Method, place: Place) -> None:
    rpc, known = name_of(method), KNOWN[place.kind]
    if a_mere_name(place):
        return
    there = await caller(rpc, a_request(method, place, known), first=1)
    never = await caller(rpc, a_request(method, place, UNKNOWN), first=1)
    assert there.said(instead={known: UNKNOWN}) == never.said(instead={}), (rpc, place)
    if inline(place):
        assert there.code is StatusCode.INVALID_ARGUMENT, (rpc, place, there)
    elif (rpc, place.kind) not in FOUND:
        assert there.code is StatusCode.NOT_FOUND, (rpc, place, there)


async def test_two_namespaces_use_the_same_ids_side_by_side(house: House) -> None:
    for amount, name in enumerate(("acme", "beta", "default"), start=1):
        await fill(house, house.caller(name), amount)
    for amount, name in enumerate(("acme", "beta", "default"), start=1):
        caller = house.caller(name)
        run = (await caller("GetRun", runs.GetRunRequest(run_id="same-1"))).only.run
        assert (run.run_id, run.namespace, run.spec.graph_id) == ("same-1", name, "flow-1")
        assert (run.spec.thread_id, run.spec.concurrency.key) == ("t", "k")
        assert run.spec.input.artifact_id == "thing1"
        assert run.output.data == b'{"n": %d}' % amount
        again = (await caller("CreateRun", a_run())).only
        assert again.replayed
        assert again.run == run
        listed = (await caller("ListRuns", runs.ListRunsRequest(thread_id="t"))).only.runs
        assert [each.namespace for each in listed] == [name]


RPCS = {
    "GetRun": runs.GetRunRequest(run_id="same-1"),
    "ListRuns": runs.ListRunsRequest(filter="graph_id = flow-1 AND thread_id = t"),
    "WatchRun": runs.WatchRunRequest(run_id="same-1"),
    "WaitRun": runs.WaitRunRequest(run_id="same-1"),
    "GetRunState": runs.GetRunStateRequest(run_id="same-1"),
    "ListSteps": runs.ListStepsRequest(run_id="same-1"),
    "ListCheckpoints": runs.ListCheckpointsRequest(run_id="same-1"),
    "ForkRun": runs.ForkRunRequest(run_id="same-1", new_run_id="fork-1"),
    "CreateAndWatchRun": runs.CreateAndWatchRunRequest(
        run_id="again1", spec=RunSpec(graph_id="flow-1")
    ),
    "CancelRun": runs.CancelRunRequest(run_id="same-1"),
    "ResumeRun": runs.ResumeRunRequest(run_id="same-1"),
    "CreateRun": runs.CreateRunRequest(run_id="same-1", spec=RunSpec(graph_id="echo")),
    "GetArtifact": artifacts.GetArtifactRequest(artifact_id="thing1"),
    "ListArtifacts": artifacts.ListArtifactsRequest(),
    "DownloadArtifact": artifacts.DownloadArtifactRequest(artifact_id="thing1"),
    "UploadArtifact": artifacts.UploadArtifactRequest(artifact_id="thing1", filename="a"),
    "GetGraph": graphs.GetGraphRequest(graph_id="flow-1"),
    "ListGraphs": graphs.ListGraphsRequest(),
    "GetStorage": admin.GetStorageRequest(),
    "Prune": admin.PruneRequest(graph_id="flow-1", validate_only=True),
    "GetThread": threads.GetThreadRequest(thread_id="line-1"),
    "ListThreads": threads.ListThreadsRequest(),
    "GetThreadState": threads.GetThreadStateRequest(thread_id="line-1"),
    "WatchThread": threads.WatchThreadRequest(thread_id="line-1", from_start=True),
    "GetAssistant": assistants.GetAssistantRequest(assistant_id="role-1"),
    "ListAssistants": assistants.ListAssistantsRequest(),
    "ListAssistantVersions": assistants.ListAssistantVersionsRequest(assistant_id="role-1"),
}


async def test_no_answer_ever_holds_a_whole_id(house: House) -> None:
    acme = house.caller("acme")
    await fill(house, acme)
    told = 0
    for rpc, request in RPCS.items():
        answer = await acme(rpc, request, first=2)
        told += any(known in repr(answer) for known in KNOWN.values())
        sent = b"".join(message.SerializeToString() for message in answer.messages)
        status = b"" if answer.status is None else answer.status.SerializeToString()
        assert b"acme/" not in sent + status, (rpc, answer)
    assert told > 15


async def test_nodes_see_local_ids_and_workers_whole_ones(house: House) -> None:
    acme = house.caller("acme")
    await fill(house, acme)
    (
        await acme("CreateRun", runs.CreateRunRequest(run_id="b", spec=RunSpec(graph_id="echo")))
    ).fine()
    claim = await house.app.claimed()
    assert (claim.run.run_id, claim.run.graph_id) == ("acme/b", "echo")
    saved = await house.app.artifacts.save(claim.run.run_id, "a.txt", "text/plain", chunks())
    assert saved.artifact_id.startswith("acme/")
    page = (await acme("ListArtifacts", artifacts.ListArtifactsRequest(run_id="b"))).only
    assert [each.run_id for each in page.artifacts] == ["b"]
    none = await house.caller("beta")("ListArtifacts", artifacts.ListArtifactsRequest())
    assert none.only.artifacts == []


async def chunks() -> Any:
    yield b"x"


async def test_a_graph_of_a_namespace_is_before_one_in_python(house: House) -> None:
    """One in Python may come later; whoever had the name keeps it."""
    acme = house.caller("acme")
    await fill(house, acme)
    found = (await acme("ListGraphs", graphs.ListGraphsRequest())).only.graphs
    assert [each.graph_id for each in found] == ["echo", "flow-1", ELSEWHERE]
    found = (await house.caller("beta")("ListGraphs", graphs.ListGraphsRequest())).only.graphs
    assert [each.graph_id for each in found] == ["echo", ELSEWHERE]
    house.app.graphs._graphs.learn(
        [(await house.app.graphs.get("echo", 0)).__class__(graph_id="flow-1")], []
    )
    run = (await acme("CreateRun", runs.CreateRunRequest(spec=RunSpec(graph_id="flow-1")))).only.run
    assert run.graph_version == 1
    graph = (await acme("GetGraph", graphs.GetGraphRequest(graph_id="flow-1"))).only.graph
    assert graph.version == 1


async def test_thread_names_with_separators_stay_whole_and_apart(house: House) -> None:
    home, acme = house.caller("default"), house.caller("acme")
    for caller, thread in ((home, "acme/t"), (acme, "t"), (acme, "a/b")):
        spec = RunSpec(graph_id="echo", thread_id=thread)
        run = (await caller("CreateRun", runs.CreateRunRequest(spec=spec))).only.run
        assert run.spec.thread_id == thread
        found = (await caller("ListRuns", runs.ListRunsRequest(thread_id=thread))).only.runs
        assert [each.run_id for each in found] == [run.run_id]


async def test_a_namespace_that_is_not_there_can_make_nothing(house: House) -> None:
    request = runs.CreateRunRequest(spec=RunSpec(graph_id="echo"))
    answer = await house.caller("gamma")("CreateRun", request)
    assert (answer.code, answer.reason) == (StatusCode.NOT_FOUND, "NAMESPACE_NOT_FOUND")


async def test_errors_name_local_ids(house: House) -> None:
    acme = house.caller("acme")
    answer = await acme("GetRun", runs.GetRunRequest(run_id="same-1"))
    assert answer.status is not None
    assert answer.status.message == "no run same-1"
    info = answer.detail(error_details_pb2.ErrorInfo)
    assert dict(info.metadata) == {"run_id": "same-1"}
    assert answer.detail(error_details_pb2.ResourceInfo).resource_name == "same-1"


@pytest.mark.parametrize("rpc", ["ListRuns", "ListArtifacts", "ListGraphs"])
async def test_page_tokens_of_another_namespace_are_refused(house: House, rpc: str) -> None:
    acme, beta = house.caller("acme"), house.caller("beta")
    for caller in (acme, beta):
        await fill(house, caller)
    for caller in (acme, beta):
        again = RunSpec(graph_id="echo")
        (await caller("CreateRun", runs.CreateRunRequest(spec=again))).fine()
        (await caller("UploadArtifact", artifacts.UploadArtifactRequest(filename="b"))).fine()
    module = {"ListRuns": runs, "ListArtifacts": artifacts, "ListGraphs": graphs}[rpc]
    ask = getattr(module, f"{rpc}Request")
    token = (await acme(rpc, ask(page_size=1))).only.next_page_token
    assert token
    assert (await acme(rpc, ask(page_size=1, page_token=token))).code is StatusCode.OK
    for other in (beta, house.operator):
        answer = await other(rpc, ask(page_size=1, page_token=token))
        assert answer.reason == "PAGE_TOKEN_INVALID"


async def test_the_feed_is_of_one_namespace(house: House) -> None:
    acme, beta = house.caller("acme"), house.caller("beta")
    begin = (await acme("WatchRuns", runs.WatchRunsRequest(), first=1)).only
    await fill(house, beta)
    await fill(house, house.operator)
    await fill(house, acme)
    ask = runs.WatchRunsRequest(resume_token=begin.resume_token)
    found = await acme("WatchRuns", ask, first=2)
    events = [event for message in found.messages for event in message.events]
    assert {event.run_id for event in events} == {"same-1"}
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    for other in (beta, house.operator):
        refused = await other("WatchRuns", ask, first=1)
        assert refused.code is StatusCode.INVALID_ARGUMENT, refused


async def test_sums_and_pruning_are_of_one_namespace(house: House) -> None:
    acme, beta = house.caller("acme"), house.caller("beta")
    for caller in (acme, beta, house.operator):
        await fill(house, caller)
    found = (await acme("GetStorage", admin.GetStorageRequest())).only
    assert [(each.graph_id, each.statuses[0].runs) for each in found.graphs if each.graph_id] == [
        ("flow-1", 1)
    ]
    assert not found.HasField("database")
    request = admin.PruneRequest(graph_id="flow-1")
    request.older_than.seconds = 0
    gone = (await acme("Prune", request)).only.graphs
    assert [(each.graph_id, each.runs) for each in gone] == [("flow-1", 1)]
    assert (await acme("GetRun", runs.GetRunRequest(run_id="same-1"))).reason == "RUN_NOT_FOUND"
    for other in (beta, house.operator):
        (await other("GetRun", runs.GetRunRequest(run_id="same-1"))).fine()
