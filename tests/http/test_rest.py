"""Every kind of call over REST: what goes in, what comes out, and what is refused."""

import json

import httpx

SPEC = {"graphId": "three_nodes", "input": {"json": {"n": 1}}}


async def created(rest: httpx.AsyncClient, spec: dict = SPEC, **more: object) -> dict:
    answer = await rest.post("/v1/runs", json={"spec": spec, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()["run"]


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
