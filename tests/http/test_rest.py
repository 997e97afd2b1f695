"""Every kind of call over REST: what goes in, what comes out, and what is refused."""

import gzip
import json
from typing import Any

import httpx
import pytest
from grpc import aio

from runwire.server import Server
from runwire.v1.run_service_pb2 import GetRunRequest
from runwire.v1.run_service_pb2_grpc import RunServiceStub

SPEC = {"graphId": "three_nodes", "input": {"json": {"n": 1}}}
DETAIL = "type.googleapis.com/google.rpc."


async def created(rest: httpx.AsyncClient, spec: Any = SPEC, **more: object) -> Any:
    answer = await rest.post("/v1/runs", json={"spec": spec, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()["run"]


def detail(answer: httpx.Response, name: str) -> Any:
    """Return one detail of a Status."""
    found = [each for each in answer.json()["details"] if each["@type"] == DETAIL + name]
    assert len(found) == 1, answer.text
    return found[0]


async def test_a_run_is_created_waited_for_and_read(rest: httpx.AsyncClient) -> None:
    run = await created(rest)
    waited = await rest.get(f"/v1/runs/{run['runId']}:wait", params={"timeout": "20s"})
    assert waited.json()["run"]["status"] == "RUN_STATUS_SUCCEEDED"
    assert waited.json()["run"]["output"] == {"json": {"n": 7}}
    listed = (await rest.get("/v1/runs", params={"pageSize": 5})).json()
    assert [each["runId"] for each in listed["runs"]] == [run["runId"]]
    state = (await rest.get(f"/v1/runs/{run['runId']}/state")).json()
    assert state["state"]["values"] == {"json": {"n": 7}}


async def test_a_watch_is_lines_of_json(rest: httpx.AsyncClient) -> None:
    run = await created(rest)
    async with rest.stream("GET", f"/v1/runs/{run['runId']}:watch") as answer:
        assert answer.headers["content-type"] == "application/x-ndjson"
        lines = [json.loads(line)["result"] async for line in answer.aiter_lines()]
    assert "started" in lines[0]
    assert "ended" in lines[-1]
    events = [event for line in lines for event in line.get("batch", {}).get("events", [])]
    assert [int(event["sequence"]) for event in events] == list(range(1, len(events) + 1))


async def test_a_run_is_created_and_watched_in_one_call(rest: httpx.AsyncClient) -> None:
    async with rest.stream("POST", "/v1/runs:createAndWatch", json={"spec": SPEC}) as answer:
        lines = [json.loads(line)["result"] async for line in answer.aiter_lines()]
    assert lines[0]["started"]["run"]["spec"]["graphId"] == "three_nodes"
    assert lines[-1]["ended"]["run"]["output"] == {"json": {"n": 7}}


RAW = (
    b'{\n "big": 9007199254740993, "float": 5.0, "int": 5,\r\n "deep": %b, "dup\\u00e9": "\\n"}'
    % (b"[" * 150 + b"]" * 150)
)


@pytest.mark.parametrize("asked", ["", "?payloadFormat=PAYLOAD_FORMAT_JSON", "?payload_format=1"])
async def test_json_comes_back_as_it_was_sent(
    rest: httpx.AsyncClient, web: Server, asked: str
) -> None:
    body = b'{"spec": {"graphId": "keeper", "input": {"json": %b}}, "runId": "raw"}' % RAW
    headers = {"content-type": "application/json"}
    answer = await rest.post("/v1/runs", content=body, headers=headers)
    assert answer.status_code == 200, answer.text
    async with aio.insecure_channel(web.grpc_address) as channel:
        stored = await RunServiceStub(channel).GetRun(GetRunRequest(run_id="raw"))
    assert stored.run.spec.input.data == RAW
    shown = (await rest.get(f"/v1/runs/raw{asked}")).content
    # Line ends between tokens become spaces, for a stream's sake.
    assert RAW.replace(b"\n", b" ").replace(b"\r", b" ") in shown


async def test_payloads_that_are_no_json_are_base64(rest: httpx.AsyncClient) -> None:
    spec = {"graphId": "keeper", "input": {"json": {}, "data": "AA=="}}
    both = await rest.post("/v1/runs", json={"spec": spec})
    assert detail(both, "BadRequest")["fieldViolations"][0]["field"] == "spec.input"
    spec = {"graphId": "keeper", "input": {"contentType": "text/plain", "json": {}}}
    wrong = await rest.post("/v1/runs", json={"spec": spec})
    assert detail(wrong, "BadRequest")["fieldViolations"][0]["field"] == "spec.input.contentType"
    data = {"data": "eyJ4IjogMX0", "metadata": {"key": "1"}}
    run = await created(rest, {"graphId": "keeper", "input": data})
    assert run["spec"]["input"] == {"json": {"x": 1}, "metadata": {"key": "1"}}


@pytest.mark.parametrize("token", [b"NaN", b"Infinity", b"01", b"[1,]", b"'x'"])
async def test_what_is_not_json_is_refused(rest: httpx.AsyncClient, token: bytes) -> None:
    body = b'{"spec": {"graphId": "keeper", "input": {"json": {"x": %b}}}}' % token
    answer = await rest.post("/v1/runs", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert detail(answer, "ErrorInfo")["reason"] == "REQUEST_UNDECODABLE"


REFUSED: dict[str, tuple[str, str, dict[str, Any], int, str]] = {
    "no route": ("GET", "/v2/runs", {}, 404, "ROUTE_NOT_FOUND"),
    "no run": ("GET", "/v1/runs/nope", {}, 404, "RUN_NOT_FOUND"),
    "another method": ("PUT", "/v1/runs", {}, 405, "METHOD_NOT_ALLOWED"),
    "unknown query": ("GET", "/v1/runs?nope=1", {}, 400, "INVALID_FIELD"),
    "given twice": ("GET", "/v1/runs?pageSize=1&pageSize=2", {}, 400, "INVALID_FIELD"),
    "path and query": ("GET", "/v1/runs/a?runId=b", {}, 400, "INVALID_FIELD"),
    "bad page": ("GET", "/v1/runs?pageSize=-1", {}, 400, "INVALID_FIELD"),
    "bad escape": ("GET", "/v1/runs/%zz", {}, 400, "INVALID_FIELD"),
    "dots": ("GET", "/v1/artifacts/..:download", {}, 400, "INVALID_FIELD"),
    "body of a GET": ("GET", "/v1/runs", {"json": {}}, 400, "REQUEST_UNDECODABLE"),
    "text": (
        "POST",
        "/v1/runs",
        {"content": "{}", "headers": {"content-type": "text/plain"}},
        415,
        "CONTENT_TYPE_UNSUPPORTED",
    ),
    "compressed": (
        "POST",
        "/v1/runs",
        {
            "content": gzip.compress(b"{}"),
            "headers": {"content-encoding": "gzip", "content-type": "application/json"},
        },
        415,
        "CONTENT_ENCODING_UNSUPPORTED",
    ),
    "too large": (
        "POST",
        "/v1/runs",
        {"content": b" " * (9 * 1024 * 1024), "headers": {"content-type": "application/json"}},
        413,
        "BODY_TOO_LARGE",
    ),
    "bad timeout": ("GET", "/v1/runs", {"headers": {"grpc-timeout": "5"}}, 400, "INVALID_FIELD"),
    "bad last event": (
        "GET",
        "/v1/runs/nope:watch",
        {"headers": {"accept": "text/event-stream", "last-event-id": "x"}},
        400,
        "LAST_EVENT_ID_INVALID",
    ),
    "no such graph": ("POST", "/v1/runs", {"json": {"spec": {"graphId": "x"}}}, 404, ""),
    "an artifact of a run that is not": (
        "POST",
        "/v1/artifacts:upload?runId=nope",
        {"content": b"x"},
        404,
        "RUN_NOT_FOUND",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_refused_says_why(rest: httpx.AsyncClient, name: str) -> None:
    method, path, arguments, status, reason = REFUSED[name]
    arguments = {**arguments, "headers": {"x-request-id": "mine", **arguments.get("headers", {})}}
    answer = await rest.request(method, path, **arguments)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"] == "mine"
    assert answer.json()["message"]
    info = detail(answer, "ErrorInfo")
    assert info["domain"] == "runwire"
    assert reason in ("", info["reason"])
    assert detail(answer, "RequestInfo")["requestId"] == "mine"
    if status == 400:
        assert "fieldViolations" in detail(answer, "BadRequest")
    # The connection is fit for the next request.
    assert (await rest.get("/healthz")).status_code == 200


async def test_conflicts_are_409_and_what_is_over_is_400(rest: httpx.AsyncClient) -> None:
    run = await created(rest, runId="taken")
    again = await rest.post("/v1/runs", json={"spec": {**SPEC, "priority": 1}, "runId": "taken"})
    assert again.status_code == 409
    await rest.get("/v1/runs/taken:wait")
    over = await rest.post("/v1/runs/taken:cancel", json={})
    assert over.status_code == 400
    assert over.json()["code"] == 9
    stale = await rest.request("DELETE", f"/v1/runs/{run['runId']}", params={"etag": "r0"})
    assert stale.status_code == 409


async def test_a_caller_sets_the_time_by_a_header(rest: httpx.AsyncClient) -> None:
    run = await created(rest, {"graphId": "sleepy", "input": {"json": {"seconds": 60}}})
    url = f"/v1/runs/{run['runId']}:wait"
    for headers in ({"Grpc-Timeout": "100m"}, {"X-Server-Timeout": "0.1"}):
        late = await rest.get(url, headers=headers)
        assert late.status_code == 504
        assert late.json()["code"] == 4
    assert (await rest.post(f"/v1/runs/{run['runId']}:cancel", json={})).status_code == 200


async def test_head_and_options_say_what_get_would(rest: httpx.AsyncClient) -> None:
    run = await created(rest)
    url = f"/v1/runs/{run['runId']}"
    await rest.get(f"{url}:wait")
    got, head = await rest.get(url), await rest.head(url)
    assert head.content == b""
    assert head.headers["content-length"] == got.headers["content-length"]
    assert (await rest.head(f"{url}:watch")).headers["content-type"] == "application/x-ndjson"
    assert (await rest.head("/v1/runs/nope")).status_code == 404
    options = await rest.options(url)
    assert (options.status_code, options.headers["allow"]) == (
        204,
        "DELETE, GET, HEAD, OPTIONS, PATCH",
    )
    refused = await rest.put(url)
    assert refused.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH"
    assert (await rest.options("/nope")).status_code == 404


async def test_large_answers_are_compressed_for_who_wants_it(rest: httpx.AsyncClient) -> None:
    await created(rest, {"graphId": "keeper", "input": {"json": {"text": "x" * 5000}}}, runId="x")
    url = "/v1/runs/x"
    plain = await rest.get(url, headers={"accept-encoding": "identity"})
    small = await rest.get(url, headers={"accept-encoding": "br, gzip;q=0.5"})
    assert "content-encoding" not in plain.headers
    assert small.headers["content-encoding"] == "gzip"
    assert int(small.headers["content-length"]) < 1000
    assert small.json()["run"]["spec"] == plain.json()["run"]["spec"]
    assert plain.headers["vary"] == small.headers["vary"] == "accept-encoding"
    refused = await rest.get(url, headers={"accept-encoding": "gzip;q=0"})
    assert "content-encoding" not in refused.headers


async def test_probes_are_answered(rest: httpx.AsyncClient) -> None:
    assert (await rest.get("/healthz")).text == "ok\n"
    assert (await rest.get("/readyz")).text == "ok\n"
