"""Clients that know nothing but the address: buf curl and grpcurl, by reflection."""

import base64
import hashlib
import json
import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runwire.v1 import artifact_service_pb2, graph_service_pb2, run_service_pb2

BUF = Path(__file__).parents[1] / "js" / "node_modules" / ".bin" / "buf"
PACKAGE = "runwire.v1"
RUNS = "runwire.v1.RunService"
ARTIFACTS = "runwire.v1.ArtifactService"
GRAPHS = "runwire.v1.GraphService"
# buf curl exits with the gRPC code times eight.
DEADLINE_EXCEEDED = 4
NOT_FOUND = 5
TIMEOUT_SECONDS = 60

Answers = list[dict[str, Any]]
Call = Callable[..., Answers]


class Refused(Exception):
    """The server answered with an error."""

    def __init__(self, code: int, stderr: str, answers: Answers) -> None:
        super().__init__(f"code {code}: {stderr}")
        self.code = code
        self.stderr = stderr
        self.answers = answers


@pytest.fixture
def buf() -> str:
    if not BUF.exists() or shutil.which("node") is None:
        pytest.skip("needs buf; `make test` installs it")
    return str(BUF)


@pytest.fixture
def call(server_process: Any, buf: str) -> Call:
    """Return a function that calls one RPC and returns every message of the answer."""

    def call(service: str, method: str, *messages: dict[str, Any], timeout: str = "30s") -> Answers:
        result = subprocess.run(
            [
                *(buf, "curl", "--protocol", "grpc", "--http2-prior-knowledge"),
                *("--timeout", timeout, "--data", "@-"),
                f"http://{server_process.grpc_address}/{service}/{method}",
            ],
            # Through standard input, since an upload is longer than a command line may be.
            input="\n".join(map(json.dumps, messages or ({},))),
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        answers = list(documents(result.stdout))
        if result.returncode:
            raise Refused(result.returncode // 8, result.stderr, answers)
        return answers

    return call


def documents(text: str) -> Iterator[dict[str, Any]]:
    """Yield JSON documents that follow each other."""
    decoder = json.JSONDecoder()
    text = text.strip()
    while text:
        document, end = decoder.raw_decode(text)
        yield document
        text = text[end:].lstrip()


def spec(graph_id: str, **given: Any) -> dict[str, Any]:
    return {"graph_id": graph_id, "input": {"json": given}, "labels": {"suite": "reflection"}}


def ended(call: Call, run_id: str) -> dict[str, Any]:
    """Wait for the end of a run and return the run."""
    request = {"run_id": run_id, "timeout": "20s", "payload_format": "PAYLOAD_FORMAT_JSON"}
    run: dict[str, Any] = call(RUNS, "WaitRun", request)[0]["run"]
    return run


def watch_until(call: Call, run_id: str, status: str) -> Answers:
    """Watch a run that does not end by itself until it has entered a status."""
    for _ in range(20):
        with pytest.raises(Refused) as refused:
            call(RUNS, "WatchRun", {"run_id": run_id}, timeout="1s")
        assert refused.value.code == DEADLINE_EXCEEDED, refused.value
        if status in json.dumps(refused.value.answers):
            return refused.value.answers
    pytest.fail(f"run {run_id} did not become {status}")


@pytest.mark.parametrize("reflection", ["grpc-v1", "grpc-v1alpha"])
def test_reflection_lists_every_service_and_method(
    server_process: Any, buf: str, reflection: str
) -> None:
    def listed(what: str) -> set[str]:
        command = (buf, "curl", "--protocol", "grpc", "--http2-prior-knowledge", what)
        address = f"http://{server_process.grpc_address}"
        output = subprocess.run(
            [*command, "--reflect-protocol", reflection, address],
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=True,
        ).stdout
        return set(output.split())

    assert {RUNS, ARTIFACTS, GRAPHS, "grpc.health.v1.Health"} <= listed("--list-services")
    assert {f"{service}/{method}" for service, method in methods()} <= listed("--list-methods")


def methods() -> Iterator[tuple[str, str]]:
    """Yield every RPC as service and method."""
    for module in (artifact_service_pb2, graph_service_pb2, run_service_pb2):
        for service in module.DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                yield service.full_name, method.name


def test_no_rpc_is_left_out_here() -> None:
    # Read from this file, so that it holds whatever part of the tests was chosen.
    here = Path(__file__).read_text(encoding="utf-8")
    assert [method for _, method in methods() if f'"{method}"' not in here] == []


def test_health_by_reflection(call: Call) -> None:
    for service in ("", RUNS, ARTIFACTS, GRAPHS):
        answer = call("grpc.health.v1.Health", "Check", {"service": service})
        assert answer == [{"status": "SERVING"}]


def test_a_run_from_creation_to_deletion(call: Call) -> None:
    run_id = f"curl-{uuid.uuid4()}"
    created = call(RUNS, "CreateRun", {"run_id": run_id, "spec": spec("three_nodes", n=1)})
    assert created[0]["run"]["runId"] == run_id
    assert ended(call, run_id)["status"] == "RUN_STATUS_SUCCEEDED"
    explained = call(RUNS, "ExplainRun", {"run_id": run_id})
    assert explained[0]["explanation"]["reason"] == "WAIT_REASON_ENDED"
    counted = call(RUNS, "CountRuns", {"graph_id": "three_nodes"})
    assert sum(int(each.get("created", 0)) for each in counted[0]["buckets"]) >= 1

    watched = call(RUNS, "WatchRun", {"run_id": run_id})
    assert "started" in watched[0]
    assert watched[-1]["ended"]["run"]["runId"] == run_id
    read = call(RUNS, "GetRun", {"run_id": run_id, "payload_format": "PAYLOAD_FORMAT_JSON"})
    assert read[0]["run"]["spec"]["input"]["json"] == {"n": 1}

    mask = {"labels": {"team": "risk"}, "update_mask": "labels.team"}
    updated = call(RUNS, "UpdateRun", {"run_id": run_id, **mask})
    assert updated[0]["run"]["spec"]["labels"] == {"suite": "reflection", "team": "risk"}
    listed = call(RUNS, "ListRuns", {"filter": 'labels.suite = "reflection"', "page_size": 1000})
    assert run_id in [run["runId"] for run in listed[0]["runs"]]

    call(RUNS, "DeleteRun", {"run_id": run_id})
    with pytest.raises(Refused) as refused:
        call(RUNS, "GetRun", {"run_id": run_id})
    assert refused.value.code == NOT_FOUND
    assert run_id in refused.value.stderr


def test_a_run_created_and_watched_leaves_a_log_and_can_be_forked(call: Call) -> None:
    watched = call(RUNS, "CreateAndWatchRun", {"spec": spec("three_nodes", n=1)})
    run_id = watched[0]["started"]["run"]["runId"]
    assert watched[-1]["ended"]["run"]["status"] == "RUN_STATUS_SUCCEEDED"

    steps = call(RUNS, "ListSteps", {"run_id": run_id})[0]["steps"]
    assert [step["status"] for step in steps] == ["RUN_STATUS_SUCCEEDED"] * 3
    checkpoints = call(RUNS, "ListCheckpoints", {"run_id": run_id})[0]["checkpoints"]
    first = checkpoints[-1]["checkpointId"]
    request = {"run_id": run_id, "payload_format": "PAYLOAD_FORMAT_JSON"}
    state = call(RUNS, "GetRunState", {**request, "checkpoint_id": first})[0]["state"]
    assert state["values"]["json"]["n"] == 1

    fork = call(RUNS, "ForkRun", {"run_id": run_id, "checkpoint_id": first})[0]["run"]
    assert fork["forkedFromRunId"] == run_id
    assert ended(call, fork["runId"])["status"] == "RUN_STATUS_SUCCEEDED"


def test_an_interrupted_run_is_resumed_and_a_running_one_cancelled(call: Call) -> None:
    asked = call(RUNS, "CreateRun", {"spec": spec("approval", amount=5)})[0]["run"]["runId"]
    watch_until(call, asked, "RUN_STATUS_INTERRUPTED")
    call(RUNS, "ResumeRun", {"run_id": asked, "answer": {"json": {"approved": True}}})
    assert ended(call, asked)["status"] == "RUN_STATUS_SUCCEEDED"

    asleep = call(RUNS, "CreateRun", {"spec": spec("sleepy", seconds=30)})[0]["run"]["runId"]
    watch_until(call, asleep, "RUN_STATUS_RUNNING")
    call(RUNS, "CancelRun", {"run_id": asleep, "reason": "no longer needed"})
    assert ended(call, asleep)["status"] == "RUN_STATUS_CANCELLED"


def test_threads_assistants_and_items_by_reflection(call: Call) -> None:
    metadata = {"metadata": {"json": {"mark": "reflection"}}}
    thread = call(f"{PACKAGE}.ThreadService", "CreateThread", metadata)[0]["thread"]
    named = {"thread_id": thread["threadId"]}
    assert call(RUNS, "CancelRuns", named) == [{}]
    spelled = {**named, "payload_format": "PAYLOAD_FORMAT_JSON"}
    found = call(f"{PACKAGE}.ThreadService", "GetThread", spelled)[0]["thread"]
    assert found["metadata"]["json"] == {"mark": "reflection"}
    call(f"{PACKAGE}.ThreadService", "DeleteThread", named)
    item = {"path": ["reflection"], "key": "k", "value": {"json": {"n": 1}}}
    call(f"{PACKAGE}.StoreService", "PutItem", item)
    [shown] = call(f"{PACKAGE}.StoreService", "SearchItems", {"path_prefix": ["reflection"]})
    assert [each["key"] for each in shown["items"]] == ["k"]
    assert call(f"{PACKAGE}.AssistantService", "ListAssistants", {}) == [{}]


def test_the_changes_of_all_matching_runs_are_watched_again_from_a_token(call: Call) -> None:
    mark = str(uuid.uuid4())
    watch = {"filter": f'labels.mark = "{mark}"'}

    def watched(**more: str) -> Answers:
        # This stream never ends by itself, so its deadline ends it.
        with pytest.raises(Refused) as refused:
            call(RUNS, "WatchRuns", {**watch, **more}, timeout="2s")
        assert refused.value.code == DEADLINE_EXCEEDED, refused.value
        return refused.value.answers

    token = watched()[0]["resumeToken"]
    marked = {**spec("three_nodes", n=1), "labels": {"mark": mark}}
    run_id = call(RUNS, "CreateRun", {"spec": marked})[0]["run"]["runId"]
    ended(call, run_id)
    events = [event for answer in watched(resume_token=token) for event in answer.get("events", [])]
    assert {event["runId"] for event in events} == {run_id}
    assert events[-1]["statusChanged"]["toStatus"] == "RUN_STATUS_SUCCEEDED"


def test_an_artifact_goes_up_in_several_messages_and_comes_down_again(call: Call) -> None:
    pieces = [bytes([number]) * 40_000 for number in range(3)]
    content = b"".join(pieces)
    chunks: list[dict[str, Any]] = [
        {"content": {"data": base64.b64encode(piece).decode()}} for piece in pieces
    ]
    chunks[0]["content"]["contentType"] = "application/octet-stream"
    named = {"filename": "pieces.bin", "sha256": hashlib.sha256(content).hexdigest()}
    uploaded = call(ARTIFACTS, "UploadArtifact", {**named, **chunks[0]}, *chunks[1:])
    assert uploaded[0]["artifact"]["status"] == "ARTIFACT_STATUS_ACTIVE"
    artifact_id = uploaded[0]["artifact"]["artifactId"]

    downloaded = call(ARTIFACTS, "DownloadArtifact", {"artifact_id": artifact_id})
    received = [base64.b64decode(answer["content"]["data"]) for answer in downloaded]
    assert b"".join(received) == content
    got = call(ARTIFACTS, "GetArtifact", {"artifact_id": artifact_id})
    assert got[0]["artifact"]["sizeBytes"] == str(len(content))
    listed = call(ARTIFACTS, "ListArtifacts", {"page_size": 1000})[0]["artifacts"]
    assert artifact_id in [artifact["artifactId"] for artifact in listed]

    call(ARTIFACTS, "DeleteArtifact", {"artifact_id": artifact_id})
    with pytest.raises(Refused) as refused:
        call(ARTIFACTS, "GetArtifact", {"artifact_id": artifact_id})
    assert refused.value.code == NOT_FOUND


def test_a_graph_sent_as_json_is_run_and_deleted(call: Call) -> None:
    tools = call(GRAPHS, "ListTools", {"page_size": 1000})[0]["tools"]
    assert "add" in [tool["name"] for tool in tools]
    graph_id = f"curl_{uuid.uuid4().hex}"
    nodes = {"plus": {"tool": "add", "arguments": {"amount": 2}}}
    definition = {"graph_id": graph_id, "nodes": nodes, "edges": [], "start": "plus"}
    created = call(GRAPHS, "CreateGraph", {"definition": {"json": definition}})
    assert created[0]["graph"]["version"] == 1

    got = call(GRAPHS, "GetGraph", {"graph_id": graph_id})
    assert [node["name"] for node in got[0]["graph"]["nodes"]] == ["plus"]
    listed = call(GRAPHS, "ListGraphs", {"page_size": 1000})[0]["graphs"]
    assert {graph_id, "three_nodes"} <= {graph["graphId"] for graph in listed}

    run_id = call(RUNS, "CreateRun", {"spec": spec(graph_id, n=1)})[0]["run"]["runId"]
    assert ended(call, run_id)["status"] == "RUN_STATUS_SUCCEEDED"
    call(GRAPHS, "DeleteGraph", {"graph_id": graph_id})
    with pytest.raises(Refused) as refused:
        call(GRAPHS, "GetGraph", {"graph_id": graph_id})
    assert refused.value.code == NOT_FOUND


def test_grpcurl_lists_and_calls(server_process: Any) -> None:
    grpcurl = shutil.which("grpcurl")
    if grpcurl is None:
        pytest.skip("no grpcurl on PATH; buf curl is the client that is always there")

    def answered(*arguments: str) -> str:
        return subprocess.run(
            [grpcurl, "-plaintext", *arguments],
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=True,
        ).stdout

    address = server_process.grpc_address
    assert {RUNS, ARTIFACTS, GRAPHS} <= set(answered(address, "list").split())
    request = json.dumps(
        {"spec": spec("three_nodes", n=1), "payload_format": "PAYLOAD_FORMAT_JSON"}
    )
    answers = list(documents(answered("-d", request, address, f"{RUNS}/CreateAndWatchRun")))
    assert answers[-1]["ended"]["run"]["spec"]["input"]["json"] == {"n": 1}
