"""Who may see some graphs only is told that there is nothing else: through every RPC there is."""

from grpc import StatusCode
from tests.namespaces.house import Answer, Client, House
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
from tests.namespaces.test_isolation import DEFINITION, FOUND
from tests.rpc.served import ELSEWHERE

from runwire.domain.outcome import Succeeded
from runwire.rpc.methods import Method
from runwire.rpc.scopes import Place
from runwire.v1 import admin_service_pb2 as admin
from runwire.v1 import artifact_service_pb2 as artifacts
from runwire.v1 import assistant_service_pb2 as assistants
from runwire.v1 import graph_service_pb2 as graphs
from runwire.v1 import run_service_pb2 as runs
from runwire.v1 import store_service_pb2 as store
from runwire.v1 import thread_service_pb2 as threads
from runwire.v1.run_pb2 import RunSpec

SCOPES = (("echo",), ("echo", "other-*"), ("ec*",))


async def fill(house: House, caller: Client) -> None:
    """Make a run of `flow-1` with an artifact, and one of `echo`."""
    definition = json_payload(DEFINITION % 1)
    (await caller("CreateGraph", graphs.CreateGraphRequest(definition=definition))).fine()
    for run_id, graph_id in ((KNOWN["run_id"], KNOWN["graph_id"]), ("mine", "echo")):
        request = runs.CreateRunRequest(run_id=run_id, spec=RunSpec(graph_id=graph_id))
        (await caller("CreateRun", request)).fine()
        claim = await house.app.claimed()
        await house.app.step(claim, 0, b"{}", "a")
        await house.app.settle(claim, Succeeded(b"{}"))
        artifact_id = KNOWN["artifact_id"] if run_id != "mine" else "mine-a"
        first = artifacts.UploadArtifactRequest(artifact_id=artifact_id, run_id=run_id)
        (await caller("UploadArtifact", first)).fine()
    thread = threads.CreateThreadRequest(thread_id=KNOWN["thread_id"], graph_id=ELSEWHERE)
    (await caller("CreateThread", thread)).fine()
    assistant = assistants.CreateAssistantRequest(
        assistant_id=KNOWN["assistant_id"], graph_id=ELSEWHERE
    )
    (await caller("CreateAssistant", assistant)).fine()


async def test_what_is_out_of_scope_is_as_what_never_was(house: House) -> None:
    await fill(house, house.caller("acme"))
    for scope in SCOPES:
        scoped = house.caller("acme", graphs=scope)
        for method, place in naming(house.server.methods):
            known = KNOWN[place.kind]
            there = await scoped(name_of(method), a_request(method, place, known), first=1)
            if a_mere_name(place):
                assert there.code is StatusCode.NOT_FOUND
                continue
            never = await scoped(name_of(method), a_request(method, place, UNKNOWN), first=1)
            same = there.said(instead={known: UNKNOWN}) == never.said(instead={})
            assert_hidden(method, place, there, same=same)


def assert_hidden(method: Method, place: Place, there: Answer, *, same: bool) -> None:
    """Fail unless an answer tells nothing of what is out of scope."""
    rpc = name_of(method)
    if "StoreService" in method.path or (place.of_spec and place.kind == "graph_id"):
        assert there.reason == "GRAPH_OUT_OF_SCOPE", (rpc, place, there)
        assert there.code is StatusCode.PERMISSION_DENIED
    elif rpc == "ListArtifacts":
        assert there.code is StatusCode.NOT_FOUND  # nothing of it is told
    elif inline(place):
        assert there.code in (StatusCode.NOT_FOUND, StatusCode.INVALID_ARGUMENT)
    else:
        assert same, (rpc, place, there)
        if (rpc, place.kind) not in FOUND:
            assert there.code is StatusCode.NOT_FOUND, (rpc, place, there)


async def test_what_is_in_scope_is_there(house: House) -> None:
    acme = house.caller("acme")
    await fill(house, acme)
    for scope in SCOPES:
        scoped = house.caller("acme", graphs=scope)
        assert (await scoped("GetRun", runs.GetRunRequest(run_id="mine"))).only.run.run_id == "mine"
        ask = artifacts.GetArtifactRequest(artifact_id="mine-a")
        assert (await scoped("GetArtifact", ask)).only.artifact.run_id == "mine"
        assert (await scoped("GetGraph", graphs.GetGraphRequest(graph_id="echo"))).only
        listed = (await scoped("ListRuns", runs.ListRunsRequest())).only.runs
        assert [run.run_id for run in listed] == ["mine"]
        found = (await scoped("ListArtifacts", artifacts.ListArtifactsRequest())).only.artifacts
        assert [each.artifact_id for each in found] == ["mine-a"]
        named = (await scoped("ListGraphs", graphs.ListGraphsRequest())).only.graphs
        assert [each.graph_id for each in named] == ["echo"]
        stored = (await scoped("GetStorage", admin.GetStorageRequest())).only.graphs
        assert [each.graph_id for each in stored] == ["echo"]


