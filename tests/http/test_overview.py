"""A server as a whole, over REST and by both clients: the real worker and the real addresses."""

import httpx
import pytest
from tests.http.test_rest import created, detail

from runwire.server import Server
from runwire_client import AsyncClient, Invalid, NotFound, RunStatus


async def test_numbers_queues_workers_and_the_server_over_rest(
    rest: httpx.AsyncClient, web: Server, client: AsyncClient
) -> None:
    run = await created(rest)
    await client.runs.wait(run["runId"])
    counts = (await rest.get("/v1/runs:count", params={"window": "600s", "buckets": 10})).json()
    assert len(counts["buckets"]) == 10
    assert counts["bucketWidth"] == "60s"
    by_status = {each["status"]: each.get("runs", "0") for each in counts["statuses"]}
    assert by_status["RUN_STATUS_SUCCEEDED"] == "1"
    assert sum(int(each.get("succeeded", 0)) for each in counts["buckets"]) == 1
    [worker] = (await rest.get("/v1/workers")).json()["workers"]
    assert worker["kind"] == "WORKER_KIND_EMBEDDED"
    assert worker["here"]
    assert worker["queues"] == ["default"]
    assert "three_nodes" in worker["graphIds"]
    assert worker["capacity"] == 64
    [queue] = (await rest.get("/v1/queues")).json()["queues"]
    assert (queue["queue"], queue["workers"]) == ("default", 1)
    told = (await rest.get("/v1/server")).json()["server"]
    assert told["grpcAddress"] == web.grpc_address
    assert told["httpAddress"] == f"http://{web.http_address}"
    assert told["database"] == "DATABASE_KIND_SQLITE"
    assert told["langgraphPath"] == ""


async def test_clients_read_the_same(client: AsyncClient, web: Server) -> None:
    run = await client.runs.create("three_nodes", {"n": 1})
    await client.runs.wait(run.run_id)
    counts = await client.runs.count(graph_id="three_nodes", window_seconds=86_400, buckets=24)
    assert counts.runs[RunStatus.SUCCEEDED] == 1
    assert counts.bucket_seconds == 3600
    assert sum(each.created for each in counts.buckets) == 1
    assert not counts.at_least
    [worker] = [each async for each in client.admin.workers()]
    assert (worker.kind, worker.run_count, worker.leaving) == ("embedded", 0, False)
    assert worker.heard_at is not None
    [queue] = [each async for each in client.admin.queues()]
    assert (queue.queue, queue.ready, queue.lag_seconds) == ("default", 0, 0)
    told = await client.admin.server()
    assert (told.grpc_address, told.database) == (web.grpc_address, "sqlite")
    assert told.started_at <= told.server_time
    with pytest.raises(NotFound):
        await client.runs.count(graph_id="nowhere")
    with pytest.raises(Invalid) as caught:
        await client.runs.count(window_seconds=1)
    assert caught.value.violations[0].field == "window"


async def test_a_fault_of_an_input_is_told_by_its_field(rest: httpx.AsyncClient) -> None:
    for given, field in (({}, "spec.input.n"), ({"n": 1, "a b": 2}, 'spec.input["a b"]')):
        spec = {"graphId": "three_nodes", "input": {"json": given}}
        answer = await rest.post("/v1/runs", json={"spec": spec})
        [violation] = detail(answer, "BadRequest")["fieldViolations"]
        assert violation["field"] == field


async def test_free_text_is_found_over_rest(rest: httpx.AsyncClient) -> None:
    for label in ("Needle-7", "hay"):
        await created(
            rest, {"graphId": "three_nodes", "input": {"json": {"n": 1}}, "labels": {"x": label}}
        )
    for text, count in (("needle", 1), ('"needle-7" three', 1), ("-needle", 1), ("three", 2)):
        found = (await rest.get("/v1/runs", params={"filter": text})).json()
        assert len(found.get("runs", [])) == count, text
