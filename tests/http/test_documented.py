"""Calls that succeed, and their answers: as the document describes them, streams included."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from openapi_schema_validator import OAS31Validator

from runwire.http.openapi import document
from runwire.http.watches import SERVICES

DOCUMENT = document(SERVICES)
LINES = "application/x-ndjson"
EVENTS = "text/event-stream"
OCTETS = {"content-type": "application/octet-stream"}


def described(operation_id: str, status: int) -> dict[str, Any]:
    """Return what the document says of an operation's answer; fail if it says nothing."""
    operations = (each for item in DOCUMENT["paths"].values() for each in item.values())
    (operation,) = (each for each in operations if each["operationId"] == operation_id)
    answer: dict[str, Any] = operation["responses"][str(status)]
    if "$ref" in answer:
        answer = DOCUMENT["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    return answer


def check(operation_id: str, answer: httpx.Response, media_type: str = "application/json") -> None:
    """Compare an answer with the document; every line, if it has many."""
    assert answer.headers["content-type"].partition(";")[0] == media_type
    content = described(operation_id, answer.status_code)["content"][media_type]
    schema = {**content["schema"], "components": DOCUMENT["components"]}
    lines = answer.text.splitlines() if media_type == LINES else [answer.text]
    assert lines
    for line in lines:
        OAS31Validator(schema).validate(json.loads(line))


@pytest.fixture(scope="module")
def http(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def run_id(http: httpx.Client) -> str:
    """A run that has ended."""
    spec = {"graphId": "three_nodes", "input": {"json": {"n": 1}}, "labels": {"team": "risk"}}
    made = http.post("/v1/runs", json={"spec": spec, "requestId": str(uuid4())})
    assert made.status_code == 200, made.text
    check("RunService_CreateRun", made)
    found = made.json()["run"]["runId"]
    assert isinstance(found, str)
    ended = http.get(f"/v1/runs/{found}:wait", params={"timeout": "20s"})
    assert ended.json()["run"]["status"] == "RUN_STATUS_SUCCEEDED"
    check("RunService_WaitRun", ended)
    return found


@pytest.fixture(scope="module")
def artifact_id(http: httpx.Client, run_id: str) -> str:
    asked = {"filename": "report.bin", "runId": run_id}
    made = http.post("/v1/artifacts:upload", params=asked, content=b"0123456789", headers=OCTETS)
    assert made.status_code == 200, made.text
    check("ArtifactService_UploadArtifact", made)
    found = made.json()["artifact"]["artifactId"]
    assert isinstance(found, str)
    return found


@pytest.mark.parametrize(
    ("operation_id", "path"),
    [
        ("RunService_GetRun", "/v1/runs/{run_id}"),
        ("RunService_ListRuns", "/v1/runs?view=RUN_VIEW_FULL&statuses=RUN_STATUS_SUCCEEDED"),
        ("RunService_GetRunState", "/v1/runs/{run_id}/state"),
        ("RunService_ListSteps", "/v1/runs/{run_id}/steps?pageSize=2"),
        ("RunService_ListCheckpoints", "/v1/runs/{run_id}/checkpoints"),
        ("GraphService_ListGraphs", "/v1/graphs"),
        ("GraphService_GetGraph", "/v1/graphs/three_nodes"),
        ("GraphService_ListTools", "/v1/tools"),
        ("ArtifactService_GetArtifact", "/v1/artifacts/{artifact_id}"),
        ("ArtifactService_ListArtifacts", "/v1/artifacts?runId={run_id}"),
        ("AdminService_GetStorage", "/v1/storage"),
    ],
)
def test_what_is_there_is_shown_as_documented(
    http: httpx.Client, run_id: str, artifact_id: str, operation_id: str, path: str
) -> None:
    answer = http.get(path.format(run_id=run_id, artifact_id=artifact_id))
    assert answer.status_code == 200, answer.text
    assert len(answer.json()) > 0
    check(operation_id, answer)


def test_changes_are_answered_as_documented(http: httpx.Client, run_id: str) -> None:
    body = {"labels": {"team": "fraud"}, "updateMask": "labels.team"}
    changed = http.patch(f"/v1/runs/{run_id}", json=body)
    assert changed.json()["run"]["spec"]["labels"] == {"team": "fraud"}
    check("RunService_UpdateRun", changed)
    oldest = http.get(f"/v1/runs/{run_id}/checkpoints").json()["checkpoints"][-1]["checkpointId"]
    body = {"checkpointId": oldest, "update": {"json": {"n": 5}}}
    forked = http.post(f"/v1/runs/{run_id}:fork", json=body)
    assert forked.status_code == 200, forked.text
    check("RunService_ForkRun", forked)
    pruned = http.post("/v1/storage:prune", json={"graphId": "three_nodes", "validateOnly": True})
    assert pruned.status_code == 200, pruned.text
    check("AdminService_Prune", pruned)


def test_a_watch_is_lines_as_documented(http: httpx.Client, run_id: str) -> None:
    answer = http.get(f"/v1/runs/{run_id}:watch")
    assert answer.status_code == 200
    assert "ended" in json.loads(answer.text.splitlines()[-1])["result"]
    check("RunService_WatchRun", answer, LINES)


def test_creating_and_watching_is_lines_as_documented(http: httpx.Client) -> None:
    spec = {"graphId": "three_nodes", "input": {"json": {"n": 1}}}
    answer = http.post("/v1/runs:createAndWatch", json={"spec": spec})
    assert "started" in json.loads(answer.text.splitlines()[0])["result"]
    check("RunService_CreateAndWatchRun", answer, LINES)


def test_a_stream_that_breaks_off_says_so_as_documented(http: httpx.Client) -> None:
    answer = http.get("/v1/runs:watch", headers={"grpc-timeout": "300m"})
    last = json.loads(answer.text.splitlines()[-1])
    assert (answer.status_code, last["error"]["code"]) == (200, 4)
    check("RunService_WatchRuns", answer, LINES)


def test_events_are_those_of_the_lines(http: httpx.Client, run_id: str) -> None:
    lines = http.get(f"/v1/runs/{run_id}:watch")
    answer = http.get(f"/v1/runs/{run_id}:watch", headers={"accept": EVENTS})
    assert answer.headers["content-type"].partition(";")[0] == EVENTS
    assert EVENTS in described("RunService_WatchRun", 200)["content"]
    *events, end = answer.text.strip().split("\n\n")
    assert end == "event: end\ndata: {}"
    sent = [event.partition("data: ")[2] for event in events if not event.startswith(":")]
    assert [json.loads(each) for each in sent] == [
        json.loads(line)["result"] for line in lines.text.splitlines()
    ]


@pytest.mark.parametrize(
    ("headers", "status", "content"),
    [
        ({}, 200, b"0123456789"),
        ({"range": "bytes=2-4"}, 206, b"234"),
        ({"range": "bytes=-3"}, 206, b"789"),
        ({"if-none-match": "*"}, 304, b""),
    ],
)
def test_content_is_had_whole_or_in_part_as_documented(
    http: httpx.Client, artifact_id: str, headers: dict[str, str], status: int, content: bytes
) -> None:
    answer = http.get(f"/v1/artifacts/{artifact_id}:download", headers=headers)
    assert (answer.status_code, answer.content) == (status, content)
    told = described("ArtifactService_DownloadArtifact", status)
    assert all(name in answer.headers for name in told.get("headers", {}))


def test_a_range_behind_the_end_fails_as_documented(http: httpx.Client, artifact_id: str) -> None:
    path = f"/v1/artifacts/{artifact_id}:download"
    answer = http.get(path, headers={"range": "bytes=100-"})
    assert answer.status_code == 416
    check("ArtifactService_DownloadArtifact", answer)


Call = Callable[[httpx.Client], httpx.Response]


@pytest.mark.parametrize(
    ("operation_id", "status", "call"),
    [
        ("RunService_GetRun", 404, lambda http: http.get("/v1/runs/nobody")),
        ("RunService_GetRun", 400, lambda http: http.get("/v1/runs/x", params={"vew": "FULL"})),
        ("RunService_CreateRun", 400, lambda http: http.post("/v1/runs", json={"spec": {}})),
        ("RunService_CreateRun", 415, lambda http: http.post("/v1/runs", data={"a": "1"})),
        (
            "RunService_CreateRun",
            413,
            lambda http: http.post("/v1/runs", json={"runId": "x" * 9 * 1024 * 1024}),
        ),
        (
            "RunService_GetRun",
            504,
            lambda http: http.get("/v1/runs/nobody", headers={"grpc-timeout": "1n"}),
        ),
        (
            "RunService_GetRun",
            431,
            lambda http: http.get("/v1/runs/nobody", headers={"x-more": "x" * 200_000}),
        ),
    ],
)
def test_failures_are_answered_as_documented(
    http: httpx.Client, operation_id: str, status: int, call: Call
) -> None:
    answer = call(http)
    assert answer.status_code == status, answer.text
    check(operation_id, answer)