async def test_a_prefix_is_no_pattern_of_sql(house: House) -> None:
    await fill(house, house.caller("acme"))
    for scope in (("EC*",), ("%*",), ("e_h*",), ("Echo",)):
        scoped = house.caller("acme", graphs=scope)
        assert (await scoped("ListRuns", runs.ListRunsRequest())).only.runs == []


async def test_a_json_graph_in_scope_is_found_by_exact_name_and_prefix(house: House) -> None:
    await fill(house, house.caller("acme"))
    for scope in (("flow-1",), ("flow-*",)):
        scoped = house.caller("acme", graphs=scope)
        listed = (await scoped("ListRuns", runs.ListRunsRequest())).only.runs
        assert [run.run_id for run in listed] == [KNOWN["run_id"]]


async def test_making_something_out_of_scope_is_denied(house: House) -> None:
    scoped = house.caller("acme", graphs=("echo",))
    definition = json_payload(DEFINITION % 1)
    answers = [
        await scoped("CreateGraph", graphs.CreateGraphRequest(definition=definition)),
        await scoped("CreateRun", runs.CreateRunRequest(spec=RunSpec(graph_id="flow-1"))),
        await scoped("UploadArtifact", artifacts.UploadArtifactRequest(filename="a")),
        await scoped("UploadArtifact", artifacts.UploadArtifactRequest(artifact_id="new")),
    ]
    for answer in answers:
        assert (answer.code, answer.reason) == (
            StatusCode.PERMISSION_DENIED,
            "GRAPH_OUT_OF_SCOPE",
        )


async def test_the_feed_is_within_the_scope(house: House) -> None:
    scoped = house.caller("acme", graphs=("echo",))
    begin = (await scoped("WatchRuns", runs.WatchRunsRequest(), first=1)).only
    await fill(house, house.caller("acme"))
    ask = runs.WatchRunsRequest(resume_token=begin.resume_token)
    found = await scoped("WatchRuns", ask, first=2)
    assert {event.run_id for message in found.messages for event in message.events} == {"mine"}


async def test_pruning_is_within_the_scope(house: House) -> None:
    acme = house.caller("acme")
    await fill(house, acme)
    scoped = house.caller("acme", graphs=("echo",))
    everything = admin.PruneRequest()
    everything.older_than.seconds = 0
    gone = (await scoped("Prune", everything)).only.graphs
    assert [each.graph_id for each in gone] == ["echo"]
    left = (await acme("ListRuns", runs.ListRunsRequest())).only.runs
    assert [run.run_id for run in left] == [KNOWN["run_id"]]


async def test_threads_assistants_and_items_are_within_the_scope(house: House) -> None:
    acme = house.caller("acme")
    await fill(house, acme)
    blank = threads.CreateThreadRequest(thread_id="blank1")
    (await acme("CreateThread", blank)).fine()
    within, without = (
        house.caller("acme", graphs=("lang-*",)),
        house.caller("acme", graphs=("ec*",)),
    )
    found = (await within("ListThreads", threads.ListThreadsRequest())).only.threads
    assert {each.thread_id for each in found} == {KNOWN["thread_id"], "blank1"}
    found = (await without("ListThreads", threads.ListThreadsRequest())).only.threads
    assert [each.thread_id for each in found] == ["blank1"]
    listed = (await within("ListAssistants", assistants.ListAssistantsRequest())).only.assistants
    assert KNOWN["assistant_id"] in {each.assistant_id for each in listed}
    listed = (await without("ListAssistants", assistants.ListAssistantsRequest())).only.assistants
    assert listed == []
    taken = threads.CreateThreadRequest(thread_id=KNOWN["thread_id"], allow_existing=True)
    assert (await without("CreateThread", taken)).reason == "THREAD_EXISTS"
    hidden = threads.CreateThreadRequest(metadata=json_payload('{"graph_id": "lang-1"}'))
    assert (await without("CreateThread", hidden)).reason == "GRAPH_NOT_FOUND"
    items = await within("ListItemPaths", store.ListItemPathsRequest())
    assert items.reason == "GRAPH_OUT_OF_SCOPE"
